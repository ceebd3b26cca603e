#include "adapters/http/server.hpp"

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <fmt/chrono.h>
#include <pthread.h>

#include "adapters/http/endpoint.hpp"
#include "adapters/http/session.hpp"

namespace rollcall::http {

namespace {

using net::ip::tcp;
using error_code = boost::system::error_code;

// Connections over the limit that are told so; more than these at a time are closed without a word.
constexpr std::size_t max_refusals = 64;

// Left to a peer to take the piece that a stop found on its way.
constexpr std::chrono::seconds stream_grace{1};

// Deadlines are looked at this often: late by a quarter of the shortest timeout at most.
Clock::duration tick(const ServerOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout, options.write_timeout});
  return std::clamp<Clock::duration>(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

std::optional<net::ssl::context> tls_context(const std::optional<Tls>& tls) {
  if (!tls) return std::nullopt;
  net::ssl::context context(net::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  error_code ec;
  context.use_certificate_chain_file(tls->certificate.string(), ec);
  if (ec) throw std::runtime_error("cannot use certificate " + tls->certificate.string() + ": " + ec.message());
  context.use_private_key_file(tls->key.string(), net::ssl::context::pem, ec);
  if (ec) throw std::runtime_error("cannot use private key " + tls->key.string() + ": " + ec.message());
  return context;
}

void log_failure(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    spdlog::error("a connection ended by an error: {}", e.what());
  }
}

}  // namespace

struct Listener::Held {
  net::io_context context{1};
  tcp::acceptor acceptor{context};
  std::optional<net::ssl::context> tls;
};

Listener::Listener(const ServerOptions& options) : held_(std::make_unique<Held>()) {
  held_->tls = tls_context(options.tls);
  const auto endpoint = parse_endpoint(options.listen);
  auto& acceptor = held_->acceptor;
  try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
  } catch (const boost::system::system_error& e) {
    throw CannotListen("cannot listen on " + options.listen + ": " + e.code().message());
  }
}
Listener::~Listener() = default;
Listener::Listener(Listener&&) noexcept = default;

class Server::Machinery {
 public:
  Machinery(Listener::Held& had, const ServerOptions& options, Handler handler)
      : options_(options), handler_(std::move(handler)), tls_(std::move(had.tls)) {
    for (unsigned i = 0; i < std::max(1u, options.threads); ++i) {
      workers_.push_back(std::make_unique<Worker>(options_, handler_, counters_, draining_));
    }
    const auto endpoint = had.acceptor.local_endpoint();
    port_ = endpoint.port();
    acceptor_.emplace(workers_.front()->context, endpoint.protocol(), had.acceptor.release());
    net::co_spawn(workers_.front()->context, accept(), log_failure);
    for (auto& worker : workers_) {
      net::co_spawn(worker->context, keep_time(*worker), log_failure);
      worker->thread = std::thread([&context = worker->context] {
        ::pthread_setname_np(::pthread_self(), "http");
        context.run();
      });
    }
  }

  ~Machinery() { stop(std::chrono::milliseconds(0)); }

  bool stop(std::chrono::milliseconds deadline) {
    std::unique_lock stopping(stopping_);
    if (stopped_) return counters_.open == 0;
    draining_ = true;
    net::post(workers_.front()->context, [this] {
      error_code ec;
      acceptor_->close(ec);
    });
    for (auto& worker : workers_) {
      net::post(worker->context, [&connections = worker->connections] {
        for (auto& connection : connections) {
          if (connection.idle) cancel(connection);
          if (connection.sending) end_stream(connection);
        }
      });
    }
    std::unique_lock lock(drained_mutex_);
    const bool drained = drained_.wait_for(lock, deadline, [this] { return counters_.open == 0; });
    lock.unlock();
    for (auto& worker : workers_) worker->context.stop();
    for (auto& worker : workers_) worker->thread.join();
    error_code ignored;
    for (auto& worker : workers_) {
      for (auto& connection : worker->connections)
        connection.socket->close(ignored);  // late ones: nobody is to wait for them
    }
    stopped_ = true;
    return drained;
  }

