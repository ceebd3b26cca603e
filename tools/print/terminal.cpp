#include "tools/print/terminal.hpp"

#include <array>
#include <cstdlib>
#include <iostream>
#include <limits>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/failure.hpp"

namespace rollcall::tools {

bool is_terminal(Stream stream) { return ::isatty(static_cast<int>(stream)) == 1; }

std::size_t columns_available(Stream stream) {
  winsize size{};
  if (!is_terminal(stream)) return std::numeric_limits<std::size_t>::max();
  if (::ioctl(static_cast<int>(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool has_colours(Stream stream) {
  const auto* none = std::getenv("NO_COLOR");
  if (none && *none) return false;
  const auto* terminal = std::getenv("TERM");
  return is_terminal(stream) && terminal && std::string_view{terminal} != "dumb";
}

std::string inked(std::string_view text, Ink ink, bool colours) {
  constexpr std::array<std::string_view, 5> codes{"", "1", "2", "31", "33"};  // ECMA-48, select graphic rendition
  const auto code = codes.at(static_cast<std::size_t>(ink));
  if (!colours || code.empty() || text.empty()) return std::string{text};
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string ask_secret(const std::string& prompt) {
  if (!is_terminal(Stream::input)) return read_secret_line();
  // OpenSSL's prompt turns the echo off, and on again whatever signal comes.
  std::array<char, 1025> typed{};
  const int failed = EVP_read_pw_string_min(typed.data(), 0, static_cast<int>(typed.size()) - 1, prompt.c_str(), 0);
  std::string secret{typed.data()};
  OPENSSL_cleanse(typed.data(), typed.size());
  if (failed != 0) throw Failure("nothing was typed");
  return secret;
}

std::string read_secret_line() {
  std::string line;
  if (!std::getline(std::cin, line)) throw Failure("standard input has no line to take the secret from");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

}  // namespace rollcall::tools
