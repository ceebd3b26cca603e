#include "tools/server/followers/mailer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "adapters/crypto/key_files.hpp"
#include "events/match.hpp"

namespace rollcall {
namespace {

// More at once is trouble of the post and not of a letter: the mailer waits then, and nothing is lost.
constexpr std::size_t parked_max = 10'000;

// How long a letter rests that was refused for the nth time. Where the answer was for good it seldom changes, but does:
// a mailbox is made, a list of blocked senders mended.
Duration rest_after(std::uint32_t tries, bool for_good) {
  constexpr std::array later{minutes(1), minutes(5), minutes(15), minutes(30), hours(1)};
  constexpr std::array for_good_later{hours(1), hours(4), hours(12), hours(24)};
  const auto nth = [&](const auto& rests) { return rests[std::min<std::size_t>(tries, rests.size()) - 1]; };
  return for_good ? nth(for_good_later) : nth(later);
}

std::string whole_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || !in.is_open()) throw std::runtime_error(file.string() + " cannot be read");
  return text;
}

// What became of a letter cannot be written down now: no fault of the post, and none of the letter. It ends the round.
struct NotRecorded : std::runtime_error {
  NotRecorded() : std::runtime_error("what became of a letter cannot be written down now") {}
};

}  // namespace

// ---- files --------------------------------------------------------------------------------------------------------

CursorFile::~CursorFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// A position of twenty digits, a minus sign and eight hexadecimal digits; the latter are missing where an earlier
// version or a person wrote it.
CursorFile::Cursor CursorFile::read() const {
  if (!std::filesystem::exists(file_)) return {};
  auto text = whole_file(file_);
  if (text.empty()) return {};  // made, and ended before the first position was written
  if (text.ends_with('\n')) text.pop_back();
  Cursor cursor;
  const auto dash = text.find('-', 1);
  const auto number = [](std::string_view digits, auto& value, int base) {
    const auto* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value, base);
    return !digits.empty() && error == std::errc{} && stopped == end;
  };
  const std::string_view all = text;
  if (!number(all.substr(0, dash), cursor.position, 10) ||
      (dash != text.npos && (all.size() != dash + 9 || !number(all.substr(dash + 1), cursor.leaf.emplace(), 16))))
    throw std::runtime_error(
        fmt::format("{} holds no position of the log: write there up to which event mails were "
                    "sent, or 0 to send all of them again",
                    file_.string()));
  return cursor;
}

void CursorFile::keep(const Cursor& cursor) {
  const bool made = descriptor_ < 0 && !std::filesystem::exists(file_);
  if (descriptor_ < 0) descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  // Of one length: what was there is written over.
  const auto text = fmt::format("{:020}-{:08x}\n", cursor.position, cursor.leaf.value_or(0));
  if (descriptor_ < 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      (made && ::fsync(descriptor_) != 0))
    throw std::runtime_error(fmt::format("{} cannot be written: {}", file_.string(), std::strerror(errno)));
}

// A letter a line: position, tries, when it comes again, why it did not go.
std::map<Position, ParkedLetter> ParkedFile::read() const {
  std::map<Position, ParkedLetter> letters;
  if (!std::filesystem::exists(file_)) return letters;
  std::istringstream lines(whole_file(file_));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    ParkedLetter letter;
    std::string again;
    words >> letter.position >> letter.tries >> again >> std::ws;
    std::getline(words, letter.reason);
    const auto time = Time::parse(again);
    if (!words || !time) throw std::runtime_error(file_.string() + " is damaged at: " + line);
    letter.next_try = *time;
    letters.emplace(letter.position, std::move(letter));
  }
  return letters;
}

void ParkedFile::keep(const std::map<Position, ParkedLetter>& letters) const {
  std::string text;
  for (const auto& [position, letter] : letters)
    text += fmt::format("{} {} {} {}\n", position, letter.tries, letter.next_try.text(), letter.reason);
  write_durably(file_, text);
}

// ---- Mailer -------------------------------------------------------------------------------------------------------

Mailer::Mailer(const Installation& installation, Mail& mail, const Clock& clock, MailerOptions options)
    : installation_(installation),
      mail_(mail),
      clock_(clock),
      options_(std::move(options)),
      letters_(installation, options_.letters),
      cursor_file_(options_.cursor_file),
      parked_file_(options_.parked_file),
      allowed_(static_cast<double>(options_.mails_at_once)),
      refilled_(clock.monotonic()),
      parked_(parked_file_.read()) {
  const auto cursor = cursor_file_.read();
  if (const auto last = cursor.last())
    if (const auto why = misfit(*last, installation_.log())) throw FollowerMisfit("the mailer", *why);
  cursor_ = cursor.position;
}

