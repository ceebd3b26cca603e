#include "adapters/http/load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <deque>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "adapters/http/endpoint.hpp"

namespace rollcall::http {

namespace {

using boost::asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

// What has to be known of a reply's head. Nothing when it is no head this generator understands.
struct Head {
  unsigned status = 0;
  std::size_t content_length = 0;
};

std::optional<Head> parse_head(std::string_view text) {
  Head head;
  const auto number = [](std::string_view digits, auto& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  if (!text.starts_with("HTTP/1.1 ") || text.size() < 12 || !number(text.substr(9, 3), head.status)) return {};
  constexpr std::string_view wanted = "content-length:";
  for (auto at = text.find("\r\n"); at != text.npos && at + 2 < text.size(); at = text.find("\r\n", at + 2)) {
    auto line = text.substr(at + 2, text.find("\r\n", at + 2) - at - 2);
    if (line.size() <= wanted.size() ||
        !boost::beast::iequals({line.data(), wanted.size()}, {wanted.data(), wanted.size()}))
      continue;
    line.remove_prefix(std::min(line.find_first_not_of(' ', wanted.size()), line.size()));
    return number(line, head.content_length) ? std::optional(head) : std::nullopt;
  }
  return head.status == 204 || head.status == 304 ? std::optional(head) : std::nullopt;
}

// One connection: at most one request is out at a time.
struct Connection {
  explicit Connection(boost::asio::io_context& context) : socket(context) {}

  tcp::socket socket;
  std::string out;
  std::size_t written = 0;
  std::string in;
  std::size_t expected = 0;  // bytes of the whole reply, 0 until its head is there
  unsigned status = 0;
  std::size_t head_size = 0;
  std::uint64_t n = 0;      // the number of the request that is out
  Clock::time_point since;  // when that was sent, or fell due
  bool waiting = false;     // one is out
};

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

class Load {
 public:
  Load(const LoadOptions& options, const NextRequest& next, const OnReply& on_reply)
      : options_(options), next_(next), on_reply_(on_reply), open_(options.connections) {
    const auto endpoint = parse_endpoint(options.address);
    if (!endpoint.address().is_loopback()) {
      throw std::invalid_argument("load is generated for this machine only, not for " + options.address);
    }
    for (std::size_t i = 0; i < options.connections; ++i) {
      auto& socket = connections_.emplace_back(context_).socket;
      boost::system::error_code ec;
      socket.connect(endpoint, ec);
      if (ec) throw std::runtime_error("cannot connect to " + options.address + ": " + ec.message());
      socket.set_option(tcp::no_delay(true));
      socket.native_non_blocking(true);
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
      event.data.u64 = i;
      checked(::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket.native_handle(), &event), "epoll_ctl");
      idle_.push_back(i);
    }
    latencies_.reserve(std::min<std::uint64_t>(options.max_requests, 1'000'000));
  }

  LoadReport run() {
    // A timer of this thread may otherwise be 50 µs late, which would count as the server's.
    if (open_loop()) ::prctl(PR_SET_TIMERSLACK, 1);
    begin_ = last_reply_ = Clock::now();
    end_ = begin_ + options_.max_duration;
    for (;;) {
      send_due();
      if (!sending() && waiting_ == 0) break;
      if (Clock::now() > end_ + options_.patience) break;
      wait();
    }
    return report();
  }

 private:
  bool sending() const { return report_.sent < options_.max_requests && open_ > 0 && Clock::now() < end_; }
  bool open_loop() const { return options_.requests_per_second > 0; }

  // When the next request falls due; in a closed loop that is as soon as a connection is free.
  Clock::time_point next_due(Clock::time_point now) const {
    if (!open_loop()) return now;
    const std::chrono::duration<double> after(static_cast<double>(report_.sent) / options_.requests_per_second);
    return begin_ + std::chrono::duration_cast<Clock::duration>(after);
  }

  void send_due() {
    while (!idle_.empty() && sending()) {
      const auto now = Clock::now();
      const auto due = next_due(now);
      if (due > now) return;
      const auto index = idle_.front();
      idle_.pop_front();
      auto& connection = connections_[index];
      connection.n = report_.sent++;
      connection.out = next_(index, connection.n);
      connection.written = 0;
      connection.since = due;
      connection.waiting = true;
      ++waiting_;
      write(connection);
    }
  }

  void wait() {
    const auto now = Clock::now();
    auto until = sending() ? end_ : end_ + options_.patience;
    if (!idle_.empty() && sending()) until = std::min(until, next_due(now));
    const auto left = std::max<std::chrono::nanoseconds>(until - now, std::chrono::nanoseconds(0));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), (left - seconds).count()};
    std::array<epoll_event, 128> events{};
    const int count = ::epoll_pwait2(epoll_.native_handle(), events.data(), events.size(), &timeout, nullptr);
    if (count < 0 && errno != EINTR) checked(count, "epoll_pwait2");
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      const auto index = static_cast<std::size_t>(event.data.u64);
      auto& connection = connections_[index];
      if (connection.written < connection.out.size()) write(connection);
      const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
      if (ended || (event.events & EPOLLIN) != 0) read(index, connection, ended);
    }
  }

  // An error is found again by reading, which the same event calls for.
  static void write(Connection& connection) {
    const auto rest = std::string_view(connection.out).substr(connection.written);
    const auto sent = ::send(connection.socket.native_handle(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent > 0) connection.written += static_cast<std::size_t>(sent);
  }

  // Reads all there is: a short read is the end of it, unless the end of the connection is there to be read too.
  void read(std::size_t index, Connection& connection, bool ended) {
    if (!connection.socket.is_open()) return;
    for (;;) {
      const auto got = ::recv(connection.socket.native_handle(), scratch_.data(), scratch_.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return lose(connection);
      connection.in.append(scratch_.data(), static_cast<std::size_t>(got));
      if (!take_reply(index, connection)) return lose(connection);
      if (!ended && static_cast<std::size_t>(got) < scratch_.size()) return;
    }
  }

  // Takes a reply that has arrived whole. False when what came is no reply to what was sent.
  bool take_reply(std::size_t index, Connection& connection) {
    if (connection.expected == 0) {
      const auto end = connection.in.find("\r\n\r\n");
      if (end == std::string::npos) return true;
      const auto head = parse_head(std::string_view(connection.in).substr(0, end + 2));
      if (!head) return false;
      connection.status = head->status;
      connection.head_size = end + 4;
      connection.expected = connection.head_size + head->content_length;
    }
    if (connection.in.size() < connection.expected) return true;
    if (!connection.waiting || connection.in.size() > connection.expected) return false;
    last_reply_ = Clock::now();
    latencies_.push_back(Microseconds(last_reply_ - connection.since).count());
    ++report_.statuses[connection.status];
    if (on_reply_) {
      on_reply_(index, connection.n, connection.status, std::string_view(connection.in).substr(connection.head_size));
    }
    connection.in.clear();
    connection.expected = 0;
    connection.waiting = false;
    --waiting_;
    idle_.push_back(index);
    send_due();
    return true;
  }

  void lose(Connection& connection) {
    if (!connection.waiting) std::erase_if(idle_, [&](std::size_t i) { return &connections_[i] == &connection; });
    if (std::exchange(connection.waiting, false)) --waiting_;
    connection.socket.close();
    --open_;
  }

  LoadReport report() {
    auto report = report_;
    report.answered = latencies_.size();
    report.failed = report.sent - report.answered;
    report.seconds = std::chrono::duration<double>(last_reply_ - begin_).count();
    if (report.answered == 0) return report;
    if (report.seconds > 0) report.per_second = static_cast<double>(report.answered) / report.seconds;
    std::sort(latencies_.begin(), latencies_.end());
    const auto at_percent = [&](std::size_t percent) { return latencies_[(latencies_.size() - 1) * percent / 100]; };
    report.p50 = at_percent(50);
    report.p90 = at_percent(90);
    report.p99 = at_percent(99);
    report.max = latencies_.back();
    return report;
  }

  const LoadOptions& options_;
  const NextRequest& next_;
  const OnReply& on_reply_;
  boost::asio::io_context context_;  // for its sockets only: waiting is epoll's, which costs less a reply
  boost::asio::posix::stream_descriptor epoll_{context_, checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  std::deque<Connection> connections_;
  std::deque<std::size_t> idle_;  // connections free to send, the longest free first
  std::size_t open_;
  std::size_t waiting_ = 0;
  std::vector<char> scratch_ = std::vector<char>(64 * 1024);
  Clock::time_point begin_;
  Clock::time_point end_;
  Clock::time_point last_reply_;
  std::vector<double> latencies_;  // one for each reply
  LoadReport report_;
};

}  // namespace

std::string render(std::string_view method, std::string_view target, const Headers& headers, std::string_view body) {
  auto bytes = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", method, target);
  for (const auto& [name, value] : headers) bytes += fmt::format("{}: {}\r\n", name, value);
  if (!body.empty() || method == "POST") bytes += fmt::format("Content-Length: {}\r\n", body.size());
  bytes += "\r\n";
  return bytes.append(body);
}

LoadReport generate_load(const LoadOptions& options, const NextRequest& next, const OnReply& on_reply) {
  return Load(options, next, on_reply).run();
}

}  // namespace rollcall::http
