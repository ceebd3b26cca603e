// What comes with a command: who asks, when, why, and what the edge has checked for them. Deciders take time and ids
// from here and from nowhere else, so the same log and the same commands give the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/entry.hpp"

namespace rollcall {

// Fresh ids: the millisecond of `now`, then 80 bits of BLAKE2b over seed and counter.
class Ids {
 public:
  using Seed = std::array<std::uint8_t, 32>;
  Ids(const Seed& seed, Time now) : seed_(seed), now_(now) {}

  template <class AnyId>
  AnyId next() {
    return AnyId{next_bytes()};
  }

 private:
  IdBytes next_bytes();

  Seed seed_;
  Time now_;
  std::uint64_t drawn_ = 0;
};

// Who asks, as the edge authenticated them. A person without a session is only as good as the link they hold.
struct Caller {
  ActorKind kind = ActorKind::person;
  std::optional<PersonId> person;        // found by deciding: whose session or link it is
  std::optional<SessionId> session;      // its token was genuine; whether it is live is decided
  std::optional<AccessKeyId> key;        // its secret was right; whether it is good is decided
  std::optional<PersonId> on_behalf_of;  // the operator acts for this person
  std::string ip;
  std::string user_agent;

  static Caller operator_key() { return {.kind = ActorKind::operator_}; }
  static Caller clock() { return {.kind = ActorKind::system}; }
};

enum class LinkKind : std::uint8_t { invitation, setup, reset, email };

// The secret part of a mail's link was checked and is right; whether the link is still good is decided.
struct LinkProof {
  LinkKind kind{};
  IdBytes id{};  // of the invitation, or of the person to be set up, given another password or another address
  std::uint32_t attempt = 0;
};

struct Proofs {
  std::optional<LinkProof> link;
  std::optional<CredentialId> password_matched;  // the password given fits this credential
  std::optional<std::string> new_verifier;       // made from the new password that was given, or anew from the old one
  bool guessable = false;                        // the new password is among the first that anybody would try
  std::optional<std::uint64_t> code_step{};      // the code given is of this time, by the factor that counts here
  std::optional<Digest> recovery{};              // of the recovery code given
  std::optional<std::string> new_factor{};       // secret of a second factor that is offered
  std::vector<Digest> new_recovery{};            // of recovery codes that are made
  std::optional<Digest> new_key{};               // of the secret of an access key that is being made
};

struct Context {
  Time now;
  Ids ids;
  Caller caller;
  Proofs proofs;
  std::optional<std::string> reason;
  CommandId command;
  std::optional<Digest> request_digest;  // with an idempotency key only
  CommandId correlation;
  std::optional<EventId> causation;
  std::optional<std::string> trace_parent;
};

}  // namespace rollcall
