// `rollcall report NAME`: the reports, made from their descriptions in projections/reports/: what is added there is
// here.
#include <memory>

#include <fmt/format.h>

#include "projections/reports/reports.hpp"
#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

// By what a report can be made again and checked.
void print_report_header(const json::value& header) {
  const auto events = number_of(member(header, "size")) - number_of(member(header, "from"));
  fmt::print("{}, version {}, over {} events\nof {}\n", text_of(member(header, "name")), shown(header, "version"),
             events, text_of(member(header, "origin")));
  fmt::print("from {} · size {}\nroot {}\n", number_of(member(header, "from")), number_of(member(header, "size")),
             text_of(member(header, "root")));
  fmt::print("{} rows from {} events read\nSHA-256 of the rows {}\n\n", shown(header, "rows"), shown(header, "events"),
             text_of(member(header, "digest")));
}

template <class R>
void add_one(CLI::App& all) {
  auto& command = *all.add_subcommand(std::string{R::command}, std::string{R::summary});
  auto options = std::make_shared<QueryOptions>();
  add_query_parameters<R>(command, *options);
  add_common_options(command, *options, false);
  command.callback([options] {
    Remote remote(options->remote);
    const auto answer = remote.get(target_of(R::path, *options), options->min_position);
    if (options->remote.json) return print_json(answer);
    print_report_header(member(answer, "report"));
    print_list(answer, "rows", R::columns);
  });
}

}  // namespace

void add_report(CLI::App& app) {
  auto& command = *app.add_subcommand("report", "Make a report over a part of history, with a header to check it by");
  command.require_subcommand(1);
  [&]<class... R>(std::type_identity<std::tuple<R...>>) {
    (add_one<R>(command), ...);
  }(std::type_identity<projections::Reports>{});
}

}  // namespace rollcall::tools