  std::uint16_t port() const { return port_; }
  std::string url() const {
    return fmt::format("{}://{}:{}", tls_ ? "https" : "http", options_.listen.substr(0, options_.listen.rfind(':')),
                       port_);
  }
  const Counters& counters() const { return counters_; }

 private:
  struct Release {
    void operator()(Machinery* machinery) const { machinery->release(); }
  };
  using Slot = std::unique_ptr<Machinery, Release>;  // held by a connection as long as it is open

  void release() {
    std::lock_guard lock(drained_mutex_);
    if (--counters_.open == 0) drained_.notify_all();
  }

  net::awaitable<void> accept() {
    for (std::size_t turn = 0;; ++turn) {
      auto& worker = *workers_[turn % workers_.size()];
      Socket socket(worker.context);
      error_code ec;
      co_await acceptor_->async_accept(socket, net::redirect_error(net::use_awaitable, ec));
      if (!acceptor_->is_open()) co_return;
      if (ec) {  // most likely out of file descriptors: connections have to end before it gets better
        spdlog::error("cannot accept a connection: {}", ec.message());
        net::steady_timer pause(workers_.front()->context, std::chrono::milliseconds(100));
        co_await pause.async_wait(net::use_awaitable);
        continue;
      }
      ++counters_.accepted;
      const auto open = ++counters_.open;
      Slot slot(this);
      const bool refused = open > options_.max_connections;
      if (refused) ++counters_.refused;
      if (open > options_.max_connections + max_refusals) continue;
      socket.set_option(tcp::no_delay(true), ec);
      net::co_spawn(worker.context, serve(std::move(socket), worker, std::move(slot), refused), log_failure);
    }
  }

  net::awaitable<void> serve(Socket socket, Worker& worker, [[maybe_unused]] Slot slot, bool refused) {
    if (tls_) {
      Session<TlsStream> session(TlsStream(std::move(socket), *tls_), worker);
      co_await session.run(refused);
    } else {
      Session<Socket> session(std::move(socket), worker);
      co_await session.run(refused);
    }
  }

  // One timer for all deadlines of a worker: setting one is a store.
  net::awaitable<void> keep_time(Worker& worker) {
    std::time_t dated = 0;
    for (;;) {
      if (const auto now = std::time(nullptr); now != std::exchange(dated, now)) {
        worker.date = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(now));
      }
      for (auto& connection : worker.connections) {
        if (connection.deadline > Clock::now()) continue;
        connection.expired = true;
        cancel(connection);
      }
      worker.clock.expires_after(tick(options_));
      co_await worker.clock.async_wait(net::use_awaitable);
    }
  }

  // What it is writing may still be taken, but nobody waits long for that.
  static void end_stream(Watched& connection) {
    connection.sending->end(StreamEnd::draining);
    connection.deadline = std::min(connection.deadline, Clock::now() + stream_grace);
  }

  static void cancel(Watched& connection) {
    error_code ignored;
    connection.socket->cancel(ignored);
  }

  const ServerOptions options_;
  const Handler handler_;
  std::optional<net::ssl::context> tls_;
  Counters counters_;
  std::atomic<bool> draining_{false};
  std::mutex drained_mutex_;
  std::condition_variable drained_;  // notified when the last connection is gone
  std::mutex stopping_;              // guards stopped_
  bool stopped_ = false;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;  // destroys what connections are left, hence after all they use
  std::optional<net::basic_socket_acceptor<tcp, net::io_context::executor_type>> acceptor_;  // on the first worker
};

Server::Server(Listener listener, const ServerOptions& options, Handler handler)
    : machinery_(std::make_unique<Machinery>(*listener.held_, options, std::move(handler))) {}
Server::~Server() = default;
std::uint16_t Server::port() const { return machinery_->port(); }
std::string Server::url() const { return machinery_->url(); }
const Counters& Server::counters() const { return machinery_->counters(); }
bool Server::stop(std::chrono::milliseconds deadline) { return machinery_->stop(deadline); }

}  // namespace rollcall::http
