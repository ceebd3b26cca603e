// What holds for every subcommand's command line: help that fits a terminal, what a mistyped word was meant to be, and
// settings of the environment that nobody reads.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace rollcall::tools {

// Help in lines of at most 80 columns, as far as its words allow.
std::shared_ptr<CLI::FormatterBase> help_formatter();

// "there is no command users2; did you mean users?" for the first word that names no subcommand or option of those
// before it; else nothing.
std::string meant(const CLI::App& app, const std::vector<std::string>& words);

// A complaint about the first variable ROLLCALL_… that no option reads, else nothing: who set ROLLCALL_QEUE believes
// that it counts. `environment` is as ::environ.
std::string unknown_setting(const CLI::App& app, const char* const* environment);

}  // namespace rollcall::tools
