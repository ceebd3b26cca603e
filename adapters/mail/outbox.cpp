#include "adapters/mail/outbox.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include "adapters/mail/html.hpp"
#include "events/hash.hpp"

namespace rollcall {
namespace {

constexpr std::string_view expires_field = "Expires: ";

// RFC 5322 date, always in UTC.
std::string mail_date(Time time) {
  const auto seconds = static_cast<std::time_t>(time.micros / 1'000'000);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(seconds));
}

class Outbox final : public Mail {
 public:
  Outbox(std::filesystem::path folder, std::string from) : folder_(std::move(folder)), from_(std::move(from)) {
    std::filesystem::create_directories(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  }

  void send(const Letter& letter) override {
    const auto file = folder_ / (letter.name + ".eml");
    const auto unfinished = file.string() + ".new";
    const auto text = message_of(letter, from_);
    const int fd = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const auto error = errno;
    if (fd >= 0) ::close(fd);
    if (!written) throw std::runtime_error(file.string() + ": " + std::strerror(error));
    std::filesystem::rename(unfinished, file);
  }

  void forget_expired(Time now) override {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() != ".eml") continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line) && line != "\r";) {
        if (!line.starts_with(expires_field)) continue;
        const auto until =
            Time::parse(std::string_view{line}.substr(expires_field.size(), line.find('\r') - expires_field.size()));
        if (until && *until <= now) std::filesystem::remove(entry.path());
        break;
      }
    }
  }

 private:
  std::filesystem::path folder_;
  std::string from_;
};

}  // namespace

namespace {

// A header's text: as it is, or where it is not ASCII as encoded words of whole characters (RFC 2047), a line each.
std::string header_text(std::string_view text) {
  constexpr std::size_t bytes_max = 45;  // 60 letters of base64, so that no word is longer than 75
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (plain && text.find("=?") == text.npos) return std::string{text};
  std::string words;
  while (!text.empty()) {
    auto end = std::min(bytes_max, text.size());
    while (end < text.size() && end > 0 && (text[end] & 0xC0) == 0x80) --end;
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ", to_base64(text.substr(0, end)));
    text.remove_prefix(end);
  }
  return words;
}

constexpr std::size_t base64_line = 76;  // RFC 2045, 6.8

// What divides the parts of a message: the same each time the same letter is made, and nowhere in its text.
std::string boundary_of(const Letter& letter) {
  auto boundary = "=_" + to_hex(bytes_of(sha256(letter.name))).substr(0, 32);
  while (letter.text.find(boundary) != std::string::npos) boundary.push_back('_');
  return boundary;
}

}  // namespace

std::string message_of(const Letter& letter, std::string_view from) {
  std::string message;
  message += fmt::format("Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\n", mail_date(letter.written_at), from,
                         letter.to, header_text(letter.subject));
  message += fmt::format("Message-ID: <{}@rollcall>\r\n{}{}\r\n", letter.name, expires_field, letter.expires_at.text());
  const auto boundary = boundary_of(letter);
  message += fmt::format(
      "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"{0}\"\r\n\r\n"
      "--{0}\r\nContent-Type: text/plain; charset=utf-8\r\n",
      boundary);
  // 8bit (RFC 6152) where it is needed: a link that an encoding broke in two could not be clicked, nor read in a file.
  const bool plain = std::all_of(letter.text.begin(), letter.text.end(), [](char c) { return (c & 0x80) == 0; });
  message += fmt::format("Content-Transfer-Encoding: {}\r\n\r\n", plain ? "7bit" : "8bit");
  for (const char c : letter.text) {
    if (c == '\n') message.push_back('\r');
    message.push_back(c);
  }
  message += fmt::format(
      "\r\n--{}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", boundary);
  const auto page = to_base64(html_of(letter.subject, letter.text, letter.language));
  for (std::size_t at = 0; at < page.size(); at += base64_line)
    message += fmt::format("{}\r\n", std::string_view{page}.substr(at, base64_line));
  message += fmt::format("--{}--\r\n", boundary);
  return message;
}

std::unique_ptr<Mail> open_outbox(const std::filesystem::path& folder, std::string from) {
  return std::make_unique<Outbox>(folder, std::move(from));
}

}  // namespace rollcall
