// The feed end to end: subscribers over real sockets, many of them, slow ones, and ones that come back.
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "adapters/crypto/random.hpp"
#include "adapters/http/load.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"
#include "tools/server/service.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using boost::asio::ip::tcp;
using Catch::Contains;

namespace {

constexpr std::string_view events = "/v1/events";
const http::Headers stream{{"Accept", "text/event-stream"}};

struct Block {
  std::string id, event, data;
};

// Reads a stream of events as a browser's EventSource does, from its chunks.
class Subscriber {
 public:
  Subscriber(const std::string& url, const std::string& key, const std::string& query = {}, http::Headers headers = {},
             int receive_buffer = 0) {
    tcp::endpoint server(boost::asio::ip::address_v4::loopback(),
                         static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1))));
    socket_.open(server.protocol());
    if (receive_buffer > 0) socket_.set_option(tcp::socket::receive_buffer_size(receive_buffer));
    const timeval patience{30, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    socket_.connect(server);
    headers.insert(headers.begin(), {{"Accept", "text/event-stream"}, {"Authorization", "Bearer " + key}});
    boost::asio::write(socket_, boost::asio::buffer(http::render("GET", std::string{events} + query, headers)));
  }

  // Up to the end of the response's head.
  std::string head() {
    while (raw_.find("\r\n\r\n") == raw_.npos)
      if (!read_more()) throw std::runtime_error("the stream ended in its head: " + raw_);
    const auto end = raw_.find("\r\n\r\n") + 4;
    auto head = raw_.substr(0, end);
    raw_.erase(0, end);
    begun_ = true;
    return head;
  }

  // The next block, event or not; nothing when the body has ended as it should.
  std::optional<Block> next() {
    if (!begun_) head();
    while (body_.find("\n\n") == body_.npos)
      if (!read_chunk()) return std::nullopt;
    Block block;
    const auto end = body_.find("\n\n");
    for (std::size_t at = 0; at < end;) {
      const auto line = body_.substr(at, body_.find('\n', at) - at);
      at += line.size() + 1;
      const auto colon = line.find(": ");
      const auto field = line.substr(0, colon), value = line.substr(colon + 2);
      if (field == "id") block.id = value;
      if (field == "event") block.event = value;
      if (field == "data") block.data = value;
    }
    body_.erase(0, end + 2);
    return block;
  }
  Block next_event() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < until) {
      auto block = next();
      if (!block) throw std::runtime_error("the stream has ended");
      if (!block->data.empty()) return std::move(*block);
    }
    throw std::runtime_error("nothing but heart-beats came for a minute");
  }
  std::vector<Position> positions(std::size_t count) {
    std::vector<Position> all;
    while (all.size() < count) all.push_back(std::stoull(next_event().id));
    return all;
  }

 private:
  bool read_more() {
    char bytes[16'384];
    const auto got = ::recv(socket_.native_handle(), bytes, sizeof bytes, 0);
    if (got < 0) throw std::runtime_error("nothing came for half a minute, or the connection broke");
    raw_.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }
  bool read_chunk() {
    const auto need = [&](std::size_t bytes) {
      while (raw_.size() < bytes)
        if (!read_more()) throw std::runtime_error("the body broke off");
    };
    while (raw_.find("\r\n") == raw_.npos) need(raw_.size() + 1);
    const auto start = raw_.find("\r\n") + 2;
    const auto size = std::stoull(raw_, nullptr, 16);
    need(start + size + 2);
    body_.append(raw_, start, size);
    raw_.erase(0, start + size + 2);
    return size > 0;
  }

  boost::asio::io_context context_;
  tcp::socket socket_{context_};
  std::string raw_, body_;
  bool begun_ = false;
};

Subscriber subscribe(const ServerProcess& server, const std::string& query = {}, http::Headers headers = {}) {
  return Subscriber(server.url(), server.operator_key(), query, std::move(headers));
}

