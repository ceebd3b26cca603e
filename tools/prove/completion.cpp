// `rollcall completion SHELL`: what a shell needs to complete rollcall's command lines, made from its options.
#include <memory>

#include <fmt/format.h>

#include "tools/print/json_view.hpp"
#include "tools/prove/shape.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

// In single quotes. A quote within is `quote`: bash and zsh have to end the text for it, fish escapes it.
std::string in_quotes(std::string_view text, std::string_view quote = "'\\''") {
  std::string out{"'"};
  for (const char c : text) {
    if (c == '\'')
      out += quote;
    else
      out += c == '\n' ? ' ' : c;
  }
  return out + "'";
}
std::string fish_quotes(std::string_view text) { return in_quotes(text, "\\'"); }

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

// Every path but the outermost, as patterns of a `case`.
std::string inner_paths(const CommandShape& program) {
  std::string paths;
  each_command(program, [&](const CommandShape& command) {
    if (&command != &program) paths += (paths.empty() ? "" : "|") + in_quotes(command.path);
  });
  return paths;
}

// The words that may follow an option, as arms of a `case` over "path option".
std::string value_arms(const CommandShape& program, std::string_view before, std::string_view behind) {
  std::string arms;
  each_command(program, [&](const CommandShape& command) {
    for (const auto& option : command.options)
      if (!option.words.empty() && !option.positional)
        arms += fmt::format("    {}) {}{}{} ;;\n", in_quotes(command.path + " " + option.names.back()), before,
                            joined(option.words), behind);
  });
  return arms;
}

std::string bash(const CommandShape& program) {
  std::string words;
  each_command(program, [&](const CommandShape& command) {
    std::vector<std::string> all;
    for (const auto& inner : command.commands) all.push_back(inner.name());
    for (const auto& option : command.options) {
      const auto& words_of = option.positional ? option.words : option.names;
      all.insert(all.end(), words_of.begin(), words_of.end());
    }
    words += fmt::format("    {}) words={} ;;\n", in_quotes(command.path), in_quotes(joined(all)));
  });
  return fmt::format(R"(# bash completion of rollcall: source it, or save it as
# ${{XDG_DATA_HOME:-~/.local/share}}/bash-completion/completions/rollcall
_rollcall() {{
  local path=rollcall word words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    case "$path $word" in
    {}) path="$path $word" ;;
    esac
  done
  case "$path ${{COMP_WORDS[COMP_CWORD-1]}}" in
{}    esac
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}")
    return
  fi
  case "$path" in
{}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}")
}}
complete -o default -F _rollcall rollcall
)",
                     inner_paths(program), value_arms(program, "words='", "'"), words);
}

// Colons part a word from what it is about.
std::string described(std::string word, const std::string& about) {
  std::string escaped;
  for (const char c : word) escaped += c == ':' ? std::string{"\\:"} : std::string{c};
  return in_quotes(escaped + ":" + about);
}

std::string zsh(const CommandShape& program) {
  std::string arms;
  each_command(program, [&](const CommandShape& command) {
    std::string commands, options;
    for (const auto& inner : command.commands) commands += " " + described(inner.name(), inner.about);
    for (const auto& option : command.options)
      if (option.positional)
        for (const auto& word : option.words) commands += " " + described(word, option.about);
    for (const auto& option : command.options)
      if (!option.positional) options += " " + described(option.names.back(), option.about);
    arms += fmt::format("    {})\n      commands=({})\n      options=({}) ;;\n", in_quotes(command.path), commands,
                        options);
  });
  return fmt::format(R"(#compdef rollcall
# zsh completion of rollcall: save it as _rollcall in a folder of $fpath.
_rollcall() {{
  local path=rollcall word i
  local -a commands options values
  for ((i = 2; i < CURRENT; i++)); do
    word=${{words[i]}}
    case "$path $word" in
    {}) path="$path $word" ;;
    esac
  done
  case "$path ${{words[CURRENT-1]}}" in
{}    esac
  if (( $#values )); then
    compadd -- $values
    return
  fi
  case "$path" in
{}  esac
  if [[ $PREFIX == -* ]]; then
    _describe option options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}}
if [[ $funcstack[1] == _rollcall ]]; then
  _rollcall "$@"
else
  compdef _rollcall rollcall
fi
)",
                     inner_paths(program), value_arms(program, "values=(", ")"), arms);
}

std::string fish(const CommandShape& program) {
  std::string paths, lines;
  each_command(program, [&](const CommandShape& command) {
    if (&command != &program) paths += " " + fish_quotes(command.path);
    const auto here =
        fmt::format("complete -c rollcall -n {}", fish_quotes("test (__rollcall_path) = \"" + command.path + "\""));
    for (const auto& inner : command.commands)
      lines += fmt::format("{} -f -a {} -d {}\n", here, inner.name(), fish_quotes(inner.about));
    for (const auto& option : command.options) {
      if (option.positional && !option.words.empty())
        lines += fmt::format("{} -f -a {} -d {}\n", here, fish_quotes(joined(option.words)), fish_quotes(option.about));
      if (option.positional) continue;
      lines += here;
      for (const auto& name : option.names)
        lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.takes.empty()) lines += " -r";
      if (!option.words.empty()) lines += " -f -a " + fish_quotes(joined(option.words));
      lines += " -d " + fish_quotes(option.about) + "\n";
    }
  });
  return fmt::format(R"(# fish completion of rollcall: save it as ~/.config/fish/completions/rollcall.fish
set -g __rollcall_paths{}
function __rollcall_path
  set -l path rollcall
  for word in (commandline -opc)[2..-1]
    if contains -- "$path $word" $__rollcall_paths
      set path "$path $word"
    end
  end
  echo $path
end
{})",
                     paths, lines);
}

}  // namespace

void add_completion(CLI::App& app) {
  auto& command = *app.add_subcommand("completion", "Print what bash, zsh or fish needs to complete command lines");
  auto shell = std::make_shared<std::string>();
  command.add_option("shell", *shell, "whose")
      ->required()
      ->type_name("bash|zsh|fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  auto as_json = std::make_shared<bool>(false);
  command.add_flag("--json", *as_json, "the script as a member of an object");
  command.footer("For now: source <(rollcall completion bash)");
  command.callback([shell, as_json, &app] {
    const auto program = shape_of(app);
    const auto script = *shell == "bash" ? bash(program) : *shell == "zsh" ? zsh(program) : fish(program);
    if (*as_json) return print_json({{"shell", *shell}, {"script", script}});
    fmt::print("{}", script);
  });
}

}  // namespace rollcall::tools
