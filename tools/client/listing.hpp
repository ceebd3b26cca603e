// Queries that answer with a list in pages: their options, their pages joined, and what is shown below the table.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "events/json.hpp"
#include "tools/client/remote.hpp"

namespace rollcall::tools {

struct ListOptions {
  RemoteOptions remote;
  std::string sort;
  std::string at;
  std::string cursor;
  std::uint32_t limit = 0;  // 0: the server's own
  bool all = false;
  std::optional<std::uint64_t> min_position;
};

// --at and --min-position, and what a remote needs: the options of every query.
void add_query_options(CLI::App& command, ListOptions& options);
// Those, and --sort, --limit, --cursor, --all. `orders` is for the help: "name, status".
void add_list_options(CLI::App& command, ListOptions& options, std::string_view orders);

// The answer to the query, its list in the member `name`. With --all the rows of all pages are in it and `next` is
// null.
json::value fetch_list(Remote& remote, std::initializer_list<std::string_view> segments, Parameters filters,
                       const ListOptions& options, std::string_view name);

// Says that there is more and how to get it, if there is.
void print_more(const json::value& answer);

}  // namespace rollcall::tools
