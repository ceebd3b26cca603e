#include "tools/backup/folder.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "adapters/crypto/key_files.hpp"
#include "events/hash.hpp"
#include "events/proof/tiles.hpp"
#include "tools/failure.hpp"

namespace rollcall::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view format_line = "rollcall backup 2";
// The last line, over all lines before it: nobody else would notice another cursor.
constexpr std::string_view digest_word = "sha256 ";
constexpr std::uint64_t segment_entries = 65'536;
constexpr std::size_t buffer_bytes = std::size_t{1} << 19;

fs::path head_of(const fs::path& root) { return root / "head"; }
fs::path segment(const fs::path& entries, std::uint64_t position) {
  return entries / fmt::format("{:020}", position / segment_entries * segment_entries);
}

std::string whole(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) throw Failure(file.string() + " cannot be read");
  return text;
}

// The line up to its end, taken from the front.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// Where the first `count` entries of a segment end; nothing when it has fewer.
std::optional<std::size_t> end_of(std::string_view bytes, std::uint64_t count, const LogReader::Visit& visit,
                                  std::uint64_t first) {
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (bytes.size() - at < 2) return std::nullopt;
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) << 8 |
                      static_cast<unsigned char>(bytes[at + 1]);
    if (bytes.size() - at - 2 < size) return std::nullopt;
    if (visit && !visit(first + i, bytes.substr(at + 2, size))) return at;
    at += 2 + size;
  }
  return at;
}

void sync_file(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced) throw Failure(file.string() + " cannot be synced: " + std::strerror(errno));
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced) throw Failure(folder.string() + " cannot be synced: " + std::strerror(errno));
}

}  // namespace

std::optional<BackupFolder::Head> BackupFolder::head() const {
  if (!fs::exists(head_of(root_))) {
    if (!fs::exists(root_)) return std::nullopt;
    for (const auto& entry : fs::directory_iterator(root_)) {
      const auto name = entry.path().filename().string();
      if (name != "LOCK" && name != "entries" && name != "lost+found" && name != "head.new")
        throw Failure(root_.string() + " is no backup of Rollcall, and not empty: it holds " + name);
    }
    return std::nullopt;
  }
  const auto text = whole(head_of(root_));
  std::string_view rest = text;
  if (const auto line = take_line(rest); line != format_line)
    throw Failure(fmt::format("{} is of format \"{}\", this program knows \"{}\"", root_.string(), line, format_line),
                  {"the version of Rollcall that wrote it restores it; begin another backup with this one"},
                  exit_needs_person);
  const auto last = text.rfind(digest_word);
  if (last == std::string::npos ||
      text.substr(last) != fmt::format("{}{}\n", digest_word, to_hex(bytes_of(sha256(text.substr(0, last))))))
    throw Failure(head_of(root_).string() + " is damaged: it does not hash to its last line",
                  {"begin another backup; of this one --check says nothing more"}, exit_needs_person);
  rest.remove_suffix(text.size() - last);
  const auto bytes = from_base64(take_line(rest));
  auto frontier = bytes ? Frontier::decode(*bytes) : std::nullopt;
  if (!frontier) throw Failure(head_of(root_).string() + " is damaged", {}, exit_needs_person);
  Head head{std::move(*frontier), std::string{take_line(rest)}, {}};
  head.checkpoint = rest;
  return head;
}

void BackupFolder::write_head(const Head& head) const {
  auto text =
      fmt::format("{}\n{}\n{}\n{}", format_line, to_base64(head.frontier.encode()), head.cursor, head.checkpoint);
  text += fmt::format("{}{}\n", digest_word, to_hex(bytes_of(sha256(text))));
  write_durably(head_of(root_), text);
}

void BackupFolder::read(std::uint64_t size, const LogReader::Visit& visit) const {
  bool wanted = true;
  const auto pass_on = [&](Position position, std::string_view entry) {
    wanted = visit(position, entry);
    return wanted;
  };
  for (std::uint64_t first = 0; first < size && wanted; first += segment_entries) {
    const auto file = segment(root_ / "entries", first);
    const auto bytes = whole(file);
    if (!end_of(bytes, std::min(segment_entries, size - first), pass_on, first))
      throw Failure(file.string() + " is cut short: the backup is damaged", {}, exit_needs_person);
  }
}

