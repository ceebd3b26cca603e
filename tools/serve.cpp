// `rollcall serve`: opens the data folder, starts the writer, the followers and the interface, and ends them in order.
#include <chrono>
#include <csignal>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "adapters/crypto/random.hpp"
#include "adapters/http/server.hpp"
#include "adapters/mail/outbox.hpp"
#include "tools/api.hpp"
#include "tools/followers.hpp"
#include "tools/progress.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct ServeOptions {
  std::string data = "data";
  std::string listen = "127.0.0.1:8080";
  std::string log_origin;
  std::string tls_cert, tls_key;
  std::string link_base;
  std::string smtp_url, smtp_user, smtp_password, mail_from = "rollcall@localhost";
  unsigned io_threads = 1;
  std::size_t max_connections = 1024;
  std::size_t max_body_kib = 1024;
  std::size_t queue = 4096;
  std::uint64_t free_floor_mib = 256;
  unsigned shutdown_seconds = 20;
  bool print_config = false;
};

// Everything between opening the folder and the last answer, in the order in which it is made and, reversed, ended.
class Service {
 public:
  explicit Service(const ServeOptions& options)
      : options_(options),
        installation_(installation_options(), clock_),
        mail_(options.smtp_url.empty()
                  ? open_outbox(installation_.folder().outbox(), options.mail_from)
                  : open_smtp({options.smtp_url, options.smtp_user, options.smtp_password}, options.mail_from)),
        views_(installation_.log(), installation_.keys(), installation_.folder().views(),
               [this](const auto& progress) { return check_state(progress); }),
        writer_(installation_.log(), installation_.keys(), installation_.signer(), installation_.claims(),
                writer_options()),
        api_(installation_, writer_, views_, clock_, {}),
        server_(server_options(), [this](http::Request request) { return api_.handle(std::move(request)); }),
        mailer_(installation_, *mail_, clock_, options.link_base.empty() ? server_.url() : options.link_base,
                installation_.folder().root / "mailer.cursor"),
        clock_work_(installation_, writer_, clock_),
        mailing_("mailer", seconds(30), [this] { mailer_.send_queued(); }),
        ticking_("clock", seconds(1), [this] { tick(); }) {
    api_.observe(server_.counters());
    api_.confirm_clock_with([this] { clock_work_.confirm(); });
    mailing_started_ = true;
  }

  const http::Server& server() const { return server_; }
  const Installation& installation() const { return installation_; }

  void stop() {
    if (!server_.stop(std::chrono::seconds(options_.shutdown_seconds)))
      spdlog::warn("some requests were not answered within {} s", options_.shutdown_seconds);
    ticking_.stop();
    writer_.stop();
    mailing_.stop();
    views_.stop();
  }

 private:
  InstallationOptions installation_options() {
    InstallationOptions options;
    options.folder = options_.data;
    options.origin = options_.log_origin;
    options.replaying = [this](Position done, Position total) {
      if (!replay_) replay_.emplace("replaying decision state", total);
      replay_->update(done);
    };
    return options;
  }

  WriterOptions writer_options() {
    WriterOptions options;
    options.queue_max = options_.queue;
    options.now = [this] { return clock_.now(); };
    options.fresh_seed = random_seed;
    options.on_durable = [this](Position size) {
      views_.wake(size);
      if (mailing_started_) mailing_.wake();
    };
    return options;
  }

  http::ServerOptions server_options() const {
    http::ServerOptions options;
    options.listen = options_.listen;
    options.threads = options_.io_threads;
    options.max_connections = options_.max_connections;
    options.max_body_bytes = options_.max_body_kib * 1024;
    if (!options_.tls_cert.empty()) options.tls = http::Tls{options_.tls_cert, options_.tls_key};
    return options;
  }

  RebuildStatus check_state(const std::function<void(Position, Position)>& progress) {
    const auto present = installation_.log().state();
    const auto replayed =
        replay_state(installation_.log(), installation_.keys(), installation_.claims(), present.size, progress);
    RebuildStatus result;
    result.done = result.total = present.size;
    result.digest_old = present.digest.text();
    result.digest_new = replayed.digest.text();
    result.state = RebuildStatus::State::kept;
    result.note = "decision state equals its replay";
    if (present.digest == replayed.digest) return result;
    result.differences = difference(*present.rows, replayed.rows).named;
    result.note = "decision state differs from its replay: stop the server and run `rollcall verify --repair-state`";
    return result;
  }

