#include "adapters/kafka/topic_check.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "adapters/kafka/tail.hpp"

namespace rollcall::kafka {
namespace {

struct Difference {
  Position position = 0;
  std::string text;
};

std::optional<std::string> header_difference(const Received& message, const EventMessage& expected) {
  const auto wanted = expected.headers();
  for (std::size_t i = 0; i < std::max(wanted.size(), message.headers.size()); ++i) {
    if (i >= message.headers.size()) return fmt::format("the header {} is missing", wanted[i].first);
    const auto& [name, value] = message.headers[i];
    if (i >= wanted.size()) return fmt::format("there is a header {} too many", name);
    if (name != wanted[i].first) return fmt::format("the header {} stands where {} should", name, wanted[i].first);
    if (value != wanted[i].second)
      return fmt::format("the header {} is \"{}\", by the log \"{}\"", name, value, wanted[i].second);
  }
  return std::nullopt;
}

std::optional<std::string> difference(const Received& message, const EventMessage& expected) {
  if (message.partition != expected.partition) return fmt::format("it belongs to partition {}", expected.partition);
  if (message.key != expected.key()) return fmt::format("its key is {}, by the log {}", message.key, expected.key());
  if (auto headers = header_difference(message, expected)) return headers;
  if (!message.value) return "it has no data";
  if (*message.value != expected.event.data) return "its data is not that of the log";
  return std::nullopt;
}

std::string hash_of(std::string_view entry) { return to_hex(bytes_of(leaf_hash(entry))); }

}  // namespace

TopicCheck::TopicCheck(const Settings& settings, const Topics& topics, const Wanted& wanted)
    : settings_(settings), topics_(topics), cluster_(settings, [](const std::string&) {}) {
  (void)cluster_.brokers(wanted);
  events_ = bounds_of(topics.events);
  users_ = bounds_of(topics.users);
}

std::vector<Bounds> TopicCheck::bounds_of(const std::string& name) const {
  const auto topic = cluster_.topic(name);
  if (!topic) throw Error("there is no topic " + name);
  std::vector<Bounds> all;
  for (std::int32_t partition = 0; partition < topic->partitions; ++partition)
    all.push_back(cluster_.bounds(name, partition));
  return all;
}

std::uint64_t TopicCheck::offsets() const {
  std::uint64_t all = 0;
  for (const auto& bounds : events_) all += static_cast<std::uint64_t>(bounds.high - bounds.low);
  return all;
}

// Calls on_message with each committed message within the bounds; false ends the reading of its partition.
void TopicCheck::read(const std::string& topic, const std::vector<Bounds>& bounds,
                      const std::function<bool(Received&&)>& on_message, const OnProgress& on_progress) const {
  constexpr std::chrono::seconds patience{60};
  Reader reader(settings_, topic, [](const std::string&) {});
  std::vector<std::int64_t> reached(bounds.size());
  std::size_t open = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    reached[i] = bounds[i].low;
    if (bounds[i].high <= bounds[i].low) continue;
    reader.start(static_cast<std::int32_t>(i), bounds[i].low);
    ++open;
  }
  const auto end = [&](std::size_t i) {
    if (reached[i] >= bounds[i].high) return;
    reached[i] = bounds[i].high;
    reader.stop(static_cast<std::int32_t>(i));
    --open;
  };
  auto moved = std::chrono::steady_clock::now();
  while (open > 0) {
    reader.poll(
        std::chrono::milliseconds(250),
        [&](Received&& message) {
          moved = std::chrono::steady_clock::now();
          const auto i = static_cast<std::size_t>(message.partition);
          if (reached[i] >= bounds[i].high) return;
          const auto offset = message.offset;
          const bool more = offset < bounds[i].high && on_message(std::move(message));
          if (!more || offset + 1 >= bounds[i].high)
            end(i);
          else
            reached[i] = offset + 1;
        },
        [&](Reader::End at) {
          const auto i = static_cast<std::size_t>(at.partition);
          if (at.offset >= bounds[i].high) end(i);
        });
    if (std::chrono::steady_clock::now() - moved > patience)
      throw Error(topic + " does not come to its end: somebody's transaction is open there, or a broker is away");
    std::uint64_t done = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) done += static_cast<std::uint64_t>(reached[i] - bounds[i].low);
    if (on_progress) on_progress(done);
  }
}

// Partitions are asked one by one where they end, and transactions are committed meanwhile: of the last ones only a
// part was read. What came since completes them.
std::vector<Bounds> TopicCheck::since(const std::string& topic, const std::vector<Bounds>& before) const {
  auto now = bounds_of(topic);
  now.resize(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) now[i].low = before[i].high;
  return now;
}

