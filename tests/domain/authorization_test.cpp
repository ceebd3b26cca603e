// Who may do what: every command and every query, asked by every kind of caller there is.
#include "domain/engine/authorization.hpp"

#include <algorithm>
#include <type_traits>

#include "tests/domain/cast.hpp"
#include "tests/support/catch.hpp"
#include "tools/server/api/queries.hpp"

namespace rollcall::testing {
namespace {

// ---- the table ----------------------------------------------------------------------------------------------------

struct Row {
  std::string_view action;
  Set allowed;
};

constexpr Set account_commands = account_admins | keys_that_write;
// The owner alone, in whatever way they come.
constexpr Set owners = Who::owner | Who::operator_for_owner | Who::session_here | keys_that_write;
constexpr Set account_queries = account_admins | keys_that_read | readers;
// Whoever is a member sees of these what their reach covers, if only themselves.
constexpr Set lists_by_reach = account_queries | account_members;
// Partners without Admin, by the permissions that all of them begin with: to see contacts and to add some.
constexpr Set adds_contacts = Who::partner | Who::right_holder;
constexpr Set by_anybody =
    everybody - dead_sessions - Who::reading_key - Who::auditor - Who::auditor_elsewhere - Who::subscriber;

constexpr Row table[] = {
    {"OpenAccount", operators},
    {"ChangeSeatLimit", operators},
    {"AddToGroup", account_commands},
    {"RemoveFromGroup", account_commands},
    {"InviteUser", account_commands},
    {"InvitePartner", account_commands},
    {"ResendInvitation", account_commands},
    {"RevokeInvitation", account_commands},
    {"ExpireInvitation", Who::clock},
    {"ExpireAccess", Who::clock},
    {"DeclineInvitation", Who::link_holder},
    {"AcceptInvite", Who::link_holder},
    {"CompleteSetup", Who::link_holder},
    {"DeactivateUser", account_commands},
    {"LeaveAccount", account_members | keys_that_write},
    {"ConfigureAccount", account_members | keys_that_write},
    {"RegisterRecord", account_commands | operators | Who::user_on_own | adds_contacts},
    {"ImportRecords", account_commands | operators},
    {"AssignRecord", account_commands | operators | Who::right_holder},
    {"UnassignRecords", account_commands | operators | Who::right_holder},
    {"CompleteTask", account_commands | operators | Who::user_on_own},
    {"ReopenTask", account_commands | operators | Who::user_on_own},
    {"AddNote", account_commands | operators | Who::user_on_own},
    {"ShareRecord", account_commands | operators | Who::user_on_own},
    {"UnshareRecord", account_commands | operators | Who::user_on_own},
    {"ReassignRecords", account_commands},
    {"StartSession", by_anybody},
    {"EndSession", operators | Who::clock | Who::user_on_own},
    {"ResendSetupLink", operators},
    {"RequestPasswordReset", by_anybody},
    {"ResetPassword", Who::link_holder},
    {"ChangePassword", persons - Who::session_here - Who::operator_for_owner},
    {"OfferSecondFactor", persons - Who::session_here - Who::operator_for_owner},
    {"EnableSecondFactor", persons - Who::session_here - Who::operator_for_owner},
    {"RemoveSecondFactor", persons - Who::session_here - Who::operator_for_owner},
    {"ResetSecondFactor", operators},
    {"SetPolicy", owners},
    {"DemandPasswordChange", operators},
    {"ChangeName", persons - Who::session_here - Who::operator_for_owner},
    {"ChangeEmail", persons - Who::session_here - Who::operator_for_owner},
    {"ConfirmEmail", Who::link_holder},
    {"ConfirmSession", (persons | Who::session_elsewhere) - Who::operator_for_owner},
    {"EndIdleSessions", Who::clock},
    {"RecordMail", Who::clock},
    {"RecordSigningKey", Who::clock},
    {"RecordWrappingKey", Who::clock},
    {"ReportBounce", operators},
    {"EndSessions", operators | Who::user_on_own},
    {"ForceLogout", account_commands},
    {"CreateAccessKey", (persons - Who::session_here - Who::operator_for_owner) | operators},
    {"RotateAccessKey", operators | Who::user_on_own},
    {"RevokeAccessKey", operators | Who::user_on_own},
    {"RecordFailedSignIns", Who::clock},
    {"RecordRefusals", Who::clock},
    {"RecordKeyUse", Who::clock},
    {"ConfirmClock", operators},
    {"OrderRebuild", operators},
    {"TransferOwnership", owners | operators},
    {"RequestHandOver", account_members | keys_that_write},
    {"ReactivateUser", account_commands},
    {"FreezeUser", account_commands},
    {"UnfreezeUser", account_commands},
    {"EndFreeze", Who::clock},
    {"ExtendAccess", account_commands},
    {"ShortenAccess", account_commands},
    {"UnlinkIdentity", operators},
    {"CertifyPartner", operators},
    {"EndCertification", operators},
    {"SetGlobalPermissions", account_commands},
    {"SetPartnerPermissions", owners},
    {"EditUserPermissions", account_commands},
    {"ClonePermissions", account_commands},
    {"CreateRole", account_commands},
    {"ChangeRole", account_commands},
    {"AssignRole", account_commands},
    {"RetireRole", account_commands},
    {"CreateTeam", account_commands},
    {"RenameTeam", account_commands},
    {"DissolveTeam", account_commands},
    {"AddTeamManager", account_commands},
    {"AddTeamUser", account_commands},
    {"RemoveFromTeam", account_commands},
    // queries
    {"Users", lists_by_reach},
    {"UserProfile", account_queries | Who::user_on_own},
    {"Me", persons | readers | Who::session_elsewhere | Who::reading_key | Who::key_elsewhere | Who::auditor_elsewhere |
               Who::subscriber | Who::key_of_ended_member},
    {"Can", persons | readers | Who::session_elsewhere | Who::reading_key | Who::key_elsewhere |
                Who::auditor_elsewhere | Who::subscriber | Who::key_of_ended_member},
    {"Policies", account_queries | Who::partner | Who::right_holder | Who::user | Who::user_on_own},
    {"Sessions", readers | Who::user_on_own},
    {"AccessKeys", readers | Who::user_on_own},
    {"InstallationKeys", readers},
    {"Records", lists_by_reach},
    {"UserPermissions", account_queries | Who::user_on_own},
    {"PermissionMatrix", account_queries},
    {"AccessHistory", account_queries},
    {"HandOvers", account_queries},
    {"Roles", account_queries},
    {"Teams", lists_by_reach},
    {"UserHistory", account_queries | Who::user_on_own},
    {"Invitations", account_queries},
    {"Assignments", lists_by_reach},
    {"AccountCentral", persons - Who::session_here},
    {"AccountsOf", readers | Who::user_on_own},
    {"SeatLedger", account_queries},
    {"OfferedInvitation", Who::link_holder},
    {"Event", readers},
    {"Events", readers | Who::subscriber},
    {"Status", readers},
    {"Rebuilds", readers},
};

constexpr const Row* row_of(std::string_view action) {
  for (const auto& row : table)
    if (row.action == action) return &row;
  return nullptr;
}

// The rules of all queries, by their names.
struct NamedRule {
  std::string_view action;
  Rule rule;
};
constexpr auto query_rules = []<class... Q>(std::type_identity<std::tuple<Q...>>) {
  return std::array{NamedRule{Q::name, Q::rule}...};
}(std::type_identity<api::Queries>{});

// A command without a row does not compile below, a query without one does not here; nor does a row without either.
static_assert(std::all_of(query_rules.begin(), query_rules.end(), [](auto& query) { return row_of(query.action); }));
static_assert(std::size(table) == query_rules.size() + AllCommands::count);
// What declares nothing opens nothing, and is not there.
static_assert(std::none_of(query_rules.begin(), query_rules.end(),
                           [](auto& query) { return query.rule.action == Action::undeclared; }));

// ---- what must come of it -----------------------------------------------------------------------------------------

// The answer to those who may not.
Code refusal_for(Who who, const Rule& rule) {
  if (dead_sessions.has(who)) return Code::not_authenticated;
  // No key follows a link in somebody's name; one to operate is refused like the operator otherwise.
  if (all_keys.has(who) && (who != Who::operating_key || rule.about() == About::link)) return Code::not_authorized;
  const bool about_all = rule.about() == About::person || rule.about() == About::log;
  if (narrow_sessions.has(who) && about_all) return Code::not_authorized;
  if (rule.is_held_by(Source::link)) return Code::invitation_not_found;
  return who == Who::nobody ? Code::not_authenticated : Code::not_authorized;
}

// The answer to those who may, where it is no event: only partners leave.
std::optional<Code> told(Who who, std::string_view action) {
  const Set no_partners =
      Who::owner | Who::admin | Who::user | Who::user_on_own | Who::operator_for_owner | Who::session_here;
  const bool of_partners = action == LeaveAccount::name || action == RequestHandOver::name;
  if (of_partners && (no_partners.has(who) || who == Who::writing_key)) return Code::not_a_partner;
  if (action == RequestHandOver::name) return Code::nothing_to_hand_over;
  if (action == CreateAccessKey::name && operators.has(who)) return Code::scope_not_held;  // it reads no account
  const bool asks_password = action == OfferSecondFactor::name || action == RemoveSecondFactor::name;
  if (asks_password && who != Who::owner) return Code::wrong_password;
  if (action == RemoveSecondFactor::name || action == EnableSecondFactor::name) return Code::no_second_factor;
  // Nobody shuts themselves out: it is demanded by who has one.
  if (action == SetPolicy::name) return Code::no_second_factor;
  const bool shows_password = action == ChangeEmail::name || action == ConfirmSession::name;
  const Set owner_signed_in = Who::owner | Who::session_here | Who::session_elsewhere;
  if (shows_password && !owner_signed_in.has(who)) return Code::wrong_password;
  if (action == ChangePassword::name && who != Who::owner) return Code::wrong_password;  // it is the owner's that fits
  return std::nullopt;
}

template <class C>
void check_command(const Cast& cast) {
  constexpr auto rule = C::rule;
  static_assert(row_of(C::name), "a command needs a row in the table above");
  constexpr auto row = *row_of(C::name);
  const auto state = cast.state();
  for (std::size_t i = 0; i < callers; ++i) {
    const auto who = static_cast<Who>(i);
    auto asker = cast.asker(who).making_a_key().being_offered().choosing_a_password().knowing(
        cast.given.credential_of(cast.acme.owner.person));
    if (who == Who::link_holder) asker = asker.holding(cast.link(C::name));
    auto context = cast.given.context(asker);
    const auto decision = decide(state, context, cast.ask(std::type_identity<C>{}, who == Who::user_on_own)).decision;

    const auto expected = row.allowed.has(who) ? told(who, C::name) : refusal_for(who, rule);
    const std::string wanted{expected ? meaning_of(*expected).name : "allowed"};
    const std::string got{decision ? "allowed" : decision.error().name()};
    INFO(C::name << " asked by " << names[i]);
    CHECK(got == wanted);
  }
}

TEST_CASE("every command, asked by every kind of caller, is allowed to exactly those who may") {
  const Cast cast;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (check_command<AllCommands::At<I>>(cast), ...);
  }(std::make_index_sequence<AllCommands::count>{});
}

TEST_CASE("every query, asked by every kind of caller, is allowed to exactly those who may") {
  const Cast cast;
  const auto state = cast.state();
  for (const auto& [action, rule] : query_rules) {
    for (std::size_t i = 0; i < callers; ++i) {
      const auto who = static_cast<Who>(i);
      auto asker = cast.asker(who);
      if (who == Who::link_holder) asker = asker.holding(cast.link(action));
      const auto standing = standing_of(state, asker.caller, asker.proofs, cast.given.now, rule.about(), cast.acme.id);
      const bool own = meaning_of(rule.action).own || (rule.own && who == Who::user_on_own);
      const bool by_reach = rule.by_reach && standing && reach_of(standing->held, rule.action).has_value();
      const bool allowed = by_reach || (standing && standing->may(rule.action, own ? Reach::own : Reach::all));
      INFO(action << " asked by " << names[i]);
      CHECK(allowed == row_of(action)->allowed.has(who));
    }
  }
}

TEST_CASE("a session for one account ends itself, and none of the person's others") {
  const Cast cast;
  const auto here = *cast.asker(Who::session_here).caller.session;
  const auto wide = *cast.asker(Who::owner).caller.session;
  cast.given.when(cast.asker(Who::session_here), EndSession{wide}).then(Code::not_authorized);
  cast.given.when(cast.asker(Who::session_here), EndSession{here}).the<SessionEnded>();
}

TEST_CASE("a right on one kind of record is none on another, and none without a membership") {
  const Cast cast;
  const auto state = cast.state();
  constexpr auto rule = AssignRecord::rule;
  const auto standing = [&](Who who) {
    const auto asker = cast.asker(who);
    return standing_of(state, asker.caller, asker.proofs, cast.given.now, rule.about(), cast.acme.id).value();
  };
  CHECK(standing(Who::right_holder).may(Action::contact_reassign, Reach::all));
  CHECK_FALSE(standing(Who::right_holder).may(Action::note_reassign, Reach::all));
  CHECK_FALSE(standing(Who::right_holder).may(Action::contact_edit, Reach::all));
  CHECK_FALSE(standing(Who::partner).may(Action::contact_reassign, Reach::all));
  CHECK_FALSE(standing(Who::stranger).may(Action::contact_reassign, Reach::own));
}

}  // namespace
}  // namespace rollcall::testing
