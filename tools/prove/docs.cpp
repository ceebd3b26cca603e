// `rollcall docs`: the interface as a page for people.
#include "tools/server/api/docs.hpp"

#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "tools/failure.hpp"
#include "tools/server/api/openapi.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

void print_docs(const std::string& file) {
  const auto page = api::docs_page(api::openapi_document());
  if (file.empty()) return fmt::print("{}", page);
  std::ofstream out(file, std::ios::binary);
  out << page;
  out.close();
  if (!out) throw Failure(fmt::format("{} could not be written", file));
}

}  // namespace

void add_docs(CLI::App& app) {
  auto& command = *app.add_subcommand("docs", "Print the interface as a page for people: HTML that needs nothing else");
  auto file = std::make_shared<std::string>();
  command.add_option("--out", *file, "write it to this file");
  command.callback([file] { print_docs(*file); });
}

}  // namespace rollcall::tools
