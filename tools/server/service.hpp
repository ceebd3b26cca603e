// A whole server in one object: the opened data folder, the writer, the read models, the followers and the interface.
// `rollcall serve` runs one until it is told to stop, the benchmarks run several in their own process.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/http/server.hpp"
#include "adapters/writer/local_commit.hpp"
#include "adapters/writer/writer_thread.hpp"
#include "tools/installation/installation.hpp"
#include "tools/print/progress.hpp"
#include "tools/server/api/operation.hpp"
#include "tools/server/followers/feed.hpp"
#include "tools/server/followers/followers.hpp"
#include "tools/server/followers/mailer.hpp"
#include "tools/server/followers/scrub.hpp"
#include "tools/server/followers/view_host.hpp"
#include "tools/server/publishing.hpp"

namespace rollcall::tools {

struct ServiceOptions {
  std::string data = "data";
  bool create = false;
  bool confirm_clock = false;
  std::string listen = "127.0.0.1:8080";
  std::string log_origin;
  std::string tls_cert, tls_key;
  std::vector<std::string> trusted_proxies;
  std::string link_base;
  std::string smtp_url, smtp_user, smtp_password, mail_from = "rollcall@localhost";
  std::size_t mails_per_second = 50;
  std::string mail_texts;  // folder of texts in place of the built-in ones; empty: none
  std::string mail_language = "en";
  KafkaOptions kafka;
  unsigned io_threads = 2;
  std::size_t max_connections = 1024;
  std::size_t max_body_kib = 1024;
  std::size_t queue = 4096;
  std::size_t requests_per_second = 0;   // of one caller; 0: as many as they like
  std::size_t session_idle_minutes = 0;  // after which a session ends in which nothing is asked; 0: none
  PasswordCost password_cost{};
  std::uint64_t free_floor_mib = 256;
  unsigned shutdown_seconds = 20;
  // No options of the program: tests are in a hurry.
  std::chrono::milliseconds write_timeout = http::ServerOptions{}.write_timeout;
  FeedOptions feed{};
};

// Members stand in the order in which they are made and, reversed, ended.
class Service {
 public:
  // Serves on return. Throws std::runtime_error with a sentence for people when the folder or the address cannot be
  // had. start_crypto() must have been called.
  explicit Service(const ServiceOptions& options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  const http::Server& server() const { return server_; }
  const Installation& installation() const { return installation_; }
  const ViewHost& views() const { return views_; }
  const WriterThread& writer() const { return writer_; }
  const Publishing* publishing() const { return publishing_.get(); }  // null: there is no Kafka

  // Answers what was accepted, then ends everything. Once.
  void stop();

 private:
  InstallationOptions installation_options();
  std::unique_ptr<Publishing> begin_publishing() const;
  WriterOptions writer_options();
  http::ServerOptions server_options() const;
  api::Desk::Surroundings surroundings();
  RebuildStatus check_state(const std::function<void(Position, Position)>& progress);
  void tick();
  void look_for_halts();
  void write_counts(Time over);
  // Of letters that a mail server took; of those in the outbox nothing is told.
  std::function<bool(const RecordMail&)> recorder_of_mails();

  ServiceOptions options_;
  SystemClock clock_;
  http::Listener listener_;  // had before the folder is touched
  std::optional<Progress> replay_;
  Installation installation_;
  std::unique_ptr<Mail> mail_;
  ViewHost views_;
  std::unique_ptr<Publishing> publishing_;
  Feed feed_;
  std::atomic<bool> mailing_started_{false};
  LocalCommit commit_;
  api::PerMinute refusals_;
  WriterThread writer_;
  api::Desk desk_;
  http::Server server_;
  Mailer mailer_;
  ClockWork clock_work_;
  Scrub scrub_;
  api::Desk::Surroundings surroundings_;
  Repeating mailing_;
  std::uint64_t ticks_ = 0;
  Repeating ticking_;
  Repeating scrubbing_;
};

}  // namespace rollcall::tools
