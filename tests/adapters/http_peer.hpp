// Peers of the server that tests play by hand: bytes as they are, streams that are watched, a log that is caught, a
// certificate that is made up.
#pragma once

#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "adapters/http/client.hpp"
#include "adapters/http/echo.hpp"
#include "adapters/http/load.hpp"
#include "adapters/http/stream.hpp"
#include "tests/adapters/http_fixture.hpp"

namespace rollcall::testing {

using namespace std::chrono_literals;
using namespace std::string_literals;
using boost::asio::ip::tcp;

// A client that sends whatever bytes it is told to and shows the bytes that come back.
class Peer {
 public:
  explicit Peer(const http::Server& server) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), server.port()});
    socket_.set_option(tcp::no_delay(true));
    const timeval patience{20, 0};
    REQUIRE(::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  }

  void send(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }

  // Up to and with `end`.
  std::string read_until(std::string_view end) {
    while (read_.find(end) == read_.npos) REQUIRE(read_more());
    return take(read_.find(end) + end.size());
  }

  // One response with a Content-Length, head and body.
  std::string read_reply() {
    auto head = read_until("\r\n\r\n");
    const auto length = head.find("Content-Length: ");
    if (length == head.npos) return head;
    const auto size = std::stoul(head.substr(length + 16));
    while (read_.size() < size) REQUIRE(read_more());
    return head + take(size);
  }

  // All there is until the server closes.
  std::string read_to_end() {
    while (read_more()) {
    }
    return take(read_.size());
  }

  std::string ask(std::string_view request) {
    send(request);
    return read_reply();
  }

  void close() { socket_.close(); }

 private:
  bool read_more() {
    char bytes[4096];
    const auto got = ::recv(socket_.native_handle(), bytes, sizeof bytes, 0);
    if (got < 0) FAIL("the server neither answers nor closes");
    read_.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  std::string take(std::size_t size) {
    auto taken = read_.substr(0, size);
    read_.erase(0, size);
    return taken;
  }

  boost::asio::io_context context_;
  tcp::socket socket_{context_};
  std::string read_;
};

inline std::string body_of(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }

inline std::string code_of(const std::string& reply) {
  return std::string(boost::json::parse(body_of(reply)).at("code").as_string());
}

inline boost::asio::awaitable<http::Response> describe(http::Request request) {
  std::string text = request.method + " " + request.target + " from " + request.remote_ip;
  for (const auto& [name, value] : request.headers) text += "\n" + name + "=" + value;
  co_return http::Response{200, "text/plain", {}, text + "\n" + request.body};
}

inline boost::asio::awaitable<http::Response> fail(http::Request request) {
  if (request.path[0] == "split") co_return http::Response{200, "text/plain", {{"X", "a\r\nSet-Cookie: b"}}, ""};
  throw std::runtime_error("the disk is gone");
}

constexpr std::string_view get = "GET /hello HTTP/1.1\r\nHost: here\r\n\r\n";

// A stream whose pieces the test gives, from its own thread.
class Tap final : public http::Stream {
 public:
  void give(std::string piece) {
    const std::lock_guard lock(mutex_);
    pieces_.push_back(std::move(piece));
  }
  void give_for_ever(std::string piece) {
    const std::lock_guard lock(mutex_);
    always_ = std::move(piece);
  }
  void close() { closed_ = true; }
  void break_off() { broken_ = true; }
  std::optional<http::StreamEnd> ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

  boost::asio::awaitable<std::optional<std::string>> next() override {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
      if (auto piece = take()) co_return piece;
      if (broken_) throw std::runtime_error("the well is dry");
      if (closed_ || ended()) co_return std::nullopt;
      timer.expires_after(1ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }
  void end(http::StreamEnd why) override {
    const std::lock_guard lock(mutex_);
    ended_ = why;
  }

 private:
  std::optional<std::string> take() {
    const std::lock_guard lock(mutex_);
    if (ended_ || pieces_.empty()) return ended_ ? std::nullopt : always_;
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    return piece;
  }

  std::atomic<bool> closed_{false}, broken_{false};
  mutable std::mutex mutex_;
  std::deque<std::string> pieces_;
  std::optional<std::string> always_;
  std::optional<http::StreamEnd> ended_;
};

// A handler that answers with streams, and the streams in the order of the requests.
class Taps {
 public:
  http::Handler handler() {
    return [this](http::Request) { return open(); };
  }
  Tap& at(std::size_t i) {
    eventually([&] {
      const std::lock_guard lock(mutex_);
      return taps_.size() > i;
    });
    const std::lock_guard lock(mutex_);
    return *taps_[i];
  }

 private:
  boost::asio::awaitable<http::Response> open() {
    http::Response response;
    response.content_type = "text/plain";
    const auto tap = std::make_shared<Tap>();
    response.stream = tap;
    const std::lock_guard lock(mutex_);
    taps_.push_back(tap);
    co_return response;
  }

  std::mutex mutex_;
  std::vector<std::shared_ptr<Tap>> taps_;
};

inline std::string post(std::string_view body) { return http::render("POST", "/", {}, body); }

// The default logger writes here as long as this lives.
class CapturedLog {
 public:
  CapturedLog() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink_)); }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::sinks::ostream_sink_mt> sink_ = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_, true);
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

// A self-signed certificate for 127.0.0.1 with its key, in a folder of its own.
class Certificate {
 public:
  Certificate() {
    auto pattern = (std::filesystem::temp_directory_path() / "rollcall-tls-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* name = X509_get_subject_name(certificate.get());
    const auto* common_name = reinterpret_cast<const unsigned char*>("rollcall test");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> alternative(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"), &X509_EXTENSION_free);
    X509_add_ext(certificate.get(), alternative.get(), -1);
    REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    write(file(), [&](std::FILE* out) { return PEM_write_X509(out, certificate.get()); });
    write(key_file(),
          [&](std::FILE* out) { return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }
  ~Certificate() { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "certificate.pem"; }
  std::filesystem::path key_file() const { return folder_ / "key.pem"; }

 private:
  static void write(const std::filesystem::path& path, const std::function<int(std::FILE*)>& content) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(path.c_str(), "w"), &std::fclose);
    REQUIRE(out);
    REQUIRE(content(out.get()) == 1);
  }

  std::filesystem::path folder_;
};

}  // namespace rollcall::testing
