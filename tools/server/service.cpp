#include "tools/server/service.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include <spdlog/spdlog.h>

#include "adapters/crypto/random.hpp"
#include "adapters/mail/outbox.hpp"
#include "tools/installation/own_context.hpp"
#include "tools/installation/scratch.hpp"
#include "tools/installation/state_replay.hpp"

namespace rollcall::tools {
namespace {

// Refusals of one person within a minute that are told one by one. What is more is counted: evidence that somebody
// tries things, and no way to fill the log.
constexpr std::uint32_t refusals_told_max = 20;

}  // namespace

Service::Service(const ServiceOptions& options)
    : options_(options),
      listener_(server_options()),
      installation_(installation_options(), clock_),
      mail_(options.smtp_url.empty()
                ? open_outbox(installation_.folder().outbox(), options.mail_from)
                : open_smtp({options.smtp_url, options.smtp_user, options.smtp_password}, options.mail_from)),
      views_(installation_.log(), installation_.keys(), installation_.folder().views(),
             [this](const auto& progress) { return check_state(progress); }),
      publishing_(begin_publishing()),
      feed_(installation_.log(), installation_.keys(), installation_.signer().verifying_key().name(), options.feed),
      commit_(installation_.log(), installation_.signer()),
      writer_(installation_.log(), commit_, installation_.keys(), installation_.claims(), writer_options()),
      desk_(installation_, writer_, views_, feed_, clock_,
            {.password_cost = options.password_cost,
             .hashing = {.threads = std::max(1U, std::thread::hardware_concurrency() / 2)},
             .requests_per_second = options.requests_per_second,
             .session_idle = minutes(static_cast<std::int64_t>(options.session_idle_minutes))}),
      server_(std::move(listener_), server_options(),
              [this](http::Request request) { return api::answer(desk_, std::move(request)); }),
      mailer_(installation_, *mail_, clock_,
              {.letters = {options.link_base.empty() ? server_.url() : options.link_base,
                           LetterTexts(options.mail_texts), value_named<Language>(options.mail_language).value()},
               .cursor_file = installation_.folder().mailer_cursor(),
               .parked_file = installation_.folder().mailer_parked(),
               .mails_per_second = options.mails_per_second,
               .record = recorder_of_mails()}),
      clock_work_(installation_, writer_, clock_),
      scrub_(installation_.log()),
      surroundings_(surroundings()),
      mailing_("mailer", seconds(1),
               [this] {
                 // What becomes of a letter is written down, and nothing is while commands are stopped.
                 if (options_.smtp_url.empty() || !desk_.halted()) mailer_.send_queued();
               }),
      ticking_("clock", seconds(1), [this] { tick(); }),
      scrubbing_("scrub", seconds(1), [this] {
        scrub_.step();
        if (scrub_.damage()) look_for_halts();  // at once, and not with the next second
      }) {
  look_for_halts();
  writer_.hold_work(desk_.halted().has_value());
  desk_.begin(surroundings_);
  mailing_started_ = true;
}

void Service::stop() {
  desk_.drain();
  if (!server_.stop(std::chrono::seconds(options_.shutdown_seconds)))
    spdlog::warn("some requests were not answered within {} s", options_.shutdown_seconds);
  desk_.finish();
  ticking_.stop();
  if (!desk_.halted()) write_counts(clock_.now() + minutes(1));  // those of this minute, too
  scrubbing_.stop();
  feed_.stop();
  mailer_.stop();
  mailing_.stop();
  writer_.stop();
  if (publishing_) publishing_->publisher().stop();
  views_.stop();
  // At rest nothing depends on the write-ahead log, the end of which may be rot and look like a torn write.
  installation_.log().flush();
}

api::Desk::Surroundings Service::surroundings() {
  const auto behind = [this](Position applied) {
    const auto size = installation_.log().size();
    return size - std::min(size, applied);
  };
  api::Desk::Surroundings around{server_.counters(), {}, [this] { clock_work_.confirm(); }};
  around.followers.emplace_back([this, behind](auto& all) {
    for (const auto& view : views_.status()) {
      const auto& done = view.progress;
      FollowerReport report{std::string{view.name}, done.applied, behind(done.applied)};
      report.rows = done.digest.rows;
      report.digest = done.digest.text();
      report.version = done.version;
      if (view.stop) report.stopped = FollowerStop{view.stop->position, view.stop->reason};
      all.push_back(std::move(report));
    }
  });
  around.followers.emplace_back([this, behind](auto& all) {
    const auto cursor = mailer_.cursor();
    FollowerReport report{"mailer", cursor, behind(cursor)};
    constexpr std::size_t shown = 20;
    auto letters = mailer_.parked();
    report.parked = Parked{letters.size(), {}};
    letters.resize(std::min(letters.size(), shown));
    report.parked->letters = std::move(letters);
    if (auto trouble = mailing_.trouble(); !trouble.empty()) report.trouble = std::move(trouble);
    all.push_back(std::move(report));
  });
  around.followers.emplace_back([this, behind](auto& all) {
    FollowerReport report{"scrub", scrub_.checked(), behind(scrub_.checked())};
    report.stopped = scrub_.damage();
    all.push_back(std::move(report));
  });
  if (publishing_) {
    around.publisher = [this] { return publishing_->report(installation_.log(), clock_.now()); };
    around.followers.emplace_back([this](auto& all) {
      const auto published = publishing_->report(installation_.log(), clock_.now());
      FollowerReport report{"kafka", published.published, published.lag_events};
      if (const auto& stop = published.stopped) report.stopped = FollowerStop{stop->position, stop->reason};
      report.lag_seconds = published.lag_seconds;
      all.push_back(std::move(report));
    });
  }
  return around;
}

std::unique_ptr<Publishing> Service::begin_publishing() const {
  if (options_.kafka.brokers.empty()) return nullptr;
  auto publishing = std::make_unique<Publishing>(installation_, options_.kafka);
  publishing->wait_until_compared(std::chrono::seconds(10));
  return publishing;
}

InstallationOptions Service::installation_options() {
  InstallationOptions options;
  options.folder = options_.data;
  options.create = options_.create;
  options.confirm_clock = options_.confirm_clock;
  options.origin = options_.log_origin;
  options.replaying = [this](Position done, Position total) {
    if (!replay_) replay_.emplace("replaying decision state", total);
    replay_->update(done);
  };
  return options;
}

WriterOptions Service::writer_options() {
  WriterOptions options;
  options.tells_refusal = [this](const PersonId& person, Time now) {
    return refusals_.count(person, now) <= refusals_told_max;
  };
  options.queue_max = options_.queue;
  options.now = [this] { return clock_.now(); };
  options.fresh_seed = random_seed;
  options.on_durable = [this](Position size) {
    views_.wake(size);
    if (publishing_) publishing_->publisher().wake();
    feed_.wake();
    if (mailing_started_) mailing_.wake();
  };
  return options;
}

http::ServerOptions Service::server_options() const {
  http::ServerOptions options;
  options.listen = options_.listen;
  options.threads = options_.io_threads;
  options.max_connections = options_.max_connections;
  options.write_timeout = options_.write_timeout;
  options.max_body_bytes = options_.max_body_kib * 1024;
  options.proxies = http::Proxies(options_.trusted_proxies);
  if (!options_.tls_cert.empty()) options.tls = http::Tls{options_.tls_cert, options_.tls_key};
  return options;
}

RebuildStatus Service::check_state(const std::function<void(Position, Position)>& progress) {
  const auto present = installation_.log().state();
  const Scratch scratch(installation_.folder().checking());
  StateReplay replay(scratch / "state");
  replay.run(installation_.log(), installation_.keys(), installation_.claims(), present.size, progress);
  const auto replayed = replay.state();
  RebuildStatus result;
  result.done = result.total = present.size;
  result.digest_old = present.digest.text();
  result.digest_new = replayed.progress.digest.text();
  result.state = RebuildStatus::State::equal;
  if (present.digest == replayed.progress.digest) return result;
  result.state = RebuildStatus::State::kept;
  result.differences = first_differences(*present.rows, *replayed.rows);
  result.note = "decision state differs from its replay: stop the server and run `rollcall verify --repair-state`";
  return result;
}

void Service::tick() {
  look_for_halts();
  // Where people may change nothing, nothing changes by itself.
  const bool halted = desk_.halted().has_value();
  writer_.hold_work(halted);
  if (!halted) {
    clock_work_.expire_due();
    write_counts(clock_.now());
  }
  if (++ticks_ % 3600 == 0) mail_->forget_expired(clock_.now());
}

void Service::look_for_halts() {
  const auto when = [this](bool so, std::string_view code, auto&& why) {
    desk_.halt(code, so ? std::optional<std::string>{why()} : std::nullopt);
  };
  when(free_bytes(installation_.folder().root) < options_.free_floor_mib * 1024 * 1024, "storage_low",
       [] { return "the disk is nearly full"; });
  when(clock_work_.looks_wrong(), "clock_uncertain", [] {
    return "the clock jumped by more than an hour: set it, or say that it is right: rollcall do ConfirmClock";
  });
  const auto damage = scrub_.damage();
  const auto met = installation_.log().damage();  // by whoever read the log or its state meanwhile
  when(damage || met, "log_damaged",
       [&] { return damage ? "event " + std::to_string(damage->position) + " of the log: " + damage->reason : *met; });
  const auto fork = publishing_ ? publishing_->fork() : std::nullopt;
  when(fork.has_value(), "behind_topic", [&] { return "this log is not that of the topic: " + *fork; });
}

std::function<bool(const RecordMail&)> Service::recorder_of_mails() {
  if (options_.smtp_url.empty()) return {};
  return [this](const RecordMail& told) {
    std::promise<bool> durable;
    const bool taken = writer_.submit(told, own_context(clock_), [&](const Answer& answer) {
      durable.set_value(std::holds_alternative<std::vector<Recorded>>(answer.outcome));
    });
    return taken && durable.get_future().get();
  };
}

// What was counted in minutes that are over at this time.
void Service::write_counts(Time over) {
  const auto write = [this](const Command& command) {
    (void)writer_.submit(command, own_context(clock_), [](const Answer&) {});
  };
  const bool all = over > clock_.now();
  for (const auto& use : desk_.key_uses().take(clock_.now(), all)) write(use);
  // Not each second: it looks through all of them.
  if (ticks_ % 15 == 0)
    if (auto idle = desk_.session_uses().take_idle(clock_.now(), sessions_per_event_max); !idle.empty())
      write(EndIdleSessions{std::move(idle)});
  for (const auto& failed : desk_.failed_sign_ins().take(over))
    write(RecordFailedSignIns{failed.person, failed.minute, failed.count});
  for (const auto& refused : refusals_.take(over))
    if (refused.count > refusals_told_max)
      write(RecordRefusals{refused.person, refused.minute, refused.count - refusals_told_max});
}

}  // namespace rollcall::tools
