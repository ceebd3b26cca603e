#include "tools/command_line.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "tools/print/text.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t help_columns = 80;
constexpr std::size_t names_columns = 34;

// Where the text of a line begins that stands beside a name: behind the last gap of its left half.
std::size_t text_begins(std::string_view line) {
  std::size_t begins = std::min(line.find_first_not_of(' '), line.size());
  for (auto gap = line.find("  ", begins); gap != line.npos && gap < help_columns / 2; gap = line.find("  ", begins))
    begins = std::min(line.find_first_not_of(' ', gap), line.size());
  return begins;
}

// The line in as many lines as it needs, the further ones below where its text begins.
std::string wrapped(std::string line) {
  const auto indent = text_begins(line);
  std::string out;
  while (columns_of(line) > help_columns) {
    const auto narrow = cut_to(line, help_columns);
    auto at = line.rfind(' ', narrow.size() - 2);
    if (at == line.npos || at <= indent) at = line.find(' ', help_columns);  // a word of its own that is too wide
    if (at == line.npos || at + 1 >= line.size()) break;
    out += line.substr(0, at) + "\n";
    line = std::string(indent, ' ') + line.substr(at + 1);
  }
  return out + line;
}

class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(names_columns); }
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::istringstream lines(CLI::Formatter::make_help(app, std::move(name), mode));
    std::string out;
    for (std::string line; std::getline(lines, line);) out += wrapped(std::move(line)) + "\n";
    return out;
  }
};

// The nearest of the names, if it is near enough to be what was meant.
class Nearest {
 public:
  explicit Nearest(std::string_view word) : word_(word) {}
  void consider(const std::string& name) {
    if (const auto wrong = edit_distance(word_, name); wrong < wrong_) {
      wrong_ = wrong;
      name_ = name;
    }
  }
  std::string guess() const { return name_.empty() ? "" : fmt::format("; did you mean {}?", name_); }

 private:
  static constexpr std::size_t letters_wrong = 2;
  std::string_view word_;
  std::size_t wrong_ = letters_wrong + 1;
  std::string name_;
};

void consider_options(const CLI::App& app, Nearest& nearest) {
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) nearest.consider("--" + name);
}

// Where a Service is called rollcall, or rollcall-something, every container has such variables of it.
bool is_of_kubernetes(std::string_view name) {
  return name.find("_SERVICE_HOST") != name.npos || name.find("_SERVICE_PORT") != name.npos ||
         name.ends_with("_PORT") || name.find("_PORT_") != name.npos;
}

void each_variable(const CLI::App& app, auto&& visit) {
  for (const auto* option : app.get_options())
    if (!option->get_envname().empty()) visit(option->get_envname());
  for (const auto* inner : app.get_subcommands(nullptr)) each_variable(*inner, visit);
}

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

std::string meant(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* at = &app;
  for (auto word = words.begin(); word != words.end() && *word != "--"; ++word) {
    if (word->starts_with("--")) {
      const auto name = word->substr(0, word->find('='));
      const auto* option = at->get_option_no_throw(name);
      if (option == nullptr) {
        Nearest nearest(name);
        consider_options(*at, nearest);
        const auto of = at == &app ? std::string{} : fmt::format(" of {}", at->get_name());
        return fmt::format("there is no option {}{}{}", name, of, nearest.guess());
      }
      // What follows is the option's own, whatever it looks like.
      if (option->get_items_expected_max() > 0 && word->find('=') == std::string::npos && word + 1 != words.end())
        ++word;
      continue;
    }
    if (word->starts_with('-')) continue;
    const auto inner = at->get_subcommands(nullptr);
    if (inner.empty()) continue;
    const auto known =
        std::find_if(inner.begin(), inner.end(), [&](const auto* one) { return one->get_name() == *word; });
    if (known == inner.end()) {
      Nearest nearest(*word);
      for (const auto* one : inner) nearest.consider(one->get_name());
      return fmt::format("there is no {} {}{}", at == &app ? "command" : at->get_name(), *word, nearest.guess());
    }
    at = *known;
  }
  return {};
}

std::string unknown_setting(const CLI::App& app, const char* const* environment) {
  constexpr std::string_view ours = "ROLLCALL_";
  for (; *environment != nullptr; ++environment) {
    const std::string_view setting = *environment;
    if (!setting.starts_with(ours)) continue;
    const auto name = setting.substr(0, setting.find('='));
    if (is_of_kubernetes(name)) continue;
    bool known = false;
    Nearest nearest(name);
    each_variable(app, [&](const std::string& variable) {
      known = known || variable == name;
      nearest.consider(variable);
    });
    if (!known)
      return fmt::format("the environment has {}, which no option reads{}", name,
                         nearest.guess().empty() ? ": unset it, or call it otherwise" : nearest.guess());
  }
  return {};
}

}  // namespace rollcall::tools
