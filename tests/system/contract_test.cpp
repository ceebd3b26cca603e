// What is published and answered is what the contracts say, judged by programs of others: Python's jsonschema, the
// parser of the AsyncAPI initiative, two validators of OpenAPI, two generators of clients, and schemathesis, which
// makes up requests.
#include "events/contract.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "events/catalogue.hpp"
#include "events/cloud_event.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/program.hpp"
#include "tools/server/api/asyncapi.hpp"
#include "tools/server/api/openapi.hpp"

namespace rollcall::testing {
namespace {

using testing::CommandResult;
using testing::Folder;
using testing::Program;

constexpr std::string_view origin = "rollcall.test";

// Node.js and npm come from where the owner of the machine has them.
std::vector<std::string> whole_environment() {
  std::vector<std::string> all;
  for (char** setting = environ; *setting != nullptr; ++setting) all.emplace_back(*setting);
  return all;
}

// A script of tests/contract with the packages of npm, and Python with those of PyPI.
CommandResult node(const Folder& folder, const std::string& script, std::vector<std::string> arguments) {
  const auto root = where::source_folder();
  arguments.insert(arguments.begin(), {root / "tools" / "dev" / "node", root / "tests" / "contract" / script});
  return testing::run_command(std::move(arguments), whole_environment(), folder.path());
}

CommandResult python(const Folder& folder, std::vector<std::string> arguments,
                     const std::vector<std::string>& more = {}) {
  arguments.insert(arguments.begin(), where::source_folder() / "tools" / "dev" / "python");
  auto environment = whole_environment();
  environment.insert(environment.end(), more.begin(), more.end());
  return testing::run_command(std::move(arguments), environment, folder.path());
}

std::string script(const std::string& name) { return where::source_folder() / "tests" / "contract" / name; }

#define REQUIRE_WELL(outcome)                \
  do {                                       \
    const CommandResult& ended_ = (outcome); \
    INFO(ended_.out << '\n' << ended_.err);  \
    REQUIRE(ended_.code == 0);               \
  } while (false)

// Debian's, for which there is Debian's jsonschema.
CommandResult validate(const Folder& folder, const std::string& schemas, const std::vector<json::object>& documents) {
  std::string lines;
  for (const auto& document : documents) lines.append(json::serialize(document)).append("\n");
  const auto file = folder.write("schemas.json", schemas);
  auto outcome = testing::run_command({"/usr/bin/python3", script("validate.py"), file}, {}, folder.path(), lines);
  if (outcome.code == 127) outcome.err = "there is no /usr/bin/python3: tools/setup installs it";
  return outcome;
}

std::string golden_entry(const EventVersions::Name& name) {
  const auto bytes = golden::bytes_of(name.type, name.version);
  INFO(name.type);
  REQUIRE(bytes);
  return *bytes;
}

std::string printed(const Folder& folder, const std::vector<std::string>& arguments) {
  const auto outcome = Program(folder).run(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  return outcome.out;
}

}  // namespace

TEST_CASE("every event ever written goes out as its schema says, with and without personal data",
          "[process][contract]") {
  const Folder folder;
  const golden::Keys keys;
  auto schemas = json::parse(printed(folder, {"schema", "--all"})).as_object();
  schemas["feed"] = {{"$ref", "#/components/schemas/CloudEvent"},
                     {"components", rollcall::api::asyncapi_document().at("components")}};
  std::vector<json::object> documents;
  for (const auto& name : EventVersions::names)
    for (const auto* ring : {&keys, static_cast<const golden::Keys*>(nullptr)}) {
      const auto event = cloud_event(golden_entry(name), origin, ring);
      documents.push_back({{"schema", event.attribute("dataschema")}, {"data", json::parse(event.data)}});
      documents.push_back({{"schema", "feed"}, {"data", json::parse(structured(event))}});
    }
  const auto outcome = validate(folder, json::serialize(schemas), documents);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out ==
        std::to_string(schemas.size()) + " schemas, " + std::to_string(documents.size()) + " documents, 0 errors\n");
}

TEST_CASE("the validator refuses what is against the contract", "[process][contract]") {
  const Folder folder;
  const golden::Keys keys;
  const auto event = cloud_event(golden_entry({"PartnerInvited", 1}), origin, &keys);
  const auto good = json::parse(event.data).as_object();
  std::vector<json::object> documents;
  const auto with = [&](std::string_view member, const json::value& value) {
    auto data = good;
    data[member] = value;
    documents.push_back({{"schema", event.attribute("dataschema")}, {"data", std::move(data)}});
  };
  with("later", "this one is fine");
  with("admin", nullptr);
  with("person", "somebody");
  with("expires_at", "tomorrow");
  with("invited_by", nullptr);
  documents.push_back({{"schema", event.attribute("dataschema")}, {"data", json::object{}}});
  const auto outcome = validate(folder, printed(folder, {"schema", "--all"}), documents);
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.out, Catch::Contains("6 documents, 10 errors"));
  for (const auto* member : {"$.admin", "$.person", "$.expires_at", "$.invited_by"})
    CHECK_THAT(outcome.err, Catch::Contains(member));
}

