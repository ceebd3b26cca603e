// Queries that answer with a list in pages: their options, made from the descriptions in projections/, their pages
// joined, and the table that people see.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "events/json.hpp"
#include "projections/engine/query.hpp"
#include "tools/client/remote.hpp"

namespace rollcall::tools {

// Texts by the names of parameters, in the order in which they were first named. References stay good.
class Given {
 public:
  std::string& operator[](std::string_view name);
  auto begin() const { return texts_.begin(); }
  auto end() const { return texts_.end(); }

 private:
  std::deque<std::pair<std::string, std::string>> texts_;
};

// What was given on the command line for a query.
struct QueryOptions {
  RemoteOptions remote;
  Given given;       // empty: not given
  bool all = false;  // pages
  bool ids = false;  // shown
  std::optional<std::uint64_t> min_position;
};

// Adds one parameter as an option, or as what has to be given when it is part of the path. `check` says what is wrong
// with a text, or nothing.
struct ParameterOption {
  std::string_view name;
  std::string_view help;
  json::object schema;
  std::optional<std::string> otherwise;
  bool in_path = false;
  bool required = false;
  std::string (*check)(const std::string& text) = nullptr;
};
void add_parameter(CLI::App& command, QueryOptions& options, const ParameterOption& parameter);
// --min-position, --all and --ids for lists, and what a remote needs.
void add_common_options(CLI::App& command, QueryOptions& options, bool list);

// The parameters of a query, but for those of its path when `path` is not wanted.
template <class Q>
void add_query_parameters(CLI::App& command, QueryOptions& options, bool path = true) {
  Q query{};
  projections::for_each_parameter(query, [&]<class M>(std::string_view name, std::string_view help, const M& member) {
    using Known = projections::Parameter<std::remove_const_t<M>>;
    const bool in_path = Q::path.find("{" + std::string{name} + "}") != Q::path.npos;
    if (in_path && !path) return;
    add_parameter(command, options,
                  {name, help, Known::schema(), in_path ? std::nullopt : Known::text(member), in_path,
                   in_path || projections::must_be_given<std::remove_const_t<M>>(member), [](const std::string& text) {
                     std::remove_const_t<M> value{};
                     std::string why;
                     return Known::read(text, value, why) ? std::string{} : why;
                   }});
  });
}

// The target of a query: its path with what was given put in, and the rest behind it.
std::string target_of(std::string_view path, const QueryOptions& options);

// The answer to a query at this path, its list in the member `listed`. With --all the rows of all pages are in it and
// `next` is null.
json::value fetch_list(Remote& remote, std::string_view path, QueryOptions options, std::string_view listed);

// The rows of an answer as a table, and that there is more and how to get it, if there is.
void print_list(const json::value& answer, std::string_view listed, std::span<const projections::ListColumn> columns,
                bool ids = false);

}  // namespace rollcall::tools
