// Decision state: typed access to its tables over any Rows, with changes kept on top until they are durable.
// Deciders read it, evolve() writes it, nobody else does.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "domain/engine/tables.hpp"
#include "domain/persons/address.hpp"
#include "events/personal.hpp"
#include "events/rows.hpp"

namespace rollcall {

class State {
 public:
  // `rows` and `keys` must outlive it. `claims` recognises addresses.
  State(const Rows& rows, const KeyRing& keys, Claims claims) : overlay_(rows), keys_(keys), claims_(claims) {}

  template <class Row>
  std::optional<Row> find(const Key& key) const {
    const auto bytes = overlay_.find(key.str());
    if (!bytes) return std::nullopt;
    return decode<Row>(*bytes, key.str(), &keys_);
  }
  // The same with personal data left as it is: opening it costs more than all the rest.
  template <class Row>
  std::optional<Row> find_sealed(const Key& key) const {
    const auto bytes = overlay_.find(key.str());
    if (!bytes) return std::nullopt;
    return decode<Row>(*bytes, key.str(), nullptr);
  }
  // For rows that other rows refer to: their absence is broken reasoning. Throws std::logic_error.
  template <class Row>
  Row get(const Key& key) const {
    if (auto row = find<Row>(key)) return std::move(*row);
    throw std::logic_error(std::string{"decision state lacks a row of table "} + Row::table);
  }
  template <class Row>
  void put(const Key& key, const Row& row) {
    overlay_.put(key.str(), encode(key, row));
  }
  // The same for callers who know what is there. It is not looked up again, so it must be so.
  template <class Row>
  void add(const Key& key, const Row& row) {
    overlay_.put(key.str(), encode(key, row), RowChange::absent());
  }
  template <class Row>
  void replace(const Key& key, const Row& before, const Row& after) {
    overlay_.put(key.str(), encode(key, after), encode(key, before));
  }
  template <class Row>
  void remove(const Key& key, const Row& before) {
    overlay_.erase(key.str(), encode(key, before));
  }
  void erase(const Key& key) { overlay_.erase(key.str()); }
  // Changes a row that is there.
  template <class Row>
  void change(const Key& key, auto&& how) {
    auto row = get<Row>(key);
    how(row);
    put(key, row);
  }

  // The keys that begin with `prefix`, from `after` (not included) on, without the prefix; false ends the scan.
  void scan(const Key& prefix, std::string_view after, const std::function<bool(std::string_view rest)>& visit) const;

  MetaRow meta() const { return find<MetaRow>(MetaRow::key()).value_or(MetaRow{}); }
  std::optional<PersonId> person_with(std::string_view normalised_address) const;
  Digest claim(std::string_view normalised_address) const { return claims_.claim(normalised_address); }
  // The number of the key a person's data is sealed under. Throws std::logic_error when the person is not there.
  KeyNumber key_of(const PersonId& person) const;
  PlaceRow place(const AccountId& account, const PersonId& person) const {
    return find<PlaceRow>(PlaceRow::key(account, person)).value_or(PlaceRow{});
  }

  Overlay& overlay() { return overlay_; }
  const Overlay& overlay() const { return overlay_; }

 private:
  // These are compiled once, in state.cpp, for the rows in AllRows; for another row the program does not link.
  template <class Row>
  std::string encode(const Key& key, const Row& row) const;
  template <class Row>
  static Row decode(std::string_view bytes, std::string_view key, const KeyRing* keys);

  friend struct Instantiated;

  Overlay overlay_;
  const KeyRing& keys_;
  Claims claims_;
};

// The last 16 bytes of a key, which name what it is about.
template <class Tag>
Id<Tag> id_at_end(std::string_view key) {
  Id<Tag> id;
  key = key.substr(key.size() - id.bytes.size());
  std::copy(key.begin(), key.end(), id.bytes.begin());
  return id;
}
// The instant a key begins with.
Time time_at_start(std::string_view key);

}  // namespace rollcall
