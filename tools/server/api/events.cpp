// Events of the log: one, a page of them, or the feed of all and those to come.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/string.hpp>

#include "tools/server/api/queries.hpp"

namespace rollcall::api {
namespace {

// Entries read for one page, whether they match or not: a page may come back short, with `next` to go on.
constexpr Position events_read_max = 20'000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// What is before the first of these in `rest`, which is left with what comes behind it.
std::string_view take_to(std::string_view& rest, char mark) {
  const auto at = std::min(rest.find(mark), rest.size());
  const auto part = trimmed(rest.substr(0, at));
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

// The weight an Accept header gives to a type that it names, RFC 9110 §12.5.1; nothing when it does not.
std::optional<double> weight_in(std::string_view accept, std::string_view type) {
  while (!accept.empty()) {
    auto range = take_to(accept, ',');
    const auto name = take_to(range, ';');
    if (!boost::beast::iequals({name.data(), name.size()}, {type.data(), type.size()})) continue;
    while (!range.empty())
      if (const auto parameter = take_to(range, ';'); parameter.starts_with("q=") || parameter.starts_with("Q="))
        return std::strtod(std::string{parameter.substr(2)}.c_str(), nullptr);
    return 1;
  }
  return std::nullopt;
}

bool wants_stream(const Request& request) {
  const auto accept = request.header("Accept").value_or("");
  const auto stream = weight_in(accept, "text/event-stream").value_or(0);
  return stream > 0 && stream >= weight_in(accept, "application/json").value_or(0);
}

// Of a page and not of the feed.
constexpr std::array<std::string_view, 3> of_a_page{"limit", "wait", "names"};

Reply stream(Desk& desk, const Request& request, const Events& query, const Caller& caller,
             const net::any_io_executor& executor) {
  const auto question = question_of(query);
  auto from = query.from.value;
  for (const auto& [name, value] : request.query)
    if (std::find(of_a_page.begin(), of_a_page.end(), name) != of_a_page.end())
      return problem_of(projections::QueryError{name, "means nothing for a stream"});
  if (const auto last = request.header("Last-Event-ID")) {
    const auto mark = EventMark::parse(*last);
    if (!mark || mark->position >= json_integer_max)
      return problem("invalid_header", "Last-Event-ID is the id of an event of the feed, or a position of the log.",
                     {{"header", "Last-Event-ID"}});
    from = mark->position + 1;
    if (fit(*mark, desk.log()) == MarkFit::forked) return desk.other_history(mark->position);
  }
  if (from > desk.log().size()) return desk.ahead_of_log("The position");
  FeedFilter filter;
  filter.account = query.account;
  if (query.type) filter.types = query.type->types;
  Reply reply;
  reply.content_type = "text/event-stream";
  reply.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};  // the latter for nginx
  // Who is put out meanwhile gets nothing more.
  auto may_have = [&desk, caller, question] { return desk.still_admits(caller, question); };
  reply.stream = desk.feed().subscribe(from, std::move(filter), executor, std::move(may_have));
  return reply;
}

Reply page_of(const Desk& desk, const Events& query) {
  const auto from = query.from.value;
  FeedFilter filter;
  filter.account = query.account;
  if (query.type) filter.types = query.type->types;
  std::vector<Recorded> events;
  EventsPage page;
  page.next = from;
  page.size = desk.log().size();
  desk.log().read(from, [&](Position position, std::string_view entry) {
    if (events.size() == query.limit.value || position >= from + events_read_max) return false;
    page.next = position + 1;
    const auto header = peek_entry(entry);
    if (filter.takes(header.type, header.scope_kind, header.scope_id))
      events.push_back(decode_entry(entry, &desk.keys()));
    return true;
  });
  page.size = std::max(page.size, page.next);
  page.at_end = page.next == page.size;
  for (const auto& event : events) page.events.push_back(EventAnswer::of(event));
  if (query.names) {
    const auto snapshot = desk.log().state();
    page.names = names_in(State(*snapshot.rows, desk.keys(), desk.claims()), events);
  }
  return json_answer(page);
}

}  // namespace

Awaited answer_query(Desk& desk, const Request& request, const Event& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  const auto entry = desk.log().entry(query.position.value);
  if (!entry) co_return not_found("This event");
  const auto recorded = decode_entry(*entry, &desk.keys());
  co_return json_answer(EventAnswer::of(recorded));
}

Awaited answer_query(Desk& desk, const Request& request, const Events& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  if (query.account) {
    const State state(*admitted->snapshot.rows, desk.keys(), desk.claims());
    if (!state.find<AccountRow>(AccountRow::key(*query.account))) co_return not_found("This account");
  }
  const auto executor = co_await net::this_coro::executor;
  if (wants_stream(request)) {
    const auto caller = desk.authenticate(request);
    if (!caller) co_return caller.error();
    co_return stream(desk, request, query, *caller, executor);
  }
  if (request.header("Last-Event-ID"))
    co_return problem("invalid_header", "Last-Event-ID goes with Accept: text/event-stream.",
                      {{"header", "Last-Event-ID"}});
  if (query.from.value > desk.log().size()) co_return desk.ahead_of_log("The position");

  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(query.wait.value);
  net::steady_timer pause(executor);
  while (desk.log().size() <= query.from.value && std::chrono::steady_clock::now() < until && !desk.draining()) {
    pause.expires_after(std::chrono::milliseconds(50));
    co_await pause.async_wait(net::use_awaitable);
  }
  if (query.wait.value > 0) {  // they may have been put out meanwhile
    const auto caller = desk.authenticate(request);
    if (!caller) co_return caller.error();
    if (!desk.still_admits(*caller, question_of(query))) co_return problem_of(rejected(Code::not_authenticated));
  }
  auto work = [&] { return page_of(desk, query); };
  co_return co_await desk.elsewhere(work);
}

}  // namespace rollcall::api
