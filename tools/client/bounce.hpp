// What comes back from a mail server when a mail could not be delivered.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::tools {

struct Bounce {
  std::string email;       // whom it did not reach
  std::string invitation;  // inv_… that it was about; empty when it was about none
};

// Reads a delivery status notification (RFC 3464) with what it gives back of the mail. Nothing when the mail failed for
// nobody, or it does not say for whom.
std::optional<Bounce> bounce_in(std::string_view message);

}  // namespace rollcall::tools
