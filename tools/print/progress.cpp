#include "tools/print/progress.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tools/print/terminal.hpp"
#include "tools/print/text.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t bar_columns = 20;
constexpr std::chrono::milliseconds redraw_pause{100};

std::uint64_t rate(std::uint64_t done, double seconds) {
  return static_cast<std::uint64_t>(static_cast<double>(done) / std::max(seconds, 1e-3));
}

}  // namespace

std::string progress_text(std::string_view label, std::uint64_t done, std::uint64_t total, double seconds,
                          std::size_t width) {
  auto text = std::string{label};
  if (total > 0) {
    const auto part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const auto filled = static_cast<std::size_t>(part * static_cast<double>(bar_columns));
    text += fmt::format("  [{}{}] {:3}%  {} of {}", std::string(filled, '#'), std::string(bar_columns - filled, '-'),
                        static_cast<int>(part * 100), grouped(done), grouped(total));
  } else {
    text += "  " + grouped(done);
  }
  text += fmt::format("  {}/s", grouped(rate(done, seconds)));
  if (done > 0 && done < total) {
    const auto left = seconds * static_cast<double>(total - done) / static_cast<double>(done);
    text += "  " + clock_text(left) + " left";
  }
  return cut_to(text, width);
}

std::string finished_text(std::string_view label, std::uint64_t done, double seconds) {
  return fmt::format("{}: {} in {:.1f} s ({}/s)", label, grouped(done), seconds, grouped(rate(done, seconds)));
}

Progress::Progress(std::string label, std::uint64_t total)
    : label_(std::move(label)),
      total_(total),
      terminal_(is_terminal(Stream::error)),
      began_(std::chrono::steady_clock::now()),
      next_(began_) {}

Progress::~Progress() {
  if (!finished_) clear();
}

void Progress::update(std::uint64_t done) { update(done, total_); }

void Progress::update(std::uint64_t done, std::uint64_t total) {
  done_ = done;
  total_ = total;
  if (!terminal_ || finished_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + redraw_pause;
  drawn_ = true;
  // One column stays free: a full line would wrap.
  const auto text = progress_text(label_, done_, total_, seconds(), columns_available(Stream::error) - 1);
  fmt::print(stderr, "\r{}\x1b[K", text);
}

void Progress::finish() {
  if (std::exchange(finished_, true)) return;
  clear();
  fmt::print(stderr, "{}\n", finished_text(label_, done_, seconds()));
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

void Progress::clear() {
  if (std::exchange(drawn_, false)) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace rollcall::tools
