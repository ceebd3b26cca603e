// How a subcommand says that it failed: in words for the person at the terminal.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::tools {

// Exit codes of the program: those beyond 2 as in <sysexits.h>.
constexpr int exit_done = 0;
constexpr int exit_failed = 1;  // refused by the rules, or broken
constexpr int exit_usage = 2;
constexpr int exit_try_again = 75;     // busy, in use, or a disk that failed: later it may go
constexpr int exit_needs_person = 78;  // damaged, missing or of another history: it will not go by itself

// Ends the program. what() is one line, `notes` are further lines: the details, or what to do now.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& line, std::vector<std::string> notes = {}, int exit_code = exit_failed)
      : std::runtime_error(line), notes_(std::move(notes)), exit_code_(exit_code) {}
  const std::vector<std::string>& notes() const { return notes_; }
  int exit_code() const { return exit_code_; }

 private:
  std::vector<std::string> notes_;
  int exit_code_;
};

// Ends the program with exit code 1 without another word: its output has said it all.
struct Unsuccessful {};

}  // namespace rollcall::tools
