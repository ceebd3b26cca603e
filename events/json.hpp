// Structs as JSON, both ways, and as JSON Schema: all three from the one definition of their fields.
// Reading is strict: unknown fields, wrong types and broken rules are refused by name.
#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "events/expected.hpp"
#include "events/fields.hpp"
#include "events/personal.hpp"
#include "events/values.hpp"

namespace rollcall {

namespace json = boost::json;

// What is wrong with a document, and where: an RFC 6901 pointer, empty for the whole.
struct JsonError {
  std::string pointer;
  std::string detail;
};

// Integers beyond this lose digits in readers that hold numbers as doubles (RFC 8259 §6), so none is written or read.
constexpr std::uint64_t json_integer_max = 9'007'199'254'740'991;

// Appends a text as a JSON string (RFC 8259 §7). Bytes beyond ASCII stay as they are: texts are UTF-8.
void append_json_text(std::string& out, std::string_view text);
void append_json_number(std::string& out, std::uint64_t number);
// Of a number that was written with a point or an exponent: 3.0, 3e2. Nothing when it is none of ours.
std::optional<std::uint64_t> whole_number(const json::value& value);

// A document for people: a member a line, indented by two.
std::string indented_json(const json::value& document);

// How a type is in JSON: `write` (appends its text), `read` (fills the value or explains) and `schema` (JSON Schema
// 2020-12).
template <class T>
struct Json;

template <class T>
std::string json_text(const T& value) {
  std::string out;
  Json<T>::write(out, value);
  return out;
}

// For documents that are put together and taken apart; where there are many, text is written at once.
template <class T>
json::value to_json(const T& value) {
  return json::parse(json_text(value));
}

// An object being written, closed at the end of its life. Members come in the order in which they are added.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_.push_back('{'); }
  ~JsonObject() { out_.push_back('}'); }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  template <class T>
  void add(std::string_view name, const T& value) {
    Json<T>::write(begin(name), value);
  }
  // A member whose value is appended by the caller before the next one begins.
  std::string& begin(std::string_view name) {
    if (!std::exchange(empty_, false)) out_.push_back(',');
    append_json_text(out_, name);
    out_.push_back(':');
    return out_;
  }

 private:
  std::string& out_;
  bool empty_ = true;
};

// An array being written, likewise.
class JsonArray {
 public:
  explicit JsonArray(std::string& out) : out_(out) { out_.push_back('['); }
  ~JsonArray() { out_.push_back(']'); }
  JsonArray(const JsonArray&) = delete;
  JsonArray& operator=(const JsonArray&) = delete;

  template <class T>
  void add(const T& value) {
    Json<T>::write(begin(), value);
  }
  // An element that is appended by the caller before the next one begins.
  std::string& begin() {
    if (size_++ > 0) out_.push_back(',');
    return out_;
  }
  std::size_t size() const { return size_; }

 private:
  std::string& out_;
  std::size_t size_ = 0;
};

template <class T>
Expected<T, JsonError> from_json(const json::value& document) {
  T value{};
  JsonError error;
  if (!Json<T>::read(document, value, error)) return unexpected(std::move(error));
  return value;
}

template <class T>
json::value schema_of() {
  return Json<T>::schema();
}

// A struct may say what its fields mean: `static constexpr std::array help{…}`, one for each field.
template <class T>
concept Explained = Fielded<T> && requires { std::remove_const_t<T>::help; };

// An answer has every member, null where there is nothing: `static constexpr bool complete = true`. Other structs leave
// out what is absent.
template <class T>
concept Complete = Fielded<T> && requires { std::remove_const_t<T>::complete; };

// A struct may have a name of its own among schemas: `static constexpr std::string_view title`.
template <class T>
concept Titled = Fielded<T> && requires { std::remove_const_t<T>::title; };

// A field's name as a part of a pointer, RFC 6901 §3.
inline std::string pointer_to(std::string_view name) {
  std::string pointer = "/";
  for (const char c : name) {
    if (c == '~' || c == '/')
      pointer.append(c == '~' ? "~0" : "~1");
    else
      pointer.push_back(c);
  }
  return pointer;
}

// The type of the text a reader expects, e.g. "a string: 2 to 32 of a-z, 0-9 and -".
inline bool refuse(JsonError& error, std::string detail) {
  error.detail = std::move(detail);
  return false;
}

template <>
struct Json<bool> {
  static void write(std::string& out, bool value) { out.append(value ? "true" : "false"); }
  static bool read(const json::value& from, bool& value, JsonError& error) {
    if (!from.is_bool()) return refuse(error, "must be true or false");
    value = from.get_bool();
    return true;
  }
  static json::value schema() { return {{"type", "boolean"}}; }
};

