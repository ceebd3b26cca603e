// The queries that are about the log or the server itself, described as those of the read models are; and the list of
// all queries. `answer_query` answers each: one function for all that read models answer, one for each of the others.
#pragma once

#include <span>
#include <tuple>
#include <utility>

#include "projections/reports/reports.hpp"
#include "projections/views/scopes.hpp"
#include "projections/views/views.hpp"
#include "tools/server/api/event_answers.hpp"
#include "tools/server/api/operation.hpp"

namespace rollcall::api {

// The token of a link in a mail.
struct LinkToken {
  std::string text;
};

// ---- queries ------------------------------------------------------------------------------------------------------

struct HistoryPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"events", "before", "names"};
  std::vector<EventAnswer> events;  // in the order in which they happened
  std::optional<Position> before;   // `before` of the page of what came earlier
  std::optional<std::vector<NameAnswer>> names;
};

struct UserHistory {
  static constexpr std::string_view name = "UserHistory";
  static constexpr std::string_view path = "/v1/accounts/{account}/users/{user}/history";
  static constexpr std::string_view summary = "Tell what happened to a user, event by event, the latest page first";
  static constexpr Rule rule{Action::history_view, true};
  static constexpr std::array fields{"account", "user", "before", "limit", "names", "as_of"};
  static constexpr std::array help{"app id",
                                   "the user (usr_…)",
                                   "only events before this position",
                                   "events of a page",
                                   "also tell what the ids in the events are called now",
                                   ""};
  AccountId account;
  MembershipId user;
  std::optional<projections::Whole<0, json_integer_max>> before;
  projections::Whole<1, 1'000, 100> limit;
  bool names = false;
  projections::AsOf as_of;
  using Answer = HistoryPage;
};

struct RecordAnswer {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Record";
  static constexpr std::array fields{"record", "owner", "status", "shared_with"};
  RecordId record;
  std::optional<MembershipId> owner;  // nobody
  RecordStatus status{};
  std::vector<MembershipId> shared_with{};
};
struct RecordsPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"records", "next"};
  std::vector<RecordAnswer> records;
  std::optional<RecordId> next;  // `from` of the next page
};

struct Records {
  static constexpr std::string_view name = "Records";
  static constexpr std::string_view path = "/v1/accounts/{account}/records/{kind}";
  static constexpr std::string_view summary = "List the records of a kind that you see, as they are now, by their ids";
  static constexpr Rule rule{.action = Action::contact_view, .by_kind = true, .by_reach = true};
  static constexpr std::array fields{"account", "kind", "owner", "from", "limit"};
  static constexpr std::array help{"app id", "contact, lead, task or note", "only of this user (usr_…)", "the first id",
                                   "records of a page"};
  AccountId account;
  RecordKind kind{};
  std::optional<MembershipId> owner;
  std::optional<RecordId> from;
  projections::Whole<1, 1'000, 100> limit;
  using Answer = RecordsPage;
};

struct Offer {
  static constexpr bool complete = true;
  static constexpr std::array fields{"invitation", "account",          "account_name", "kind",
                                     "admin",      "permissions",      "status",       "expires_at",
                                     "email",      "sign_in_required", "terms",        "access_ends_at"};
  InvitationId invitation;
  AccountId account;
  std::string account_name;
  MemberKind kind{};
  bool admin = false;
  std::vector<Permission> permissions;
  InvitationStatus status{};
  Time expires_at;
  std::string email;  // masked: who found the link learns no address
  bool sign_in_required = false;
  std::string_view terms;
  std::optional<Time> access_ends_at;
};

struct OfferedInvitation {
  static constexpr std::string_view name = "OfferedInvitation";
  static constexpr std::string_view path = "/v1/invitations/{token}";
  static constexpr std::string_view summary = "Tell what the invitation behind a link offers";
  static constexpr Rule rule{Action::invitation_open};
  static constexpr std::array fields{"token"};
  static constexpr std::array help{"the token of the link"};
  LinkToken token;
  using Answer = Offer;
};

struct Event {
  static constexpr std::string_view name = "Event";
  static constexpr std::string_view path = "/v1/events/{position}";
  static constexpr std::string_view summary = "Show one event of the log";
  static constexpr Rule rule{Action::event_view};
  static constexpr std::array fields{"position"};
  static constexpr std::array help{"its position"};
  projections::Whole<0, json_integer_max> position;
  using Answer = EventAnswer;
};

