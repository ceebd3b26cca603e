#include "tools/server/api/bulk.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "events/utf8.hpp"
#include "tools/server/api/body.hpp"
#include "tools/server/api/commands.hpp"

namespace rollcall::api {
namespace {

constexpr std::size_t bulk_key_letters_max = 250;

struct Bulk {
  const Operation* operation = nullptr;
  json::array each;
};

bool in_bulk(const Operation& operation) { return operation.tag == "commands" && operation.rule.in_bulk(); }

const Operation* command_named(std::string_view name) {
  const auto& all = operations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Operation& one) { return one.name == name; });
  return found != all.end() && in_bulk(*found) ? &*found : nullptr;
}

Expected<Bulk, Reply> read_bulk(const Request& request) {
  if (auto refused = refuse_media_type(request)) return unexpected(std::move(*refused));
  auto document = parse_json(request.body);
  if (!document) return unexpected(std::move(document.error()));
  const auto wrong = [](std::string pointer, std::string detail) {
    return unexpected(problem_of(JsonError{std::move(pointer), std::move(detail)}));
  };
  auto* body = document->if_object();
  if (!body) return wrong("", "must be an object");
  for (const auto& member : *body)
    if (member.key() != "command" && member.key() != "each")
      return wrong("/" + std::string{member.key()}, "is unknown");
  const auto* name = body->if_contains("command");
  if (!name || !name->is_string()) return wrong("/command", "must be the name of a command");
  Bulk bulk{command_named(name->get_string()), {}};
  if (!bulk.operation) return wrong("/command", "is no command of which many can be asked for");
  auto* each = body->if_contains("each");
  if (!each || !each->is_array()) return wrong("/each", "must be a list");
  bulk.each = std::move(each->get_array());
  if (bulk.each.empty() || bulk.each.size() > bulk_items_max)
    return wrong("/each", "must have 1 to " + std::to_string(bulk_items_max) + " items");
  for (std::size_t i = 0; i < bulk.each.size(); ++i)
    if (!bulk.each[i].is_object()) return wrong("/each/" + std::to_string(i), "must be an object");
  return bulk;
}

struct BulkParameters {
  static constexpr std::array fields{"dry_run"};
  static constexpr std::array help{"true decides each and shows its events, and records nothing"};
  bool dry_run = false;
};

// The key that each item's is made of, without quotes. Its place has to fit behind it.
Expected<std::optional<std::string>, Reply> key_of(const Request& request) {
  const auto header = request.header("Idempotency-Key");
  if (!header) return std::nullopt;
  auto key = *header;
  if (key.size() >= 2 && key.starts_with('"') && key.ends_with('"')) key = key.substr(1, key.size() - 2);
  if (key.empty() || utf8::letters(key) > bulk_key_letters_max)
    return unexpected(
        problem("invalid_header",
                "An Idempotency-Key of many has 1 to " + std::to_string(bulk_key_letters_max) + " characters.",
                {{"header", "Idempotency-Key"}}));
  return std::string{key};
}

bool takes(const Operation& operation, std::string_view parameter) {
  return std::any_of(operation.parameters.begin(), operation.parameters.end(),
                     [&](const json::value& one) { return one.at("name").as_string() == parameter; });
}

// The requests that the items would have been by themselves, one after the other.
class Items {
 public:
  Items(const Request& request, const Operation& operation, std::optional<std::string> key, bool dry_run)
      : key_(std::move(key)) {
    static_cast<http::Request&>(one_) = {.method = request.method,
                                         .target = request.target,
                                         .path = request.path,
                                         .query = {},
                                         .headers = request.headers,
                                         .body = {},
                                         .remote_ip = request.remote_ip,
                                         .received = request.received};
    one_.caller = request.caller;
    if (dry_run) one_.query.emplace_back("dry_run", "true");
    // Which record would go to whom is shown of one command at a time.
    if (dry_run && takes(operation, "map_from")) one_.query.emplace_back("map_from", std::to_string(map_without_lines));
    std::erase_if(one_.headers, [](const auto& header) { return http::find({header}, "Idempotency-Key").has_value(); });
    if (key_) one_.headers.emplace_back("Idempotency-Key", "");
  }
  const Request& at(std::size_t place, const json::value& item) {
    one_.body = json::serialize(item);
    if (key_) one_.headers.back().second = *key_ + "." + std::to_string(place);
    return one_;
  }

 private:
  Request one_;
  std::optional<std::string> key_;
};

