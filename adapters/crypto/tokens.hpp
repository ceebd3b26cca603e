// Tokens that are derived, never stored: id, attempt and a MAC over both under a secret of the installation.
// A restarted mailer makes the same link again, and a copy of the data folder without its keys opens nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/engine/context.hpp"

namespace rollcall {

class Tokens {
 public:
  explicit Tokens(const DataKey& secret) : secret_(secret) {}

  // inv_….<attempt>.<mac>, for the link in an invitation's mail.
  std::string invitation(const InvitationId& id, std::uint32_t attempt) const;
  // per_….<attempt>.<mac>, for a set-up link.
  std::string setup(const PersonId& id, std::uint32_t attempt) const;
  // reset.per_….<attempt>.<mac>, for a link with which a password is reset.
  std::string reset(const PersonId& id, std::uint32_t attempt) const;
  // email.per_….<attempt>.<mac>, for a link with which another address is confirmed.
  std::string email(const PersonId& id, std::uint32_t attempt) const;
  // ses_….<mac>, the bearer token of a session.
  std::string session(const SessionId& id) const;

  // What a link's token proves; nothing for any other text. Constant time in what is secret.
  std::optional<LinkProof> link(std::string_view token) const;
  std::optional<SessionId> session_of(std::string_view token) const;

 private:
  std::string mac(std::string_view text) const;
  bool genuine(std::string_view text, std::string_view mac) const;

  DataKey secret_;
};

// A keyed digest of a request: tells a repeat from another request under the same key, and reveals nothing.
Digest request_digest(const DataKey& secret, std::string_view command, std::string_view body);
// The command id that stands for an idempotency key of this caller.
CommandId command_of_key(const DataKey& secret, std::string_view caller, std::string_view key);

}  // namespace rollcall