// An event type by its name; several with commas.
struct EventTypes {
  std::vector<std::string> types;
};

// A page may be short, or empty, before the end: what was read did not match. `at_end` says when there is no more.
struct EventsPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"events", "next", "size", "at_end", "names"};
  std::vector<EventAnswer> events;
  Position next = 0;
  Position size = 0;
  bool at_end = false;
  std::optional<std::vector<NameAnswer>> names;
};

struct Events {
  static constexpr std::string_view name = "Events";
  static constexpr std::string_view path = "/v1/events";
  static constexpr std::string_view summary =
      "Read events of the log in their order: a page, or with Accept: text/event-stream all of them and those to come. "
      "An empty page is not the end while `at_end` is false: go on with from=`next`";
  static constexpr Rule rule{Action::event_follow};
  static constexpr std::array fields{"from", "account", "type", "limit", "wait", "names"};
  static constexpr std::array help{"the first position; up to the size of the log",
                                   "only events of this account",
                                   "only events of these types",
                                   "events of a page",
                                   "seconds to wait for the first event",
                                   "also tell what the ids in a page's events are called now"};
  projections::Whole<0, json_integer_max> from;
  std::optional<AccountId> account;
  std::optional<EventTypes> type;
  projections::Whole<1, 1'000, 100> limit;
  projections::Whole<0, 30> wait;
  bool names = false;
  using Answer = EventsPage;
};

// ---- the caller ---------------------------------------------------------------------------------------------------

struct MeAnswer {
  static constexpr bool complete = true;
  static constexpr std::array fields{"kind",
                                     "person",
                                     "email",
                                     "name",
                                     "session",
                                     "account",
                                     "expires_at",
                                     "key",
                                     "scopes",
                                     "second_factor",
                                     "recovery_codes_left"};
  ActorKind kind{};
  std::optional<PersonId> person;  // who asks, or whom the operator acts for
  std::optional<std::string> email;
  std::optional<std::string> name;
  std::optional<SessionId> session;
  std::optional<AccountId> account;  // the only one the session or key is for
  std::optional<Time> expires_at;    // of the session or key
  std::optional<AccessKeyId> key;
  std::optional<std::vector<KeyScope>> scopes;  // of the key
  std::optional<bool> second_factor;            // has the person one
  std::optional<std::uint64_t> recovery_codes_left;
};

struct Me {
  static constexpr std::string_view name = "Me";
  static constexpr std::string_view path = "/v1/me";
  static constexpr std::string_view summary = "Tell who is asking, and in what session";
  static constexpr Rule rule{Action::self_view};
  static constexpr NoFields fields{};
  static constexpr NoFields help{};
  using Answer = MeAnswer;
};

struct GrantAnswer {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Grant";
  static constexpr std::array fields{"source", "reach", "since", "of"};
  Source source{};
  Reach reach{};
  std::optional<Position> since;  // the event that gave it; nothing where none did, such as the operator's key file
  std::optional<std::string> of;  // the user it was cloned from, the role, the team
};
struct CanAnswer {
  static constexpr bool complete = true;
  static constexpr std::array fields{"action", "of", "allowed", "reach", "grants"};
  Action action{};
  std::optional<MembershipId> of;
  bool allowed = false;  // about what is theirs where `of` is named, and else about all there is
  std::optional<Reach> reach;
  std::vector<GrantAnswer> grants;  // each of them is enough for its reach
};
struct CanPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"account", "user", "answers"};
  std::optional<AccountId> account;
  std::optional<MembershipId> user;  // whose rights these are: the one named, or the caller as a member of the account
  std::vector<CanAnswer> answers;
};

struct Can {
  static constexpr std::string_view name = "Can";
  static constexpr std::string_view path = "/v1/can";
  static constexpr std::string_view summary = "Tell what you may do, or a user may whom you may see, and what gives it";
  static constexpr Rule rule{Action::self_view};
  static constexpr std::size_t answers_max = 100;
  static constexpr std::array codes{"invalid_value", "view_behind", "view_stopped", "as_of_too_large"};
  static constexpr std::array fields{"action", "account", "user", "of", "as_of"};
  static constexpr std::array help{"what is to be done, such as contact.reassign; default all there is",
                                   "app id of the account in which it is to be done",
                                   "whose rights (usr_…); default your own",
                                   "about what belongs to these users (usr_…); default to anybody", ""};
  std::optional<projections::ListOf<Action, answers_max>> action;
  std::optional<AccountId> account;
  std::optional<MembershipId> user;
  std::optional<projections::ListOf<MembershipId, answers_max>> of;
  projections::AsOf as_of;
  using Answer = CanPage;
};

