#include "projections/engine/read_ahead.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace rollcall::projections {
namespace {

constexpr std::size_t chunk_bytes = 512 * 1024;
constexpr std::size_t chunks_ahead = 4;

// Entries one after the other.
struct Chunk {
  struct Entry {
    Position position;
    std::size_t end;
  };
  std::string bytes;
  std::vector<Entry> entries;
};

// What lies between the two threads: a bounded queue that either side can close.
class Channel {
 public:
  // False once nobody wants more.
  bool push(Chunk chunk) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || chunks_.size() < chunks_ahead; });
    if (closed_) return false;
    chunks_.push_back(std::move(chunk));
    changed_.notify_all();
    return true;
  }
  // Nothing once all is read; throws what reading threw.
  std::optional<Chunk> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !chunks_.empty(); });
    if (chunks_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    auto chunk = std::move(chunks_.front());
    chunks_.pop_front();
    changed_.notify_all();
    return chunk;
  }
  void close(const std::exception_ptr& error = nullptr) {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (error) error_ = error;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Chunk> chunks_;
  std::exception_ptr error_;
  bool closed_ = false;
};

void read_into(Channel& channel, const LogReader& log, Position from) {
  Chunk chunk;
  std::exception_ptr error;
  try {
    bool wanted = true;
    log.read(from, [&](Position position, std::string_view entry) {
      chunk.bytes.append(entry);
      chunk.entries.push_back({position, chunk.bytes.size()});
      if (chunk.bytes.size() >= chunk_bytes) wanted = channel.push(std::exchange(chunk, {}));
      return wanted;
    });
  } catch (...) {
    error = std::current_exception();
  }
  // Also what came before an error is to be visited.
  if (!chunk.entries.empty()) channel.push(std::move(chunk));
  channel.close(error);
}

bool visit_all(const Chunk& chunk, const LogReader::Visit& visit) {
  std::size_t begin = 0;
  for (const auto& [position, end] : chunk.entries) {
    if (!visit(position, std::string_view{chunk.bytes}.substr(begin, end - begin))) return false;
    begin = end;
  }
  return true;
}

}  // namespace

void ReadAhead::read(Position from, const Visit& visit) const {
  Channel channel;
  const std::jthread reader([&] { read_into(channel, log_, from); });
  try {
    while (const auto chunk = channel.pop())
      if (!visit_all(*chunk, visit)) break;
  } catch (...) {
    channel.close();
    throw;
  }
  channel.close();  // the reader ends with its next chunk, and is waited for
}

}  // namespace rollcall::projections
