// What measurements are made of: medians, the speed of the disk and of nothing but the stores and stacks we build on.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "adapters/http/load.hpp"
#include "adapters/http/server.hpp"

namespace rollcall {
class Database;
}

namespace rollcall::tools {

// Of the middle ones the mean. There must be one.
double median(std::vector<double> values);

template <class Work>
double seconds_of(Work work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// Processor time by what threads are called.
using ThreadSeconds = std::map<std::string, double, std::less<>>;
// Of this process since it began, its ended threads left out. The thread that asks, from which load is generated, is
// called "load". Threads of RocksDB that flush and merge are "rocksdb:…", those of servers as they name themselves.
ThreadSeconds thread_seconds();

// Microseconds that making 4 KiB durable takes on the disk of this folder, median of 200.
double fdatasync_micros(const std::filesystem::path& folder);

// A RocksDB with the settings of the log, written by nothing but its own batches.
class RawStore {
 public:
  // Begins anew in this folder. Each entry is as long as one of these, in turn.
  RawStore(const std::filesystem::path& folder, const std::vector<std::size_t>& entry_bytes);
  ~RawStore();

  // Synced batches of `entries` entries, one after the other, for so long: entries a second.
  double entries_per_second(std::size_t entries, std::chrono::milliseconds duration);
  // Microseconds of a batch with one entry of each length, median.
  double write_micros(std::chrono::milliseconds duration);

 private:
  void write(std::size_t entries);

  std::shared_ptr<Database> database_;
  std::vector<std::string> values_;
  std::uint64_t next_ = 0;
};

// The HTTP stack with a handler that does nothing but reply.
class EchoServer {
 public:
  explicit EchoServer(unsigned threads);
  // Closed loop; every request is a POST of this body.
  http::LoadReport post(const std::string& body, std::size_t connections, std::chrono::milliseconds duration) const;
  // Closed loop; every reply is so many bytes long.
  http::LoadReport get(std::size_t bytes, std::size_t connections, std::chrono::milliseconds duration) const;

 private:
  std::string address() const;
  http::LoadReport ask(const std::string& request, std::size_t connections, std::chrono::milliseconds duration) const;
  http::Server server_;
};

// A load that must be answered with 200 to the last request. Throws std::runtime_error with the first other answer.
http::LoadReport must_succeed(const http::LoadOptions& options, const http::NextRequest& next);

// Runs this program with these words to its end, what it prints thrown away. Throws std::runtime_error when it fails.
void run_program(std::vector<std::string> words);

// `rollcall serve` on a folder as a process of its own.
class ServedProcess {
 public:
  // Returns when it has said where it serves. Throws std::runtime_error when it does not.
  explicit ServedProcess(const std::filesystem::path& folder, const std::vector<std::string>& more_arguments = {});
  // SIGKILL, and waits for the end.
  ~ServedProcess();
  ServedProcess(const ServedProcess&) = delete;
  ServedProcess& operator=(const ServedProcess&) = delete;

  const std::string& url() const { return url_; }
  // Megabytes (10^6) of memory it occupies.
  double resident_megabytes() const;

 private:
  pid_t process_ = -1;
  std::string url_;
};

}  // namespace rollcall::tools