struct PoliciesAnswer {
  static constexpr bool complete = true;
  static constexpr std::array fields{"account",
                                     "require_second_factor",
                                     "language",
                                     "require_certified_partner",
                                     "partner_admins_manage_users",
                                     "leave_blocks",
                                     "revoke_on_inviter_exit",
                                     "reserve_seat_on_invite",
                                     "global_permissions",
                                     "partner_permissions"};
  AccountId account;
  FactorDemand require_second_factor{};
  Language language{};  // of mails about the account
  bool require_certified_partner = false;
  bool partner_admins_manage_users = true;
  LeaveBlocks leave_blocks{};
  bool revoke_on_inviter_exit = false;
  bool reserve_seat_on_invite = false;
  std::vector<Permission> global_permissions;   // what new users begin with
  std::vector<Permission> partner_permissions;  // what partners with Admin = No begin with
};

struct Policies {
  static constexpr std::string_view name = "Policies";
  static constexpr std::string_view path = "/v1/accounts/{account}/policies";
  static constexpr std::string_view summary = "Tell what an account decided for itself";
  static constexpr Rule rule{Action::policy_view};
  static constexpr std::array fields{"account"};
  static constexpr std::array help{"app id"};
  AccountId account;
  using Answer = PoliciesAnswer;
};

struct SessionAnswer {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Session";
  static constexpr std::array fields{"session",    "account", "started_at", "last_seen",
                                     "expires_at", "ip",      "device",     "current"};
  SessionId session;
  std::optional<AccountId> account;  // the only one it is for
  Time started_at;
  std::optional<Time>
      last_seen;  // when something was asked in it; nothing where that was never, or before the server started
  Time expires_at;
  std::optional<std::string> ip;      // where it was started from
  std::optional<std::string> device;  // what it was started with: the user agent
  bool current = false;               // the one that asks
};
struct SessionsPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"sessions", "next"};
  std::vector<SessionAnswer> sessions;
  std::optional<SessionId> next;
};

struct Sessions {
  static constexpr std::string_view name = "Sessions";
  static constexpr std::string_view path = "/v1/sessions";
  static constexpr std::string_view summary = "List the sessions of a person that are live, the oldest first";
  static constexpr Rule rule{Action::session_view, true};
  static constexpr std::array fields{"email", "limit", "cursor"};
  static constexpr std::array help{"the person's e-mail address; default you", "sessions of a page",
                                   "`next` of the page before"};
  std::optional<projections::TypedAddress> email;
  projections::Whole<1, 200, 50> limit;
  std::optional<SessionId> cursor;
  using Answer = SessionsPage;
};

struct AccessKeyAnswer {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "AccessKey";
  static constexpr std::array fields{"key",        "name",       "scopes",    "account",
                                     "created_at", "expires_at", "last_used", "live"};
  AccessKeyId key;
  std::optional<std::string> name;
  std::vector<KeyScope> scopes;
  std::optional<AccountId> account;  // the only one it is for
  Time created_at;
  Time expires_at;
  std::optional<Time> last_used;
  bool live = false;
};
struct AccessKeysPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"keys"};
  std::vector<AccessKeyAnswer> keys;
};

// At most fifty of a holder are live: no list to be cut into pages.
struct AccessKeys {
  static constexpr std::string_view name = "AccessKeys";
  static constexpr std::string_view path = "/v1/keys";
  static constexpr std::string_view summary = "List the access keys of a person, the oldest first";
  static constexpr Rule rule{Action::key_view, true};
  static constexpr std::array fields{"email"};
  static constexpr std::array help{"the person's e-mail address; default you"};
  std::optional<projections::TypedAddress> email;
  using Answer = AccessKeysPage;
};

struct InstallationKeys {
  static constexpr std::string_view name = "InstallationKeys";
  static constexpr std::string_view path = "/v1/installation/keys";
  static constexpr std::string_view summary = "List the access keys of the installation, the oldest first";
  static constexpr Rule rule{Action::installation_view};
  static constexpr NoFields fields{};
  static constexpr NoFields help{};
  using Answer = AccessKeysPage;
};

// ---- the server ---------------------------------------------------------------------------------------------------