std::vector<Position> range(Position from, Position to) {
  std::vector<Position> all;
  for (; from < to; ++from) all.push_back(from);
  return all;
}

Position size_of(Guest& operator_) { return operator_.get("/v1/status").number_of("size"); }

void eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 3'000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(holds());
}

json::object partner(int n) { return {{"account", "gx624"}, {"email", fmt::format("p{}@agency.example", n)}}; }

}  // namespace

TEST_CASE("the feed tells the same events as the page, and then those that happen", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto pages = events_of(office.operator_);

  auto subscriber = subscribe(server);
  CHECK_THAT(subscriber.head(), Contains("200 OK") && Contains("Content-Type: text/event-stream\r\n") &&
                                    Contains("Cache-Control: no-store\r\n") && Contains("X-Accel-Buffering: no\r\n"));
  for (const auto& page : pages) {
    const auto block = subscriber.next_event();
    const auto event = json::parse(block.data).as_object();
    CHECK(block.id == std::to_string(page.at("position").to_number<Position>()) + "-" +
                          std::string{event.at("leafhash").as_string()}.substr(0, 8));
    CHECK(block.event == event.at("type").as_string());
    CHECK(event.at("id") == page.at("id"));
    CHECK(event.at("data").as_object() == page.at("data").as_object());
  }

  const auto invited = office.owner.must("InvitePartner", partner(1));
  const auto block = subscriber.next_event();
  CHECK(block.event == "rollcall.PartnerInvited.v1");
  CHECK(std::stoull(block.id) + 1 == invited.number_of("position"));
  CHECK_THAT(block.data, Contains("\"email\":\"p1@agency.example\""));

  // Who asks for no stream gets the page, and a stop waits for no subscriber.
  CHECK(office.operator_.get(std::string{events}).body.at("events").is_array());
  CHECK(server.stop() == 0);
  CHECK(subscriber.next_event().event == "rollcall.InvitationMailQueued.v1");
  CHECK_FALSE(subscriber.next());
}

TEST_CASE("who comes back to the feed misses nothing and gets nothing twice", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  std::vector<Position> got;
  for (int visit = 0; visit < 10; ++visit) {
    office.owner.must("InvitePartner", partner(visit));
    http::Headers resume;
    if (!got.empty()) resume = {{"Last-Event-ID", std::to_string(got.back())}};
    // It goes before `from`, which stays in the URL that an EventSource connects to again.
    auto subscriber = subscribe(server, "?from=3", resume);
    if (visit % 2 == 1) office.owner.must("InvitePartner", partner(100 + visit));
    for (const auto position : subscriber.positions(visit == 0 ? 2 : 3)) got.push_back(position);
  }
  CHECK(got == range(3, 3 + got.size()));
}

