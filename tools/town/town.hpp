// A town of made-up people who work with the program: accounts, members, their sessions and records, a made-up clock
// with an agenda. Whatever they do is a command through the real rules. All of it follows from a seed, ids included;
// only the installation's own secrets differ.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "tools/installation/installation.hpp"
#include "tools/town/dice.hpp"
#include "tools/town/loader.hpp"

namespace rollcall::tools {

// Everybody's in town.
constexpr std::string_view demo_password = "rollcall-demo";

// The first event of this type among what came of a command, if it was done and there is one.
template <class E>
const E* first(const std::optional<std::vector<Recorded>>& events) {
  if (!events) return nullptr;
  for (const auto& recorded : *events)
    if (const auto* event = get_if<E>(&recorded.event)) return event;
  return nullptr;
}

class Town {
 public:
  using Index = std::uint32_t;  // of a person, an account, a member, an invitation, in the vectors below

  struct Pass {
    SessionId session;
    Time began;
    Time expires_at;
  };
  struct Person {
    std::string name;
    std::string email;
    std::string ip;
    std::string_view user_agent;
    std::optional<PersonId> id;  // once he was invited
    std::optional<CredentialId> credential;
    std::optional<Pass> pass;  // for all his accounts
  };
  struct Member {
    Index account = 0;
    Index person = 0;
    MembershipId id;
    MemberKind kind{};
    bool owner = false;
    bool admin = false;
    bool sales_rep = false;
    bool active = true;
    RecordCounts open;
    std::optional<Pass> pass;  // for this account
  };
  struct Account {
    AccountId id;
    std::string name;
    Index owner = 0;  // a person
    std::uint32_t seat_limit = 0;
    std::uint32_t seats_used = 0;
    std::vector<Index> members;
    std::array<std::uint32_t, enum_names(RecordKind{}).size()> made{};  // records of each kind: their ids count up
    std::vector<std::uint32_t> open_tasks;
    std::optional<Index> lapsed;  // an invitation whose link is dead
  };
  struct Invitation {
    Index account = 0;
    Index person = 0;
    InvitationId id;
    std::uint32_t attempt = 1;
    Time expires_at;
    bool open = true;
  };

  Town(Installation& installation, std::uint64_t seed, Time begins);

  // ---- clock and agenda ------------------------------------------------------------------------------------------
  Time now() const { return now_; }
  // Not before now. What falls due together happens in the order in which it was planned.
  void at(Time when, std::function<void()> act);
  // Does what falls due before `until`, one after the other, while `more` says so.
  void run(Time until, const std::function<bool()>& more);
  Position size() const { return loader_.size(); }
  void finish() { loader_.finish(); }

  // ---- who there is ----------------------------------------------------------------------------------------------
  Index add_person(std::string name, std::string email);
  // Somebody with a name like others, at this domain.
  Index add_person_at(std::string_view domain);
  Index add_account(AccountId id, std::string name, Index owner, std::uint32_t seat_limit);

  const std::vector<Account>& accounts() const { return accounts_; }
  const std::vector<Member>& members() const { return members_; }
  const Account& account(Index account) const { return accounts_[account]; }
  const Member& member(Index member) const { return members_[member]; }
  const Person& person(Index person) const { return people_[person]; }
  Dice& dice() { return dice_; }

  // Somebody active who fits, by chance; nothing when nobody does.
  std::optional<Index> any_member(Index account, const std::function<bool(const Member&)>& fits);
  std::optional<Index> any_member(Index account);
  std::optional<Index> any_partner(Index account);
  // The owner or an admin, but not this one.
  Index in_charge(Index account, std::optional<Index> but = std::nullopt);
  std::optional<Index> live_membership(Index account, Index person) const;

  // ---- what they do, now -----------------------------------------------------------------------------------------
  // Whatever is refused is left at that.
  void open(Index account);  // the operator opens it, its owner sets himself up
  std::optional<Index> invite(Index account, Index person, MemberKind kind, bool admin);
  void accept(Index invitation);
  void decline(Index invitation);
  void resend(Index invitation);
  void revoke(Index invitation);
  // Invited, and accepted at once.
  std::optional<Index> join(Index account, Index person, MemberKind kind, bool admin = false);
  void add_to_sales(Index member);
  void label(Index member, std::string text);
  void sign_in(Index member);  // in the end he signs out, or the clock does it for him
  void fail_to_sign_in(Index member);

  // Records as the CRM tells of them.
  void import(Index account, std::optional<Index> owner, RecordKind kind, std::size_t records,
              RecordStatus status = RecordStatus::open);
  void register_record(Index account, RecordKind kind);
  void assign_contact(Index account);
  void complete_task(Index account);
  void add_note(Index account);

  // All he holds goes to others: evenly, or in exact numbers.
  void hand_on_contacts(Index member);
  void deactivate(Index member, std::optional<std::string> reason = std::nullopt);
  void leave(Index member);

  void reactivate(Index member);

  // What they may, and whom they work with.
  void permit(Index member, const std::vector<std::string_view>& permissions);
  void clone_permissions(Index from, Index to);
  std::optional<TeamId> found_team(Index account, std::string_view name);
  void place_in_team(const TeamId& team, Index member, TeamPlace place);
  std::optional<MemberRole> create_role(Index account, std::string_view name,
                                        const std::vector<std::string_view>& permissions);
  void assign_role(Index member, const MemberRole& role);

  // What is refused, and written down.
  void invite_again(Index member);
  void reassign_on_wrong_counts(Index member);
  void invite_without_right(Index member);
  void accept_too_late(Index account);

 private:
  struct Due {
    Time at;
    std::uint64_t number;
    std::function<void()> act;
    // The queue gives the greatest first.
    friend bool operator<(const Due& a, const Due& b) { return std::tie(b.at, b.number) < std::tie(a.at, a.number); }
  };
  using Events = std::vector<Recorded>;

  std::optional<Events> ask(Caller caller, const Command& command, Proofs proofs = {},
                            std::optional<std::string> reason = std::nullopt);
  void keep_books(const Events& events);
  void move_records(RecordKind kind, std::size_t records, const std::optional<MembershipId>& from,
                    const std::optional<MembershipId>& to);
  void forget(const SessionId& session, const PersonId& person, const std::optional<MembershipId>& membership);
  Ids::Seed fresh_seed();
  void work();

  Caller at_his_desk(Index person) const;  // not signed in
  Caller with(const std::optional<Pass>& pass, Index person) const;
  bool good(const std::optional<Pass>& pass) const;
  Caller signed_in(Index member);
  Caller signed_in_freshly(Index member);  // for what cannot be undone
  Caller signed_in_everywhere(Index person);
  std::optional<Pass> start_session(Index person, const std::optional<AccountId>& account);
  void expire(Index invitation);
  std::vector<KindPlan> plan_for(Index member, std::initializer_list<RecordKind> kinds);
  static RecordId record(RecordKind kind, std::uint32_t number);

  Loader loader_;
  Dice dice_;
  const std::uint64_t seed_;
  Time now_;
  std::uint64_t asked_ = 0;
  std::uint64_t planned_ = 0;
  std::priority_queue<Due> agenda_;
  std::vector<Person> people_;
  std::vector<Account> accounts_;
  std::vector<Member> members_;
  std::vector<Invitation> invitations_;
  std::unordered_map<std::string, Index> person_at_;   // by address
  std::unordered_map<std::string, Index> account_of_;  // by app id
  std::unordered_map<PersonId, Index> person_of_;
  std::unordered_map<MembershipId, Index> member_of_;
};

}  // namespace rollcall::tools
