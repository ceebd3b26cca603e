// All versions of all events: how one is written, and how any that was ever written is read as today's.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "events/archive.hpp"
#include "events/json.hpp"
#include "events/one_of.hpp"

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

// Sum: what holds one of today's structs, which Current lists. Old: the structs of superseded versions.
template <class Sum, class Current, class... Old>
class Catalogue;

template <class Sum, class... Current, class... Old>
class Catalogue<Sum, Types<Current...>, Old...> {
 public:
  using Event = Sum;
  struct Name {
    std::string_view type;
    std::uint16_t version;
    friend bool operator==(const Name&, const Name&) = default;
  };

  static Name name_of(const Event& event) {
    return visit([]<class T>(const T&) { return Name{T::type, T::version}; }, event);
  }

  static void encode(const Event& event, Encoder& encoder) {
    visit([&](const auto& fact) { encoder(fact); }, event);
  }

  // Reads the payload of any version as today's event. Throws Malformed for unknown names and bad bytes.
  static Event decode(const Name& name, Decoder& decoder) { return version_of(name).read(decoder); }
  // Appends the payload as JSON, in the version it was written in: what was said outside is never said anew otherwise.
  static void write_json(const Name& name, Decoder& decoder, std::string& out) {
    version_of(name).write_json(decoder, out);
  }
  // JSON Schema of a version's data.
  static json::value schema(const Name& name) { return version_of(name).schema(); }

  static constexpr bool knows(std::string_view type) { return ((Current::type == type) || ...); }
  // Every version there is, for golden files and schemas.
  static constexpr std::array<Name, sizeof...(Current) + sizeof...(Old)> names{Name{Current::type, Current::version}...,
                                                                               Name{Old::type, Old::version}...};

 private:
  struct Version {
    Name name;
    Event (*read)(Decoder&);
    void (*write_json)(Decoder&, std::string& out);
    json::value (*schema)();
  };

  template <class T>
  static T payload(Decoder& decoder) {
    T event{};
    decoder(event);
    return event;
  }
  template <class T>
  static constexpr Version version{{T::type, T::version},
                                   [](Decoder& decoder) -> Event { return upcast_fully(payload<T>(decoder)); },
                                   [](Decoder& decoder, std::string& out) { Json<T>::write(out, payload<T>(decoder)); },
                                   [] { return schema_of<T>(); }};
  static constexpr std::array<Version, sizeof...(Current) + sizeof...(Old)> versions{version<Current>...,
                                                                                     version<Old>...};

  static const Version& version_of(const Name& name) {
    for (const auto& known : versions)
      if (known.name == name) return known;
    throw Malformed("unknown event " + std::string{name.type} + " version " + std::to_string(name.version));
  }
};

}  // namespace rollcall
