// What events do to teams.
#include "domain/engine/evolve.hpp"

#include "domain/engine/rows.hpp"
#include "events/fold_case.hpp"

namespace rollcall {
namespace {

class TeamsFold {
 public:
  explicit TeamsFold(State& state) : state_(state) {}

  void on(const Envelope& at, const TeamCreated& e) {
    const TeamRow row{account_of(at), e.name};
    state_.add(TeamRow::key(e.team), row);
    name(row, e.team);
  }
  void on(const Envelope&, const TeamRenamed& e) {
    auto row = state_.get<TeamRow>(TeamRow::key(e.team));
    unname(row);
    row.name = e.name;
    state_.put(TeamRow::key(e.team), row);
    name(row, e.team);
  }
  void on(const Envelope&, const TeamDissolved& e) {
    unname(state_.get<TeamRow>(TeamRow::key(e.team)));
    state_.erase(TeamRow::key(e.team));
  }
  void on(const Envelope& at, const TeamPlaceStarted& e) {
    state_.put(TeamPlaceRow::key(e.membership, e.team), TeamPlaceRow{e.place, at.position});
    state_.put(TeamMemberRow::key(e.team, e.place, e.membership), TeamMemberRow{});
    if (e.place == TeamPlace::manager) change_member(state_, e.membership, [](MembershipRow& row) { ++row.manages; });
  }
  void on(const Envelope&, const TeamPlaceEnded& e) {
    state_.erase(TeamPlaceRow::key(e.membership, e.team));
    state_.erase(TeamMemberRow::key(e.team, e.place, e.membership));
    if (e.place == TeamPlace::manager) change_member(state_, e.membership, [](MembershipRow& row) { --row.manages; });
  }

 private:
  void name(const TeamRow& row, const TeamId& team) {
    state_.put(TeamNameRow::key(row.account, fold_case(row.name)), TeamNameRow{team});
  }
  void unname(const TeamRow& row) { state_.erase(TeamNameRow::key(row.account, fold_case(row.name))); }

  State& state_;
};

}  // namespace

constinit const Evolution teams_evolution = evolution_of<TeamsFold>();

}  // namespace rollcall