void Mailer::send_queued() {
  refill();
  const auto failed = retry_parked();
  if (allowed_ < 1) return;
  auto from = cursor_.load();
  std::string last;  // entry that is done: its mark is made once, and not for each event on the way
  const auto keep = [&] {
    const auto position = cursor_.load();
    if (position > from) cursor_file_.keep({position, EventMark::of(position - 1, last).leaf});
    from = position;
  };
  std::optional<LogReader::State> state;    // taken behind the first mail, so it knows the accounts of all of them
  std::optional<ParkedLetter> passed_over;  // by which the post failed; until another goes nobody knows why
  try {
    installation_.log().read(from, [&](Position position, std::string_view entry) {
      if (asks_for_letter(peek_entry(entry).type)) {
        if (allowed_ < 1 || stopping_) return false;
        if (!state) state = installation_.log().state();
        const auto asked = decode_entry(entry, &installation_.keys());
        if (const auto letter = letters_.letter_for(asked, *state->rows, clock_.now())) {
          allowed_ -= 1;
          ParkedLetter parked{position, 0, {}, {}};
          try {
            const bool gone = sent(*letter, parked);
            if (passed_over) park(*std::exchange(passed_over, std::nullopt));
            if (!gone) park(std::move(parked));
          } catch (const NotRecorded&) {
            throw;
          } catch (const std::exception& failure) {
            if (passed_over || !fails_again_and_again(position)) throw;
            passed_over = ParkedLetter{position, 1, clock_.now() + rest_after(1, false), failure.what()};
          }
          if (!passed_over) {
            // At once: whoever ends this process now has no more than the next letter sent twice.
            cursor_ = position + 1;
            last.assign(entry);
            keep();
          }
        }
      }
      if (passed_over) return true;
      last.assign(entry);
      cursor_ = position + 1;
      return true;
    });
    if (passed_over) throw std::runtime_error(passed_over->reason);
    // What is queued went, or nothing is: then that one is not the first to be tried again.
    if (failed) park(*failed);
  } catch (...) {
    keep();
    throw;
  }
  keep();
}

bool Mailer::fails_again_and_again(Position position) {
  constexpr unsigned often = 3;
  if (failing_ != position) failures_ = 0;
  failing_ = position;
  return ++failures_ >= often;
}

void Mailer::park(ParkedLetter letter) {
  if (parked_.size() >= parked_max && !parked_.contains(letter.position))
    throw std::runtime_error(fmt::format("{} letters were refused: the post has to be looked at", parked_max));
  const std::lock_guard lock(mutex_);
  parked_[letter.position] = std::move(letter);
  parked_file_.keep(parked_);
}

std::optional<ParkedLetter> Mailer::retry_parked() {
  std::optional<LogReader::State> state;
  std::optional<ParkedLetter> failed;
  const auto now = clock_.now();
  bool changed = false;
  const auto keep = [&] {
    if (changed) parked_file_.keep(parked_);
  };
  try {
    for (auto at = parked_.begin(); at != parked_.end() && allowed_ >= 1 && !stopping_;) {
      auto letter = at->second;
      if (now < letter.next_try) {
        ++at;
        continue;
      }
      if (!state) state = installation_.log().state();
      const auto entry = installation_.log().entry(letter.position);
      const auto asked = entry ? std::optional{decode_entry(*entry, &installation_.keys())} : std::nullopt;
      const auto mail = asked ? letters_.letter_for(*asked, *state->rows, clock_.now()) : std::nullopt;
      if (mail) allowed_ -= 1;
      if (asked && !mail) record_given_up(*asked, *state->rows);
      bool done = !mail;
      try {
        done = done || sent(*mail, letter);
      } catch (const NotRecorded&) {
        throw;
      } catch (const std::exception& failure) {
        // Whether it is the letter or the post shows with what is queued.
        letter.reason = failure.what();
        letter.next_try = clock_.now() + rest_after(++letter.tries, false);
        failed = std::move(letter);
        break;
      }
      changed = true;
      const std::lock_guard lock(mutex_);
      if (!done) {
        (at++)->second = std::move(letter);
        continue;
      }
      at = parked_.erase(at);
      parked_file_.keep(parked_);  // at once: a letter that went must not be there when this process is ended now
    }
  } catch (...) {
    keep();
    throw;
  }
  keep();
  return failed;
}

bool Mailer::sent(const Letter& letter, ParkedLetter& parked) {
  RecordMail told{parked.position, MailOutcome::sent, {}, letter.person, letter.invitation};
  try {
    // Once it has gone it does not go again, however long it takes to write that down.
    if (!unrecorded_.contains(parked.position)) mail_.send(letter);
  } catch (const LetterRefused& refused) {
    parked.reason = refused.what();
    parked.next_try = clock_.now() + rest_after(++parked.tries, refused.for_good());
    spdlog::warn("mail {} was refused ({}), and is tried again at {}", letter.name, refused.what(),
                 parked.next_try.text());
    told.outcome = MailOutcome::deferred;
    told.answer = refused.answer;
    if (parked.tries == 1) record(told);
    return false;
  }
  unrecorded_.insert(parked.position);
  record(told);
  unrecorded_.erase(parked.position);
  return true;
}

void Mailer::record(const RecordMail& told) const {
  if (options_.record && !options_.record(told)) throw NotRecorded();
}

void Mailer::record_given_up(const Recorded& asked, const Rows& state) const {
  const auto about = letters_.about(asked, state);
  RecordMail told{asked.envelope.position, MailOutcome::refused, {}, about.person, about.invitation};
  match(asked.event, [&]<class E>(const E& event) {
    // Its link would still be good, were there not another, or none at all.
    if constexpr (requires { event.expires_at > Time{}; })
      if (event.expires_at > clock_.now()) told.outcome = MailOutcome::outdated;
  });
  record(told);
}

std::vector<ParkedLetter> Mailer::parked() const {
  const std::lock_guard lock(mutex_);
  std::vector<ParkedLetter> all;
  for (const auto& [position, letter] : parked_) all.push_back(letter);
  return all;
}

void Mailer::refill() {
  const auto now = clock_.monotonic();
  const auto seconds = static_cast<double>((now.micros - refilled_.micros)) / 1e6;
  allowed_ = std::min(allowed_ + seconds * static_cast<double>(options_.mails_per_second),
                      static_cast<double>(options_.mails_at_once));
  refilled_ = now;
}

}  // namespace rollcall