template <std::integral T>
  requires(!std::same_as<T, bool>)
struct Json<T> {
  static constexpr std::uint64_t max = static_cast<std::uint64_t>(std::numeric_limits<T>::max()) < json_integer_max
                                           ? static_cast<std::uint64_t>(std::numeric_limits<T>::max())
                                           : json_integer_max;
  static_assert(std::unsigned_integral<T>, "nothing on the wire is negative");

  static void write(std::string& out, T value) { append_json_number(out, value); }
  static bool read(const json::value& from, T& value, JsonError& error) {
    std::uint64_t number = 0;
    if (from.is_uint64())
      number = from.get_uint64();
    else if (from.is_int64() && from.get_int64() >= 0)
      number = static_cast<std::uint64_t>(from.get_int64());
    else if (const auto whole = whole_number(from))  // 3.0 is a whole number (JSON Schema 2020-12, 4.2.3)
      number = *whole;
    else
      return refuse(error, "must be a whole number from 0");
    if (number > max) return refuse(error, "must be at most " + std::to_string(max));
    value = static_cast<T>(number);
    return true;
  }
  static json::value schema() { return {{"type", "integer"}, {"minimum", 0}, {"maximum", max}}; }
};

// Shares and seconds; never read.
template <>
struct Json<double> {
  static void write(std::string& out, double value);
  static json::value schema() { return {{"type", "number"}}; }
};

template <>
struct Json<std::string_view> {
  static void write(std::string& out, std::string_view value) { append_json_text(out, value); }
  static json::value schema() { return {{"type", "string"}}; }
};

template <>
struct Json<std::string> {
  static void write(std::string& out, const std::string& value) { append_json_text(out, value); }
  static bool read(const json::value& from, std::string& value, JsonError& error) {
    if (!from.is_string()) return refuse(error, "must be a string");
    value = from.get_string();
    return true;
  }
  static json::value schema() { return {{"type", "string"}}; }
};

// What is one string on the wire and has `parse` and `text` or `str`.
template <class T>
struct JsonText {
  static bool read_text(const json::value& from, T& value, JsonError& error, std::string_view rule) {
    if (from.is_string()) {
      if (auto parsed = T::parse(std::string_view{from.get_string()})) {
        value = std::move(*parsed);
        return true;
      }
    }
    return refuse(error, "must be a string: " + std::string{rule});
  }
};

template <class Tag>
struct Json<Id<Tag>> : JsonText<Id<Tag>> {
  static void write(std::string& out, const Id<Tag>& id) { append_json_text(out, id.text()); }
  static bool read(const json::value& from, Id<Tag>& id, JsonError& error) {
    return JsonText<Id<Tag>>::read_text(from, id, error, std::string{Tag::prefix} + "_ and 26 letters and digits");
  }
  static json::value schema() {
    return {{"type", "string"}, {"pattern", "^" + std::string{Tag::prefix} + "_[0-7][0-9a-hjkmnp-tv-z]{25}$"}};
  }
};

template <class Tag>
struct Json<Text<Tag>> : JsonText<Text<Tag>> {
  static void write(std::string& out, const Text<Tag>& text) { append_json_text(out, text.str()); }
  static bool read(const json::value& from, Text<Tag>& text, JsonError& error) {
    return JsonText<Text<Tag>>::read_text(from, text, error, Tag::rule);
  }
  static json::value schema() { return {{"type", "string"}, {"pattern", Tag::pattern}}; }
};

template <>
struct Json<Digest> : JsonText<Digest> {
  static void write(std::string& out, const Digest& digest) { append_json_text(out, digest.text()); }
  static bool read(const json::value& from, Digest& digest, JsonError& error) {
    return read_text(from, digest, error, "64 hexadecimal digits");
  }
  static json::value schema() { return {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}; }
};

template <>
struct Json<Time> : JsonText<Time> {
  static void write(std::string& out, const Time& time) { append_json_text(out, time.text()); }
  static bool read(const json::value& from, Time& time, JsonError& error) {
    return read_text(from, time, error, "an RFC 3339 date and time with its offset, like 2026-03-03T09:00:00Z");
  }
  static json::value schema() { return {{"type", "string"}, {"format", "date-time"}}; }
};