TEST_CASE("rows of a Users list are as the schema of the users topic says", "[process][contract]") {
  const TemporaryFolder data;
  const ServerProcess server(data / "data");
  Office office(server);
  office.user("uma@gx624.example", true);
  const auto petra = office.partner("petra@agency.example");
  office.owner.must("InvitePartner", {{"account", "gx624"}, {"email", "pia@agency.example"}});
  const auto ended =
      office.owner.must("DeactivateUser", {{"account", "gx624"}, {"user", petra.id}, {"confirm_irreversible", true}});
  const auto list = office.owner.get_after(ended, "/v1/accounts/gx624/users?status=all");
  REQUIRE(list.body.at("users").as_array().size() == 4);

  std::vector<json::object> documents;
  for (const auto& user : list.body.at("users").as_array()) {
    auto row = user.as_object();
    row["account"] = "gx624";
    if (!row.contains("person")) row["person"] = PersonId{}.text();
    documents.push_back({{"schema", find_schema(user_row_type)->urn()}, {"data", row}});
    row["name"] = nullptr;
    row["email"] = nullptr;
    documents.push_back({{"schema", find_schema(user_row_type)->urn()}, {"data", row}});
    CHECK(row.size() == find_schema(user_row_type)->document.at("properties").as_object().size());
  }
  const Folder folder;
  const auto outcome = validate(folder, printed(folder, {"schema", "--all"}), documents);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
}

TEST_CASE("what is published is a valid AsyncAPI document", "[process][contract]") {
  const Folder folder;
  const auto document = folder.write("asyncapi.json", printed(folder, {"schema", "--asyncapi"}));
  const auto outcome = node(folder, "check_asyncapi.mjs", {document});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  // Each event, the row and its tombstone, and what the feed sends.
  CHECK(outcome.out == "valid: 3 channels, " + std::to_string(contract().size() + 2) + " messages\n");
}

TEST_CASE("rollcall schema prints the contract, and helps who mistypes", "[process][contract]") {
  const Folder folder;
  const Program rollcall(folder);
  const auto names = printed(folder, {"schema"});
  CHECK_THAT(names, Catch::Contains("PartnerInvited.v1\n") && Catch::Contains("UserRow.v1\n"));
  const auto invited = json::parse(printed(folder, {"schema", "PartnerInvited"}));
  CHECK(invited.at("$id") == "urn:rollcall:schema:PartnerInvited:1");
  CHECK(json::parse(printed(folder, {"schema", "PartnerInvited.v1"})) == invited);
  CHECK(json::parse(printed(folder, {"schema", "--all"})).as_object().size() == contract().size());
  const auto asyncapi = json::parse(printed(
      folder, {"schema", "--asyncapi", "--events-topic", "ours.events", "--server", "https://rollcall.example/"}));
  CHECK(asyncapi.at("channels").at("events").at("address") == "ours.events");
  CHECK(asyncapi.at("channels").at("users").at("address") == "rollcall.users");
  CHECK(asyncapi.at("servers").at("http").at("protocol") == "https");
  CHECK(asyncapi.at("servers").at("http").at("host") == "rollcall.example");

  const auto mistyped = rollcall.run({"schema", "PartnerInvitd"});
  CHECK(mistyped.code == 1);
  CHECK_THAT(mistyped.err, Catch::Contains("do you mean PartnerInvited.v1,"));
  CHECK(rollcall.run({"schema", "--all", "--asyncapi"}).code == 2);
  CHECK(rollcall.run({"schema", "--broker", "b:1"}).code == 2);
}

