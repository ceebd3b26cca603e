// Rows of decision state: access keys.
#pragma once

#include <optional>
#include <vector>

#include "domain/engine/key.hpp"

namespace rollcall {

struct AccessKeyRow {
  static constexpr char table = 'k';
  static constexpr std::array fields{"holder", "name",       "scopes",    "account", "expires_at",
                                     "digest", "created_at", "last_used", "began"};
  std::optional<PersonId> holder;  // nobody: the installation's own
  Personal name;
  std::vector<KeyScope> scopes;
  std::optional<AccountId> account;
  Time expires_at;
  Digest digest;
  Time created_at;
  std::optional<Time> last_used;
  Position began = 0;  // of the event by which it was made

  bool is_for(KeyScope scope) const;
  static Key key(const AccessKeyId& id) { return Key{table} << id; }
};

struct AccessKeyOfRow {
  static constexpr char table = 'K';
  static constexpr NoFields fields{};
  static Key key(const std::optional<PersonId>& holder, const AccessKeyId& id) { return all(holder) << id; }
  static Key all(const std::optional<PersonId>& holder) { return Key{table} << holder.value_or(PersonId{}); }
};

}  // namespace rollcall
