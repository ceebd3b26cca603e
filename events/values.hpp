// The small values every fact is made of: positions, instants, ids and checked texts, each a type of its own.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

// Index of an event in the log: dense, from 0, given in commit order, equal to its Merkle leaf index.
// A size or a cursor N means that events 0..N-1 exist or are applied.
using Position = std::uint64_t;

// An instant in microseconds since 1970-01-01 UTC.
struct Time {
  std::int64_t micros = 0;

  // RFC 3339 in UTC with six decimals, e.g. 2026-03-03T09:00:00.000000Z.
  std::string text() const;
  // Any RFC 3339 date-time with an offset (0 to 6 decimals kept); nothing for all else, a missing offset included.
  static std::optional<Time> parse(std::string_view text);

  friend auto operator<=>(const Time&, const Time&) = default;
};

// A length of time in microseconds.
struct Duration {
  std::int64_t micros = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};
constexpr Duration microseconds(std::int64_t n) { return {n}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
constexpr Duration days(std::int64_t n) { return hours(n * 24); }
// Rounded up: after so many it is over.
constexpr std::uint64_t whole_seconds(Duration d) {
  return d.micros <= 0 ? 0 : static_cast<std::uint64_t>((d.micros + 999'999) / 1'000'000);
}
constexpr Time operator+(Time t, Duration d) { return {t.micros + d.micros}; }
constexpr Time operator-(Time t, Duration d) { return {t.micros - d.micros}; }
constexpr Duration operator-(Time a, Time b) { return {a.micros - b.micros}; }

// 32 bytes of SHA-256 or BLAKE2b, shown in lower-case hex.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  std::string text() const;
  static std::optional<Digest> parse(std::string_view text);

  friend auto operator<=>(const Digest&, const Digest&) = default;
};

using IdBytes = std::array<std::uint8_t, 16>;

// `prefix_` and 26 characters of Crockford base32, lower case.
std::string id_text(std::string_view prefix, const IdBytes& bytes);
// The inverse, exact: another prefix, length, letter or case is nothing.
std::optional<IdBytes> parse_id(std::string_view prefix, std::string_view text);

// A 16 byte identifier, time-ordered to the millisecond, shown as Tag::prefix and base32.
template <class Tag>
struct Id {
  static constexpr std::string_view prefix = Tag::prefix;
  IdBytes bytes{};

  std::string text() const { return id_text(prefix, bytes); }
  static std::optional<Id> parse(std::string_view text) {
    if (auto found = parse_id(prefix, text)) return Id{*found};
    return std::nullopt;
  }
  // The 16 bytes as they are stored, for keys.
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

  friend auto operator<=>(const Id&, const Id&) = default;
};

struct LogTag {
  static constexpr std::string_view prefix = "log";
};
struct EventTag {
  static constexpr std::string_view prefix = "evt";
};
struct CommandTag {
  static constexpr std::string_view prefix = "cmd";
};
struct PersonTag {
  static constexpr std::string_view prefix = "per";
};
struct MembershipTag {
  static constexpr std::string_view prefix = "usr";
};
struct InvitationTag {
  static constexpr std::string_view prefix = "inv";
};
struct SessionTag {
  static constexpr std::string_view prefix = "ses";
};
struct CredentialTag {
  static constexpr std::string_view prefix = "crd";
};
struct ReassignmentTag {
  static constexpr std::string_view prefix = "rea";
};

// A program's key to the interface; not to be taken for a data key, which seals what is personal.
struct AccessKeyTag {
  static constexpr std::string_view prefix = "key";
};
// A role that an account made for itself.
struct RoleTag {
  static constexpr std::string_view prefix = "rol";
};
struct TeamTag {
  static constexpr std::string_view prefix = "tea";
};
struct PortalTag {
  static constexpr std::string_view prefix = "por";
};
// A partner company of a portal.
struct CompanyTag {
  static constexpr std::string_view prefix = "cmp";
};

using LogId = Id<LogTag>;
using EventId = Id<EventTag>;
using CommandId = Id<CommandTag>;
using PersonId = Id<PersonTag>;
using MembershipId = Id<MembershipTag>;
using InvitationId = Id<InvitationTag>;
using SessionId = Id<SessionTag>;
using CredentialId = Id<CredentialTag>;
using ReassignmentId = Id<ReassignmentTag>;
using AccessKeyId = Id<AccessKeyTag>;
using RoleId = Id<RoleTag>;
using TeamId = Id<TeamTag>;
using PortalId = Id<PortalTag>;
using CompanyId = Id<CompanyTag>;

// A text that is only ever made by parsing: Tag::valid says what is allowed, Tag::rule says it to people.
template <class Tag>
class Text {
 public:
  static constexpr std::string_view rule = Tag::rule;
  static constexpr std::string_view pattern = Tag::pattern;  // the rule as an ECMA regular expression

  Text() = default;
  static std::optional<Text> parse(std::string_view text) {
    if (!Tag::valid(text)) return std::nullopt;
    Text made;
    made.text_ = text;
    return made;
  }
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend auto operator<=>(const Text&, const Text&) = default;

 private:
  std::string text_;
};

struct AccountIdTag {
  static constexpr std::string_view rule = "2 to 32 of a-z, 0-9 and -";
  static constexpr std::string_view pattern = "^[a-z0-9-]{2,32}$";
  static bool valid(std::string_view text);
};
struct RecordIdTag {
  static constexpr std::string_view rule = "1 to 40 printable ASCII characters";
  static constexpr std::string_view pattern = "^[!-~]([ -~]{0,38}[!-~])?$";
  static bool valid(std::string_view text);
};
struct PermissionTag {
  static constexpr std::string_view rule = "area.verb in a-z and _, at most 64 characters";
  static constexpr std::string_view pattern = "^[a-z_]+\\.[a-z_]+$";
  static bool valid(std::string_view text);
};

// A role a member can have: one of those that every account has, or one of the account's own by its id.
struct MemberRoleTag {
  static constexpr std::string_view rule = "limited_admin, manager, staff, or the id of a role (rol_…)";
  static constexpr std::string_view pattern = "^(limited_admin|manager|staff|rol_[0-7][0-9a-hjkmnp-tv-z]{25})$";
  static bool valid(std::string_view text);
};

// The immutable `app_id` an account is named by, e.g. gx624.
using AccountId = Text<AccountIdTag>;
// A contact's, lead's or task's id as the CRM gave it.
using RecordId = Text<RecordIdTag>;
// One right in an account, e.g. contact.reassign.
using Permission = Text<PermissionTag>;
using MemberRole = Text<MemberRoleTag>;

// A text that only passes through: a password or a link's token. Never stored, logged or shown.
struct Secret {
  std::string value;
  friend bool operator==(const Secret&, const Secret&) = default;
};

}  // namespace rollcall

template <class Tag>
struct std::hash<rollcall::Id<Tag>> {
  // Ids end in random bytes, so these are as good as any hash.
  std::size_t operator()(const rollcall::Id<Tag>& id) const noexcept {
    std::size_t value;
    static_assert(sizeof value <= 10);
    __builtin_memcpy(&value, id.bytes.data() + id.bytes.size() - sizeof value, sizeof value);
    return value;
  }
};
template <class Tag>
struct std::hash<rollcall::Text<Tag>> {
  std::size_t operator()(const rollcall::Text<Tag>& text) const noexcept {
    return std::hash<std::string>{}(text.str());
  }
};
