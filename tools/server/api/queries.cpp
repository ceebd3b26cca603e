// The queries: read models as they are or as they were, the log itself, and what the server says about itself.
#include <charconv>
#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <spdlog/spdlog.h>

#include "events/catalogue.hpp"
#include "projections/engine/as_of.hpp"
#include "projections/views/account_central.hpp"
#include "projections/views/assignments.hpp"
#include "projections/views/invitations.hpp"
#include "projections/views/profiles.hpp"
#include "projections/views/scopes.hpp"
#include "projections/views/users.hpp"
#include "tools/server/api/elsewhere.hpp"

namespace rollcall {
namespace {

namespace views = projections;

// Entries read for one page of events, whether they match or not: a page may come back short, with `next` to go on.
constexpr Position events_read_max = 20'000;

http::Response bad_parameter(std::string_view parameter, std::string_view detail) {
  return http::problem(422, "invalid_parameter", std::string{parameter} + ": " + std::string{detail},
                       {{"parameter", parameter}});
}
http::Response not_found(std::string_view what) {
  return http::problem(404, "not_found", std::string{what} + " is not there.");
}

http::Response problem_of(const views::QueryError& error) {
  if (error.parameter == "account") return not_found("This account");  // it was not, as of then
  return bad_parameter(error.parameter, error.detail);
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A parameter that is a number in a range.
Expected<std::uint64_t, http::Response> number_parameter(const http::Request& request, std::string_view name,
                                                         std::uint64_t otherwise, std::uint64_t most) {
  const auto text = request.parameter(name);
  if (!text) return otherwise;
  const auto number = number_in(*text);
  if (!number || *number > most)
    return unexpected(bad_parameter(name, "must be a whole number up to " + std::to_string(most)));
  return *number;
}

// The parameters a view reads: all but those that are about the query itself.
views::Parameters view_parameters(const http::Request& request) {
  views::Parameters parameters;
  for (const auto& [name, value] : request.query)
    if (name != "at") parameters.emplace_back(name, value);
  return parameters;
}

template <class Text>
http::Response page_response(Expected<Text, views::QueryError> page) {
  return page ? json_text_response(std::move(*page)) : problem_of(page.error());
}

// Nobody is told how it will have been: an instant that has not come yet is refused.
Expected<views::Moment, http::Response> moment_of(const LogReader& log, std::string_view at, Time now) {
  std::optional<views::Moment> moment;
  if (const auto position = number_in(at)) {
    moment = views::moment_at(log, *position);
  } else if (const auto time = Time::parse(at)) {
    if (*time > now) return unexpected(bad_parameter("at", "lies in the future"));
    moment = views::moment_at(log, *time);
  }
  if (moment) return *moment;
  return unexpected(bad_parameter("at", "must be a position of the log, or an RFC 3339 instant with its offset"));
}

http::Response problem_of(const views::AsOfError& error) {
  if (error.kind == views::AsOfError::Kind::too_large)
    return http::problem(422, "as_of_too_large", "This history is too long to be folded for one question.",
                         {{"limit", error.limit}});
  return http::problem(503, "view_behind", "The index of the log has not come so far yet.", {{"applied", error.limit}});
}

std::optional<MembershipId> membership_in(std::string_view text) { return MembershipId::parse(text); }

}  // namespace

net::awaitable<std::optional<http::Response>> Api::wait_for_position(const http::Request& request) {
  const auto header = request.header("Rollcall-Min-Position");
  std::optional<Position> wanted;
  if (header) {
    wanted = number_in(*header);
    if (!wanted)
      co_return http::problem(400, "invalid_min_position", "Rollcall-Min-Position is a position of the log.");
  }
  // The past is read through an index of the log, which has to reach to the moment that is asked for.
  const auto size = installation_.log().size();
  if (const auto at = request.parameter("at"); at && size > 0)
    wanted = std::max(wanted.value_or(0), std::min(number_in(*at).value_or(size - 1), size - 1));
  if (!wanted) co_return std::nullopt;
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(options_.min_position_wait.micros);
  const auto executor = co_await net::this_coro::executor;
  net::steady_timer pause(executor);
  auto step = std::chrono::microseconds(200);
  while (views_.applied() <= *wanted) {
    if (std::chrono::steady_clock::now() >= until)
      co_return http::problem(504, "position_not_reached", "The read models have not come so far in time.",
                              {{"applied", views_.applied()}, {"size", installation_.log().size()}});
    views_.hurry();
    pause.expires_after(step);
    co_await pause.async_wait(net::use_awaitable);
    step = std::min(step * 2, std::chrono::microseconds(10'000));
  }
  co_return std::nullopt;
}

net::awaitable<Expected<Api::Admitted, http::Response>> Api::admit(const http::Request& request, const Rule& rule,
                                                                   const std::optional<AccountId>& account,
                                                                   const std::optional<MembershipId>& own) {
  using Result = Expected<Admitted, http::Response>;
  auto snapshot = installation_.log().state();
  const State state(*snapshot.rows, installation_.keys(), claims_);
  auto authenticated = authenticate(request);
  if (authenticated.refused) co_return Result(unexpected(std::move(*authenticated.refused)));
  const auto now = clock_.now();
  auto who = standing_of(state, authenticated.caller, {}, now, account);
  if (!who) co_return Result(unexpected(rollcall::problem_of(who.error())));
  const bool about_himself = own ? who->membership == own : who->person.has_value();
  if (!allows(rule, *who, about_himself, {})) {
    const bool nobody = authenticated.caller.kind == ActorKind::person && !authenticated.caller.session;
    const auto refusal = rejected(nobody ? Code::not_authenticated : Code::not_authorized);
    co_return Result(unexpected(rollcall::problem_of(refusal)));
  }
  if (account && !state.find<AccountRow>(AccountRow::key(*account)))
    co_return Result(unexpected(not_found("This account")));
  auto late = co_await wait_for_position(request);
  if (late) co_return Result(unexpected(std::move(*late)));
  Admitted admitted{std::move(snapshot), std::move(*who), now};
  co_return Result(std::move(admitted));
}

namespace {

// The rows of a view, unless another version of the program wrote them: then they are being made anew.
Expected<ViewStore::Snapshot, http::Response> readable(const ViewHost& host, const views::Projection& projection) {
  auto snapshot = host.snapshot(projection);
  if (snapshot.progress.version == projection.version) return snapshot;
  auto response = http::problem(503, "view_behind", "The read model is being rebuilt for this version of Rollcall.",
                                {{"view", projection.name}});
  response.headers.emplace_back("Retry-After", "1");
  return unexpected(std::move(response));
}

// Answers from the rows of a view as they are, or as of a moment of the past.
template <class Answer>
Expected<http::Response, http::Response> ask_rows(const ViewHost& host, const Installation& installation,
                                                  const views::Projection& projection, const views::Subject& subject,
                                                  const http::Request& request, Time now, const Answer& answer) {
  const auto at = request.parameter("at");
  if (!at) {
    const auto snapshot = readable(host, projection);
    if (!snapshot) return unexpected(snapshot.error());
    return answer(*snapshot->rows, now);
  }
  const auto moment = moment_of(installation.log(), *at, now);
  if (!moment) return unexpected(moment.error());
  const auto index = readable(host, views::scopes);
  if (!index) return unexpected(index.error());
  const auto rows = views::rows_as_of(projection, subject, *moment, installation.log(), installation.keys(), *index);
  if (!rows) return unexpected(problem_of(rows.error()));
  return answer(*rows, moment->time);
}

http::Response either(Expected<http::Response, http::Response> result) {
  return result ? std::move(*result) : std::move(result.error());
}

}  // namespace

net::awaitable<http::Response> Api::users(const http::Request& request, const Arguments& arguments) {
  const auto account = AccountId::parse(arguments.at(0));
  if (!account) co_return bad_parameter("account", AccountId::rule);
  const auto admitted = co_await admit(request, rule_of("Users"), account, std::nullopt);
  if (!admitted) co_return admitted.error();
  const auto query = views::UsersQuery::parse(view_parameters(request));
  if (!query) co_return problem_of(query.error());
  const auto answer = [&](const Rows& rows, Time now) {
    return page_response(views::users_page(rows, *account, *query, now));
  };
  auto work = [&] {
    return either(ask_rows(views_, installation_, views::users, *account, request, admitted->now, answer));
  };
  if (!request.parameter("at")) co_return work();
  co_return co_await elsewhere(work);
}

net::awaitable<http::Response> Api::user(const http::Request& request, const Arguments& arguments) {
  const auto account = AccountId::parse(arguments.at(0));
  const auto user = membership_in(arguments.at(1));
  if (!account) co_return bad_parameter("account", AccountId::rule);
  if (!user) co_return not_found("This user");
  const auto admitted = co_await admit(request, rule_of("UserProfile"), account, user);
  if (!admitted) co_return admitted.error();
  const auto answer = [&](const Rows& rows, Time now) {
    const auto profile = views::profile_of(rows, *account, *user, now);
    return profile ? json_text_response(*profile) : not_found("This user");
  };
  auto work = [&] {
    return either(ask_rows(views_, installation_, views::profiles, *user, request, admitted->now, answer));
  };
  co_return co_await elsewhere(work);
}

net::awaitable<http::Response> Api::user_history(const http::Request& request, const Arguments& arguments) {
  const auto account = AccountId::parse(arguments.at(0));
  const auto user = membership_in(arguments.at(1));
  if (!account) co_return bad_parameter("account", AccountId::rule);
  if (!user) co_return not_found("This user");
  const auto admitted = co_await admit(request, rule_of("UserHistory"), account, user);
  if (!admitted) co_return admitted.error();
  const State state(*admitted->snapshot.rows, installation_.keys(), claims_);
  const auto member = state.find<MembershipRow>(MembershipRow::key(*user));
  if (!member || member->account != *account) co_return not_found("This user");
  const auto before = number_parameter(request, "before", admitted->snapshot.size, json_integer_max);
  if (!before) co_return before.error();
  const auto limit = number_parameter(request, "limit", 100, 1'000);
  if (!limit) co_return limit.error();
  auto work = [&]() -> http::Response {
    const auto index = readable(views_, views::scopes);
    if (!index) return index.error();
    const auto positions = views::latest_in_history(*index->rows, *user, *before, *limit);
    std::string text;
    {
      JsonObject out(text);
      {
        JsonArray events(out.begin("events"));
        for (auto at = positions.rbegin(); at != positions.rend(); ++at)
          append_event(events.begin(), decode_entry(installation_.log().entry(*at).value(), &installation_.keys()));
      }
      const bool more = positions.size() == *limit && !positions.empty();
      out.add("before", more ? std::optional{positions.back()} : std::nullopt);
    }
    return json_text_response(std::move(text));
  };
  co_return co_await elsewhere(work);
}

net::awaitable<http::Response> Api::invitations(const http::Request& request, const Arguments& arguments) {
  const auto account = AccountId::parse(arguments.at(0));
  if (!account) co_return bad_parameter("account", AccountId::rule);
  const auto admitted = co_await admit(request, rule_of("Invitations"), account, std::nullopt);
  if (!admitted) co_return admitted.error();
  const auto query = views::InvitationsQuery::parse(view_parameters(request));
  if (!query) co_return problem_of(query.error());
  const auto answer = [&](const Rows& rows, Time now) {
    return page_response(views::invitations_page(rows, *account, *query, now));
  };
  auto work = [&] {
    return either(ask_rows(views_, installation_, views::invitations, *account, request, admitted->now, answer));
  };
  co_return co_await elsewhere(work);
}

net::awaitable<http::Response> Api::assignments(const http::Request& request, const Arguments& arguments) {
  const auto account = AccountId::parse(arguments.at(0));
  if (!account) co_return bad_parameter("account", AccountId::rule);
  const auto admitted = co_await admit(request, rule_of("Assignments"), account, std::nullopt);
  if (!admitted) co_return admitted.error();
  const auto query = views::AssignmentsQuery::parse(view_parameters(request));
  if (!query) co_return problem_of(query.error());
  const auto answer = [&](const Rows& rows, Time) {
    return page_response(views::assignments_page(rows, *account, *query));
  };
  auto work = [&] {
    return either(ask_rows(views_, installation_, views::assignments, *account, request, admitted->now, answer));
  };
  co_return co_await elsewhere(work);
}

net::awaitable<http::Response> Api::my_accounts(const http::Request& request, const Arguments&) {
  const auto admitted = co_await admit(request, rule_of("AccountCentral"), std::nullopt, std::nullopt);
  if (!admitted) co_return admitted.error();
  if (!admitted->who.person)
    co_return http::problem(422, "person_required", "Name a person: /v1/people/{email}/accounts.");
  const auto query = views::CentralQuery::parse(view_parameters(request));
  if (!query) co_return problem_of(query.error());
  const auto person = *admitted->who.person;
  const auto answer = [&](const Rows& rows, Time now) {
    return page_response(views::account_central_page(rows, person, *query, now));
  };
  auto work = [&] {
    return either(ask_rows(views_, installation_, views::account_central, person, request, admitted->now, answer));
  };
  co_return co_await elsewhere(work);
}

net::awaitable<http::Response> Api::accounts_of(const http::Request& request, const Arguments& arguments) {
  const auto admitted = co_await admit(request, rule_of("AccountCentral"), std::nullopt, std::nullopt);
  if (!admitted) co_return admitted.error();
  const State state(*admitted->snapshot.rows, installation_.keys(), claims_);
  const auto address = normalise_address(arguments.at(0));
  const auto found = address ? state.person_with(*address) : std::nullopt;
  const bool staff = admitted->who.parties.includes(Party::operator_);
  if (!staff && (!found || found != admitted->who.person))
    co_return rollcall::problem_of(rejected(Code::not_authorized));
  if (!found) co_return not_found("This person");
  const auto query = views::CentralQuery::parse(view_parameters(request));
  if (!query) co_return problem_of(query.error());
  const auto person = *found;
  const auto answer = [&](const Rows& rows, Time now) {
    return page_response(views::account_central_page(rows, person, *query, now));
  };
  auto work = [&] {
    return either(ask_rows(views_, installation_, views::account_central, person, request, admitted->now, answer));
  };
  co_return co_await elsewhere(work);
}

net::awaitable<http::Response> Api::offered_invitation(const http::Request&, const Arguments& arguments) {
  const auto unknown = [] { return rollcall::problem_of(rejected(Code::invitation_not_found)); };
  const auto link = tokens_.link(arguments.at(0));
  if (!link || link->kind != LinkKind::invitation) co_return unknown();
  auto snapshot = installation_.log().state();
  const State state(*snapshot.rows, installation_.keys(), claims_);
  const InvitationId id{link->id};
  const auto row = state.find<InvitationRow>(InvitationRow::key(id));
  if (!row || row->attempt != link->attempt) co_return unknown();
  const auto account = state.get<AccountRow>(AccountRow::key(row->account));
  const auto person = state.get<PersonRow>(PersonRow::key(row->person));
  const bool lapsed = row->status == InvitationStatus::pending && row->expires_at <= clock_.now();
  json::object offer{{"invitation", id.text()},
                     {"account", row->account.str()},
                     {"account_name", account.name},
                     {"kind", name_of(row->kind)},
                     {"admin", row->admin},
                     {"permissions", to_json(row->permissions)},
                     {"status", lapsed ? "expired" : name_of(row->status)},
                     {"expires_at", row->expires_at.text()},
                     {"email", person.email.clear() ? masked_address(person.email.shown()) : "[erased]"},
                     {"sign_in_required", person.registered},
                     {"terms", terms_in_force}};
  if (row->access_ends_at) offer["access_ends_at"] = row->access_ends_at->text();
  co_return json_response(offer);
}

net::awaitable<http::Response> Api::event(const http::Request& request, const Arguments& arguments) {
  const auto admitted = co_await admit(request, rule_of("Event"), std::nullopt, std::nullopt);
  if (!admitted) co_return admitted.error();
  const auto position = number_in(arguments.at(0));
  if (!position) co_return bad_parameter("position", "must be a whole number");
  const auto entry = installation_.log().entry(*position);
  if (!entry) co_return not_found("This event");
  std::string text;
  append_event(text, decode_entry(*entry, &installation_.keys()));
  co_return json_text_response(std::move(text));
}

namespace {

// The types named in a list with commas. Somebody waiting for what does not exist would wait for ever.
Expected<std::vector<std::string>, http::Response> types_in(std::string_view list) {
  std::vector<std::string> types;
  for (bool more = true; more;) {
    const auto comma = list.find(',');
    const auto type = list.substr(0, comma);
    if (!Catalogue<Event>::knows(type))
      return unexpected(bad_parameter("type", "there is no event " + std::string{type}));
    types.emplace_back(type);
    more = comma != list.npos;
    if (more) list.remove_prefix(comma + 1);
  }
  return types;
}

}  // namespace

http::Response Api::event_stream(const http::Request& request, Position from, const net::any_io_executor& executor) {
  if (const auto last = request.header("Last-Event-ID")) {
    const auto position = number_in(*last);
    if (!position || *position > json_integer_max)
      return http::problem(400, "invalid_last_event_id", "Last-Event-ID is a position of the log.");
    from = *position + 1;
  }
  FeedFilter filter;
  if (const auto account = request.parameter("account")) {
    filter.account = AccountId::parse(*account);
    if (!filter.account) return bad_parameter("account", AccountId::rule);
  }
  if (const auto list = request.parameter("type")) {
    auto types = types_in(*list);
    if (!types) return std::move(types.error());
    filter.types = std::move(*types);
  }
  http::Response response;
  response.content_type = "text/event-stream";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};  // the latter for nginx
  response.stream = feed_.subscribe(from, std::move(filter), executor);
  return response;
}

net::awaitable<http::Response> Api::events(const http::Request& request, const Arguments&) {
  const auto admitted = co_await admit(request, rule_of("Events"), std::nullopt, std::nullopt);
  if (!admitted) co_return admitted.error();
  const auto from = number_parameter(request, "from", 0, json_integer_max);
  if (!from) co_return from.error();
  const auto executor = co_await net::this_coro::executor;
  if (request.header("Accept").value_or("").find("text/event-stream") != std::string_view::npos)
    co_return event_stream(request, *from, executor);
  const auto limit = number_parameter(request, "limit", 100, 1'000);
  if (!limit) co_return limit.error();
  const auto wait = number_parameter(request, "wait", 0, 30);
  if (!wait) co_return wait.error();
  const auto account = request.parameter("account"), type = request.parameter("type");

  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(*wait);
  net::steady_timer pause(executor);
  while (installation_.log().size() <= *from && std::chrono::steady_clock::now() < until) {
    pause.expires_after(std::chrono::milliseconds(50));
    co_await pause.async_wait(net::use_awaitable);
  }
  auto work = [&]() -> http::Response {
    std::string text;
    {
      JsonObject out(text);
      auto next = *from;
      {
        JsonArray events(out.begin("events"));
        installation_.log().read(*from, [&](Position position, std::string_view entry) {
          if (events.size() == *limit || position >= *from + events_read_max) return false;
          next = position + 1;
          const auto header = peek_entry(entry);
          if (type && header.type != *type) return true;
          if (account && (header.scope_kind != ScopeKind::account || header.scope_id != *account)) return true;
          append_event(events.begin(), decode_entry(entry, &installation_.keys()));
          return true;
        });
      }
      out.add("next", next);
      out.add("size", installation_.log().size());
    }
    return json_text_response(std::move(text));
  };
  co_return co_await elsewhere(work);
}

}  // namespace rollcall