TEST_CASE("the feed is filtered by account and by types", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  office.operator_.must("OpenAccount", {{"account", "ab123"},
                                        {"account_name", "Abbey Bikes"},
                                        {"owner_email", "abe@ab123.example"},
                                        {"owner_name", "Abe Owner"},
                                        {"seat_limit", 3}});
  office.owner.must("InvitePartner", partner(1));
  const auto expected = [&](const std::string& account, const std::set<std::string>& types) {
    std::vector<Position> all;
    for (const auto& event : events_of(office.operator_)) {
      const auto& scope = event.at("scope").as_object();
      if (!account.empty() && (scope.at("kind").as_string() != "account" || scope.at("id").as_string() != account))
        continue;
      if (types.empty() || types.contains(std::string{event.at("type").as_string()}))
        all.push_back(event.at("position").to_number<Position>());
    }
    REQUIRE_FALSE(all.empty());
    return all;
  };
  const auto check = [&](const std::string& query, const std::vector<Position>& positions) {
    CHECK(subscribe(server, query).positions(positions.size()) == positions);
  };
  check("?account=ab123", expected("ab123", {}));
  check("?account=gx624&type=PartnerInvited", expected("gx624", {"PartnerInvited"}));
  check("?type=AccountOpened,PartnerInvited", expected({}, {"AccountOpened", "PartnerInvited"}));

  for (const std::string query : {"?type=PartnerInvited,Nonsense", "?type=", "?account=x%20y", "?from=-1"}) {
    const auto reply = office.operator_.get(std::string{events} + query, stream);
    INFO(shown(reply));
    CHECK(reply.status == 422);
    CHECK(reply.code() == "invalid_parameter");
  }
  auto resume = stream;
  resume.emplace_back("Last-Event-ID", "yesterday");
  const auto malformed = office.operator_.get(std::string{events}, resume);
  CHECK(malformed.status == 400);
  CHECK(malformed.code() == "invalid_header");
  // Whoever followed another log is told so at once.
  const auto told = [&](const std::string& id) {
    auto headers = stream;
    headers.emplace_back("Last-Event-ID", id);
    return office.operator_.get(std::string{events}, headers);
  };
  CHECK_REFUSED(told("1-00000000"), 409, "other_history");
  CHECK_REFUSED(told("999999-00000000"), 409, "ahead_of_log");
  CHECK_REFUSED(told("999999"), 409, "ahead_of_log");
  CHECK(told("999999").body.at("size").as_int64() > 0);
}

TEST_CASE("the feed is the operator's alone", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  CHECK(office.owner.get(std::string{events}, stream).status == 403);
  CHECK(Guest(server.url(), office.partner("petra@agency.example").token).get(std::string{events}, stream).status ==
        403);
  CHECK(Guest(server.url()).get(std::string{events}, stream).status == 401);
  CHECK(Guest(server.url(), "rck_wrong").get(std::string{events}, stream).status == 401);
  CHECK(operator_for(server, "olga@gx624.example").get(std::string{events}, stream).status == 403);
  CHECK(office.operator_.get("/v1/status").body.at("feed").at("subscribers").as_int64() == 0);
}

TEST_CASE("hundreds of idle subscribers hinder nobody and all hear of what happens", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data", {"--max-connections", "600"});
  Office office(server);
  const auto before = size_of(office.operator_);
  const auto from = "?from=" + std::to_string(before);
  std::deque<std::unique_ptr<Subscriber>> subscribers;
  for (int i = 0; i < 500; ++i)
    subscribers.push_back(std::make_unique<Subscriber>(server.url(), server.operator_key(), from));
  for (auto& subscriber : subscribers) CHECK_THAT(subscriber->head(), Contains("200 OK"));
  CHECK(office.operator_.get("/v1/status").body.at("feed").at("subscribers").as_int64() == 500);
  CHECK_THAT(office.operator_.get("/metrics").text, Contains("rollcall_feed_subscribers 500\n"));

  for (int i = 0; i < 50; ++i) office.owner.must("InvitePartner", partner(i));
  const auto expected = range(before, size_of(office.operator_));
  std::size_t complete = 0;
  for (auto& subscriber : subscribers)
    if (subscriber->positions(expected.size()) == expected) ++complete;
  CHECK(complete == 500);
  CHECK_THAT(office.operator_.get("/metrics").text,
             Contains(fmt::format("rollcall_feed_events_total {}\n", 500 * expected.size())));

  subscribers.clear();
  eventually([&] { return office.operator_.get("/v1/status").body.at("feed").at("subscribers").as_int64() == 0; });
  CHECK(office.operator_.get("/v1/status").body.at("feed").at("cut_off").as_int64() == 0);
  CHECK(server.stop() == 0);
}

