// The rollcall program run as people run it, in a folder and an environment of its own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/command.hpp"
#include "tests/tools/folder.hpp"

namespace rollcall::testing {

class Program {
 public:
  // Runs it in this folder, with its configuration below "config" and nothing else in the environment.
  explicit Program(const Folder& folder) : folder_(folder) {}

  std::map<std::string, std::string> environment;

  CommandResult run(const std::vector<std::string>& arguments, const std::string& input = {}) const;

 private:
  const Folder& folder_;
};

}  // namespace rollcall::testing