TopicReport TopicCheck::check_events(const LogReader& log, const KeyRing* keys, std::string_view origin,
                                     const OnProgress& on_progress) const {
  const auto partitions = static_cast<std::int32_t>(events_.size());
  TopicReport report;
  std::optional<Difference> first;
  const auto differs = [&](Position position, std::string text) {
    if (!first || position < first->position) first = {position, std::move(text)};
    return false;
  };
  std::vector<bool> seen(log.size());
  std::vector<std::optional<Position>> last(events_.size()), begins(events_.size());
  const auto check = [&](Received&& message) {
    ++report.messages;
    const auto i = static_cast<std::size_t>(message.partition);
    const auto claim = claim_of(message);
    const auto where = fmt::format("partition {}, offset {}", message.partition, message.offset);
    if (!claim.position)
      return differs(last[i].value_or(0), fmt::format("{}: a message that is no event of Rollcall", where));
    const auto position = *claim.position;
    const auto entry = log.entry(position);
    if (!entry)
      return differs(position, fmt::format("{}: event {}, but the log ends at {}", where, position, log.size()));
    if (last[i] && position <= *last[i])
      return differs(position, fmt::format("{}: event {} comes {} event {}", where, position,
                                           position == *last[i] ? "again after" : "behind", *last[i]));
    if (const auto hash = hash_of(*entry); hash != claim.leaf_hash)
      return differs(position, fmt::format("{}: event {} has the leaf hash {}, in the log {}", where, position,
                                           claim.leaf_hash, hash));
    if (const auto how = difference(message, event_message(*entry, origin, keys, partitions)))
      return differs(position, fmt::format("{}: event {}: {}", where, position, *how));
    if (!begins[i]) begins[i] = position;
    last[i] = position;
    seen[position] = true;
    report.size = std::max(report.size, position + 1);
    return true;
  };
  read(topics_.events, events_, check, on_progress);
  if (!first) {
    const auto size = report.size;
    const auto complete = [&](Received&& message) {
      const auto position = claim_of(message).position;
      return position && *position < size ? check(std::move(message)) : true;
    };
    read(topics_.events, since(topics_.events, events_), complete, {});
  }

  // What is missing was never published, unless its partition has forgotten all before a later one.
  report.first = report.size;
  log.read(0, [&](Position position, std::string_view entry) {
    if (position >= report.size || (first && position >= first->position)) return false;
    if (seen[position]) {
      report.first = std::min(report.first, position);
      return true;
    }
    const auto partition = static_cast<std::size_t>(partition_of(key_of(entry), partitions));
    const bool forgotten = events_[partition].low > 0 && (!begins[partition] || position < *begins[partition]);
    if (forgotten) return true;
    return differs(position, fmt::format("event {} is missing: it belongs into partition {}", position, partition));
  });
  if (first) report.difference = first->text;
  return report;
}

TopicCheck::Users TopicCheck::read_users() const {
  Users users;
  const auto size_at = [](const Received& message) {
    const auto text = message.header("rollcall_position").value_or("");
    Position position = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
    return error == std::errc{} && end == text.data() + text.size() ? position + 1 : 0;
  };
  read(topics_.users, users_,
       [&](Received&& message) {
         users.size = std::max(users.size, size_at(message));
         users.rows.insert_or_assign(std::move(message.key), std::move(message.value));
         return true;
       },
       {});
  read(topics_.users, since(topics_.users, users_),
       [&](Received&& message) {
         if (size_at(message) <= users.size)
           users.rows.insert_or_assign(std::move(message.key), std::move(message.value));
         return true;
       },
       {});
  return users;
}

UsersReport compare_users(const TopicCheck::Users& topic, const Rows& rows, PersonalData personal) {
  UsersReport report;
  report.size = topic.size;
  auto left = topic.rows;
  std::erase_if(left, [](const auto& row) { return !row.second; });
  rows.scan({}, {}, [&](std::string_view key, std::string_view value) {
    const auto row = projections::published_row(key, std::string{value}, personal);
    if (!row || !row->json) return true;
    ++report.rows;
    const auto name = row->account + "/" + row->id;
    const auto found = left.find(name);
    if (found == left.end())
      report.difference = fmt::format("the row {} is missing", name);
    else if (*found->second != *row->json)
      report.difference = fmt::format("the row {} is {}, by the log {}", name, *found->second, *row->json);
    else
      left.erase(found);
    return !report.difference;
  });
  if (!report.difference && !left.empty())
    report.difference = fmt::format("there is a row {}, which the log does not give", left.begin()->first);
  return report;
}

}  // namespace rollcall::kafka