// Personal data goes out as its text, or as null once erased; it never comes in: commands carry plain strings.
template <>
struct Json<Personal> {
  static void write(std::string& out, const Personal& personal) {
    if (personal.clear())
      append_json_text(out, personal.shown());
    else
      out.append("null");
  }
  static json::value schema() { return {{"type", {"string", "null"}}, {"x-personal-data", true}}; }
};

template <>
struct Json<Verifier> {
  static void write(std::string& out, const Verifier&) { out.append("null"); }
  static json::value schema() { return {{"type", "null"}, {"description", "never rendered"}}; }
};

// Secrets come in and never go out.
template <>
struct Json<Secret> {
  static void write(std::string& out, const Secret&) { out.append("null"); }
  static bool read(const json::value& from, Secret& secret, JsonError& error) {
    return Json<std::string>::read(from, secret.value, error);
  }
  static json::value schema() { return {{"type", "string"}, {"writeOnly", true}}; }
};

template <NamedEnum E>
struct Json<E> {
  static void write(std::string& out, E value) { append_json_text(out, name_of(value)); }
  static bool read(const json::value& from, E& value, JsonError& error) {
    constexpr auto& names = names_of<E>;
    std::string known;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (from.is_string() && std::string_view{from.get_string()} == names[i]) {
        value = static_cast<E>(i);
        return true;
      }
      known.append(i == 0 ? "" : ", ").append(names[i]);
    }
    return refuse(error, "must be one of " + known);
  }
  static json::value schema() {
    json::array known;
    for (const auto name : names_of<E>) known.emplace_back(name);
    return {{"type", "string"}, {"enum", std::move(known)}};
  }
};

template <class T>
struct Json<std::optional<T>> {
  static void write(std::string& out, const std::optional<T>& value) {
    if (value)
      Json<T>::write(out, *value);
    else
      out.append("null");
  }
  static bool read(const json::value& from, std::optional<T>& value, JsonError& error) {
    value.reset();
    return from.is_null() || Json<T>::read(from, value.emplace(), error);
  }
  static json::value schema() { return {{"anyOf", {Json<T>::schema(), {{"type", "null"}}}}}; }
};

template <class T>
struct Json<std::vector<T>> {
  static void write(std::string& out, const std::vector<T>& values) {
    JsonArray array(out);
    for (const auto& value : values) array.add(value);
  }
  static bool read(const json::value& from, std::vector<T>& values, JsonError& error) {
    if (!from.is_array()) return refuse(error, "must be an array");
    values.clear();
    for (const auto& element : from.get_array()) {
      if (!Json<T>::read(element, values.emplace_back(), error)) {
        error.pointer.insert(0, "/" + std::to_string(values.size() - 1));
        return false;
      }
    }
    return true;
  }
  static json::value schema() { return {{"type", "array"}, {"items", Json<T>::schema()}}; }
};

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

template <Fielded T>
struct Json<T> {
  // Absent optionals are left out.
  static void write(std::string& out, const T& value) {
    JsonObject object(out);
    for_each_field(value, [&]<class M>(std::string_view name, const M& member) {
      if constexpr (is_optional<M> && !Complete<T>) {
        if (!member) return;
      }
      object.add(name, member);
    });
  }

  static bool read(const json::value& from, T& value, JsonError& error) {
    if (!from.is_object()) return refuse(error, "must be an object");
    const auto& object = from.get_object();
    for (const auto& member : object) {
      bool known = false;
      for (const auto name : T::fields) known = known || std::string_view{member.key()} == name;
      if (!known) {
        error.pointer = pointer_to(member.key());
        return refuse(error, "is not a field here");
      }
    }
    bool good = true;
    for_each_field(value, [&]<class M>(std::string_view name, M& member) {
      if (!good) return;
      if (const auto* found = object.if_contains(name)) {
        good = Json<M>::read(*found, member, error);
      } else if constexpr (!is_optional<M>) {
        good = refuse(error, "is required");
      }
      if (!good) error.pointer.insert(0, pointer_to(name));
    });
    return good;
  }

  static json::value schema() {
    json::object properties;
    json::array required;
    T value{};
    for_each_field(value, [&]<class M>(std::string_view name, M&) {
      auto member = Json<M>::schema();
      if constexpr (Explained<T>) member.get_object()["description"] = T::help[properties.size()];
      if constexpr (!is_optional<M> || Complete<T>) required.emplace_back(name);
      properties.emplace(name, std::move(member));
    });
    json::object schema{{"type", "object"},
                        {"properties", std::move(properties)},
                        {"required", std::move(required)},
                        {"additionalProperties", false}};
    if constexpr (Titled<T>) schema["title"] = T::title;
    return schema;
  }
};

}  // namespace rollcall