TEST_CASE("a subscriber who never reads is cut off, and the others get everything in order", "[process]") {
  start_crypto();
  const TemporaryFolder folder;
  tools::ServiceOptions options;
  options.data = (folder / "data").string();
  options.create = true;
  options.listen = "127.0.0.1:0";
  options.free_floor_mib = 1;
  options.write_timeout = std::chrono::seconds(3);
  options.feed.heartbeat = Duration{200'000};
  tools::Service service(options);
  const auto url = service.server().url();
  const auto key = service.installation().operator_key();
  Guest operator_(url, key);
  operator_.must("OpenAccount", {{"account", "gx624"},
                                 {"account_name", "Great X"},
                                 {"owner_email", "olga@gx624.example"},
                                 {"owner_name", "Olga Owner"},
                                 {"seat_limit", 10}});
  const auto before = size_of(operator_);
  constexpr Position written = 20'000;
  const auto from = "?from=" + std::to_string(before);
  const auto feed_number = [&](std::string_view name) {
    return operator_.get("/v1/status").body.at("feed").at(name).to_number<std::uint64_t>();
  };

  Subscriber sleeper(url, key, from, {}, 4'096);
  std::atomic<int> complete{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      try {
        Subscriber reader(url, key, from);
        if (reader.positions(written) == range(before, before + written)) ++complete;
      } catch (const std::exception&) {
        // it is not complete
      }
    });
  eventually([&] { return feed_number("subscribers") == 5; });

  http::LoadOptions load;
  load.address = url.substr(url.rfind('/') + 1);
  load.connections = 32;
  load.max_requests = written;
  const http::Headers headers{{"Authorization", "Bearer " + key}, {"Content-Type", "application/json"}};
  const auto report = http::generate_load(load, [&](std::size_t, std::uint64_t n) {
    const auto body = fmt::format(R"({{"account":"gx624","kind":"contact","record":"c-{}"}})", n);
    return http::render("POST", "/v1/commands/RegisterRecord", headers, body);
  });
  CHECK(report.statuses == std::map<unsigned, std::uint64_t>{{200, written}});
  for (auto& reader : readers) reader.join();
  CHECK(complete == 4);
  eventually([&] { return feed_number("cut_off") == 1 && feed_number("subscribers") == 0; });

  // Silence is broken by heart-beats, which say how far the filter has looked.
  Subscriber filtered(url, key, "?type=AccountOpened&from=" + std::to_string(before));
  (void)filtered.next();
  const auto beat = filtered.next();
  REQUIRE(beat);
  CHECK(beat->id == mark_at(service.installation().log(), before + written - 1).text());
  CHECK(beat->data.empty());
  service.stop();
}

TEST_CASE("a subscriber's key follows the events, and nothing more from the moment it is revoked", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  REQUIRE(server.serving());
  Office office(server);
  const auto made =
      office.operator_.must("CreateAccessKey", {{"key_name", "warehouse"}, {"scopes", json::array{"subscribe"}}});
  const auto key = std::string{made.event("AccessKeyCreated").at("key").as_string()};
  const auto token = made.text_of("token");
  Guest by_key(server.url(), token);
  CHECK(by_key.get("/v1/events?limit=1").status == 200);
  CHECK_REFUSED(by_key.get("/v1/events/0"), 403, "not_authorized");
  CHECK_REFUSED(by_key.get("/v1/accounts/gx624/users"), 403, "not_authorized");
  CHECK_REFUSED(by_key.ask("ChangeSeatLimit", {{"account", "gx624"}, {"seat_limit", 7}}), 403, "not_authorized");

  Subscriber feed(server.url(), token);
  const auto size = made.number_of("size");
  for (std::uint64_t seen = 0; seen < size;) {
    const auto block = feed.next();
    REQUIRE(block);
    if (!block->event.empty()) ++seen;
  }
  office.operator_.must("RevokeAccessKey", {{"key", key}});
  while (const auto block = feed.next()) CHECK_THAT(block->event, !Contains("AccessKeysRevoked"));
  CHECK_REFUSED(by_key.get("/v1/events?limit=1"), 401, "not_authenticated");
}
