// Versions: what was written by any of them is read as today's. Proved by an event that exists in tests only.
#include "events/catalogue.hpp"

#include <variant>

#include "events/facts.hpp"
#include "tests/support/catch.hpp"

namespace rollcall::testing {
namespace {

struct Painted {
  static constexpr std::string_view type = "Painted";
  static constexpr std::uint16_t version = 3;
  static constexpr std::array fields{"colour", "coats", "primed"};
  std::string colour;
  std::uint8_t coats = 0;
  bool primed = false;
  bool operator==(const Painted&) const = default;
};

struct PaintedV2 {
  static constexpr std::string_view type = "Painted";
  static constexpr std::uint16_t version = 2;
  static constexpr std::array fields{"colour", "coats"};
  std::string colour;
  std::uint8_t coats = 0;
};
Painted upcast(PaintedV2 old) { return {std::move(old.colour), old.coats, false}; }

struct PaintedV1 {
  static constexpr std::string_view type = "Painted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"colour"};
  std::string colour;
};
PaintedV2 upcast(PaintedV1 old) { return {std::move(old.colour), 1}; }

struct Burnt {
  static constexpr std::string_view type = "Burnt";
  static constexpr std::uint16_t version = 1;
  static constexpr NoFields fields{};
  bool operator==(const Burnt&) const = default;
};

using Wall = Catalogue<std::variant<Painted, Burnt>, Types<Painted, Burnt>, PaintedV1, PaintedV2>;

Wall::Event read(std::uint16_t version, std::string_view bytes) {
  Decoder decoder(bytes);
  auto event = Wall::decode({"Painted", version}, decoder);
  decoder.finish();
  return event;
}

std::string stored(const auto& event) {
  std::string bytes;
  Encoder encoder(bytes);
  encoder(event);
  return bytes;
}

TEST_CASE("each version ever written is read as today's, step by step") {
  CHECK(read(1, stored(PaintedV1{"red"})) == Wall::Event{Painted{"red", 1, false}});
  CHECK(read(2, stored(PaintedV2{"red", 2})) == Wall::Event{Painted{"red", 2, false}});
  CHECK(read(3, stored(Painted{"red", 2, true})) == Wall::Event{Painted{"red", 2, true}});
}

TEST_CASE("today's version is the one that is written") {
  CHECK(Wall::name_of(Painted{}) == Wall::Name{"Painted", 3});
  std::string bytes;
  Encoder encoder(bytes);
  Wall::encode(Painted{"red", 2, true}, encoder);
  CHECK(bytes == stored(Painted{"red", 2, true}));
}

TEST_CASE("bytes are read in the version they say, and only in one there is") {
  CHECK_THROWS_AS(read(3, stored(PaintedV2{"red", 2})), Malformed);
  CHECK_THROWS_AS(read(1, stored(PaintedV2{"red", 2})), Malformed);
  CHECK_THROWS_AS(read(4, stored(Painted{})), Malformed);
  CHECK_THROWS_AS(read(0, stored(Painted{})), Malformed);
  Decoder decoder("");
  CHECK_THROWS_AS(Wall::decode({"Varnished", 1}, decoder), Malformed);
  CHECK(Wall::knows("Burnt"));
  CHECK_FALSE(Wall::knows("Varnished"));
  CHECK(Wall::names.size() == 4);
}

TEST_CASE("no two events share a name and a version") {
  const auto& all = EventVersions::names;
  for (const auto& name : all) CHECK(std::count(all.begin(), all.end(), name) == 1);
}

}  // namespace
}  // namespace rollcall::testing