TEST_CASE("the server shows the contract to everybody", "[process][contract]") {
  const TemporaryFolder data;
  const ServerProcess server(data / "data");
  Guest nobody(server.url());
  const auto index = nobody.get("/schemas");
  CHECK(index.body.at("schemas").as_array().size() == contract().size());
  for (const auto& one : index.body.at("schemas").as_array()) {
    const auto schema = nobody.get(std::string{one.at("path").as_string()});
    CHECK(schema.status == 200);
    CHECK(http::find(schema.headers, "Content-Type") == "application/schema+json");
    CHECK(schema.body.at("$id") == one.at("urn"));
  }
  CHECK(nobody.get("/schemas/urn:rollcall:schema:PartnerInvited:1").body ==
        json::value(find_schema("PartnerInvited")->document));
  CHECK(nobody.get("/schemas/Painted").status == 404);
  CHECK(nobody.get("/asyncapi.json").body == rollcall::api::asyncapi_document({.server = server.url()}));
}

TEST_CASE("what the server says of its interface is a valid OpenAPI document", "[process][contract]") {
  const Folder folder;
  const auto document = api::openapi_document();
  const auto file = folder.write("openapi.json", json::serialize(document)).string();
  const auto linted = node(folder, "check_openapi.mjs", {file});
  REQUIRE_WELL(linted);
  CHECK_THAT(linted.out, Catch::StartsWith("valid: "));
  REQUIRE_WELL(python(folder, {"-m", "openapi_spec_validator", file}));

  // What the validators are for.
  auto broken = document;
  auto& users = broken.at("paths").at("/v1/accounts/{account}/users").at("get").as_object();
  users.erase("summary");
  users.at("parameters").at(1).as_object().at("schema") = json::object{};
  users.at("responses").at("200").at("content").at("application/json").at("schema").at("$ref") = "#/nowhere";
  const auto refused =
      node(folder, "check_openapi.mjs", {folder.write("broken.json", json::serialize(broken)).string()});
  CHECK(refused.code == 1);
  CHECK_THAT(refused.err, Catch::Contains("(no-unresolved-refs)") && Catch::Contains("(operation-summary)") &&
                              Catch::Contains("the parameter status has no type"));
}

TEST_CASE("a generated TypeScript client compiles strictly and walks the tour", "[process][contract]") {
  const TemporaryFolder data;
  const ServerProcess server(data / "data");
  const Folder folder;
  const auto file = folder.write("openapi.json", Guest(server.url()).get("/openapi.json").text).string();
  const auto walked = node(folder, "walk.mjs", {file, folder.path(), server.url(), server.data()});
  REQUIRE_WELL(walked);
  CHECK_THAT(walked.out, Catch::StartsWith("walked: 7 users on pages"));
}

TEST_CASE("a generated Python client compiles, has types, and walks the tour", "[process][contract]") {
  const TemporaryFolder data;
  const ServerProcess server(data / "data");
  const Folder folder;
  const auto file = folder.write("openapi.json", Guest(server.url()).get("/openapi.json").text).string();
  const auto settings = folder.write("settings.yml", "post_hooks: []\n").string();
  const auto client = (folder.path() / "rollcall_client").string();
  REQUIRE_WELL(python(folder, {"-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none",
                               "--path", file, "--output-path", client, "--config", settings}));
  REQUIRE_WELL(python(folder, {"-m", "compileall", "-q", client}));
  const auto walk = script("walk.py");
  REQUIRE_WELL(python(folder, {"-m", "mypy", "--strict", "--follow-imports", "silent", "--cache-dir", "cache", walk},
                      {"MYPYPATH=" + folder.path().string()}));
  const auto walked = python(folder, {walk, server.url(), server.data()}, {"PYTHONPATH=" + folder.path().string()});
  REQUIRE_WELL(walked);
  CHECK_THAT(walked.out, Catch::StartsWith("walked: 7 users on pages"));
}

TEST_CASE("who makes up requests from the document finds nothing wrong", "[process][contract][fuzz]") {
  const auto [who, seconds] =
      GENERATE(table<std::string, std::string>({{"operator", "60"}, {"mei@keap-pro-recording.example", "45"}}));
  INFO(who);
  const TemporaryFolder data;
  const Folder folder;
  printed(folder, {"demo", "--scale", "XS", "--data", data / "data"});
  ServerProcess server(data / "data", {"--trusted-proxy", "127.0.0.1"});
  REQUIRE(server.serving());
  const auto found = python(folder, {script("fuzz.py"), server.url(), seconds, who},
                            {"ROLLCALL_OPERATOR_KEY=" + server.operator_key(), "ROLLCALL_PASSWORD=rollcall-demo"});
  REQUIRE_WELL(found);
  CHECK_THAT(found.out, Catch::Contains(" passed, "));
  CHECK(server.stop() == 0);
}

}  // namespace rollcall::testing
