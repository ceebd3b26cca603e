// The subcommands of all queries that answer with a list (`rollcall users`, `assignments`, …), made from their
// descriptions in projections/views/: what is added there is here.
#include <memory>

#include <fmt/format.h>

#include "projections/views/views.hpp"
#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

// What a list says above its rows; most say nothing.
template <class Q>
void print_header(std::type_identity<Q>, const json::value&) {}

// Seats, and apart from them the partners, who take none.
void print_header(std::type_identity<projections::Users>, const json::value& answer) {
  const auto& seats = member(answer, "seats");
  const auto several = [&](std::string_view what) { return number_of(member(answer, what)) == 1 ? "" : "s"; };
  fmt::print("seats {} of {} used · {} partner{} (no seat) · {} invitation{} pending\n\n", shown(seats, "used"),
             shown(seats, "limit"), shown(answer, "partners"), several("partners"),
             shown(answer, "pending_invitations"), several("pending_invitations"));
}

template <class Q>
void add_list(CLI::App& app) {
  if constexpr (projections::ListQuery<Q>) {
    auto& command = *app.add_subcommand(std::string{Q::command}, std::string{Q::summary});
    auto options = std::make_shared<QueryOptions>();
    add_query_parameters<Q>(command, *options);
    add_common_options(command, *options, true);
    command.callback([options] {
      Remote remote(options->remote);
      const auto answer = fetch_list(remote, Q::path, *options, Q::listed);
      if (options->remote.json) return print_json(answer);
      print_header(std::type_identity<Q>{}, answer);
      print_list(answer, Q::listed, Q::columns, options->ids);
    });
  }
}

}  // namespace

void add_lists(CLI::App& app) {
  [&]<class... Q>(std::type_identity<std::tuple<Q...>>) {
    (add_list<Q>(app), ...);
  }(std::type_identity<projections::ViewQueries>{});
}

}  // namespace rollcall::tools
