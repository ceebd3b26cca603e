#include "tools/client/listing.hpp"

#include <fmt/format.h>

#include "tools/print/json_view.hpp"

namespace rollcall::tools {
namespace {

constexpr std::uint32_t page_rows_max = 200;  // of the server

}  // namespace

void add_query_options(CLI::App& command, ListOptions& options) {
  command.add_option("--at", options.at, "as it was then: an RFC 3339 time with its offset, or a position of the log");
  command.add_option("--min-position", options.min_position, "wait until this position of the log is to be seen here")
      ->type_name("N");
  add_remote_options(command, options.remote);
}

void add_list_options(CLI::App& command, ListOptions& options, std::string_view orders) {
  command.add_option("--sort", options.sort, fmt::format("one of {}; with - in front the other way round", orders));
  command.add_option("--limit", options.limit, fmt::format("rows of a page, at most {}", page_rows_max))
      ->check(CLI::Range(1U, page_rows_max))
      ->type_name("N");
  const auto cursor = command.add_option("--cursor", options.cursor, "go on where the last page ended");
  command.add_flag("--all", options.all, "all pages")->excludes(cursor);
  add_query_options(command, options);
}

json::value fetch_list(Remote& remote, std::initializer_list<std::string_view> segments, Parameters filters,
                       const ListOptions& options, std::string_view name) {
  const auto limit = options.limit > 0 ? options.limit : options.all ? page_rows_max : 0;
  filters.emplace_back("sort", options.sort);
  filters.emplace_back("limit", limit > 0 ? fmt::to_string(limit) : "");
  filters.emplace_back("at", options.at);
  filters.emplace_back("cursor", options.cursor);
  auto& cursor = filters.back().second;

  auto answer = remote.get(target_of(segments, filters), options.min_position);
  while (options.all && member(answer, "next").is_string()) {
    cursor = text_of(member(answer, "next"));
    auto page = remote.get(target_of(segments, filters), options.min_position);
    auto rows = elements(answer, name);
    for (const auto& row : elements(page, name)) rows.push_back(row);
    answer = std::move(page);
    answer.as_object()[name] = std::move(rows);
  }
  return answer;
}

void print_more(const json::value& answer) {
  const auto next = text_of(member(answer, "next"));
  if (!next.empty()) fmt::print("\nThere is more: --all shows everything, --cursor {} the next page.\n", next);
}

}  // namespace rollcall::tools
