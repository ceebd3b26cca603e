// Keys of the rows of decision state: a letter for the table, then parts that sort as they do themselves.
#pragma once

#include <string>
#include <string_view>

#include "events/entry.hpp"
#include "events/facts.hpp"
#include "events/fields.hpp"

namespace rollcall {

// A key made of parts, so that it sorts by them: numbers big-endian, accounts closed with a zero byte.
class Key {
 public:
  explicit Key(char table) : bytes_(1, table) {}
  Key& operator<<(std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(number >> shift));
    return *this;
  }
  Key& operator<<(Time time) { return *this << static_cast<std::uint64_t>(time.micros); }
  Key& operator<<(const Digest& digest) {
    bytes_.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
    return *this;
  }
  template <class Tag>
  Key& operator<<(const Id<Tag>& id) {
    bytes_.append(id.raw());
    return *this;
  }
  Key& operator<<(const AccountId& account) {
    bytes_.append(account.str()).push_back('\0');
    return *this;
  }
  Key& operator<<(const RecordId& record) {  // only ever the last part
    bytes_.append(record.str());
    return *this;
  }
  Key& operator<<(std::string_view text) {  // only ever the last part
    bytes_.append(text);
    return *this;
  }
  template <NamedEnum E>
  Key& operator<<(E value) {
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  Key& operator<<(const Scope& scope) {
    bytes_.push_back(static_cast<char>(scope.kind));
    bytes_.append(scope.id);
    return *this;
  }
  const std::string& str() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace rollcall
