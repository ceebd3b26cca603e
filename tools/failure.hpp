// How a subcommand says that it failed: in words for the person at the terminal.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::tools {

// Ends the program with exit code 1. what() is one line, `notes` are further lines: the details, or what to do now.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& line, std::vector<std::string> notes = {})
      : std::runtime_error(line), notes_(std::move(notes)) {}
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<std::string> notes_;
};

// Ends the program with exit code 1 without another word: its output has said it all.
struct Unsuccessful {};

// Exit codes of the program.
constexpr int exit_done = 0;
constexpr int exit_failed = 1;  // refused by the rules, or broken
constexpr int exit_usage = 2;

}  // namespace rollcall::tools
