#include "tools/client/bounce.hpp"

#include <algorithm>
#include <cctype>

namespace rollcall::tools {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Of "rfc822; somebody@example.com" the address.
std::string_view address_in(std::string_view value) {
  if (const auto mark = value.find(';'); mark != value.npos) value.remove_prefix(mark + 1);
  value = trimmed(value);
  if (value.starts_with('<') && value.ends_with('>')) value = value.substr(1, value.size() - 2);
  return value;
}

// What is said of one recipient: a group of fields that an empty line ends.
struct Recipient {
  std::string original, last;
  bool failed = false;
};

// "inv_….2@rollcall": which invitation the letter was; notices about one are called otherwise.
std::string invitation_in(std::string_view message_id) {
  if (!message_id.starts_with("<inv_")) return {};
  message_id.remove_prefix(1);
  const auto dot = message_id.find('.'), at = message_id.find('@');
  if (dot == message_id.npos || at == message_id.npos || at <= dot + 1) return {};
  const auto attempt = message_id.substr(dot + 1, at - dot - 1);
  if (attempt.find_first_not_of("0123456789") != attempt.npos) return {};
  return std::string{message_id.substr(0, dot)};
}

}  // namespace

std::optional<Bounce> bounce_in(std::string_view message) {
  Bounce bounce;
  Recipient one;
  const auto end_group = [&] {
    // Who was written to is who we know, wherever it was forwarded.
    const auto& address = one.original.empty() ? one.last : one.original;
    if (one.failed && !address.empty() && bounce.email.empty()) bounce.email = address;
    one = {};
  };
  while (!message.empty()) {
    const auto end = std::min(message.find('\n'), message.size());
    const auto line = trimmed(message.substr(0, end));
    message.remove_prefix(std::min(end + 1, message.size()));
    if (line.empty()) end_group();
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    const auto name = lower(line.substr(0, colon));
    const auto value = trimmed(line.substr(colon + 1));
    if (name == "original-recipient") one.original = address_in(value);
    if (name == "final-recipient") one.last = address_in(value);
    if (name == "action") one.failed = lower(value) == "failed";
    if (name == "message-id")
      if (auto invitation = invitation_in(value); !invitation.empty()) bounce.invitation = std::move(invitation);
  }
  end_group();
  if (bounce.email.empty()) return std::nullopt;
  return bounce;
}

}  // namespace rollcall::tools
