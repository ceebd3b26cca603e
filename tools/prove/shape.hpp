// The shape of the command line, for what is made from it: completions and man pages.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace rollcall::tools {

struct OptionShape {
  std::vector<std::string> names;  // with their dashes, the short one first
  std::string takes;               // what it is called that it takes; empty: nothing
  std::vector<std::string> words;  // what may be given, where that is a few words
  std::string about;
  bool required = false;
  bool positional = false;
};

struct CommandShape {
  std::string path;  // "rollcall do InvitePartner"
  std::string about;
  std::string footer;
  std::vector<OptionShape> options;
  std::vector<CommandShape> commands;

  std::string name() const { return path.substr(path.rfind(' ') + 1); }
};

// The program as it is, from its outermost command on.
CommandShape shape_of(const CLI::App& app);

// Calls visit(command) for it and all below it, the outer one first.
void each_command(const CommandShape& command, auto&& visit) {
  visit(command);
  for (const auto& inner : command.commands) each_command(inner, visit);
}

}  // namespace rollcall::tools
