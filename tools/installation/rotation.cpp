#include "tools/installation/rotation.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "adapters/crypto/key_files.hpp"
#include "events/hash.hpp"

namespace rollcall {

DataKey wrapping_key_in(const std::filesystem::path& file) {
  const auto bytes = from_hex(read_secret(file));
  DataKey key{};
  if (!bytes || bytes->size() != key.size()) throw std::runtime_error(file.string() + " is no key of 64 hex digits");
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

void refuse_half_rotated(const DataFolder& folder) {
  const auto refuse = [&](const std::filesystem::path& next, const std::string& key) {
    if (std::filesystem::exists(next))
      throw UnfitFolder(folder.root.string() +
                        ": the rotation of a key was cut short: finish it with `rollcall rotate " + key + " --data " +
                        folder.root.string() + "`");
  };
  refuse(next_signing_key(folder), "signing-key");
  refuse(next_wrapping_key(folder), "wrapping-key");
}

}  // namespace rollcall
