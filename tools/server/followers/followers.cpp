#include "tools/server/followers/followers.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include "adapters/crypto/random.hpp"

namespace rollcall {
namespace {

constexpr Duration jump_max = hours(1);
constexpr std::size_t due_at_once = 256;

}  // namespace

void let_commands_go_first() {
  constexpr int niceness = 10;
  if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness) != 0)
    spdlog::warn("a follower runs with the priority of commands: {}", std::strerror(errno));
}

// ---- Repeating ----------------------------------------------------------------------------------------------------

Repeating::Repeating(std::string name, Duration every, std::function<void()> step)
    : name_(std::move(name)), every_(every), thread_([this, step = std::move(step)] { run(step); }) {}

Repeating::~Repeating() { stop(); }

void Repeating::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  if (idle_) wake_.notify_one();
}

void Repeating::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

std::string Repeating::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Repeating::run(const std::function<void()>& step) {
  // Under load one step does for many a wake, and none of them costs who wakes it anything.
  constexpr std::chrono::milliseconds rest{20};
  ::pthread_setname_np(::pthread_self(), name_.c_str());
  let_commands_go_first();
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, rest, [&] { return stopping_; });
      idle_ = true;
      wake_.wait_for(lock, std::chrono::microseconds(every_.micros), [&] { return woken_ || stopping_; });
      idle_ = false;
      if (stopping_) return;
      woken_ = false;
    }
    std::string trouble;
    try {
      step();
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    const std::lock_guard lock(mutex_);
    if (!trouble.empty() && trouble != trouble_) spdlog::warn("{}: {}", name_, trouble);
    trouble_ = std::move(trouble);
  }
}

// ---- CursorFile ---------------------------------------------------------------------------------------------------

CursorFile::~CursorFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Position CursorFile::read() const {
  if (!std::filesystem::exists(file_)) return 0;
  std::ifstream in(file_, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.empty()) return 0;  // made, and ended before the first position was written
  if (text.ends_with('\n')) text.pop_back();
  Position position = 0;
  const auto* const end = text.data() + text.size();
  if (const auto [stopped, error] = std::from_chars(text.data(), end, position); error != std::errc{} || stopped != end)
    throw std::runtime_error(
        fmt::format("{} holds no position of the log: write there up to which event mails were "
                    "sent, or 0 to send all of them again",
                    file_.string()));
  return position;
}

void CursorFile::keep(Position position) {
  const bool made = descriptor_ < 0 && !std::filesystem::exists(file_);
  if (descriptor_ < 0) descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const auto text = fmt::format("{:020}\n", position);  // of one length: what was there is written over
  if (descriptor_ < 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      (made && ::fsync(descriptor_) != 0))
    throw std::runtime_error(fmt::format("{} cannot be written: {}", file_.string(), std::strerror(errno)));
}

// ---- Mailer -------------------------------------------------------------------------------------------------------

Mailer::Mailer(const Installation& installation, Mail& mail, const Clock& clock, MailerOptions options)
    : installation_(installation),
      mail_(mail),
      clock_(clock),
      options_(std::move(options)),
      cursor_file_(options_.cursor_file),
      allowed_(static_cast<double>(options_.mails_at_once)),
      refilled_(clock.monotonic()),
      cursor_(cursor_file_.read()) {}

void Mailer::send_queued() {
  refill();
  if (allowed_ < 1) return;
  const auto from = cursor_.load();
  auto sent = from;
  std::optional<LogReader::State> state;  // taken behind the first mail, so it knows the accounts of all of them
  installation_.log().read(from, [&](Position position, std::string_view entry) {
    const auto type = peek_entry(entry).type;
    if (type == InvitationMailQueued::type || type == SetupLinkIssued::type) {
      if (allowed_ < 1) return false;
      if (!state) state = installation_.log().state();
      const auto letter = letter_for(decode_entry(entry, &installation_.keys()), *state->rows);
      if (letter) {
        allowed_ -= 1;
        try {
          mail_.send(*letter);
        } catch (const MailRefused& refused) {  // those behind it must not wait for ever
          spdlog::warn("mail {} is not sent: {}", letter->name, refused.what());
        }
      }
    }
    sent = position + 1;
    cursor_ = sent;
    return true;
  });
  if (sent != from) cursor_file_.keep(sent);
}

void Mailer::refill() {
  const auto now = clock_.monotonic();
  const auto seconds = static_cast<double>((now.micros - refilled_.micros)) / 1e6;
  allowed_ = std::min(allowed_ + seconds * static_cast<double>(options_.mails_per_second),
                      static_cast<double>(options_.mails_at_once));
  refilled_ = now;
}

