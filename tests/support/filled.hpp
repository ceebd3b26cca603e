// Values of records with every field filled, no two fields alike and none at its default: what golden bytes are made
// of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "events/entry.hpp"

namespace rollcall::testing {

// The last word there was when golden bytes were first made with it: those stay what they are when words are added.
template <NamedEnum E>
constexpr E sample_word() {
  if constexpr (std::same_as<E, SessionEndCause>) return SessionEndCause::ended_by_operator;
  if constexpr (std::same_as<E, PasswordOccasion>) return PasswordOccasion::reset;
  if constexpr (std::same_as<E, Policy>) return Policy::require_second_factor;
  return static_cast<E>(enum_names(E{}).size() - 1);
}

class Filler {
 public:
  void operator()(bool& value) { value = true; }
  template <std::unsigned_integral T>
  void operator()(T& value) {
    // Every byte of the number differs from its neighbours, below 2^53 as JSON wants it.
    value = static_cast<T>(0x0007'0605'0403'0201u + next());
  }
  template <NamedEnum E>
  void operator()(E& value) {
    value = sample_word<E>();
  }
  void operator()(std::string& value) { value = "text " + std::to_string(next()); }
  void operator()(Time& value) { value = Time{1'772'528'400'000'000 + next()}; }
  void operator()(Digest& value) { value.bytes.fill(next()); }
  template <class Tag>
  void operator()(Id<Tag>& value) {
    value.bytes.fill(next());
  }
  void operator()(AccountId& value) { value = AccountId::parse("account-" + std::to_string(next())).value(); }
  void operator()(RecordId& value) { value = RecordId::parse("record " + std::to_string(next())).value(); }
  void operator()(MemberRole& value) { value = MemberRole::parse("manager").value(); }
  void operator()(Permission& value) {
    value = Permission::parse("area_" + std::string(1, static_cast<char>('a' + next() % 26)) + ".verb").value();
  }
  void operator()(Personal& value) {
    const KeyNumber key = next();
    value = Personal(key, "personal " + std::to_string(next()));
  }
  void operator()(Verifier& value) { (*this)(value.text); }
  template <class T>
  void operator()(std::optional<T>& value) {
    (*this)(value.emplace());
  }
  template <class T>
  void operator()(std::vector<T>& values) {
    values.resize(2);
    for (auto& value : values) (*this)(value);
  }
  template <Fielded T>
  void operator()(T& record) {
    for_each_field(record, [&](std::string_view, auto& member) { (*this)(member); });
  }

 private:
  std::uint8_t next() { return ++filled_; }

  std::uint8_t filled_ = 0;
};

template <class T>
T filled() {
  T value{};
  Filler{}(value);
  return value;
}

// A whole entry: a filled envelope around this event.
inline Recorded entry_of(Event event) {
  Recorded recorded;
  Filler{}(recorded.envelope);
  visit(
      [&]<class T>(const T&) {
        recorded.envelope.type = T::type;
        recorded.envelope.version = T::version;
      },
      event);
  recorded.envelope.scope = {ScopeKind::account, "gx624"};
  recorded.event = std::move(event);
  return recorded;
}

// One of every event there is: filled, or as it is when nothing was put into it.
template <std::size_t... I>
std::vector<Event> every_event_filled(std::index_sequence<I...>) {
  return {Event{filled<AllEvents::At<I>>()}...};
}
inline std::vector<Event> every_event_filled() {
  return every_event_filled(std::make_index_sequence<AllEvents::count>{});
}
template <std::size_t... I>
std::vector<Event> every_event_empty(std::index_sequence<I...>) {
  return {Event{AllEvents::At<I>{}}...};
}
inline std::vector<Event> every_event_empty() {
  return every_event_empty(std::make_index_sequence<AllEvents::count>{});
}

}  // namespace rollcall::testing
