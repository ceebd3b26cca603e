// Histories told in the words of the domain, a log of them in memory, and views that are fed from it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "events/archive.hpp"
#include "events/entry.hpp"
#include "events/log.hpp"
#include "projections/engine/projection.hpp"
#include "projections/engine/projector.hpp"
#include "projections/engine/query.hpp"

namespace rollcall::projections {

// Every number has a key until it is destroyed.
class StoryKeys final : public KeyRing {
 public:
  std::optional<DataKey> find(KeyNumber number) const override {
    if (destroyed_.contains(number)) return std::nullopt;
    DataKey key{};
    key[0] = static_cast<std::uint8_t>(number);
    key[1] = static_cast<std::uint8_t>(number >> 8);
    return key;
  }
  void destroy(KeyNumber number) { destroyed_.insert(number); }

 private:
  std::set<KeyNumber> destroyed_;
};

class StoryLog final : public LogReader {
 public:
  Position size() const override { return entries.size(); }
  void read(Position from, const Visit& visit) const override {
    for (Position i = from; i < entries.size(); ++i)
      if (!visit(i, entries[i])) return;
  }
  std::optional<std::string> entry(Position position) const override {
    if (position >= entries.size()) return std::nullopt;
    ++entries_read;
    return entries[position];
  }
  std::optional<std::string> tile(unsigned, std::uint64_t) const override { return std::nullopt; }
  std::optional<std::string> frontier() const override { return std::nullopt; }
  std::optional<std::string> checkpoint() const override { return std::nullopt; }
  Position batch_end(Position) const override { return 0; }
  State state() const override { return {}; }

  std::vector<std::string> entries;
  mutable std::uint64_t entries_read = 0;
};

class StoryViews final : public ViewStore {
 public:
  Snapshot snapshot() const override { return {std::make_shared<MemoryRows>(rows_), progress_}; }
  void commit(const RowChanges& changes, const Progress& progress) override {
    rows_.apply(changes);
    progress_ = progress;
    ++commits;
  }
  // Without the copy that a snapshot is.
  const Rows& rows() const { return rows_; }
  const Progress& progress() const { return progress_; }

  int commits = 0;

