// The post of an installation without an SMTP server: letters as .eml files in a folder, mode 0600, until they expire.
#pragma once

#include <filesystem>
#include <memory>

#include "domain/engine/ports.hpp"

namespace rollcall {

// The letter as an RFC 5322 message: its text as it is, and as a page (multipart/alternative).
std::string message_of(const Letter& letter, std::string_view from);

// Letters become <folder>/<name>.eml. The folder is made if it is missing.
std::unique_ptr<Mail> open_outbox(const std::filesystem::path& folder, std::string from);

struct Smtp {
  std::string url;  // smtp://host:port or smtps://host:port
  std::string user;
  std::string password;
  long timeout_seconds = 30;  // of one mail
};
// Sends through a server. STARTTLS is used where it is offered, and demanded when there is a user.
std::unique_ptr<Mail> open_smtp(Smtp server, std::string from);

}  // namespace rollcall
