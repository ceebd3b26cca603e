#include "tools/bench/measure.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <rocksdb/write_batch.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/http/echo.hpp"
#include "adapters/rocksdb/database.hpp"
#include "events/big_endian.hpp"

extern char** environ;

namespace rollcall::tools {
namespace {

using SteadyClock = std::chrono::steady_clock;

double micros_since(SteadyClock::time_point began) {
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - began).count();
}

// Bytes that compress as little as sealed data does.
std::string noise(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint64_t state = bytes;
  for (auto& c : text) {
    state = state * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
    c = static_cast<char>(state >> 56);
  }
  return text;
}

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

// The first line that can be read within half a minute.
std::string first_line(const File& file) {
  std::string line;
  pollfd readable{file.descriptor(), POLLIN, 0};
  char c = 0;
  while (::poll(&readable, 1, 30'000) == 1 && ::read(file.descriptor(), &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

ThreadSeconds thread_seconds() {
  const auto self = std::to_string(::gettid());
  ThreadSeconds found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream name_file(task.path() / "comm");
    std::ifstream time_file(task.path() / "schedstat");  // nanoseconds, where "stat" counts hundredths of a second
    std::string name;
    double nanoseconds = 0;
    if (!std::getline(name_file, name) || !(time_file >> nanoseconds)) continue;  // it has ended meanwhile
    found[task.path().filename() == self ? "load" : name] += nanoseconds / 1e9;
  }
  return found;
}

double fdatasync_micros(const std::filesystem::path& folder) {
  const auto path = folder / "fdatasync";
  const File file(checked(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"));
  const auto block = noise(4096);
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    checked(static_cast<int>(::write(file.descriptor(), block.data(), block.size())), "write");
    const auto began = SteadyClock::now();
    checked(::fdatasync(file.descriptor()), "fdatasync");
    times.push_back(micros_since(began));
  }
  std::filesystem::remove(path);
  return median(std::move(times));
}

// ---- raw RocksDB --------------------------------------------------------------------------------------------------

RawStore::RawStore(const std::filesystem::path& folder, const std::vector<std::size_t>& entry_bytes) {
  std::filesystem::remove_all(folder);
  database_ = Database::open(folder, {{.name = rocksdb::kDefaultColumnFamilyName}}, Kind::original, {});
  for (const auto bytes : entry_bytes) values_.push_back(noise(bytes));
}

RawStore::~RawStore() = default;

void RawStore::write(std::size_t entries) {
  rocksdb::WriteBatch batch;
  for (std::size_t i = 0; i < entries; ++i) {
    batch.Put(big_endian(next_), values_[next_ % values_.size()]);
    ++next_;
  }
  database_->write(batch, Database::Sync::now);
}

double RawStore::entries_per_second(std::size_t entries, std::chrono::milliseconds duration) {
  const auto first = next_;
  const auto took = seconds_of([&] {
    for (const auto end = SteadyClock::now() + duration; SteadyClock::now() < end;) write(entries);
  });
  return static_cast<double>(next_ - first) / took;
}

double RawStore::write_micros(std::chrono::milliseconds duration) {
  std::vector<double> times;
  for (const auto end = SteadyClock::now() + duration; SteadyClock::now() < end;) {
    const auto began = SteadyClock::now();
    write(values_.size());
    times.push_back(micros_since(began));
  }
  return median(std::move(times));
}

// ---- HTTP ---------------------------------------------------------------------------------------------------------

http::LoadReport must_succeed(const http::LoadOptions& options, const http::NextRequest& next) {
  std::string other;
  const auto report =
      generate_load(options, next, [&](std::size_t, std::uint64_t, unsigned status, std::string_view body) {
        if (status != 200 && other.empty()) other = fmt::format("{} {}", status, body);
      });
  if (!other.empty()) throw std::runtime_error("a request of the benchmark was answered with " + other);
  if (report.failed > 0 || report.answered == 0)
    throw std::runtime_error(fmt::format("{} requests of the benchmark were not answered", report.failed));
  return report;
}

EchoServer::EchoServer(unsigned threads) : server_({.listen = "127.0.0.1:0", .threads = threads}, http::echo) {}

std::string EchoServer::address() const { return fmt::format("127.0.0.1:{}", server_.port()); }

http::LoadReport EchoServer::post(const std::string& body, std::size_t connections,
                                  std::chrono::milliseconds duration) const {
  return ask(http::render("POST", "/echo", {{"Content-Type", "application/json"}}, body), connections, duration);
}

http::LoadReport EchoServer::get(std::size_t bytes, std::size_t connections, std::chrono::milliseconds duration) const {
  return ask(http::render("GET", fmt::format("/bytes/{}", bytes)), connections, duration);
}

http::LoadReport EchoServer::ask(const std::string& request, std::size_t connections,
                                 std::chrono::milliseconds duration) const {
  http::LoadOptions options;
  options.address = address();
  options.connections = connections;
  options.max_requests = ~std::uint64_t{0};
  options.max_duration = duration;
  return must_succeed(options, [&](std::size_t, std::uint64_t) { return request; });
}

void run_program(std::vector<std::string> words) {
  words.insert(words.begin(), "rollcall");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0);
  pid_t process = -1;
  const auto failed = ::posix_spawn(&process, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::system_error(failed, std::generic_category(), "starting rollcall");
  int status = 0;
  ::waitpid(process, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("rollcall " + words[1] + " failed");
}

// ---- a process of its own -----------------------------------------------------------------------------------------

ServedProcess::ServedProcess(const std::filesystem::path& folder, const std::vector<std::string>& more_arguments) {
  std::array<int, 2> ends{};
  checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  const File out(ends[0]);
  File in(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.descriptor(), STDOUT_FILENO);
  std::vector<std::string> words{"rollcall", "serve",    "--data",      folder.string(),
                                 "--create", "--listen", "127.0.0.1:0", "--requests-per-second",
                                 "0"};
  words.insert(words.end(), more_arguments.begin(), more_arguments.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto failed = ::posix_spawn(&process_, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::system_error(failed, std::generic_category(), "starting rollcall serve");
  in.close();
  const auto line = first_line(out);
  const auto at = line.find("http://");
  if (at != std::string::npos) url_ = line.substr(at, line.find(' ', at) - at);
  if (!url_.empty()) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  throw std::runtime_error("rollcall serve did not say where it serves: " + line);
}

ServedProcess::~ServedProcess() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

double ServedProcess::resident_megabytes() const {
  std::ifstream status(fmt::format("/proc/{}/status", process_));
  constexpr std::string_view wanted = "VmRSS:";
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(wanted)) return std::stod(line.substr(wanted.size())) * 1024 / 1e6;
  throw std::runtime_error("the process that serves has ended");
}

}  // namespace rollcall::tools
