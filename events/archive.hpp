// The stored form: a cereal archive of our own. Little-endian, 32-bit lengths checked against the bytes that are left,
// booleans and enumerations checked, trailing bytes refused; personal data goes in sealed and comes out opened.
// README.md of this room is the format in prose.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <cereal/cereal.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "events/fields.hpp"
#include "events/malformed.hpp"
#include "events/personal.hpp"
#include "events/values.hpp"

namespace rollcall {

static_assert(std::endian::native == std::endian::little, "the archive copies integers as they are in memory");

// Where in a struct the archive is: the names of the fields entered, e.g. actor/ip. Sealing binds a text to its path.
class FieldPath {
 public:
  void enter(std::string_view name) {
    if (depth_ == names_.size()) throw std::logic_error("structs nest deeper than the archive allows");
    names_[depth_++] = name;
  }
  void leave() { --depth_; }
  std::string text() const {
    std::string path;
    for (std::size_t i = 0; i < depth_; ++i) {
      if (i > 0) path.push_back('/');
      path.append(names_[i]);
    }
    return path;
  }

 private:
  std::array<std::string_view, 8> names_{};
  std::size_t depth_ = 0;
};

// Appends to `out`. `keys` may be null where there is nothing personal; `where` is what sealing binds to.
class Encoder : public cereal::OutputArchive<Encoder, cereal::AllowEmptyClassElision> {
 public:
  explicit Encoder(std::string& out, const KeyRing* keys = nullptr, std::string_view where = {})
      : OutputArchive(this), out_(out), keys_(keys), where_(where) {}

  void saveBinary(const void* data, std::size_t size) { out_.append(static_cast<const char*>(data), size); }
  void enter(std::string_view name) { path_.enter(name); }
  void leave() { path_.leave(); }
  void seal_in(const Personal& personal, std::string_view where);
  void seal_in(const Personal& personal) { seal_in(personal, where_); }

 private:
  std::string& out_;
  const KeyRing* keys_;
  std::string_view where_;
  FieldPath path_;
};

// Reads what Encoder wrote. Without `keys`, personal data is skipped and reads as `sealed`. Throws Malformed.
class Decoder : public cereal::InputArchive<Decoder, cereal::AllowEmptyClassElision> {
 public:
  explicit Decoder(std::string_view bytes, const KeyRing* keys = nullptr, std::string_view where = {})
      : InputArchive(this), bytes_(bytes), keys_(keys), where_(where) {}

  void loadBinary(void* data, std::size_t size) {
    const auto from = take(size);
    if (size > 0) std::memcpy(data, from.data(), size);
  }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) throw Malformed("a length runs past the end");
    const auto taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::size_t left() const { return bytes_.size(); }
  // What sealing was bound to, once that has been read from the bytes themselves.
  void bind(std::string_view where) { where_ = where; }
  // From here on.
  void open_with(const KeyRing* keys) { keys_ = keys; }
  void enter(std::string_view name) { path_.enter(name); }
  void leave() { path_.leave(); }
  Personal open_next(std::string_view where);
  Personal open_next() { return open_next(where_); }
  // Throws Malformed unless every byte was read.
  void finish() const {
    if (!bytes_.empty()) throw Malformed("bytes are left over");
  }

 private:
  std::string_view bytes_;
  const KeyRing* keys_;
  std::string_view where_;
  FieldPath path_;
};

inline void prologue(auto&, const Fielded auto&) {}
inline void epilogue(auto&, const Fielded auto&) {}

}  // namespace rollcall

CEREAL_REGISTER_ARCHIVE(rollcall::Encoder)
CEREAL_REGISTER_ARCHIVE(rollcall::Decoder)
CEREAL_SETUP_ARCHIVE_TRAITS(rollcall::Decoder, rollcall::Encoder)

