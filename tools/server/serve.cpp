// `rollcall serve`: runs a server on a data folder until it is told to stop.
#include <algorithm>
#include <csignal>
#include <initializer_list>
#include <memory>
#include <string_view>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <toml++/toml.h>

#include "adapters/crypto/random.hpp"
#include "adapters/http/endpoint.hpp"
#include "adapters/mail/letter_texts.hpp"
#include "tools/failure.hpp"
#include "tools/print/json_view.hpp"
#include "tools/server/service.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct ServeOptions : ServiceOptions {
  ServeOptions() {
    requests_per_second = 500;
    session_idle_minutes = 120;
  }
  std::string config;
  bool print_config = false;
  bool json = false;
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

// What is printed of them is not what opens a cluster. The names of those that are left out.
std::vector<std::string> forget_secrets(CLI::Option& settings) {
  auto kept = settings.results();
  std::vector<std::string> left_out;
  std::erase_if(kept, [&](const std::string& setting) {
    const auto name = setting.substr(0, setting.find('='));
    const bool secret = name.find("password") != std::string::npos || name.find("secret") != std::string::npos ||
                        name.find("pem") != std::string::npos;
    if (secret) left_out.push_back(name);
    return secret;
  });
  settings.clear();
  for (auto& setting : kept) settings.add_result(std::move(setting));
  return left_out;
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
    // As --print-config writes a list that has nothing in it.
    if (option->get_items_expected_max() > 1 && texts == std::vector<std::string>{""}) continue;
    for (auto& text : texts) option->add_result(std::move(text));
    option->run_callback();
  }
}

// What is neither empty nor cut short nor apt to become something else in a mail's header or a page.
bool plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>'; });
}

bool begins_with_host(std::string_view text, std::initializer_list<std::string_view> schemes) {
  for (const auto scheme : schemes)
    if (text.starts_with(scheme) && text.size() > scheme.size() && text[scheme.size()] != '/')
      return plain(text) && !text.ends_with(':');
  return false;
}

// Wherever a value came from, what would fail later, or lead people astray, is refused by the option's name.
void refuse_absurd(const ServeOptions& options) {
  const auto refuse = [](const char* option, const std::string& why) { throw CLI::ValidationError(option, why); };
  if (options.data.empty()) refuse("--data", "names no folder");
  bool everywhere = false;
  try {
    everywhere = http::parse_endpoint(options.listen).address().is_unspecified();
  } catch (const std::invalid_argument& error) {
    refuse("--listen", error.what());
  }
  try {
    (void)http::Proxies(options.trusted_proxies);
  } catch (const std::invalid_argument& error) {
    refuse("--trusted-proxy", error.what());
  }
  if (options.link_base.empty() && everywhere)
    refuse("--link-base", "is needed: nobody can follow a link to " + options.listen);
  if (!options.link_base.empty() && !begins_with_host(options.link_base, {"https://", "http://"}))
    refuse("--link-base", "must be like https://rollcall.example");
  if (options.link_base.find('?') != std::string::npos) refuse("--link-base", "has paths put behind it: no ?");
  if (!options.smtp_url.empty() && !begins_with_host(options.smtp_url, {"smtp://", "smtps://"}))
    refuse("--smtp", "must be like smtp://relay.example:25 or smtps://relay.example");
  if (options.smtp_user.empty() && !options.smtp_password.empty()) refuse("--smtp-password", "needs --smtp-user");
  try {
    (void)LetterTexts(options.mail_texts);
  } catch (const std::runtime_error& error) {
    refuse("--mail-texts", error.what());
  }
  const auto at = options.mail_from.find('@');
  if (!plain(options.mail_from) || at == 0 || at == std::string::npos || at + 1 == options.mail_from.size() ||
      options.mail_from.find('@', at + 1) != std::string::npos || options.mail_from.size() > 254)
    refuse("--mail-from", "must be an address like rollcall@example.com");
}

