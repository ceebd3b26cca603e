#include "tools/installation/rotation.hpp"

#include <string>

namespace rollcall {

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
