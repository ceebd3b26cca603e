// `rollcall docs`: the interface as a page for people.
#include "tools/server/api/docs.hpp"

#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "tools/failure.hpp"
#include "tools/print/json_view.hpp"
#include "tools/server/api/openapi.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

void print_docs(const std::string& file, bool as_json) {
  const auto page = api::docs_page(api::openapi_document());
  if (file.empty() && as_json) return print_json({{"page", page}});
  if (file.empty()) return fmt::print("{}", page);
  std::ofstream out(file, std::ios::binary);
  out << page;
  out.close();
  if (!out) throw Failure(fmt::format("{} could not be written", file));
  if (as_json) print_json({{"file", file}, {"bytes", page.size()}});
}

}  // namespace

void add_docs(CLI::App& app) {
  auto& command = *app.add_subcommand("docs", "Print the interface as a page for people: HTML that needs nothing else");
  auto file = std::make_shared<std::string>();
  command.add_option("--out", *file, "write it to this file");
  auto as_json = std::make_shared<bool>(false);
  command.add_flag("--json", *as_json, "the page as a member of an object, or what was written");
  command.callback([file, as_json] { print_docs(*file, *as_json); });
}

}  // namespace rollcall::tools