// What happens to the server, a line each: for people, or an object for programs.
class Announcer {
 public:
  explicit Announcer(bool as_json) : as_json_(as_json) {}
  void say(const std::string& line, json::object object) const {
    if (as_json_)
      print_json(object);
    else
      fmt::print("{}\n", line);
    std::fflush(stdout);
  }

 private:
  bool as_json_;
};

// What cannot be had now may be had later; what is damaged, missing or of another history needs somebody to look at it.
std::unique_ptr<Service> start(const ServeOptions& options) try {
  return std::make_unique<Service>(options);
} catch (const http::CannotListen& error) {
  throw Failure(error.what(), {}, exit_try_again);
} catch (const FolderInUse& error) {
  throw Failure(error.what(), {}, exit_try_again);
} catch (const StorageCorrupt& error) {
  throw Failure(error.what(), {}, exit_needs_person);
} catch (const StorageError& error) {  // a full disk, no file handles left: it may be better later
  throw Failure(error.what(), {}, exit_try_again);
} catch (const std::exception& error) {
  throw Failure(error.what(), {}, exit_needs_person);
}

void serve(const ServeOptions& options) {
  start_crypto();
  spdlog::set_default_logger(spdlog::stderr_color_mt("rollcall"));
  // Signals are waited for from the beginning, so that none falls between start and readiness.
  boost::asio::io_context signals;
  boost::asio::signal_set stop_signals(signals, SIGINT, SIGTERM, SIGHUP);
  std::signal(SIGPIPE, SIG_IGN);

  auto service = start(options);
  const auto& folder = service->installation().folder();
  const Announcer announcer(options.json);
  if (service->installation().created()) {
    const auto& vkey = service->installation().signer().verifying_key().text();
    announcer.say(
        fmt::format("began a new installation in {}; keep its verifier key, by which its log can be checked:\n  {}\n"
                    "keys, mode 0600: operator {}, signing {}, wrapping {}",
                    folder.root.string(), vkey, folder.operator_key().string(), folder.signing_key().string(),
                    folder.wrapping_key().string()),
        {{"is", "begun"},
         {"folder", folder.root.string()},
         {"vkey", vkey},
         {"operator_key", folder.operator_key().string()},
         {"signing_key", folder.signing_key().string()},
         {"wrapping_key", folder.wrapping_key().string()}});
  }
  const auto size = service->installation().log().size();
  announcer.say(
      fmt::format("serving {} at {} ({} events)", folder.root.string(), service->server().url(), size),
      {{"is", "serving"}, {"folder", folder.root.string()}, {"url", service->server().url()}, {"events", size}});

  stop_signals.async_wait([](const boost::system::error_code&, int) {});
  signals.run();
  announcer.say("stopping: finishing what was accepted", {{"is", "stopping"}});
  service->stop();
  announcer.say("stopped", {{"is", "stopped"}});
}

}  // namespace

