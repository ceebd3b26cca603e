// Histories drawn at random, but such as the domain could have told.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tests/projections/story.hpp"

namespace rollcall::projections {

// Each number is one step; the same numbers are the same story.
class RandomStory {
 public:
  explicit RandomStory(const std::vector<std::uint32_t>& steps) {
    open_account();
    for (const auto step : steps) {
      draw_ = step;
      story.now = story.now + minutes(pick(600));
      take_step();
    }
  }

  Story story;

  struct Account {
    AccountId id;
    std::vector<std::pair<SomeMember, MemberKind>> members;  // active ones
    std::vector<SomeInvitation> invitations;                 // open ones
    std::vector<SomeMember> everybody;
    std::vector<std::pair<SomeMember, SessionId>> sessions;
  };
  std::vector<Account> accounts;

 private:
  std::uint32_t pick(std::size_t below) {
    const auto picked = draw_ % static_cast<std::uint32_t>(below);
    draw_ = draw_ / static_cast<std::uint32_t>(below) * 2'654'435'761u + 97u;
    return picked;
  }

  void open_account() {
    const auto owner = story.open_account("acc" + std::to_string(accounts.size()), "Owner", 50);
    accounts.push_back({story.here, {}, {}, {owner}, {}});
  }

  void take_step() {
    if (accounts.size() < 3 && pick(12) == 0) return open_account();
    auto& account = accounts[pick(accounts.size())];
    story.here = account.id;
    switch (pick(14)) {
      case 0:
      case 1: return invite(account);
      case 2:
      case 3: return accept(account);
      case 4: return close_invitation(account);
      case 5: return end(account);
      case 6: return change(account);
      case 7:
      case 8: return session(account);
      default: return record(account);
    }
  }

  // Sometimes somebody who is known already, here or elsewhere.
  std::optional<SomeMember> known_person() {
    if (pick(3) != 0) return std::nullopt;
    const auto& account = accounts[pick(accounts.size())];
    return account.everybody[pick(account.everybody.size())];
  }
  void invite(Account& account) {
    const auto who = known_person();
    const auto email = "person" + std::to_string(pick(20)) + "@example.com";
    if (pick(2) == 0)
      account.invitations.push_back(story.invite_user(email, pick(2) ? "Anna" : "émile", pick(2) == 0, who));
    else
      account.invitations.push_back(story.invite_partner(email, pick(2) == 0,
                                                         pick(2) ? std::optional{story.now + days(30)} : std::nullopt,
                                                         who, account.everybody[pick(account.everybody.size())].id));
  }
  void accept(Account& account) {
    if (account.invitations.empty()) return;
    const auto at = pick(account.invitations.size());
    const auto invitation = account.invitations[at];
    account.invitations.erase(account.invitations.begin() + at);
    const auto member = story.accept(invitation, pick(2) ? "Berta" : "");
    account.members.emplace_back(member, invitation.kind);
    account.everybody.push_back(member);
    if (pick(3) == 0) story.registers(member, "Chosen Name");
  }
  void close_invitation(Account& account) {
    if (account.invitations.empty()) return;
    const auto at = pick(account.invitations.size());
    const auto id = account.invitations[at].id;
    switch (pick(4)) {
      case 0: story.happens(InvitationRevoked{id}); break;
      case 1: story.happens(InvitationDeclined{id}); break;
      case 2: story.happens(InvitationExpired{id}); return;
      default: story.happens(InvitationResent{id, 2, story.now + days(7)}); return;
    }
    account.invitations.erase(account.invitations.begin() + at);
  }
  void end(Account& account) {
    if (account.members.empty()) return;
    const auto at = pick(account.members.size());
    const auto [member, kind] = account.members[at];
    if (pick(2) == 0)
      story.happens(
          DeactivationStarted{story.next<ReassignmentId>(), member.id, member.person, EndCause::deactivated, {}, {}});
    if (kind == MemberKind::partner && pick(2) == 0)
      story.leave(member);
    else
      story.deactivate(member, kind);
    account.members.erase(account.members.begin() + at);
  }
  void change(Account& account) {
    const auto& member = account.everybody[pick(account.everybody.size())];
    switch (pick(4)) {
      case 0: story.happens(GroupJoined{member.id, pick(2) ? Group::admin : Group::sales_rep}); break;
      case 1: story.happens(GroupLeft{member.id, pick(2) ? Group::admin : Group::sales_rep}); break;
      case 2: story.happens(AccountLabelSet{member.id, member.person, Personal(member.key, "Label")}); break;
      default: story.happens(SeatLimitChanged{50, 50 + pick(10)});
    }
  }
  void session(Account& account) {
    if (account.sessions.empty() || pick(2) == 0) {
      const auto& member = account.everybody[pick(account.everybody.size())];
      account.sessions.emplace_back(member, story.signs_in(member));
      return;
    }
    const auto at = pick(account.sessions.size());
    const auto [member, session] = account.sessions[at];
    account.sessions.erase(account.sessions.begin() + at);
    if (pick(2) == 0)
      story.happens(SessionEnded{session, member.person, member.id, SessionEndCause::expired});
    else
      story.happens(SessionsRevoked{member.person, member.id, {session}});
  }
  void record(Account& account) {
    const auto kind = static_cast<RecordKind>(pick(3));
    const auto& one = account.everybody[pick(account.everybody.size())];
    const auto& other = account.everybody[pick(account.everybody.size())];
    const auto id = Story::record("R" + std::to_string(++records_));
    switch (pick(8)) {
      case 0: story.happens(RecordRegistered{kind, id, one.id}); break;
      case 1: story.happens(RecordAssigned{kind, id, one.id, other.id}); break;
      case 2: story.happens(RecordsImported{kind, RecordStatus::open, one.id, {id, id}}); break;
      case 3: story.happens(RecordsUnassigned{kind, one.id, {id}, {}}); break;
      case 4: story.happens(TaskCompleted{id, one.id}); break;
      case 5: story.happens(NoteAdded{id, one.id}); break;
      case 6:
        story.happens(RecordsReassigned{
            story.next<ReassignmentId>(), kind, ReassignmentMode::ratio, one.id, other.id, 1, 1, {id}});
        break;
      default: story.happens(CompletedTasksRemoved{one.id, {id}});
    }
  }

  std::uint32_t draw_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace rollcall::projections