void BackupFolder::read_last_file(std::uint64_t size, const LogReader::Visit& visit) const {
  const auto last = size == 0 ? 0 : (size - 1) / segment_entries * segment_entries;
  for (std::uint64_t first = 0; first < size; first += segment_entries) {
    const auto file = segment(root_ / "entries", first);
    if (!fs::exists(file)) throw Failure(file.string() + " is gone: the backup is damaged", {}, exit_needs_person);
    if (first == last && !end_of(whole(file), size - first, visit, first))
      throw Failure(file.string() + " is cut short: the backup is damaged", {}, exit_needs_person);
  }
}

BackupWriter::BackupWriter(const fs::path& root, std::uint64_t size, Written written)
    : entries_(root / "entries"), size_(size), written_(std::move(written)) {
  fs::create_directories(entries_);
  if (size_ % segment_entries != 0) open_segment(size_ % segment_entries);
}

BackupWriter::~BackupWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void BackupWriter::open_segment(std::uint64_t keep_entries) {
  const auto file = segment(entries_, size_);
  unsynced_.push_back(file);
  on_its_way_ = 0;
  std::size_t keep = 0;
  if (keep_entries > 0) {
    const auto end = end_of(whole(file), keep_entries, {}, 0);
    if (!end) throw Failure(file.string() + " is cut short: the backup is damaged", {}, exit_needs_person);
    keep = *end;
  }
  descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0 || ::ftruncate(descriptor_, static_cast<off_t>(keep)) != 0 ||
      ::lseek(descriptor_, 0, SEEK_END) < 0)
    throw Failure(file.string() + " cannot be written: " + std::strerror(errno));
}

void BackupWriter::add(std::string_view entry) {
  if (descriptor_ < 0) open_segment(0);
  append_to_bundle(buffer_, entry);
  if (buffer_.size() >= buffer_bytes) write_out();
  if (++size_ % segment_entries == 0) close_segment();
}

void BackupWriter::write_out() {
  for (std::string_view rest = buffer_; !rest.empty();) {
    const auto written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0) throw Failure(entries_.string() + " cannot be written: " + std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  // On its way to the disk at once, and never much of it: what waits there keeps the syncs of commands waiting.
  constexpr unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  const auto end = ::lseek(descriptor_, 0, SEEK_CUR);
  const auto send = [&](off_t from, off_t to, unsigned how) {
    if (to == from || ::sync_file_range(descriptor_, from, to - from, how) == 0) return;
    // Who is told of a write that failed is told once: the sync at the end would know nothing of it.
    if (errno == EIO || errno == ENOSPC || errno == EDQUOT)
      throw Failure(entries_.string() + " cannot be written: " + std::strerror(errno));
  };
  send(0, on_its_way_, all);
  send(on_its_way_, end, SYNC_FILE_RANGE_WRITE);
  on_its_way_ = end;
  written_(std::exchange(buffer_, {}));
  buffer_.reserve(buffer_bytes + max_entry_bytes + 2);
}

void BackupWriter::close_segment() {
  write_out();
  ::close(std::exchange(descriptor_, -1));
}

void BackupWriter::finish() {
  if (descriptor_ >= 0) close_segment();
  // Their data lies on the disk by now. Each sync before would have had the file system write its journal, and commands
  // wait for that; until the head says so, nothing of it counts.
  for (const auto& file : unsynced_) sync_file(file);
  unsynced_.clear();
  sync_folder(entries_);
}

BackupLock::BackupLock(const fs::path& root) {
  std::error_code error;
  fs::create_directories(root, error);
  const auto file = root / "LOCK";
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) throw Failure(root.string() + " cannot be written: " + std::strerror(errno));
  // One that was killed has it until its last write is on the disk.
  constexpr int tries = 50;
  for (int i = 0; i < tries; ++i) {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ::close(descriptor_);
  throw Failure(root.string() + " is being written by another backup");
}

BackupLock::~BackupLock() { ::close(descriptor_); }

}  // namespace rollcall::tools
