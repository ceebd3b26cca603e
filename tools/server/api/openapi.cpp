// The interface as an OpenAPI 3.1 document, from the table of operations.
#include "tools/server/api/openapi.hpp"

#include <map>

#include "tools/server/api/actions.hpp"
#include "tools/server/api/examples.hpp"

namespace rollcall::api {
namespace {

// Schemas with a title have a place of their own, and are referred to.
json::value hoisted(json::value schema, json::object& components) {
  if (auto* list = schema.if_array()) {
    for (auto& element : *list) element = hoisted(std::move(element), components);
    return schema;
  }
  auto* object = schema.if_object();
  if (!object) return schema;
  for (auto& member : *object) member.value() = hoisted(std::move(member.value()), components);
  const auto* title = object->if_contains("title");
  if (!title || !title->is_string() || !object->contains("properties")) return schema;
  const auto name = std::string{title->as_string()};
  components[name] = schema;
  return {{"$ref", "#/components/schemas/" + name}};
}

// What is answered may get further members one day; what is sent may not.
json::value opened(json::value schema) {
  if (auto* list = schema.if_array())
    for (auto& element : *list) element = opened(std::move(element));
  if (auto* object = schema.if_object()) {
    if (const auto* more = object->if_contains("additionalProperties"); more && *more == false)
      object->stable_erase("additionalProperties");
    for (auto& member : *object) member.value() = opened(std::move(member.value()));
  }
  return schema;
}

// The schema of an answer, under a name of its own where it has none.
json::value answer_schema(const Operation& operation, json::object& components) {
  auto schema = opened(operation.answer);
  auto* object = schema.if_object();
  if (object && object->contains("properties") && !object->contains("title"))
    (*object)["title"] = std::string{operation.name} + "Answer";
  return hoisted(std::move(schema), components);
}

unsigned status_of(std::string_view code) {
  for (const auto& edge : edge_problems)
    if (edge.code == code) return edge.status;
  return static_cast<unsigned>(meaning_of(code_named(code)).status);
}

json::object problem_response(const json::array& codes) {
  json::object schema{{"allOf",
                       {{{"$ref", "#/components/schemas/Problem"}},
                        {{"type", "object"}, {"properties", {{"code", {{"type", "string"}, {"enum", codes}}}}}}}}};
  std::string text;
  for (const auto& code : codes) text.append(text.empty() ? "" : ", ").append(code.as_string());
  return {{"description", text}, {"content", {{"application/problem+json", {{"schema", std::move(schema)}}}}}};
}

json::object responses_of(const Operation& operation, json::object& components) {
  json::object responses;
  json::object content{{operation.content_type, {{"schema", answer_schema(operation, components)}}}};
  if (operation.name == Events::name) content["text/event-stream"] = {{"schema", {{"type", "string"}}}};
  responses["200"] = {{"description", "done"}, {"content", std::move(content)}};

  std::map<unsigned, json::array> by_status;
  for (const auto& code : operation.codes) by_status[status_of(code)].emplace_back(code);
  // Headers are checked everywhere that one of ours is heard.
  if (operation.door() != Door::open || operation.body) by_status[400].emplace_back("invalid_header");
  if (operation.door() != Door::open) by_status[429].emplace_back("too_many_requests");
  for (auto& [status, codes] : by_status) responses[std::to_string(status)] = problem_response(codes);
  responses["default"] = {
      {"description", "a problem of the connection: the server is stopping, the request too large, slow or malformed"},
      {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
  return responses;
}

// Who may, in words.
std::string who_may(const Rule& rule) {
  constexpr std::array<std::pair<Source, std::string_view>, 13> words{{
      {Source::anyone, "everybody"},
      {Source::link, "the holder of the link"},
      {Source::session, "whoever is signed in"},
      {Source::owner, "the account's owner"},
      {Source::admin_group, "admins"},
      {Source::partner_admin, "partners with Admin = Yes"},
      {Source::partner, "other partners"},
      {Source::user, "other users"},
      {Source::acting, "the operator for a person"},
      {Source::operator_, "the operator"},
      {Source::auditor, "an auditor"},
      {Source::subscriber, "a subscriber's key"},
      {Source::clock, "the clock"},
  }};
  const auto& action = meaning_of(rule.action);
  std::vector<std::string> all;
  for (const auto& [source, word] : words) {
    if (!rule.is_held_by(source)) continue;
    const bool of_all = rights_of(source).all.has(rule.action);
    all.push_back(std::string{word} + (of_all || action.own ? "" : " for what is their own"));
  }
  if (record_actions.has(rule.action))
    all.push_back(
        "members with the permission `" +
        (rule.by_kind ? "<kind>" + std::string{action.name.substr(action.name.find('.'))} : std::string{action.name}) +
        "`");
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i)
    text.append(i == 0 ? "" : i + 1 == all.size() ? " and " : ", ").append(all[i]);
  return text;
}

json::array security_of(Door door) {
  const json::value bearer{{"bearer", json::array{}}};
  switch (door) {
    case Door::open: return {};
    case Door::link: return {json::object{}, bearer};
    case Door::credential: return {bearer};
  }
  throw std::logic_error("a door without a name");
}

// What must be given has an example; what need not be given is left out of them.
json::array with_examples(json::array parameters) {
  for (auto& one : parameters) {
    auto& parameter = one.as_object();
    if (parameter.at("required") == true)
      parameter["example"] = example_of(parameter.at("name").as_string(), parameter.at("schema"));
  }
  return parameters;
}

json::object described(const Operation& operation, json::object& components) {
  json::object out{{"operationId", operation.name},
                   {"summary", operation.summary},
                   {"tags", json::array{operation.tag}},
                   {"x-who", who_may(operation.rule)},
                   {"security", security_of(operation.door())},
                   {"parameters", with_examples(operation.parameters)}};
  if (operation.body) {
    components[operation.name] = *operation.body;
    const json::value body{{"schema", {{"$ref", "#/components/schemas/" + std::string{operation.name}}}},
                           {"example", example_of(operation.name, *operation.body)}};
    out["requestBody"] = {{"required", operation.body_required}, {"content", {{"application/json", body}}}};
  }
  out["responses"] = responses_of(operation, components);
  return out;
}

}  // namespace

json::value openapi_document() {
  json::object paths, components;
  components["Problem"] = {
      {"type", "object"},
      {"description", "A problem document (RFC 9457). `code` is stable; further members say more."},
      {"properties",
       {{"type", {{"type", "string"}, {"format", "uri"}}},
        {"title", {{"type", "string"}}},
        {"status", {{"type", "integer"}, {"minimum", 400}, {"maximum", 599}}},
        {"detail", {{"type", "string"}}},
        {"code", {{"type", "string"}}}}},
      {"required", {"type", "title", "status", "detail", "code"}}};
  for (const auto& operation : operations()) {
    auto& path = paths[operation.path];
    if (!path.is_object()) path = json::object{};
    path.as_object()[operation.method == "GET" ? "get" : "post"] = described(operation, components);
  }
  json::array tags{{{"name", "commands"}, {"description", "What can be asked to happen"}},
                   {{"name", "queries"}, {"description", "Read models, as they are or as they were"}},
                   {{"name", "reports"}, {"description", "Histories to take away, with a header to check them by"}},
                   {{"name", "log and server"}, {"description", "The log, and how the server is"}},
                   {{"name", "about"}, {"description", "Open to all: descriptions, liveness, metrics"}}};
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Rollcall"},
            {"version", ROLLCALL_VERSION},
            {"summary", "Who may enter which customer account, and proof of it"},
            {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
          {"servers", {{{"url", "/"}}}},
          {"tags", std::move(tags)},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", std::move(components)},
            {"securitySchemes",
             {{"bearer",
               {{"type", "http"},
                {"scheme", "bearer"},
                {"description", "the operator's key, or the token of a session"}}}}}}}};
}

Awaited openapi(Desk&, const Request&, const PathArguments&) {
  static const auto text = json::serialize(openapi_document());
  co_return json_answer(text);
}

}  // namespace rollcall::api
