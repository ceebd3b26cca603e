#include "tools/backup/keys.hpp"

#include <array>
#include <fstream>
#include <string>
#include <utility>

#include <sys/stat.h>

#include "adapters/crypto/key_files.hpp"
#include "adapters/rocksdb/database.hpp"
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

// Tells a copy of keys from all else, and whose keys they are.
constexpr std::string_view note_name = "KEYS";
std::string note_of(const DataFolder& data) {
  const auto key = SigningKey::parse(read_secret(data.signing_key()));
  if (!key) throw Failure("signing.key: " + std::string{describe(key.error())}, {}, exit_needs_person);
  return "copy of the keys of " + std::string{key->verifying_key().name()} + "\n";
}

// What is put in the place of something else removes it: only a copy of these very keys may go.
void refuse_other(const DataFolder& data, const fs::path& to) {
  if (!fs::exists(to)) {
    // The fresh copy is made beside it and renamed.
    return;
  }
  if (!fs::is_directory(to)) throw Failure(to.string() + " is no folder");
  struct stat own {
  }, around{};
  const auto parent = fs::absolute(to).lexically_normal().parent_path();
  if (::stat(to.c_str(), &own) == 0 && ::stat(parent.c_str(), &around) == 0 && own.st_dev != around.st_dev)
    throw Failure(to.string() + " is where a disk is mounted: name a folder in it");
  if (fs::is_empty(to)) return;
  std::ifstream in(to / note_name);
  std::string line;
  std::getline(in, line);
  if (line + "\n" == note_of(data)) {
    if (fs::exists(copy_in(to).format()) || fs::exists(copy_in(to).log()))
      throw Failure(to.string() + " holds more than a copy of keys: choose another folder");
    return;
  }
  throw Failure(to.string() + (line.empty() ? " is no copy of keys, and not empty: choose another folder"
                                            : " is the copy of other keys: choose another folder"));
}

void sync_tree(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) sync_path(entry.path());
  sync_path(folder);
}

}  // namespace

CopyOfKeys::CopyOfKeys(const DataFolder& data, fs::path to, const fs::path& scratch,
                       const std::function<void(const SigningKey& copied)>& fits)
    : to_(std::move(to)), fresh_(beside(to_, ".new")), old_(beside(to_, ".old")) {
  refuse_other(data, to_);
  for (const auto& left : {fresh_, old_})
    if (fs::exists(left)) refuse_other(data, left);
  fs::remove_all(fresh_);
  try {
    fs::create_directories(fresh_);
    fs::permissions(fresh_, fs::perms::owner_all);
    write_durably(fresh_ / note_name, note_of(data));
    copy_key_store_beside(data.keys(), scratch, copy_in(fresh_).keys());
    for (const auto& file : files_of(data)) write_durably(fresh_ / file.filename(), read_secret(file) + "\n");
    refuse_half_rotated(data);
    const auto copied = SigningKey::parse(read_secret(copy_in(fresh_).signing_key()));
    if (!copied) throw Failure("signing.key: " + std::string{describe(copied.error())}, {}, exit_needs_person);
    fits(*copied);
    (void)open_keys_beside(copy_in(fresh_).keys(), scratch / "copy", read_wrapping_key(copy_in(fresh_)));
    sync_tree(fresh_);
  } catch (...) {
    // Half a copy of keys is of no use to anybody but a thief.
    drop();
    throw;
  }
}

CopyOfKeys::~CopyOfKeys() {
  if (!put_) drop();
}

void CopyOfKeys::put() {
  fs::remove_all(old_);
  if (fs::exists(to_)) fs::rename(to_, old_);
  fs::rename(fresh_, to_);
  put_ = true;
  sync_path(to_.parent_path().empty() ? "." : to_.parent_path());
  fs::remove_all(old_);
}

void CopyOfKeys::drop() noexcept {
  std::error_code ignored;
  fs::remove_all(fresh_, ignored);
}

void check_copy_of_keys(const fs::path& from) {
  const auto copy = copy_in(from);
  if (!fs::is_directory(from)) {
    // Cut short between two renames, the copy lies beside.
    for (const auto* ending : {".new", ".old"})
      if (fs::exists(copy_in(beside(from, ending)).wrapping_key()))
        throw Failure(from.string() + " is no folder, and a copy lies in " + beside(from, ending).string(),
                      {"the backup that made it was cut short: name that one"});
    throw Failure(from.string() + " is no folder");
  }
  for (const auto& part : {copy.wrapping_key(), copy.signing_key(), copy.operator_key(), copy.keys() / "CURRENT"})
    if (!fs::exists(part)) throw Failure(from.string() + " lacks " + part.lexically_relative(from).string());
}

void bring_back_keys(const fs::path& from, const DataFolder& data) {
  const auto copy = copy_in(from);
  check_copy_of_keys(from);
  for (const auto& file : files_of(copy)) write_durably(data.root / file.filename(), read_secret(file) + "\n");
  fs::copy(copy.keys(), data.keys(), fs::copy_options::recursive);
  sync_tree(data.keys());
}

}  // namespace rollcall::tools
