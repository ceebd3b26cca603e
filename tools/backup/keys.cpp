#include "tools/backup/keys.hpp"

#include <array>

#include "adapters/crypto/key_files.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "tools/failure.hpp"
#include "tools/installation/rotation.hpp"

namespace rollcall::tools {
namespace {

namespace fs = std::filesystem;

std::array<fs::path, 3> files_of(const DataFolder& data) {
  return {data.wrapping_key(), data.signing_key(), data.operator_key()};
}

// The copy is a data folder without data.
DataFolder copy_in(const fs::path& folder) { return {folder}; }

fs::path beside(const fs::path& folder, std::string_view ending) {
  auto path = folder.has_filename() ? folder : folder.parent_path();
  return path += ending;
}

}  // namespace

void copy_keys(const DataFolder& data, const fs::path& to, const fs::path& scratch,
               const std::function<void(const SigningKey& copied)>& fits) {
  if (fs::exists(to) && !fs::is_empty(to) && !fs::exists(copy_in(to).wrapping_key()))
    throw Failure(to.string() + " is no copy of keys, and not empty: choose another folder");
  const auto fresh = beside(to, ".new"), old = beside(to, ".old");
  fs::remove_all(fresh);
  try {
    fs::create_directories(fresh);
    fs::permissions(fresh, fs::perms::owner_all);
    copy_key_store_beside(data.keys(), scratch, copy_in(fresh).keys());
    for (const auto& file : files_of(data)) write_durably(fresh / file.filename(), read_secret(file) + "\n");
    refuse_half_rotated(data);
    const auto copied = SigningKey::parse(read_secret(copy_in(fresh).signing_key()));
    if (!copied) throw Failure("signing.key: " + std::string{describe(copied.error())}, {}, exit_needs_person);
    fits(*copied);
    (void)open_keys_beside(copy_in(fresh).keys(), scratch / "copy", read_wrapping_key(copy_in(fresh)));
  } catch (...) {
    // Half a copy of keys is of no use to anybody but a thief.
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
    throw;
  }
  fs::remove_all(old);
  if (fs::exists(to)) fs::rename(to, old);
  fs::rename(fresh, to);
  fs::remove_all(old);
}

void check_copy_of_keys(const fs::path& from) {
  const auto copy = copy_in(from);
  if (!fs::is_directory(from)) throw Failure(from.string() + " is no folder");
  for (const auto& part : {copy.wrapping_key(), copy.signing_key(), copy.operator_key(), copy.keys() / "CURRENT"})
    if (!fs::exists(part)) throw Failure(from.string() + " lacks " + part.lexically_relative(from).string());
}

void bring_back_keys(const fs::path& from, const DataFolder& data) {
  const auto copy = copy_in(from);
  check_copy_of_keys(from);
  for (const auto& file : files_of(copy)) write_durably(data.root / file.filename(), read_secret(file) + "\n");
  fs::copy(copy.keys(), data.keys(), fs::copy_options::recursive);
}

}  // namespace rollcall::tools