struct StateReport {
  static constexpr std::array fields{"rows", "digest"};
  std::uint64_t rows = 0;
  std::string digest;
};
struct FeedReport {
  static constexpr std::array fields{"subscribers", "cut_off", "events", "trouble"};
  std::uint64_t subscribers = 0;
  std::uint64_t cut_off = 0;
  std::uint64_t events = 0;
  std::string trouble;
};
struct DiskReport {
  static constexpr std::array fields{"log_bytes", "entry_bytes", "free_bytes"};
  std::uint64_t log_bytes = 0;
  std::uint64_t entry_bytes = 0;
  std::uint64_t free_bytes = 0;
};
struct ServerStatus {
  static constexpr bool complete = true;
  static constexpr std::array fields{"size",       "checkpoint",     "vkey",    "state",    "followers",    "kafka",
                                     "feed",       "disk",           "queued",  "commands", "batches",      "syncs",
                                     "started_at", "uptime_seconds", "version", "ready",    "why_not_ready"};
  Position size = 0;
  std::string checkpoint;
  std::string vkey;
  StateReport state;
  std::vector<FollowerReport> followers;
  std::optional<PublisherReport> kafka;
  FeedReport feed;
  DiskReport disk;
  std::uint64_t queued = 0;
  std::uint64_t commands = 0;
  std::uint64_t batches = 0;
  std::uint64_t syncs = 0;
  Time started_at;
  std::uint64_t uptime_seconds = 0;
  std::string_view version;
  bool ready = false;
  std::optional<std::string> why_not_ready;
};

struct Status {
  static constexpr std::string_view name = "Status";
  static constexpr std::string_view path = "/v1/status";
  static constexpr std::string_view summary =
      "Show the log's size and checkpoint, followers and their lag, disk, uptime";
  static constexpr Rule rule{Action::installation_view};
  static constexpr NoFields fields{};
  static constexpr NoFields help{};
  using Answer = ServerStatus;
};

struct RebuildAnswer {
  static constexpr std::string_view title = "Rebuild";
  static constexpr std::array fields{"view",       "state",      "done",        "total",
                                     "digest_old", "digest_new", "differences", "note"};
  std::string view;
  RebuildStatus::State state{};
  Position done = 0;
  Position total = 0;
  std::string digest_old;
  std::string digest_new;
  std::vector<std::string> differences;
  std::string note;
};
struct RebuildsAnswer {
  static constexpr std::array fields{"rebuilds"};
  std::vector<RebuildAnswer> rebuilds;
};

struct Rebuilds {
  static constexpr std::string_view name = "Rebuilds";
  static constexpr std::string_view path = "/v1/rebuilds";
  static constexpr std::string_view summary = "Show how far rebuilds of read models are";
  static constexpr Rule rule{Action::installation_view};
  static constexpr NoFields fields{};
  static constexpr NoFields help{};
  using Answer = RebuildsAnswer;
};

// All queries. A read model's come from the list of views, reports from theirs.
using ServerQueries = std::tuple<Me, Can, Policies, Sessions, AccessKeys, InstallationKeys, UserHistory, Records,
                                 OfferedInvitation, Events, Event, Status, Rebuilds>;
using Queries = decltype(std::tuple_cat(std::declval<projections::ViewQueries>(), std::declval<projections::Reports>(),
                                        std::declval<ServerQueries>()));

Awaited answer_query(Desk&, const Request&, const Me&);
Awaited answer_query(Desk&, const Request&, const Can&);
Awaited answer_query(Desk&, const Request&, const Policies&);
Awaited answer_query(Desk&, const Request&, const Sessions&);
Awaited answer_query(Desk&, const Request&, const AccessKeys&);
Awaited answer_query(Desk&, const Request&, const InstallationKeys&);
Awaited answer_query(Desk&, const Request&, const UserHistory&);
Awaited answer_query(Desk&, const Request&, const Records&);
Awaited answer_query(Desk&, const Request&, const OfferedInvitation&);
Awaited answer_query(Desk&, const Request&, const Events&);
Awaited answer_query(Desk&, const Request&, const Event&);
Awaited answer_query(Desk&, const Request&, const Status&);
Awaited answer_query(Desk&, const Request&, const Rebuilds&);

// ---- the queries of read models -----------------------------------------------------------------------------------

template <class Q>
concept ViewQuery = requires(const Q& query, const Rows& rows, const projections::Asked& asked) {
  Q::view();
  query.subject(asked);
  query.answer(rows, asked);
};

