#include "adapters/crypto/key_files.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/hash.hpp"

namespace rollcall {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw std::runtime_error(file.string() + ": " + what);
}

// A descriptor that is closed with its scope.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0) : fd_(::open(path.c_str(), flags, mode)) {
    if (fd_ < 0) fail(path, std::strerror(errno));
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void sync_folder_of(const std::filesystem::path& file) {
  const Descriptor folder(file.parent_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (::fsync(folder.get()) != 0) fail(file, "its folder cannot be synced");
}

}  // namespace

void write_durably(const std::filesystem::path& file, const std::string& text) {
  const auto unfinished = file.string() + ".new";
  {
    const Descriptor out(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    errno = 0;
    if (::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      fail(file, fmt::format("cannot be written: {}", std::strerror(errno == 0 ? ENOSPC : errno)));
    if (::fsync(out.get()) != 0) fail(file, fmt::format("cannot be synced: {}", std::strerror(errno)));
  }
  std::filesystem::rename(unfinished, file);
  sync_folder_of(file);
}

void remove_durably(const std::filesystem::path& file) {
  if (std::filesystem::remove(file)) sync_folder_of(file);
}

std::string read_secret(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) fail(file, std::strerror(errno));
  if ((status.st_mode & 077) != 0) fail(file, "others may read it: chmod 600 it");
  std::ifstream in(file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) fail(file, "cannot be read");
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty()) fail(file, "is empty");
  return text;
}

std::string random_hex() {
  std::string bytes(32, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return to_hex(bytes);
}

}  // namespace rollcall
