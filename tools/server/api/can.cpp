// What may be done, by whom, and by what: `GET /v1/can`.
#include <array>
#include <string>
#include <vector>

#include "tools/server/api/queries.hpp"

namespace rollcall::api {
namespace {

namespace views = projections;

// Writes CanPage. A program asks for a hundred answers at once, and few of them differ in more than whom they are
// about: the rest of an answer is written once for all that share it.
class Page {
 public:
  Page(const std::optional<AccountId>& account, const std::optional<MembershipId>& user,
       const std::vector<Action>& actions)
      : verdicts_(actions.size()) {
    out_.append(R"({"account":)");
    Json<std::optional<AccountId>>::write(out_, account);
    out_.append(R"(,"user":)");
    Json<std::optional<MembershipId>>::write(out_, user);
    out_.append(R"(,"answers":[)");
  }
  // All answers from here on are about them.
  void about(const std::optional<MembershipId>& of) {
    of_ = R"(","of":)";
    Json<std::optional<MembershipId>>::write(of_, of);
  }
  // The action at this place in the list, which the same rights are held for each time.
  void add(std::size_t place, Action action, const std::vector<Held>& held, Reach needed) {
    auto& verdict = verdicts_.at(place).at(static_cast<std::size_t>(needed));
    if (verdict.empty()) verdict = verdict_of(held, action, needed);
    out_.append(first_ ? R"({"action":")" : R"(,{"action":")").append(name_of(action)).append(of_).append(verdict);
    first_ = false;
  }
  Reply finish() {
    out_.append("]}");
    return json_answer(std::move(out_));
  }

 private:
  static std::string verdict_of(const std::vector<Held>& held, Action action, Reach needed) {
    std::string out = allows(held, action, needed) ? R"(,"allowed":true,"reach":)" : R"(,"allowed":false,"reach":)";
    Json<std::optional<Reach>>::write(out, reach_of(held, action));
    out.append(R"(,"grants":)");
    std::vector<GrantAnswer> grants;
    for (const auto& [source, rights, since, from] : held)
      if (const auto reach = rights.reach_of(action))
        grants.push_back({source, *reach, since, from.empty() ? std::nullopt : std::optional{from}});
    Json<std::vector<GrantAnswer>>::write(out, grants);
    return out.append(1, '}');
  }

  std::vector<std::array<std::string, enum_names(Reach{}).size()>> verdicts_;  // by action, by reach
  std::string of_;
  std::string out_;
  bool first_ = true;
};

// What is asked for: when nothing is named, all that is done in the account, or all that is not done in one.
std::vector<Action> actions_of(const Can& query) {
  if (query.action) return query.action->values;
  std::vector<Action> all;
  for (const auto& meaning : action_meanings)
    if ((meaning.about == About::account) == query.account.has_value()) all.push_back(meaning.action);
  return all;
}

// Each parameter is well formed by itself: what makes no sense together is refused as a value is.
Rejection makes_no_sense(std::string field, std::string why) {
  return rejected(Code::invalid_value, {detail("field", std::move(field)), detail("reason", std::move(why))});
}

std::optional<Rejection> what_is_wrong(const Can& query) {
  if (!query.account) {
    if (query.user) return makes_no_sense("user", "without_account");
    if (query.of) return makes_no_sense("of", "without_account");
    if (query.as_of.at) return makes_no_sense("at", "without_account");
  }
  const auto actions = actions_of(query);
  for (const auto action : actions) {
    const bool in_account = meaning_of(action).about == About::account;
    if (in_account && !query.account) return makes_no_sense("action", "without_account");
    if (!in_account && (query.user || query.of || query.as_of.at)) return makes_no_sense("action", "not_in_account");
  }
  if (actions.size() * (query.of ? query.of->values.size() : 1) > Can::answers_max)
    return makes_no_sense("of", "too_many_answers");
  return std::nullopt;
}

}  // namespace

Awaited answer_query(Desk& desk, const Request& request, const Can& query) {
  const auto& at = query.as_of.at;
  Desk::Question question{Can::rule};
  question.up_to = index_for(desk, at);
  const auto admitted = co_await desk.admit(request, std::move(question));
  if (!admitted) co_return admitted.error();
  if (auto wrong = what_is_wrong(query)) co_return problem_of(*wrong);
  const auto caller = desk.authenticate(request);
  if (!caller) co_return caller.error();
  const State state(*admitted->snapshot.rows, desk.keys(), desk.claims());

  // What a session or a key opens depends on what it is asked for.
  std::array<std::optional<Standing>, 6> standings;
  std::optional<Code> barred;  // from the account, until they have done something
  const auto standing = [&](About about) -> const Standing& {
    auto& known = standings.at(static_cast<std::size_t>(about));
    if (!known) {
      auto who = standing_of(state, *caller, {}, admitted->now, about, query.account);
      if (!who && who.error().rejection.code != Code::not_authorized) barred = who.error().rejection.code;
      known = who ? std::move(*who) : Standing{};
    }
    return *known;
  };

  std::optional<MembershipId> user;              // whose rights are told, where that is a member
  std::optional<std::vector<Held>> of_a_member;  // told by their membership alone, and not by how they come in
  if (query.account) {
    const auto& account = *query.account;
    const auto& asker = standing(About::account);
    if (asker.may(Action::user_view, Reach::all) && !state.find<AccountRow>(AccountRow::key(account)))
      co_return not_found("This account");
    // Whoever has to do something first is a member all the same.
    auto own = asker.membership;
    if (barred && admitted->who.person) own = state.place(account, *admitted->who.person).live;
    user = query.user ? query.user : own;
    if (query.user && query.user != own) {
      if (!asker.may(Action::user_view, Reach::all)) co_return problem_of(rejected(Code::not_authorized));
      const auto member = state.find<MembershipRow>(MembershipRow::key(*query.user));
      if (!member || member->account != account) co_return not_found("This user");
      of_a_member.emplace();
      if (gives_access(*member, admitted->now) && !lacks_factor(state, account, *member))
        hold_as_member(*of_a_member, rights_of(state, *query.user, *member));
    }
    // As of then they are asked for as the member they were last.
    if (at && !user && asker.person) user = state.place(account, *asker.person).last;
    if (at && !user) co_return problem_of(makes_no_sense("user", "not_a_member"));
  }

  if (query.of)
    for (const auto& of : query.of->values) {
      const auto member = state.find<MembershipRow>(MembershipRow::key(of));
      if (!member || member->account != query.account) co_return not_found("This user");
    }

  auto work = [&]() -> Reply {
    std::optional<Overlay> then;
    if (at) {
      const auto moment = moment_of(desk, *at);
      if (!moment) return moment.error();
      auto rows = rows_as_of(desk, views::permission_matrix, *query.account, *moment);
      if (!rows) return rows.error();
      of_a_member.emplace();
      if (const auto rights = views::rights_at(*rows, *query.account, *user, moment->time))
        hold_as_member(*of_a_member, *rights);
      then = std::move(*rows);
    }
    Standing told;  // whose rights are told, as far as teams go
    if (user && !at) {
      told.membership = user;
      told.member = state.find<MembershipRow>(MembershipRow::key(*user));
      if (!told.member) told.membership.reset();
    }
    const auto reach_for = [&](const MembershipId& of) {
      if (of == user) return Reach::own;
      if (then) return views::reach_over(*then, *query.account, *user, of);
      return reach_over(state, told, of);
    };
    const auto actions = actions_of(query);
    Page page(query.account, user, actions);
    const auto tell = [&](const std::optional<MembershipId>& of) {
      page.about(of);
      const auto over = of ? std::optional{reach_for(*of)} : std::nullopt;
      for (std::size_t i = 0; i < actions.size(); ++i) {
        const auto& meaning = meaning_of(actions[i]);
        const auto needed = over ? *over : meaning.own ? Reach::own : Reach::all;
        page.add(i, actions[i], of_a_member ? *of_a_member : standing(meaning.about).held, needed);
      }
    };
    if (!query.of) tell(std::nullopt);
    if (query.of)
      for (const auto& of : query.of->values) tell(of);
    return page.finish();
  };
  if (!at) co_return work();
  co_return co_await desk.elsewhere(work);
}

}  // namespace rollcall::api
