// Who may have a key, and for what.
#include <algorithm>

#include "domain/engine/deciding.hpp"

namespace rollcall {
namespace {

constexpr std::size_t keys_max = 50;  // of one holder

Scope history_of(const std::optional<PersonId>& holder) { return holder ? Scope::of(*holder) : Scope::log(); }

Rejection invalid(std::string field) { return rejected(Code::invalid_value, {detail("field", std::move(field))}); }

Time expiry(const Deciding& d, const std::optional<Bounded<1, 366>>& asked) {
  constexpr std::uint64_t otherwise = 90;
  return d.now() + days(static_cast<std::int64_t>(asked ? asked->value : otherwise));
}

// A key is never more than its holder, and a person holds no right over the installation.
bool may_hold(const std::optional<PersonId>& holder, KeyScope scope) {
  return holder.has_value() == (scope == KeyScope::read || scope == KeyScope::write);
}

std::size_t live_keys(const Deciding& d, const std::optional<PersonId>& holder) {
  std::size_t count = 0;
  d.state.scan(AccessKeyOfRow::all(holder), {}, [&](std::string_view rest) {
    const auto row = d.state.get<AccessKeyRow>(AccessKeyRow::key(id_at_end<AccessKeyTag>(rest)));
    if (d.now() < row.expires_at) ++count;
    return true;
  });
  return count;
}

}  // namespace

bool is_own(const Deciding& d, const CreateAccessKey&) { return d.who.person.has_value(); }

Decision decide_on(Deciding& d, const CreateAccessKey& c) {
  const auto holder = d.who.person;
  if (c.scopes.empty()) return unexpected(invalid("scopes"));
  for (auto at = c.scopes.begin(); at != c.scopes.end(); ++at) {
    if (std::find(c.scopes.begin(), at, *at) != at) return unexpected(invalid("scopes"));
    if (!may_hold(holder, *at))
      return unexpected(rejected(Code::scope_not_held, {detail("scope", std::string{name_of(*at)})}));
  }
  if (c.account && holder) {
    const auto live = d.state.place(*c.account, *holder).live;
    if (!live || !gives_access(d.state.get<MembershipRow>(MembershipRow::key(*live)), d.now()))
      return unexpected(rejected(Code::not_active));
  } else if (c.account) {
    if (!d.state.find<AccountRow>(AccountRow::key(*c.account))) return unexpected(not_there("account", *c.account));
    // What operates or follows the events does so for the whole log.
    if (c.scopes != std::vector{KeyScope::audit}) return unexpected(invalid("account"));
  }
  if (live_keys(d, holder) >= keys_max) return unexpected(rejected(Code::too_many, {detail("most", keys_max)}));
  const auto seal = holder ? d.person(*holder).key_number : d.state.meta().staff_key;
  return Facts{{history_of(holder), AccessKeyCreated{.key = d.fresh<AccessKeyId>(),
                                                     .holder = holder,
                                                     .name = Personal(seal, c.key_name.value),
                                                     .scopes = c.scopes,
                                                     .account = c.account,
                                                     .expires_at = expiry(d, c.days),
                                                     .digest = d.context.proofs.new_key.value()}}};
}

namespace {

bool holds(const Deciding& d, const AccessKeyId& id) {
  const auto key = d.state.find<AccessKeyRow>(AccessKeyRow::key(id));
  return key && d.who.person && key->holder == d.who.person;
}

}  // namespace

bool is_own(const Deciding& d, const RotateAccessKey& c) { return holds(d, c.key); }
bool is_own(const Deciding& d, const RevokeAccessKey& c) { return holds(d, c.key); }

Decision decide_on(Deciding& d, const RotateAccessKey& c) {
  const auto old = d.state.find<AccessKeyRow>(AccessKeyRow::key(c.key));
  if (!old || old->expires_at <= d.now()) return unexpected(not_there("key", c.key));
  if (old->holder != d.who.person) return unexpected(rejected(Code::not_authorized));  // it would be told to another
  constexpr std::uint64_t otherwise = 24;
  const auto overlap = hours(static_cast<std::int64_t>(c.overlap_hours ? c.overlap_hours->value : otherwise));
  return Facts{
      {history_of(old->holder), AccessKeyCreated{.key = d.fresh<AccessKeyId>(),
                                                 .holder = old->holder,
                                                 .name = old->name,
                                                 .scopes = old->scopes,
                                                 .account = old->account,
                                                 .expires_at = expiry(d, c.days),
                                                 .digest = d.context.proofs.new_key.value(),
                                                 .replaces = c.key,
                                                 .replaced_until = std::min(old->expires_at, d.now() + overlap)}}};
}

Decision decide_on(Deciding& d, const RevokeAccessKey& c) {
  const auto key = d.state.find<AccessKeyRow>(AccessKeyRow::key(c.key));
  if (!key) return unexpected(not_there("key", c.key));
  return Facts{{history_of(key->holder), AccessKeysRevoked{key->holder, {}, {c.key}}}};
}

Decision decide_on(Deciding& d, const RecordKeyUse& c) {
  if (c.uses.empty()) return Facts{};
  // A key that has ended meanwhile is the one of which its last use is asked first: it is told in the log's own
  // history.
  const auto key = d.state.find<AccessKeyRow>(AccessKeyRow::key(c.key));
  const auto holder = key ? key->holder : std::nullopt;
  return Facts{{history_of(holder), AccessKeyUsed{c.key, holder, c.since, c.until, c.uses}}};
}

}  // namespace rollcall