  void tick() {
    clock_work_.expire_due();
    for (auto& failed : api_.failed_sign_ins().take(clock_.now())) {
      const auto now = clock_.now();
      Context context{.now = now, .ids = Ids(random_seed(), now)};
      context.caller = Caller::clock();
      context.command = context.ids.next<CommandId>();
      context.correlation = context.command;
      (void)writer_.submit(failed, std::move(context), [](const Answer&) {});
    }
    api_.refuse_work(free_bytes(installation_.folder().root) < options_.free_floor_mib * 1024 * 1024);
    if (++ticks_ % 3600 == 0) mail_->forget_expired(clock_.now());
  }

  ServeOptions options_;
  SystemClock clock_;
  std::optional<Progress> replay_;
  Installation installation_;
  std::unique_ptr<Mail> mail_;
  ViewHost views_;
  std::atomic<bool> mailing_started_{false};
  WriterThread writer_;
  Api api_;
  http::Server server_;
  Mailer mailer_;
  ClockWork clock_work_;
  Repeating mailing_;
  std::uint64_t ticks_ = 0;
  Repeating ticking_;
};

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void serve(const ServeOptions& options) {
  start_crypto();
  spdlog::set_default_logger(spdlog::stderr_color_mt("rollcall"));
  // Signals are waited for from the beginning, so that none falls between start and readiness.
  boost::asio::io_context signals;
  boost::asio::signal_set stop_signals(signals, SIGINT, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);

  Service service(options);
  const auto& folder = service.installation().folder();
  if (service.installation().created()) {
    say(fmt::format("created {}: log {}", folder.root.string(),
                    service.installation().signer().verifying_key().text()));
    say(fmt::format("keys, mode 0600: operator {}, signing {}, wrapping {}", folder.operator_key().string(),
                    folder.signing_key().string(), folder.wrapping_key().string()));
  }
  say(fmt::format("serving {} at {} ({} events)", folder.root.string(), service.server().url(),
                  service.installation().log().size()));

  stop_signals.async_wait([](const boost::system::error_code&, int) {});
  signals.run();
  say("stopping: finishing what was accepted");
  service.stop();
  say("stopped");
}

}  // namespace

void add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  auto* command = app.add_subcommand("serve", "Serve a data folder over HTTP; begins it when it is not there");
  command->set_config("--config", "", "read options from this file (TOML)");
  const auto option = [&](const std::string& name, auto& value, const std::string& environment,
                          const std::string& help) {
    return command->add_option(name, value, help)->envname(environment)->capture_default_str();
  };
  option("--data", options->data, "ROLLCALL_DATA", "the data folder");
  option("--listen", options->listen, "ROLLCALL_LISTEN", "address and port; port 0 takes any free one");
  option("--log-origin", options->log_origin, "ROLLCALL_LOG_ORIGIN",
         "name of a new log; default rollcall.local/<log id>");
  auto* cert = option("--tls-cert", options->tls_cert, "ROLLCALL_TLS_CERT", "certificate chain, PEM");
  auto* key = option("--tls-key", options->tls_key, "ROLLCALL_TLS_KEY", "its private key, PEM");
  cert->needs(key);
  key->needs(cert);
  option("--link-base", options->link_base, "ROLLCALL_LINK_BASE", "where links in mails lead; default this server");
  option("--smtp", options->smtp_url, "ROLLCALL_SMTP", "smtp://host:port; without it mails are files in DATA/outbox");
  option("--smtp-user", options->smtp_user, "ROLLCALL_SMTP_USER", "user at the SMTP server");
  option("--smtp-password", options->smtp_password, "ROLLCALL_SMTP_PASSWORD", "its password");
  option("--mail-from", options->mail_from, "ROLLCALL_MAIL_FROM", "sender of mails");
  option("--io-threads", options->io_threads, "ROLLCALL_IO_THREADS", "threads that do network io")
      ->check(CLI::Range(1, 64));
  option("--max-connections", options->max_connections, "ROLLCALL_MAX_CONNECTIONS", "more are told 503");
  option("--max-body-kib", options->max_body_kib, "ROLLCALL_MAX_BODY_KIB", "larger bodies are told 413");
  option("--queue", options->queue, "ROLLCALL_QUEUE", "commands that may wait; more are told 503");
  option("--free-floor-mib", options->free_floor_mib, "ROLLCALL_FREE_FLOOR_MIB",
         "with less disk free no commands are accepted");
  option("--shutdown-seconds", options->shutdown_seconds, "ROLLCALL_SHUTDOWN_SECONDS", "to finish what was accepted");
  command->add_flag("--print-config", options->print_config, "print the options in force as a config file, and end");
  command->callback([command, options] {
    if (options->print_config) {
      // The password stays where it came from.
      const auto password = std::exchange(options->smtp_password, {});
      fmt::print("{}", command->config_to_str(true, true));
      return;
    }
    serve(*options);
  });
}

}  // namespace rollcall::tools
