#include "events/personal.hpp"

#include <sodium.h>

namespace rollcall {
namespace {

constexpr std::size_t block = 16;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

struct Place {
  std::string associated;
  std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES> nonce;
};

Place place_of(const DataKey& key, KeyNumber number, std::string_view where, std::string_view path) {
  Place place;
  place.associated.reserve(9 + where.size() + path.size());
  for (int shift = 0; shift < 64; shift += 8) place.associated.push_back(static_cast<char>(number >> shift));
  place.associated.append(where).push_back('\0');
  place.associated.append(path);
  const auto located = std::string_view{place.associated}.substr(8);
  crypto_generichash(place.nonce.data(), place.nonce.size(), bytes(located), located.size(), key.data(), key.size());
  return place;
}

}  // namespace

std::string seal(const DataKey& key, KeyNumber number, std::string_view where, std::string_view path,
                 std::string_view text) {
  const auto place = place_of(key, number, where, path);
  std::string padded{text};
  padded.push_back('\x80');
  padded.resize((padded.size() + block - 1) / block * block, '\0');
  std::string out(padded.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(out), nullptr, bytes(padded), padded.size(), bytes(place.associated),
                                             place.associated.size(), nullptr, place.nonce.data(), key.data());
  return out;
}

std::optional<std::string> open_sealed(const DataKey& key, KeyNumber number, std::string_view where,
                                       std::string_view path, std::string_view sealed) {
  if (sealed.size() < crypto_aead_xchacha20poly1305_ietf_ABYTES) return std::nullopt;
  const auto place = place_of(key, number, where, path);
  std::string text(sealed.size() - crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(text), nullptr, nullptr, bytes(sealed), sealed.size(),
                                                 bytes(place.associated), place.associated.size(), place.nonce.data(),
                                                 key.data()) != 0)
    return std::nullopt;
  const auto end = text.find_last_not_of('\0');
  if (end == std::string::npos || text[end] != '\x80') return std::nullopt;
  text.resize(end);
  return text;
}

}  // namespace rollcall
