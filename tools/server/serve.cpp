// `rollcall serve`: runs a server on a data folder until it is told to stop.
#include <csignal>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <toml++/toml.h>

#include "adapters/crypto/random.hpp"
#include "tools/server/service.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct ServeOptions : ServiceOptions {
  std::string config;
  bool print_config = false;
};

// The value's texts: several of a list, none of what an option cannot be.
std::vector<std::string> texts_of(const toml::node& value) {
  if (const auto* number = value.as_integer()) return {std::to_string(number->get())};
  if (auto text = value.value_exact<std::string>()) return {std::move(*text)};
  std::vector<std::string> texts;
  if (const auto* list = value.as_array())
    for (const auto& element : *list)
      if (auto text = element.value_exact<std::string>()) texts.push_back(std::move(*text));
  return texts;
}

// What is printed of them is not what opens a cluster.
void forget_secrets(CLI::Option& settings) {
  auto kept = settings.results();
  std::erase_if(kept, [](const std::string& setting) {
    const auto name = setting.substr(0, setting.find('='));
    return name.find("password") != std::string::npos || name.find("secret") != std::string::npos ||
           name.find("pem") != std::string::npos;
  });
  settings.clear();
  for (auto& setting : kept) settings.add_result(std::move(setting));
}

// Takes from a file what neither an option nor the environment says: CLI11 reads such files only for a whole program,
// and cuts values at a #. Throws CLI::ParseError.
void read_config(CLI::App& command, const std::string& file) {
  toml::table settings;
  try {
    settings = toml::parse_file(file);
  } catch (const toml::parse_error& error) {
    throw CLI::ConfigError(fmt::format("{}, line {}: {}", file, error.source().begin.line, error.description()));
  }
  for (const auto& [key, value] : settings) {
    const std::string name{key.str()};
    if (value.is_table()) throw CLI::ConfigError(fmt::format("{}: there is no section {}", file, name));
    auto* option = command.get_option_no_throw("--" + name);
    if (option == nullptr || !option->get_configurable())
      throw CLI::ConfigError(fmt::format("{}: there is no option {}", file, name));
    auto texts = texts_of(value);
    if (texts.empty() || (texts.size() > 1 && option->get_items_expected_max() == 1))
      throw CLI::ConfigError(fmt::format("{}: {} has to be a text or a whole number", file, name));
    if (!option->empty()) continue;
    for (auto& text : texts) option->add_result(std::move(text));
    option->run_callback();
  }
}

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
  command
      ->add_option("--config", options->config,
                   "read options from this file (TOML); the command line and the environment go first")
      ->envname("ROLLCALL_CONFIG")
      ->configurable(false)
      ->check(CLI::ExistingFile);
  const auto option = [&](const std::string& name, auto& value, const std::string& environment,
                          const std::string& help) {
    return command->add_option(name, value, help)->envname(environment)->capture_default_str();
  };
  option("--data", options->data, "ROLLCALL_DATA", "the data folder");
  option("--listen", options->listen, "ROLLCALL_LISTEN", "address and port; port 0 takes any free one");
  option("--log-origin", options->log_origin, "ROLLCALL_LOG_ORIGIN",
         "name of a new log; default rollcall.local/<log id>");
  option("--tls-cert", options->tls_cert, "ROLLCALL_TLS_CERT", "certificate chain, PEM; needs --tls-key");
  option("--tls-key", options->tls_key, "ROLLCALL_TLS_KEY", "its private key, PEM; needs --tls-cert");
  option("--link-base", options->link_base, "ROLLCALL_LINK_BASE", "where links in mails lead; default this server");
  option("--smtp", options->smtp_url, "ROLLCALL_SMTP", "smtp://host:port; without it mails are files in DATA/outbox");
  option("--smtp-user", options->smtp_user, "ROLLCALL_SMTP_USER", "user at the SMTP server");
  option("--smtp-password", options->smtp_password, "ROLLCALL_SMTP_PASSWORD", "its password");
  option("--mail-from", options->mail_from, "ROLLCALL_MAIL_FROM", "sender of mails");
  option("--mails-per-second", options->mails_per_second, "ROLLCALL_MAILS_PER_SECOND",
         "in the long run; 500 may go at once")
      ->check(CLI::Range(1, 100'000));
  option("--kafka", options->kafka.brokers, "ROLLCALL_KAFKA",
         "host:port,… of Kafka brokers to publish every event to; none: nothing is published");
  add_topic_options(*command, options->kafka);
  option("--kafka-partitions", options->kafka.topics.partitions, "ROLLCALL_KAFKA_PARTITIONS",
         "of topics that are not there yet")
      ->check(CLI::Range(1, 1'000));
  option("--io-threads", options->io_threads, "ROLLCALL_IO_THREADS", "threads that do network io")
      ->check(CLI::Range(1, 64));
  option("--max-connections", options->max_connections, "ROLLCALL_MAX_CONNECTIONS", "more are told 503");
  option("--max-body-kib", options->max_body_kib, "ROLLCALL_MAX_BODY_KIB", "larger bodies are told 413");
  option("--queue", options->queue, "ROLLCALL_QUEUE", "commands that may wait; more are told 503");
  option("--free-floor-mib", options->free_floor_mib, "ROLLCALL_FREE_FLOOR_MIB",
         "with less disk free no commands are accepted");
  option("--shutdown-seconds", options->shutdown_seconds, "ROLLCALL_SHUTDOWN_SECONDS", "to finish what was accepted");
  command->add_flag("--print-config", options->print_config, "print the options in force as a config file, and end")
      ->configurable(false);
  command->callback([command, options] {
    if (!options->config.empty()) read_config(*command, options->config);
    if (options->tls_cert.empty() && !options->tls_key.empty()) throw CLI::RequiresError("--tls-key", "--tls-cert");
    if (options->tls_key.empty() && !options->tls_cert.empty()) throw CLI::RequiresError("--tls-cert", "--tls-key");
    try {
      (void)kafka_settings(options->kafka);
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError(error.what());
    }
    if (options->print_config) {
      command->get_option("--smtp-password")->clear();  // it stays where it came from
      forget_secrets(*command->get_option("--kafka-set"));
      fmt::print("{}", command->config_to_str(true, true));
      return;
    }
    serve(*options);
  });
}

}  // namespace rollcall::tools