Awaited answer_item(Desk& desk, const Operation& operation, const Request& one) {
  try {
    co_return co_await operation.handle(desk, one, {});
  } catch (const std::exception& error) {
    spdlog::error("an item of many {} failed: {}", operation.name, error.what());
  }
  co_return problem("internal_error", "Something is broken here; sent again with the same key, it happens once.");
}

Awaited handle_bulk(Desk& desk, const Request& request, const PathArguments&) {
  const auto caller = desk.authenticate(request);
  if (!caller) co_return caller.error();
  if (caller->kind == ActorKind::person && !caller->session) co_return problem_of(rejected(Code::not_authenticated));
  const auto parameters = read_query<BulkParameters>(request, {}, {});
  if (!parameters) co_return parameters.error();
  const auto key = key_of(request);
  if (!key) co_return key.error();
  const auto bulk = read_bulk(request);
  if (!bulk) co_return bulk.error();
  Items requests(request, *bulk->operation, *key, parameters->dry_run);

  std::size_t done = 0;
  std::string items;
  for (std::size_t i = 0; i < bulk->each.size(); ++i) {
    co_await desk.pace(request, bulk->operation->name);
    Reply reply;
    if (desk.draining())
      reply = problem("busy", "The server is being stopped; this item was not begun.");
    else if (items.size() > bulk_answer_bytes_max)
      reply = problem("busy", "The answer is large by now: send this item in another request.");
    else
      reply = co_await answer_item(desk, *bulk->operation, requests.at(i, bulk->each[i]));
    const bool ok = reply.status == 200;
    if (ok) ++done;
    if (i > 0) items.push_back(',');
    items.append(R"({"status":)").append(std::to_string(reply.status));
    items.append(ok ? R"(,"answer":)" : R"(,"problem":)").append(reply.body).push_back('}');
  }
  co_return json_answer(R"({"done":)" + std::to_string(done) + R"(,"refused":)" +
                        std::to_string(bulk->each.size() - done) + R"(,"items":[)" + items + "]}");
}

}  // namespace

Operation bulk_operation(const std::vector<Operation>& commands) {
  Operation operation{"POST", "/v1/bulk", "Bulk", "commands", "Carry out many commands of one kind, each by itself"};
  operation.rule = {Action::self_view};
  operation.handle = &handle_bulk;
  json::array names;
  json::value answer;
  for (const auto& command : commands) {
    if (!in_bulk(command)) continue;
    names.emplace_back(command.name);
    if (!answer.is_null()) continue;
    answer = command.answer;
    operation.parameters = parameters_of<BulkParameters>({});
    for (const auto& parameter : command.parameters)
      if (parameter.at("in") == "header") {
        operation.parameters.push_back(parameter);
        if (parameter.at("name") == "Idempotency-Key")
          operation.parameters.back().at("schema").at("maxLength") = bulk_key_letters_max;
      }
  }
  const auto freeze = [](std::string_view user) { return json::object{{"account", "gx624"}, {"user", user}}; };
  operation.body = {
      {"type", "object"},
      {"examples",
       json::array{{{"command", "FreezeUser"},
                    {"each", {freeze("usr_01m1kbc182j2yd5m1yaay23aad"), freeze("usr_01m1kbc182j2yd5m1yaay23aae")}}}}},
      {"additionalProperties", false},
      {"required", {"command", "each"}},
      {"properties",
       {{"command", {{"type", "string"}, {"enum", std::move(names)}}},
        {"each",
         {{"type", "array"},
          {"minItems", 1},
          {"maxItems", bulk_items_max},
          {"description", "the bodies that the command would have by itself"},
          {"items", {{"type", "object"}}}}}}}};
  const json::value count{{"type", "integer"}, {"minimum", 0}};
  operation.answer = {
      {"type", "object"},
      {"required", {"done", "refused", "items"}},
      {"properties",
       {{"done", count},
        {"refused", count},
        {"items",
         {{"type", "array"},
          {"items",
           {{"type", "object"},
            {"required", {"status"}},
            {"properties",
             {{"status", {{"type", "integer"}, {"description", "of the answer the item would have had by itself"}}},
              {"answer", answer},
              {"problem", {{"type", "object"}, {"description", "RFC 9457, where it was refused"}}}}}}}}}}}};
  operation.codes = {"malformed_json", "unsupported_media_type", "cross_site", "invalid_body", "invalid_parameter"};
  // Of whoever asks, and of whom `Rollcall-As` names.
  for (const auto code : {Code::not_authenticated, Code::not_authorized, Code::not_found})
    operation.codes.emplace_back(meaning_of(code).name);
  return operation;
}

}  // namespace rollcall::api
