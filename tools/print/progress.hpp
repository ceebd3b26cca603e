// A progress bar with rate and time left on standard error, so that long work is seen to move and results stay clean.
//
//   Progress bar{"replaying", total};
//   while (…) bar.update(done);
//   bar.finish();
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::tools {

// "replaying  [########------------]  40%  400 of 1,000  200/s  0:03 left", cut to `width` columns. Without a total
// (0) there is no bar and no time left.
std::string progress_text(std::string_view label, std::uint64_t done, std::uint64_t total, double seconds,
                          std::size_t width);

// "replaying: 1,000 in 5.0 s (200/s)".
std::string finished_text(std::string_view label, std::uint64_t done, double seconds);

// On a terminal the bar is redrawn ten times a second at most; elsewhere only the line of finish() is written.
class Progress {
 public:
  Progress(std::string label, std::uint64_t total);
  // Takes an unfinished bar off the terminal, so that what went wrong starts on a line of its own.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap enough for every step. The total may turn out another on the way.
  void update(std::uint64_t done);
  void update(std::uint64_t done, std::uint64_t total);
  // Writes the last line, with what was done. Once.
  void finish();

 private:
  double seconds() const;
  void clear();

  std::string label_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  bool drawn_ = false;
  bool finished_ = false;
  const bool terminal_;
  const std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace rollcall::tools
