#include "adapters/crypto/tokens.hpp"

#include <charconv>

#include <sodium.h>

#include "events/hash.hpp"

namespace rollcall {
namespace {

constexpr std::size_t mac_bytes = 16;
constexpr std::string_view reset_prefix = "reset.";
constexpr std::string_view email_prefix = "email.";

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

template <std::size_t N>
std::array<std::uint8_t, N> keyed_hash(const DataKey& secret, std::string_view purpose, std::string_view first,
                                       std::string_view second) {
  std::array<std::uint8_t, N> out;
  crypto_generichash_state state;
  const auto add = [&](std::string_view part) {
    const std::uint64_t size = part.size();
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, bytes(part), part.size());
  };
  crypto_generichash_init(&state, secret.data(), secret.size(), N);
  add(purpose);
  add(first);
  add(second);
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

}  // namespace

std::string Tokens::mac(std::string_view text) const {
  const auto out = keyed_hash<mac_bytes>(secret_, "token", text, {});
  return to_hex({reinterpret_cast<const char*>(out.data()), out.size()});
}

bool Tokens::genuine(std::string_view text, std::string_view given) const {
  const auto expected = mac(text);
  return given.size() == expected.size() && sodium_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

std::string Tokens::invitation(const InvitationId& id, std::uint32_t attempt) const {
  const auto text = id.text() + "." + std::to_string(attempt);
  return text + "." + mac(text);
}

std::string Tokens::setup(const PersonId& id, std::uint32_t attempt) const {
  const auto text = id.text() + "." + std::to_string(attempt);
  return text + "." + mac(text);
}

std::string Tokens::reset(const PersonId& id, std::uint32_t attempt) const {
  const auto text = std::string{reset_prefix} + id.text() + "." + std::to_string(attempt);
  return text + "." + mac(text);
}

std::string Tokens::email(const PersonId& id, std::uint32_t attempt) const {
  const auto text = std::string{email_prefix} + id.text() + "." + std::to_string(attempt);
  return text + "." + mac(text);
}

std::string Tokens::session(const SessionId& id) const { return id.text() + "." + mac(id.text()); }

std::optional<LinkProof> Tokens::link(std::string_view token) const {
  const auto last = token.rfind('.');
  if (last == std::string_view::npos || !genuine(token.substr(0, last), token.substr(last + 1))) return std::nullopt;
  auto text = token.substr(0, last);
  auto of_person = LinkKind::setup;
  for (const auto& [prefix, kind] :
       {std::pair{reset_prefix, LinkKind::reset}, std::pair{email_prefix, LinkKind::email}}) {
    if (!text.starts_with(prefix)) continue;
    text.remove_prefix(prefix.size());
    of_person = kind;
    break;
  }
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  LinkProof proof;
  const auto digits = text.substr(dot + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), proof.attempt);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (const auto invitation = InvitationId::parse(text.substr(0, dot)); invitation && of_person == LinkKind::setup) {
    proof.kind = LinkKind::invitation;
    proof.id = invitation->bytes;
  } else if (const auto person = PersonId::parse(text.substr(0, dot))) {
    proof.kind = of_person;
    proof.id = person->bytes;
  } else {
    return std::nullopt;
  }
  return proof;
}

std::optional<SessionId> Tokens::session_of(std::string_view token) const {
  const auto dot = token.find('.');
  if (dot == std::string_view::npos || !genuine(token.substr(0, dot), token.substr(dot + 1))) return std::nullopt;
  return SessionId::parse(token.substr(0, dot));
}

Digest request_digest(const DataKey& secret, std::string_view command, std::string_view body) {
  return Digest{keyed_hash<32>(secret, "request", command, body)};
}

CommandId command_of_key(const DataKey& secret, std::string_view caller, std::string_view key) {
  return CommandId{keyed_hash<16>(secret, "idempotency", caller, key)};
}

}  // namespace rollcall
