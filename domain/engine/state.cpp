#include "domain/engine/state.hpp"

#include "events/archive.hpp"

namespace rollcall {

template <class Row>
std::string State::encode(const Key& key, const Row& row) const {
  std::string bytes;
  Encoder encoder(bytes, &keys_, key.str());
  encoder(row);
  return bytes;
}

template <class Row>
Row State::decode(std::string_view bytes, std::string_view key, const KeyRing* keys) {
  Row row{};
  Decoder decoder(bytes, keys, key);
  decoder(row);
  decoder.finish();
  return row;
}

// Names both for every row there is, so that the compiler leaves them for other files to link to.
struct Instantiated {
  template <class... Row>
  static constexpr auto of(Types<Row...>) {
    return std::tuple{&State::encode<Row>..., &State::decode<Row>...};
  }
};
[[gnu::used]] const auto instantiated = Instantiated::of(AllRows{});

void State::scan(const Key& prefix, std::string_view after,
                 const std::function<bool(std::string_view rest)>& visit) const {
  auto from = prefix.str();
  if (!after.empty()) from.append(after).push_back('\0');  // the first key behind it
  overlay_.scan(from, behind_prefix(prefix.str()),
                [&](std::string_view key, std::string_view) { return visit(key.substr(prefix.str().size())); });
}

std::optional<PersonId> State::person_with(std::string_view normalised_address) const {
  const auto row = find<ClaimRow>(ClaimRow::key(claim(normalised_address)));
  if (!row) return std::nullopt;
  return row->person;
}

KeyNumber State::key_of(const PersonId& person) const {
  const auto row = find_sealed<PersonRow>(PersonRow::key(person));
  if (!row) throw std::logic_error("decision state lacks a person");
  return row->key_number;
}

Time time_at_start(std::string_view key) {
  std::uint64_t micros = 0;
  for (const char c : key.substr(0, 8)) micros = micros << 8 | static_cast<unsigned char>(c);
  return Time{static_cast<std::int64_t>(micros)};
}

}  // namespace rollcall
