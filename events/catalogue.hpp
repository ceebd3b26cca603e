// All versions of all events: how one is written, and how any that was ever written is read as today's.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "events/archive.hpp"

namespace rollcall {

// A version that is no longer written has an `upcast` (found beside it) to the next one.
template <class T>
concept Superseded = requires(T old) { upcast(std::move(old)); };

template <class T>
constexpr auto upcast_fully(T event) {
  if constexpr (Superseded<T>)
    return upcast_fully(upcast(std::move(event)));
  else
    return event;
}

// Current: a std::variant of today's structs. Old: the structs of superseded versions.
template <class Current, class... Old>
class Catalogue;

template <class... Current, class... Old>
class Catalogue<std::variant<Current...>, Old...> {
 public:
  using Event = std::variant<Current...>;
  struct Name {
    std::string_view type;
    std::uint16_t version;
    friend bool operator==(const Name&, const Name&) = default;
  };

  static Name name_of(const Event& event) {
    return std::visit([]<class T>(const T&) { return Name{T::type, T::version}; }, event);
  }

  static void encode(const Event& event, Encoder& encoder) {
    std::visit([&](const auto& fact) { encoder(fact); }, event);
  }

  // Reads the payload of any version as today's event. Throws Malformed for unknown names and bad bytes.
  static Event decode(const Name& name, Decoder& decoder) {
    for (const auto& [known, read] : readers)
      if (known == name) return read(decoder);
    throw Malformed("unknown event " + std::string{name.type} + " version " + std::to_string(name.version));
  }

  static constexpr bool knows(std::string_view type) { return ((Current::type == type) || ...); }
  // Every version there is, for golden files and schemas.
  static constexpr std::array<Name, sizeof...(Current) + sizeof...(Old)> names{Name{Current::type, Current::version}...,
                                                                               Name{Old::type, Old::version}...};

 private:
  using Read = Event (*)(Decoder&);
  template <class T>
  static Event read(Decoder& decoder) {
    T event{};
    decoder(event);
    return upcast_fully(std::move(event));
  }
  static constexpr std::array<std::pair<Name, Read>, sizeof...(Current) + sizeof...(Old)> readers{
      std::pair<Name, Read>{{Current::type, Current::version}, &read<Current>}...,
      std::pair<Name, Read>{{Old::type, Old::version}, &read<Old>}...};
};

}  // namespace rollcall
