#include "tools/installation/folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include "adapters/crypto/key_files.hpp"
#include "events/hash.hpp"
#include "tools/installation/rotation.hpp"

namespace rollcall {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view format_line = "rollcall 2";

// A note that was cut short while it was written (see write_durably): nothing was done yet.
fs::path unwritten(const fs::path& note) { return note.string() + ".new"; }

// What lies there, but for what a file system, a beginning or a restore leaves.
std::vector<std::string> others_in(const DataFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.root)) {
    const auto name = entry.path().filename().string();
    const bool left = name == "lost+found" || entry.path() == folder.lock() ||
                      entry.path() == unwritten(folder.beginning()) || entry.path() == unwritten(folder.restoring());
    if (!left) names.push_back(name);
  }
  return names;
}

// A store of RocksDB has this file from its first moment on.
bool is_store(const fs::path& path) { return fs::exists(path / "CURRENT"); }

[[noreturn]] void lacks(const DataFolder& folder, const fs::path& part) {
  throw UnfitFolder(fmt::format(
      "{} lacks {}: put back the one that belongs to it; nothing was changed, and nothing is made in its place",
      folder.root.string(), part.filename().string()));
}

}  // namespace

DataKey read_wrapping_key(const DataFolder& folder) { return wrapping_key_in(folder.wrapping_key()); }

FolderLock::FolderLock(const DataFolder& folder) {
  descriptor_ = ::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) throw std::runtime_error(folder.lock().string() + ": " + std::strerror(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 20> text{};
    const auto size = ::pread(descriptor_, text.data(), text.size(), 0);
    ::close(descriptor_);
    long other = 0;
    std::from_chars(text.data(), text.data() + std::max<ssize_t>(size, 0), other);
    throw FolderInUse(fmt::format("{} is in use by process {}", folder.root.string(), other));
  }
  const auto text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const std::string why = std::strerror(errno == 0 ? ENOSPC : errno);
    ::close(descriptor_);
    throw std::runtime_error(folder.lock().string() + " cannot be written: " + why);
  }
}

FolderLock::~FolderLock() { ::close(descriptor_); }

bool is_installation(const DataFolder& folder) {
  if (!fs::exists(folder.format())) return false;
  std::ifstream in(folder.format());
  // What cannot be read is not what is not there: nothing begins over it.
  if (!in) throw UnfitFolder(folder.format().string() + " cannot be read: " + std::strerror(errno));
  std::string line;
  std::getline(in, line);
  if (line != format_line)
    throw UnfitFolder(
        fmt::format("{} is of format \"{}\", this program reads \"{}\": it was written by another version of "
                    "Rollcall, which is the one to open it with",
                    folder.root.string(), line, format_line));
  for (const auto& part : {folder.wrapping_key(), folder.signing_key(), folder.operator_key()})
    if (!fs::exists(part)) lacks(folder, part);
  for (const auto& part : {folder.log(), folder.keys()})
    if (!is_store(part)) lacks(folder, part);
  std::error_code error;
  if (const auto size = fs::file_size(folder.mailer_cursor(), error); error || size == 0)
    throw UnfitFolder(
        fmt::format("{} is not there or empty: write there up to which event mails were sent, or 0 to "
                    "send all again that are still of use; nothing was changed",
                    folder.mailer_cursor().string()));
  return true;
}

void require_installation(const DataFolder& folder) {
  if (is_installation(folder)) return;
  throw UnfitFolder(folder.root.string() + (fs::exists(folder.root)
                                                ? " is no data folder of Rollcall: it has no FORMAT file"
                                                : " is not there: a data folder of Rollcall is named by --data"));
}

void finish_beginning(const DataFolder& folder) {
  for (const auto& note : {folder.beginning(), folder.restoring()}) remove_durably(note);
}

void check_beginning(const DataFolder& folder, bool create) {
  if (!fs::exists(folder.root)) {
    if (create) return;
    throw UnfitFolder(
        fmt::format("{0} is not there: a new installation begins in an empty folder (mkdir {0}), or with --create",
                    folder.root.string()));
  }
  if (!fs::is_directory(folder.root)) throw UnfitFolder(folder.root.string() + " is no folder");
  if (fs::exists(folder.format()))
    throw UnfitFolder(folder.root.string() + " is a data folder of Rollcall already: name another one");
  if (fs::exists(folder.restoring()))
    throw UnfitFolder(folder.root.string() +
                      " holds a backup that was brought back in part: run rollcall restore again, which begins "
                      "anew");
  const auto others = others_in(folder);
  if (others.empty() || fs::exists(folder.beginning())) return;
  throw UnfitFolder(fmt::format(
      "{} is no data folder of Rollcall, since it has no FORMAT, and is not empty: {}{}", folder.root.string(),
      fmt::join(others.begin(), others.begin() + std::min<std::ptrdiff_t>(std::ssize(others), 5), ", "),
      others.size() > 5 ? ", …" : ""));
}

void clear(const DataFolder& folder) {
  for (const auto& part :
       {folder.format(), folder.wrapping_key(), folder.signing_key(), folder.operator_key(), folder.log(),
        folder.keys(), folder.views(), folder.outbox(), folder.mailer_cursor(), folder.mailer_parked(),
        next_signing_key(folder), next_wrapping_key(folder), folder.migrating(), folder.checking(),
        unwritten(folder.beginning()), unwritten(folder.restoring())})
    fs::remove_all(part);
}

void write_format(const DataFolder& folder) { write_durably(folder.format(), std::string{format_line} + "\n"); }

void begin_installation(const DataFolder& folder, const std::function<void()>& make) {
  clear(folder);
  write_durably(folder.beginning(), "a new installation is being made here\n");
  make();
  write_format(folder);
  finish_beginning(folder);
}

}  // namespace rollcall