void add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  auto* command =
      app.add_subcommand("serve", "Serve a data folder over HTTP; an empty folder begins as a new installation");
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
  command->add_flag("--create", options->create, "make the data folder when it is not there, and begin it")
      ->configurable(false);
  command
      ->add_flag("--confirm-clock", options->confirm_clock,
                 "the clock is right, though the log was written later, or long ago: start at once, and write it down")
      ->configurable(false);
  option("--listen", options->listen, "ROLLCALL_LISTEN", "address and port; port 0 takes any free one");
  option("--log-origin", options->log_origin, "ROLLCALL_LOG_ORIGIN",
         "name of a new log; default rollcall.local/<log id>");
  option("--tls-cert", options->tls_cert, "ROLLCALL_TLS_CERT", "certificate chain, PEM; needs --tls-key");
  option("--tls-key", options->tls_key, "ROLLCALL_TLS_KEY", "its private key, PEM; needs --tls-cert");
  command
      ->add_option("--trusted-proxy", options->trusted_proxies,
                   "a proxy's address or network, whose X-Forwarded-For says who asks; may be given again")
      ->envname("ROLLCALL_TRUSTED_PROXY")
      ->delimiter(' ');
  option("--link-base", options->link_base, "ROLLCALL_LINK_BASE", "where links in mails lead; default this server");
  option("--smtp", options->smtp_url, "ROLLCALL_SMTP", "smtp://host:port; without it mails are files in DATA/outbox");
  option("--smtp-user", options->smtp_user, "ROLLCALL_SMTP_USER", "user at the SMTP server");
  option("--smtp-password", options->smtp_password, "ROLLCALL_SMTP_PASSWORD", "its password");
  option("--mail-from", options->mail_from, "ROLLCALL_MAIL_FROM", "sender of mails");
  option("--mail-texts", options->mail_texts, "ROLLCALL_MAIL_TEXTS",
         "folder with texts of letters in place of the built-in ones, as de.txt; `rollcall mail texts` prints these");
  constexpr auto languages = enum_names(Language{});
  option("--mail-language", options->mail_language, "ROLLCALL_MAIL_LANGUAGE",
         "en, de or es: of letters that are about no account; accounts have a policy of their own")
      ->check(CLI::IsMember(std::vector<std::string>(languages.begin(), languages.end())));
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
  option("--max-connections", options->max_connections, "ROLLCALL_MAX_CONNECTIONS", "more are told 503")
      ->check(CLI::Range(1, 1'000'000));
  option("--max-body-kib", options->max_body_kib, "ROLLCALL_MAX_BODY_KIB", "larger bodies are told 413")
      ->check(CLI::Range(1, 65'536));
  option("--queue", options->queue, "ROLLCALL_QUEUE", "commands that may wait; more are told 503")
      ->check(CLI::Range(1, 1'000'000));
  option("--requests-per-second", options->requests_per_second, "ROLLCALL_REQUESTS_PER_SECOND",
         "of one caller in the long run, twice that at once; more are told 429; 0: as many as they like")
      ->check(CLI::Range(0, 1'000'000));
  option("--session-idle-minutes", options->session_idle_minutes, "ROLLCALL_SESSION_IDLE_MINUTES",
         "after which a session ends in which nothing is asked; 0: it goes on for its 8 hours")
      ->check(CLI::Range(0, 480));
  option("--password-memory-kib", options->password_cost.memory_kib, "ROLLCALL_PASSWORD_MEMORY_KIB",
         "that comparing a password takes (Argon2id); verifiers made at another cost are made anew on the next sign-in")
      ->check(CLI::Range(8, 4 * 1024 * 1024));
  option("--password-passes", options->password_cost.passes, "ROLLCALL_PASSWORD_PASSES", "over that memory")
      ->check(CLI::Range(1, 100));
  option("--free-floor-mib", options->free_floor_mib, "ROLLCALL_FREE_FLOOR_MIB",
         "with less disk free no commands are accepted")
      ->check(CLI::Range(0, 1'000'000'000));
  option("--shutdown-seconds", options->shutdown_seconds, "ROLLCALL_SHUTDOWN_SECONDS", "to finish what was accepted")
      ->check(CLI::Range(0, 3'600));
  command->add_flag("--json", options->json, "say on standard output what happens as JSON, an object a line")
      ->configurable(false);
  command->add_flag("--print-config", options->print_config, "print the options in force as a config file, and end")
      ->configurable(false);
  command->callback([command, options] {
    if (!options->config.empty()) read_config(*command, options->config);
    if (options->tls_cert.empty() && !options->tls_key.empty()) throw CLI::RequiresError("--tls-key", "--tls-cert");
    if (options->tls_key.empty() && !options->tls_cert.empty()) throw CLI::RequiresError("--tls-cert", "--tls-key");
    refuse_absurd(*options);
    try {
      (void)kafka_settings(options->kafka);
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError(error.what());
    }
    if (options->print_config) {
      if (!options->smtp_password.empty())
        fmt::print("# smtp-password is set, and not printed: it stays where it came from\n");
      command->get_option("--smtp-password")->clear();
      for (const auto& setting : forget_secrets(*command->get_option("--kafka-set")))
        fmt::print("# kafka-set {} is set, and not printed likewise\n", setting);
      fmt::print("{}", command->config_to_str(true, true));
      return;
    }
    serve(*options);
  });
}

}  // namespace rollcall::tools