namespace cereal {

template <class T>
  requires std::is_arithmetic_v<T>
void save(rollcall::Encoder& archive, const T& value) {
  static_assert(!std::is_floating_point_v<T>, "nothing that is decided or recorded is a floating point number");
  archive.saveBinary(&value, sizeof value);
}
template <class T>
  requires std::is_arithmetic_v<T>
void load(rollcall::Decoder& archive, T& value) {
  if constexpr (std::same_as<T, bool>) {
    std::uint8_t byte;
    archive.loadBinary(&byte, 1);
    if (byte > 1) throw rollcall::Malformed("a boolean is neither 0 nor 1");
    value = byte == 1;
  } else {
    archive.loadBinary(&value, sizeof value);
  }
}

template <class T>
void save(rollcall::Encoder& archive, const SizeTag<T>& tag) {
  const auto size = static_cast<std::uint32_t>(tag.size);
  archive.saveBinary(&size, sizeof size);
}
template <class T>
void load(rollcall::Decoder& archive, SizeTag<T>& tag) {
  std::uint32_t size;
  archive.loadBinary(&size, sizeof size);
  // Every element takes at least a byte, so a length is never worth allocating for beyond what is left.
  if (size > archive.left()) throw rollcall::Malformed("a length runs past the end");
  tag.size = size;
}

template <class T>
void save(rollcall::Encoder& archive, const BinaryData<T>& data) {
  archive.saveBinary(data.data, static_cast<std::size_t>(data.size));
}
template <class T>
void load(rollcall::Decoder& archive, BinaryData<T>& data) {
  archive.loadBinary(data.data, static_cast<std::size_t>(data.size));
}

template <class T>
void save(rollcall::Encoder& archive, const std::optional<T>& value) {
  archive(value.has_value());
  if (value) archive(*value);
}
template <class T>
void load(rollcall::Decoder& archive, std::optional<T>& value) {
  bool present;
  archive(present);
  if (present)
    archive(value.emplace());
  else
    value.reset();
}

template <rollcall::NamedEnum E>
std::uint8_t save_minimal(const rollcall::Encoder&, const E& value) {
  return static_cast<std::uint8_t>(value);
}
template <rollcall::NamedEnum E>
void load_minimal(const rollcall::Decoder&, E& value, const std::uint8_t& byte) {
  if (byte >= rollcall::names_of<E>.size()) throw rollcall::Malformed("an enumeration is out of its range");
  value = static_cast<E>(byte);
}

template <class Tag>
void save(rollcall::Encoder& archive, const rollcall::Id<Tag>& id) {
  archive.saveBinary(id.bytes.data(), id.bytes.size());
}
template <class Tag>
void load(rollcall::Decoder& archive, rollcall::Id<Tag>& id) {
  archive.loadBinary(id.bytes.data(), id.bytes.size());
}

inline void save(rollcall::Encoder& archive, const rollcall::Digest& digest) {
  archive.saveBinary(digest.bytes.data(), digest.bytes.size());
}
inline void load(rollcall::Decoder& archive, rollcall::Digest& digest) {
  archive.loadBinary(digest.bytes.data(), digest.bytes.size());
}

template <class Tag>
void save(rollcall::Encoder& archive, const rollcall::Text<Tag>& text) {
  archive(text.str());
}
template <class Tag>
void load(rollcall::Decoder& archive, rollcall::Text<Tag>& text) {
  SizeTag<std::size_t> size{0};
  load(archive, size);
  const auto bytes = archive.take(size.size);
  if (bytes.empty()) {  // the value of an id that is not there yet, never of one that was parsed
    text = {};
    return;
  }
  auto parsed = rollcall::Text<Tag>::parse(bytes);
  if (!parsed) throw rollcall::Malformed("a text breaks its rule");
  text = std::move(*parsed);
}

inline void save(rollcall::Encoder& archive, const rollcall::Time& time) { archive(time.micros); }
inline void load(rollcall::Decoder& archive, rollcall::Time& time) { archive(time.micros); }

inline void save(rollcall::Encoder& archive, const rollcall::Personal& personal) { archive.seal_in(personal); }
inline void load(rollcall::Decoder& archive, rollcall::Personal& personal) { personal = archive.open_next(); }

// A verifier is bound to its credential key alone, so that decision state holds the very bytes the event holds.
inline void save(rollcall::Encoder& archive, const rollcall::Verifier& verifier) {
  archive.seal_in(verifier.text, "verifier");
}
inline void load(rollcall::Decoder& archive, rollcall::Verifier& verifier) {
  verifier.text = archive.open_next("verifier");
}

template <class Archive, rollcall::Fielded T>
void serialize(Archive& archive, T& object) {
  rollcall::for_each_field(object, [&](std::string_view name, auto& member) {
    archive.enter(name);
    archive(member);
    archive.leave();
  });
}

}  // namespace cereal
