#include "domain/persons/address.hpp"

#include <algorithm>
#include <memory>

#include <idn2.h>
#include <sodium.h>

namespace rollcall {
namespace {

constexpr bool ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
constexpr bool alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool dot_atom(std::string_view text, std::string_view also) {
  if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos)
    return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return alphanumeric(c) || c == '.' || also.find(c) != std::string_view::npos; });
}

// A domain that IDNA leaves as it is but for its case: labels of letters, digits and single hyphens between them.
bool plain_domain(std::string_view domain) {
  constexpr std::size_t label_max = 63;
  std::size_t label = 0;
  char before = '.';
  for (const char c : domain) {
    const bool between = c == '.' || c == '-';
    if (!between && !alphanumeric(lower(c))) return false;
    if (between && (before == '.' || before == '-')) return false;
    if (c == '.')
      label = 0;
    else if (++label > label_max)
      return false;
    before = c;
  }
  return before != '.' && before != '-';
}

std::optional<std::string> ascii_domain(std::string typed) {
  if (plain_domain(typed)) {
    std::transform(typed.begin(), typed.end(), typed.begin(), lower);
    return typed;
  }
  char* found = nullptr;
  if (idn2_to_ascii_8z(typed.c_str(), &found, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&idn2_free)> owned{found, &idn2_free};
  std::string domain{found};
  std::transform(domain.begin(), domain.end(), domain.begin(), lower);
  return domain;
}

}  // namespace

std::optional<std::string> normalise_address(std::string_view typed) {
  constexpr std::string_view white = " \t\r\n";
  const auto from = typed.find_first_not_of(white);
  if (from == std::string_view::npos) return std::nullopt;
  typed = typed.substr(from, typed.find_last_not_of(white) - from + 1);

  const auto at = typed.rfind('@');
  if (at == std::string_view::npos || typed.find('\0') != std::string_view::npos) return std::nullopt;
  std::string local{typed.substr(0, at)};
  if (!std::all_of(local.begin(), local.end(), ascii)) return std::nullopt;
  std::transform(local.begin(), local.end(), local.begin(), lower);
  const auto domain = ascii_domain(std::string{typed.substr(at + 1)});
  if (!domain) return std::nullopt;

  if (local.size() > 64 || domain->size() > 253 || domain->find('.') == std::string::npos) return std::nullopt;
  if (!dot_atom(local, "!#$%&'*+-/=?^_`{|}~") || !dot_atom(*domain, "-")) return std::nullopt;
  return local + "@" + *domain;
}

std::string masked_address(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0) return "…";
  return std::string{address.substr(0, 1)} + "…" + std::string{address.substr(at)};
}

Claims::Claims(const DataKey& secret) { crypto_auth_hmacsha256_init(&keyed_, secret.data(), secret.size()); }

Digest Claims::claim(std::string_view normalised_address) const {
  Digest claim;
  static_assert(crypto_auth_hmacsha256_BYTES == sizeof claim.bytes);
  auto state = keyed_;
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(normalised_address.data()),
                                normalised_address.size());
  crypto_auth_hmacsha256_final(&state, claim.bytes.data());
  return claim;
}

}  // namespace rollcall