// Nothing for a mail that nobody can use: its link is dead, or the person is erased.
std::optional<Letter> Mailer::letter_for(const Recorded& recorded, const Rows& state) const {
  Letter letter;
  letter.written_at = recorded.envelope.recorded_at;
  std::string token;
  const Personal* to = nullptr;
  if (const auto* e = std::get_if<InvitationMailQueued>(&recorded.event)) {
    const State rows(state, installation_.keys(), installation_.claims());
    const auto account = AccountId::parse(recorded.envelope.scope.id).value();
    const auto name = rows.get<AccountRow>(AccountRow::key(account)).name;
    token = installation_.tokens().invitation(e->invitation, e->attempt);
    to = &e->email;
    letter.name = fmt::format("{}.{}", e->invitation.text(), e->attempt);
    letter.expires_at = e->expires_at;
    letter.subject = fmt::format("You are invited to {}", account.str());
    letter.text = fmt::format(
        "You are invited to the account {} ({}).\n\nSee what is offered, accept or decline:\n{}/v1/invitations/{}\n\n"
        "The link is yours alone and ends at {}.\nToken: {}\n",
        name, account.str(), options_.link_base, token, e->expires_at.text(), token);
  } else if (const auto* setup = std::get_if<SetupLinkIssued>(&recorded.event)) {
    token = installation_.tokens().setup(setup->person, setup->attempt);
    to = &setup->email;
    letter.name = fmt::format("{}.{}", setup->person.text(), setup->attempt);
    letter.expires_at = setup->expires_at;
    letter.subject = "Set up your login";
    letter.text = fmt::format(
        "An account was opened for you. Choose a password with the command CompleteSetup and this token:\n\n{}\n\n"
        "It is yours alone and ends at {}.\n",
        token, setup->expires_at.text());
  }
  if (!to || !to->clear() || letter.expires_at <= clock_.now()) return std::nullopt;
  letter.to = to->shown();
  return letter;
}

// ---- ClockWork ----------------------------------------------------------------------------------------------------

ClockWork::ClockWork(const Installation& installation, WriterThread& writer, const Clock& clock)
    : installation_(installation),
      writer_(writer),
      clock_(clock),
      offset_{clock.now().micros - clock.monotonic().micros} {}

bool ClockWork::jumped() {
  const std::lock_guard lock(mutex_);
  const Duration offset{clock_.now().micros - clock_.monotonic().micros};
  if (std::llabs(offset.micros - offset_.micros) > jump_max.micros) {
    if (!paused_.exchange(true))
      spdlog::error("the clock jumped by {} s: nothing expires until the time is confirmed",
                    (offset.micros - offset_.micros) / 1'000'000);
  } else if (!paused_) {
    offset_ = offset;  // small corrections add up and are no jump
  }
  return paused_;
}

void ClockWork::confirm() {
  const std::lock_guard lock(mutex_);
  offset_ = Duration{clock_.now().micros - clock_.monotonic().micros};
  paused_ = false;
}

void ClockWork::expire_due() {
  if (jumped() || under_way_ > 0) return;
  const auto now = clock_.now();
  const auto snapshot = installation_.log().state();
  const State state(*snapshot.rows, installation_.keys(), installation_.claims());
  std::vector<Command> due;
  state.scan(Key{InvitationDueRow::table}, {}, [&](std::string_view rest) {
    if (now < time_at_start(rest) || due.size() == due_at_once) return false;
    const auto id = id_at_end<InvitationTag>(rest);
    due.push_back(ExpireInvitation{state.get<InvitationRow>(InvitationRow::key(id)).account, id});
    return true;
  });
  state.scan(Key{SessionDueRow::table}, {}, [&](std::string_view rest) {
    if (now < time_at_start(rest) || due.size() == due_at_once) return false;
    due.push_back(EndSession{id_at_end<SessionTag>(rest)});
    return true;
  });
  for (auto& command : due) submit(std::move(command));
}

void ClockWork::submit(Command command) {
  const auto now = clock_.now();
  Context context{.now = now, .ids = Ids(random_seed(), now)};
  context.caller = Caller::clock();
  context.command = context.ids.next<CommandId>();
  context.correlation = context.command;
  ++under_way_;
  if (!writer_.submit(std::move(command), std::move(context), [this](const Answer&) { --under_way_; })) --under_way_;
}

}  // namespace rollcall
