// JSON: what goes out, and that what comes in is taken strictly and refused by name.
#include "events/json.hpp"

#include <rapidcheck.h>

#include "events/facts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/filled.hpp"

namespace rollcall::testing {
namespace {

struct Part {
  static constexpr std::array fields{"kind", "share"};
  RecordKind kind{};
  std::uint8_t share = 0;
};

struct Order {
  static constexpr std::array fields{"account", "text", "number", "flag", "at", "maybe", "parts"};
  static constexpr std::array help{"app id", "a text", "a number", "yes or no", "an instant", "or not", "its parts"};
  AccountId account;
  std::string text;
  std::uint64_t number = 0;
  bool flag = false;
  Time at;
  std::optional<MembershipId> maybe;
  std::vector<Part> parts;
};

json::object good() {
  return {{"account", "gx624"},
          {"text", "a"},
          {"number", 3},
          {"flag", true},
          {"at", "2026-03-03T09:00:00Z"},
          {"parts", {{{"kind", "lead"}, {"share", 255}}}}};
}

JsonError refused(const json::value& document) {
  const auto read = from_json<Order>(document);
  return read ? JsonError{"accepted", ""} : read.error();
}

TEST_CASE("a record is read from its fields") {
  const auto order = from_json<Order>(good());
  REQUIRE(order);
  CHECK(order->account.str() == "gx624");
  CHECK(order->number == 3);
  CHECK(order->parts[0].kind == RecordKind::lead);
  CHECK(order->parts[0].share == 255);
  CHECK_FALSE(order->maybe);
  CHECK(to_json(*order).as_object().contains("maybe") == false);
}

TEST_CASE("an optional field may be null") {
  auto document = good();
  document["maybe"] = nullptr;
  CHECK(from_json<Order>(document));
}

TEST_CASE("a whole number may be written with a point or an exponent, as JSON Schema has it") {
  const auto read = [](std::string_view number) {
    auto document = good();
    document["number"] = json::parse(number);
    return from_json<Order>(document);
  };
  for (const auto* number : {"104", "104.0", "1.04e2"}) {
    INFO(number);
    REQUIRE(read(number));
    CHECK(read(number)->number == 104);
  }
  for (const auto* number : {"104.5", "-1.0", "-0.5", "1e300", "9007199254740993.0"}) {
    INFO(number);
    CHECK_FALSE(read(number));
  }
}

TEST_CASE("a field that is unknown or missing is named") {
  auto document = good();
  document["text2"] = 1;
  CHECK(refused(document).pointer == "/text2");
  document.erase("text2");
  document["a/b~c"] = 1;
  CHECK(refused(document).pointer == "/a~1b~0c");
  document.erase("a/b~c");
  document.erase("text");
  CHECK(refused(document).pointer == "/text");
  CHECK(refused(document).detail == "is required");
}

TEST_CASE("a value of another type is refused where it stands") {
  const auto with = [](std::string_view name, json::value value) {
    auto document = good();
    document[name] = std::move(value);
    return refused(document);
  };
  CHECK(refused("text").detail == "must be an object");
  CHECK(refused("text").pointer.empty());
  CHECK(with("text", 1).pointer == "/text");
  CHECK(with("text", nullptr).detail == "must be a string");
  CHECK(with("flag", 1).detail == "must be true or false");
  CHECK(with("account", "GX624").detail == "must be a string: 2 to 32 of a-z, 0-9 and -");
  CHECK(with("account", 5).pointer == "/account");
  CHECK(with("at", "yesterday").pointer == "/at");
  CHECK(with("at", "2026-03-03T09:00:00").pointer == "/at");
  CHECK(with("maybe", "per_00000000000000000000000000").pointer == "/maybe");
  CHECK(with("parts", {{"kind", "lead"}}).detail == "must be an array");
  CHECK(with("parts", {{{"kind", "lead"}, {"share", 1}}, {{"kind", "deal"}, {"share", 1}}}).pointer == "/parts/1/kind");
  CHECK(with("parts", {{{"kind", "deal"}, {"share", 1}}}).detail == "must be one of contact, lead, task, note");
  CHECK(with("parts", {{{"kind", "lead"}, {"share", 1}, {"more", 1}}}).pointer == "/parts/0/more");
  CHECK(with("parts", {{{"kind", "lead"}}}).pointer == "/parts/0/share");
}

TEST_CASE("a number is whole, not negative, and within its type and what JSON can carry") {
  const auto number = [](json::value value) {
    auto document = good();
    document["number"] = std::move(value);
    return refused(document).pointer;
  };
  CHECK(number(json_integer_max) == "accepted");
  CHECK(number(json_integer_max + 1) == "/number");
  CHECK(number(-1) == "/number");
  CHECK(number(1.5) == "/number");
  CHECK(number("1") == "/number");
  auto document = good();
  document["parts"] = json::array{json::object{{"kind", "lead"}, {"share", 256}}};
  CHECK(refused(document).detail == "must be at most 255");
}

TEST_CASE("personal data goes out as its text, and as null when it is gone") {
  CHECK(to_json(Personal(1, "pat")) == "pat");
  CHECK(to_json(Personal::erased(1)).is_null());
  CHECK(to_json(Personal::sealed(1)).is_null());
}

TEST_CASE("a text is a JSON string whatever is in it") {
  CHECK(json_text(std::string{"a\"b\\c\n\x01/é\x7f"}) == R"("a\"b\\c\n\u0001/é)"
                                                         "\x7f\"");
  // Whatever bytes: see utf8_test.cpp.
}

TEST_CASE("objects and arrays are written as they come") {
  std::string text;
  {
    JsonObject out(text);
    out.add("a", std::uint64_t{18});
    JsonArray list(out.begin("b"));
    list.add(true);
    list.add(std::optional<std::string>{});
    const JsonObject empty(list.begin());
  }
  CHECK(text == R"({"a":18,"b":[true,null,{}]})");
}

TEST_CASE("verifiers and secrets never go out") {
  CHECK(to_json(Verifier{Personal(1, "argon2id")}).is_null());
  CHECK(to_json(Secret{"a good password"}).is_null());
  CHECK(json::serialize(to_json(filled<PasswordSet>())).find("personal") == std::string::npos);
  CHECK(from_json<Secret>("a good password")->value == "a good password");
}

TEST_CASE("a schema says what is read: fields, rules, bounds and what is required") {
  const auto schema = schema_of<Order>();
  CHECK(schema.at("additionalProperties") == false);
  CHECK(schema.at("required") == json::array{"account", "text", "number", "flag", "at", "parts"});
  const auto& properties = schema.at("properties");
  CHECK(properties.at("account").at("pattern") == "^[a-z0-9-]{2,32}$");
  CHECK(properties.at("account").at("description") == "app id");
  CHECK(properties.at("number").at("maximum") == json_integer_max);
  CHECK(properties.at("at").at("format") == "date-time");
  CHECK(properties.at("parts").at("items").at("properties").at("share").at("maximum") == 255);
  CHECK(properties.at("parts").at("items").at("properties").at("kind").at("enum") ==
        json::array{"contact", "lead", "task", "note"});
}

}  // namespace
}  // namespace rollcall::testing
