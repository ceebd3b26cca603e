#include "tools/client/handing_on.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace rollcall::tools {
namespace {

constexpr std::string_view unassign = "nobody";

std::optional<std::uint32_t> whole(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Expected<json::object, std::string> plan_for(std::string_view kind, std::string_view shares,
                                             const FindUser& find_user) {
  json::object plan{{"kind", kind}};
  if (shares == unassign) {
    plan["mode"] = "unassign";
    plan["allocations"] = json::array{};
    return plan;
  }
  json::array allocations;
  std::optional<bool> exact;
  for (bool more = true; more;) {
    const auto comma = shares.find(',');
    const auto one = shares.substr(0, comma);
    more = comma != shares.npos;
    if (more) shares.remove_prefix(comma + 1);

    const auto mark = one.find_last_of(":=");
    const auto user = one.substr(0, mark);
    const auto share = mark == one.npos ? std::optional<std::uint32_t>{1} : whole(one.substr(mark + 1));
    const bool exactly = mark != one.npos && one[mark] == '=';
    if (user.empty() || !share)
      return unexpected(
          fmt::format("\"{}\" is no share: USER, USER:WEIGHT, USER=NUMBER, or nobody for all of it", one));
    if (exact && *exact != exactly) return unexpected(std::string{"weights (USER:2) and numbers (USER=2) do not mix"});
    exact = exactly;
    allocations.push_back({{"to", find_user(std::string{user})}, {"share", *share}});
  }
  plan["mode"] = *exact ? "hardcoded" : "ratio";
  plan["allocations"] = std::move(allocations);
  return plan;
}

std::string shell_word(std::string_view word) {
  constexpr std::string_view plain = "@%+=:,./_-";
  const bool safe = !word.empty() && std::all_of(word.begin(), word.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || plain.find(c) != plain.npos;
  });
  if (safe) return std::string{word};
  std::string quoted{"'"};
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

}  // namespace rollcall::tools
