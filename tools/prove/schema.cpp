// `rollcall schema`: the contract with those who consume what is published.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "events/contract.hpp"
#include "tools/failure.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/text.hpp"
#include "tools/server/api/asyncapi.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct SchemaOptions {
  std::string name;
  bool all = false;
  bool asyncapi = false;
  bool json = false;
  api::Channels channels;
};

std::string nearest(std::string_view name) {
  std::vector<std::pair<std::size_t, std::string>> all;
  for (const auto& schema : contract())
    all.emplace_back(std::min(edit_distance(name, schema.type), edit_distance(name, schema.name())), schema.name());
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return fmt::format("{}, {} or {}", all[0].second, all[1].second, all[2].second);
}

json::object all_by_urn() {
  json::object all;
  for (const auto& schema : contract()) all[schema.urn()] = schema.document;
  return all;
}

void print_schemas(const SchemaOptions& options) {
  if (options.asyncapi) return fmt::print("{}", indented_json(api::asyncapi_document(options.channels)));
  if (options.all) return fmt::print("{}", indented_json(all_by_urn()));
  if (options.name.empty() && options.json) {
    json::array names;
    for (const auto& schema : contract()) names.emplace_back(schema.name());
    return print_json({{"schemas", std::move(names)}});
  }
  if (options.name.empty()) {
    for (const auto& schema : contract()) fmt::print("{}\n", schema.name());
    return;
  }
  const auto* schema = find_schema(options.name);
  if (!schema)
    throw Failure(fmt::format("there is no schema {}", options.name),
                  {fmt::format("do you mean {}?", nearest(options.name)), "`rollcall schema` lists them all"});
  fmt::print("{}", indented_json(schema->document));
}

}  // namespace

void add_schema(CLI::App& app) {
  auto& command = *app.add_subcommand("schema", "Print the JSON Schemas of events, or what is published as AsyncAPI");
  auto options = std::make_shared<SchemaOptions>();
  auto* name =
      command.add_option("name", options->name, "e.g. PartnerInvited, its newest version, or PartnerInvited.v1");
  auto* all = command.add_flag("--all", options->all, "all of them, one object by URN");
  auto* asyncapi = command.add_flag("--asyncapi", options->asyncapi, "the topics and the feed as an AsyncAPI document");
  name->excludes(all)->excludes(asyncapi);
  all->excludes(asyncapi);
  auto& channels = options->channels;
  const auto add = [&](const char* option, std::string& value, const char* help) {
    command.add_option(option, value, help)->needs(asyncapi)->capture_default_str();
  };
  add("--events-topic", channels.events_topic, "the topic of events");
  add("--users-topic", channels.users_topic, "the topic of users");
  add("--broker", channels.broker, "where Kafka is");
  add("--server", channels.server, "where Rollcall is");
  command.add_flag("--json", options->json, "list the names as JSON; all else is JSON anyway");
  command.footer("Without anything it lists their names.");
  command.callback([options] { print_schemas(*options); });
}

}  // namespace rollcall::tools
