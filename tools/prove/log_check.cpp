#include "tools/prove/log_check.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "events/catalogue.hpp"
#include "events/entry.hpp"
#include "events/proof/merkle.hpp"

namespace rollcall::tools {
namespace {

// Entries on their way from the thread that reads to the one that hashes, many in one piece of memory.
struct Block {
  Position first = 0;
  std::string bytes;
  std::vector<std::uint32_t> ends;
};

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::size_t blocks_waiting_max = 8;

class Pipe {
 public:
  // False when nobody takes any more.
  bool put(Block block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return blocks_.size() < blocks_waiting_max || abandoned_; });
    if (abandoned_) return false;
    blocks_.push_back(std::move(block));
    changed_.notify_all();
    return true;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }
  std::optional<Block> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !blocks_.empty() || ended_; });
    if (blocks_.empty()) return std::nullopt;
    auto block = std::move(blocks_.front());
    blocks_.pop_front();
    changed_.notify_all();
    return block;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> blocks_;
  bool ended_ = false;
  bool abandoned_ = false;
};

class Checker {
 public:
  Checker(const LogReader& log, LogReport& report) : log_(log), report_(report) {}

  // False at the first damage.
  bool entry(Position position, std::string_view bytes) {
    if (!is_at(position, bytes))
      return damaged("entry " + std::to_string(position) + " says of itself that it is elsewhere, or is no entry");
    for (const auto& tile : frontier_.append(leaf_hash(bytes)))
      if (!check(tile, position)) return false;
    return true;
  }

  void finish() { report_.root = frontier_.root(); }

 private:
  static bool is_at(Position position, std::string_view bytes) {
    try {
      return peek_entry(bytes).position == position;
    } catch (const Malformed&) {
      return false;
    }
  }

  bool check(const Tile& tile, Position position) {
    const auto stored = log_.tile(tile.level, tile.index);
    const auto name = "tile " + std::to_string(tile.level) + "/" + std::to_string(tile.index);
    if (!stored) return damaged(name + ", which ends at entry " + std::to_string(position) + ", is missing");
    ++report_.tiles;
    if (*stored == tile.bytes) return true;
    std::size_t hash = 0;
    while (stored->compare(hash * 32, 32, tile.bytes, hash * 32, 32) == 0) ++hash;
    const auto span = Position{1} << (8 * tile.level);
    const auto first = (tile.index * 256 + hash) * span;
    return damaged("the first entry that does not hash to " + name + " is " + std::to_string(first) +
                   (span == 1 ? "" : " or one of the " + std::to_string(span - 1) + " behind it"));
  }

  bool damaged(std::string what) {
    report_.damage = std::move(what);
    return false;
  }

  const LogReader& log_;
  LogReport& report_;
  Frontier frontier_;
};

}  // namespace

LogReport check_log(const LogReader& log, const std::function<void(Position done)>& progress) {
  LogReport report;
  report.size = log.size();

  Pipe pipe;
  std::exception_ptr failed;
  std::thread hasher([&] {
    try {
      Checker checker(log, report);
      while (const auto block = pipe.take()) {
        std::size_t from = 0;
        for (std::size_t i = 0; i < block->ends.size(); ++i) {
          const auto bytes = std::string_view{block->bytes}.substr(from, block->ends[i] - from);
          if (!checker.entry(block->first + i, bytes)) return pipe.abandon();
          from = block->ends[i];
        }
      }
      checker.finish();
    } catch (...) {
      failed = std::current_exception();
      pipe.abandon();
    }
  });
  Block block;
  std::exception_ptr unreadable;
  try {
    log.read(0, [&](Position position, std::string_view entry) {
      if (block.ends.empty()) block.first = position;
      report.keys.see(entry);
      block.bytes.append(entry);
      block.ends.push_back(static_cast<std::uint32_t>(block.bytes.size()));
      if (block.bytes.size() < block_bytes) return true;
      const bool wanted = pipe.put(std::move(block));
      block = Block{};
      if (progress) progress(position + 1);
      return wanted;
    });
    if (!block.ends.empty()) (void)pipe.put(std::move(block));
  } catch (...) {
    unreadable = std::current_exception();
  }
  pipe.end();
  hasher.join();
  if (progress && !report.damage && !unreadable) progress(report.size);
  if (failed) std::rethrow_exception(failed);
  // Damage among the entries read before the reading failed is nearer to the beginning.
  if (unreadable && !report.damage) std::rethrow_exception(unreadable);
  return report;
}

}  // namespace rollcall::tools