 private:
  MemoryRows rows_;
  Progress progress_;
};

template <class AnyId>
AnyId numbered(std::uint64_t number) {
  AnyId id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

inline Time moment(std::string_view text) { return Time::parse(text).value(); }
inline AccountId account(std::string_view id) { return AccountId::parse(id).value(); }

struct SomeMember {
  PersonId person;
  MembershipId id;
  KeyNumber key = 0;
};
struct SomeInvitation {
  PersonId person;
  InvitationId id;
  KeyNumber key = 0;
  std::string email;
  std::string first_name;
  MemberKind kind{};
  bool admin = false;
  std::optional<Time> access_ends_at;
};

// Tells what happens, one second after the other, and writes it down.
class Story {
 public:
  static constexpr std::string_view begins = "2026-03-02T09:00:00Z";

  StoryKeys keys;
  StoryLog log;
  Time now = moment(begins);
  AccountId here = account("gx624");
  std::optional<CommandId> together;     // events of one command; else each is of its own
  std::optional<MembershipId> acting{};  // the member who does it; else it is the operator

  Position happens(const Scope& scope, const Event& event) {
    Envelope at;
    at.position = log.size();
    at.id = next<EventId>();
    visit([&]<class E>(const E&) { at.type = E::type, at.version = E::version; }, event);
    at.recorded_at = now;
    at.scope = scope;
    at.sequence = sequences_[scope]++;
    at.actor.kind = ActorKind::operator_;
    at.actor.membership = acting;
    at.actor.ip = Personal(1, "192.0.2.7");
    at.command = at.correlation = together ? *together : next<CommandId>();
    log.entries.push_back(encode_entry(at, event, keys));
    now = now + seconds(1);
    return at.position;
  }
  Position happens(const Event& event) { return happens(Scope::of(here), event); }

  // ---- accounts and members ----
  SomeMember open_account(const std::string& id, const std::string& owner = "Olga Owner", std::uint32_t seats = 5,
                          const std::string& name = "Acme") {
    here = account(id);
    const auto owned = someone();
    const auto email = Personal(owned.key, "owner@" + id + ".example");
    const auto called = Personal(owned.key, owner);
    happens(AccountOpened{name, owned.id, owned.person, email, called, seats, "UTC", {}});
    happens(MembershipActivated{owned.id, owned.person, email, called, MemberKind::standard, true, true});
    seats_[here] = {0, seats};
    take_seat(owned.id);
    return owned;
  }
  SomeInvitation invite_partner(const std::string& email, bool admin = true, std::optional<Time> access_ends_at = {},
                                std::optional<SomeMember> again = {}, std::optional<MembershipId> by = {}) {
    const auto who = again ? *again : someone();
    const auto id = next<InvitationId>();
    happens(PartnerInvited{id, who.person, Personal(who.key, email), admin, {}, now + days(7), by, access_ends_at, {}});
    return {who.person, id, who.key, email, "", MemberKind::partner, admin, access_ends_at};
  }
  SomeInvitation invite_user(const std::string& email, const std::string& first_name, bool admin = false,
                             std::optional<SomeMember> again = {}, std::optional<MembershipId> by = {}) {
    const auto who = again ? *again : someone();
    const auto id = next<InvitationId>();
    happens(UserInvited{id, who.person, Personal(who.key, email), Personal(who.key, first_name), admin, now + days(7),
                        by, std::nullopt});
    return {who.person, id, who.key, email, first_name, MemberKind::standard, admin, std::nullopt};
  }
  SomeMember accept(const SomeInvitation& invitation, const std::string& name = "",
                    std::vector<Permission> permissions = {}) {
    const SomeMember member{invitation.person, next<MembershipId>(), invitation.key};
    std::optional<Personal> called;
    if (!invitation.first_name.empty()) called = Personal(member.key, invitation.first_name);
    if (!name.empty()) called = Personal(member.key, name);
    happens(InvitationAccepted{invitation.id, member.person});
    happens(MembershipActivated{member.id, member.person, Personal(member.key, invitation.email), called,
                                invitation.kind, false, invitation.admin, std::move(permissions), invitation.id,
                                invitation.access_ends_at});
    if (invitation.kind == MemberKind::standard) take_seat(member.id);
    return member;
  }
  SomeMember partner(const std::string& email, const std::string& name = "", bool admin = true) {
    return accept(invite_partner(email, admin), name);
  }
  SomeMember user(const std::string& email, const std::string& name, bool admin = false) {
    return accept(invite_user(email, name, admin), name);
  }
  void deactivate(const SomeMember& member, MemberKind kind = MemberKind::standard) {
    const bool standard = kind == MemberKind::standard;
    happens(UserDeactivated{member.id, member.person, kind, EndCause::deactivated, !standard, standard, {}});
    if (standard) happens(SeatFreed{member.id, --seats_[here].first, seats_[here].second});
  }
  void leave(const SomeMember& member) { happens(PartnerLeft{member.id, member.person, true}); }
  void registers(const SomeMember& member, const std::string& name) {
    happens(Scope::of(member.person), IdentityRegistered{member.person, Personal(member.key, name)});
  }

  // ---- sessions and records ----
  SessionId signs_in(const SomeMember& member) {
    const auto id = next<SessionId>();
    happens(SessionStarted{id, member.person, member.id, now + hours(8)});
    return id;
  }
  static RecordId record(const std::string& id) { return RecordId::parse(id).value(); }
  void gets(const SomeMember& member, RecordKind kind, const std::string& id) {
    happens(RecordRegistered{kind, record(id), member.id});
  }

  SomeMember someone() {
    const auto key = ++people_ + 1;
    return {numbered<PersonId>(1'000 + people_), next<MembershipId>(), key};
  }
  template <class AnyId>
  AnyId next() {
    return numbered<AnyId>(++ids_);
  }

  void take_seat(const MembershipId& id) {
    auto& [used, limit] = seats_[here];
    happens(SeatTaken{id, ++used, limit});
  }

 private:
  std::map<Scope, std::uint64_t> sequences_;
  std::map<AccountId, std::pair<std::uint32_t, std::uint32_t>> seats_;
  std::uint64_t people_ = 0;
  std::uint64_t ids_ = 0;
};

// One view, live.
class LiveView {
 public:
  explicit LiveView(const Projection& projection) : projection_(projection) {}
  const Rows& rows(const Story& story) {
    Projector projector(story.log, story.keys);
    projector.feed(projection_, store);
    projector.catch_up(story.log.size());
    stop = projector.views().front().stop;
    return store.rows();
  }

  StoryViews store;
  std::optional<Stop> stop;

 private:
  const Projection& projection_;
};

// The column of each row of a list, e.g. who is on the page.
inline std::vector<std::string> column(const boost::json::value& page, std::string_view list, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& row : page.at(list).as_array()) {
    const auto& value = row.at(name);
    values.push_back(value.is_string() ? std::string{value.as_string()} : boost::json::serialize(value));
  }
  return values;
}
using Words = std::vector<std::string>;

// A query as it arrives, answered from rows: about `account` where it names one.
template <class Q>
Expected<std::string, QueryError> ask(const Rows& rows, const AccountId& account, Parameters parameters, Time now,
                                      const std::optional<PersonId>& person = {}) {
  std::erase_if(parameters, [](const auto& given) { return given.first == "cursor" && given.second.empty(); });
  if constexpr (requires(Q query) { query.account; }) parameters.emplace_back("account", account.str());
  const auto query = read_parameters<Q>(parameters);
  if (!query) return unexpected(query.error());
  return query->answer(rows, {now, person});
}

}  // namespace rollcall::projections