// The rows of a view, unless another version of the program wrote them: then they are being made anew.
Expected<ViewStore::Snapshot, Reply> readable(const Desk& desk, const projections::Projection& projection);
// The moment `?at=` means. Nobody is told how it will have been: an instant that has not come yet is refused.
Expected<projections::Moment, Reply> moment_of(const Desk& desk, const projections::At& at);
// The part of the log that a report is about.
Expected<projections::Span, Reply> span_of(const Desk& desk, const projections::Period& period);
// How far the index of the log has to be to answer for it.
std::optional<Position> index_for(const Desk& desk, const std::optional<projections::At>& at);
// The rows of a subject as they were.
Expected<Overlay, Reply> rows_as_of(const Desk& desk, const projections::Projection& projection,
                                    const projections::Subject& subject, const projections::Moment& moment);

Reply problem_of(const projections::AsOfError& error);

template <class Q>
Desk::Question question_of(const Q& query) {
  Desk::Question question{Q::rule};
  if constexpr (requires { AccountId{query.account}; }) question.account = query.account;
  if constexpr (requires { MembershipId{query.user}; }) question.user = query.user;
  if constexpr (requires { RecordKind{query.kind}; }) question.kind = query.kind;
  if constexpr (requires { query.email.text; }) question.email = query.email.text;
  if constexpr (requires { query.email->text; })
    if (query.email) question.email = query.email->text;
  return question;
}

template <ViewQuery Q>
Awaited answer_query(Desk& desk, const Request& request, const Q& query) {
  const auto& at = query.as_of.at;
  auto question = question_of(query);
  question.up_to = index_for(desk, at);
  const auto admitted = co_await desk.admit(request, std::move(question));
  if (!admitted) co_return admitted.error();
  auto work = [&]() -> Reply {
    const auto reply = [](Expected<std::string, projections::QueryError> text) {
      return text ? json_answer(std::move(*text)) : problem_of(text.error());
    };
    projections::Asked asked{admitted->now, admitted->person, admitted->who.membership, admitted->sight};
    if (!at) {
      const auto snapshot = readable(desk, Q::view());
      return snapshot ? reply(query.answer(*snapshot->rows, asked)) : snapshot.error();
    }
    const auto moment = moment_of(desk, *at);
    if (!moment) return moment.error();
    const auto rows = rows_as_of(desk, Q::view(), query.subject(asked), *moment);
    if (!rows) return rows.error();
    asked.now = moment->time;
    return reply(query.answer(*rows, asked));
  };
  // A page of what is now is a short range of rows: going to the pool would cost more than reading it.
  if (!at) co_return work();
  co_return co_await desk.elsewhere(work);
}

// ---- reports ------------------------------------------------------------------------------------------------------

template <projections::Report R>
Awaited answer_query(Desk& desk, const Request& request, const R& report) {
  const auto span = span_of(desk, report.period);
  auto question = question_of(report);
  // Nobody is told how long the log is before it is known who asks.
  if (span && span->until.size > 0) question.up_to = span->until.size - 1;
  const auto admitted = co_await desk.admit(request, std::move(question));
  if (!admitted) co_return admitted.error();
  if (!span) co_return span.error();
  auto work = [&]() -> Reply {
    const auto index = readable(desk, projections::scopes);
    if (!index) return index.error();
    const projections::History history{desk.log(), desk.keys(), *index, desk.origin()};
    auto made = projections::make_report(report, *span, history);
    if (made) return json_answer(std::move(*made));
    return std::visit([](const auto& error) { return problem_of(error); }, made.error());
  };
  co_return co_await desk.elsewhere(work);
}

}  // namespace rollcall::api

template <>
struct rollcall::projections::Parameter<rollcall::api::LinkToken> {
  static bool read(std::string_view text, api::LinkToken& token, std::string& why);
  static json::object schema() { return {{"type", "string"}, {"minLength", 1}, {"maxLength", 200}}; }
  static std::optional<std::string> text(const api::LinkToken&) { return std::nullopt; }
};
template <>
struct rollcall::projections::Parameter<rollcall::api::EventTypes> {
  // Somebody waiting for what does not exist would wait for ever.
  static bool read(std::string_view text, api::EventTypes& types, std::string& why);
  static json::object schema();
  static std::optional<std::string> text(const api::EventTypes&) { return std::nullopt; }
};
