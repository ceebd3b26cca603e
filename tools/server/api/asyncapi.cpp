#include "tools/server/api/asyncapi.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include "events/cloud_event.hpp"
#include "events/contract.hpp"

namespace rollcall::api {
namespace {

constexpr std::uint32_t partitions = 12;
constexpr std::string_view bindings_version = "0.5.0";  // of Kafka's

json::object reference(std::string_view kind, std::string_view name) {
  return {{"$ref", std::string{"#/"}.append(kind).append("/").append(name)}};
}
json::object component(std::string_view kind, std::string_view name) {
  return reference(std::string{"components/"}.append(kind), name);
}

json::object text(std::string_view description, std::string_view pattern = {}) {
  json::object schema{{"type", "string"}, {"description", description}};
  if (!pattern.empty()) schema["pattern"] = pattern;
  return schema;
}

json::object constant(std::string_view value) { return {{"type", "string"}, {"const", value}}; }

json::object headers_of(json::object properties, json::array required) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

json::object kafka_key(std::string_view description) {
  return {{"kafka", {{"key", text(description)}, {"bindingVersion", bindings_version}}}};
}

// ---- schemas ------------------------------------------------------------------------------------------------------

// What AsyncAPI reads by default is a superset of JSON Schema draft 07. Ours use what that has in common with 2020-12,
// and are known here by their place in the document.
json::object embedded(json::object schema) {
  schema.stable_erase("$schema");
  schema.stable_erase("$id");
  return schema;
}

json::object cloud_event_schema() {
  json::object properties;
  json::array required;
  for (const auto& attribute : cloud_event_attributes()) {
    properties[attribute.name] = text(attribute.help, attribute.pattern);
    if (attribute.always) required.emplace_back(attribute.name);
  }
  properties["datacontenttype"] = constant("application/json");
  json::array data;
  for (const auto& schema : contract())
    if (schema.type != user_row_type) data.push_back(component("schemas", schema.name()));
  properties["data"] = {{"description", "As the schema says that `dataschema` names"}, {"anyOf", std::move(data)}};
  required.emplace_back("datacontenttype");
  required.emplace_back("data");
  return {{"description", "An event in the JSON format of CloudEvents 1.0"},
          {"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)}};
}

json::object schemas() {
  json::object all;
  for (const auto& schema : contract()) all[schema.name()] = embedded(schema.document);
  all["CloudEvent"] = cloud_event_schema();
  return all;
}

// ---- messages -----------------------------------------------------------------------------------------------------

// CloudEvents in Kafka, binary mode: attributes are headers, except the trace context, which has a header of its own.
std::string header_of(std::string_view attribute) {
  return attribute == "traceparent" ? std::string{attribute} : std::string{"ce_"}.append(attribute);
}

json::object event_trait() {
  json::object properties{{"content-type", constant("application/json")}};
  json::array required{"content-type"};
  for (const auto& attribute : cloud_event_attributes()) {
    properties[header_of(attribute.name)] = text(attribute.help, attribute.pattern);
    if (attribute.always) required.emplace_back(header_of(attribute.name));
  }
  return {{"contentType", "application/json"},
          {"headers", headers_of(std::move(properties), std::move(required))},
          {"correlationId", component("correlationIds", "header")},
          {"bindings", kafka_key("ce_partitionkey: an account's app id, a person's id, or log")}};
}

json::object event_message(const Schema& schema) {
  return {{"name", cloud_event_type(schema.type, schema.version)},
          {"title", schema.name()},
          {"traits", {component("messageTraits", "event")}},
          {"headers",
           {{"type", "object"},
            {"properties",
             {{"ce_type", constant(cloud_event_type(schema.type, schema.version))},
              {"ce_dataschema", constant(schema.urn())}}}}},
          {"payload", component("schemas", schema.name())}};
}

json::object user_trait() {
  const json::object properties{{"content-type", constant("application/json")},
                                {"rollcall_position", text("Position in the log that the row is as of", "^[0-9]{20}$")},
                                {"rollcall_logorigin", text("Name of the log in its checkpoints")}};
  return {{"contentType", "application/json"},
          {"headers", headers_of(properties, {"content-type", "rollcall_position", "rollcall_logorigin"})},
          {"bindings", kafka_key("ACCOUNT/ID of the row, like gx624/usr_… or gx624/inv_…")}};
}

json::object messages() {
  json::object all;
  for (const auto& schema : contract())
    if (schema.type != user_row_type) all[schema.name()] = event_message(schema);
  const auto row = find_schema(user_row_type)->name();
  all[row] = {{"title", "A row as it is now"},
              {"traits", {component("messageTraits", "user")}},
              {"payload", component("schemas", row)}};
  all["UserRowRemoved"] = {{"title", "A row that is gone"},
                           {"summary", "A tombstone: the record has no value"},
                           {"traits", {component("messageTraits", "user")}},
                           {"payload", {{"type", "null"}}}};
  all["FeedEvent"] = {{"title", "An event of the feed"},
                      {"summary", "A server-sent event: `id` is the position, `event` the type, `data` this payload"},
                      {"contentType", "application/cloudevents+json"},
                      {"headers", headers_of({{"id", text("Position in the log, to resume after", "^[0-9]+$")},
                                              {"event", text("As `type`")}},
                                             {"id", "event"})},
                      {"correlationId", component("correlationIds", "payload")},
                      {"payload", component("schemas", "CloudEvent")}};
  return all;
}

// ---- channels -----------------------------------------------------------------------------------------------------

json::object topic(std::string_view name, json::array cleanup) {
  return {{"kafka",
           {{"topic", name},
            {"partitions", partitions},
            {"topicConfiguration", {{"cleanup.policy", std::move(cleanup)}}},
            {"bindingVersion", bindings_version}}}};
}

json::object channels_of(const Channels& channels) {
  json::object events, users;
  for (const auto& [name, message] : messages()) {
    if (name == "FeedEvent") continue;
    (std::string_view{name}.starts_with(user_row_type) ? users : events)[name] = component("messages", name);
  }
  return {{"events",
           {{"address", channels.events_topic},
            {"title", "Every event, once"},
            {"description",
             "CloudEvents in binary mode, in the version they were stored in. Events with the same key are in order, "
             "and ce_sequence is their place in the whole log. Written in transactions: read with "
             "isolation.level=read_committed."},
            {"servers", {reference("servers", "kafka")}},
            {"messages", std::move(events)},
            {"bindings", topic(channels.events_topic, {"delete"})}}},
          {"users",
           {{"address", channels.users_topic},
            {"title", "The Users list, row by row"},
            {"description",
             "Compacted: the last record of a key is the row as it is, without a value when the row is gone. The rows "
             "of an "
             "account are in one partition."},
            {"servers", {reference("servers", "kafka")}},
            {"messages", std::move(users)},
            {"bindings", topic(channels.users_topic, {"compact"})}}},
          {"feed",
           {{"address", "/v1/events"},
            {"title", "Every event in order, over HTTP"},
            {"description",
             "With Accept: text/event-stream, from the position `from`; Last-Event-ID resumes after an event."},
            {"servers", {reference("servers", "http")}},
            {"messages", {{"FeedEvent", component("messages", "FeedEvent")}}}}}};
}

json::object sends(std::string_view channel, std::string_view summary) {
  return {{"action", "send"}, {"channel", reference("channels", channel)}, {"summary", summary}};
}

json::object operations() {
  auto stream = sends("feed", "Streams events, and goes on with those to come");
  stream["bindings"] = {
      {"http",
       {{"method", "GET"},
        {"query",
         {{"type", "object"},
          {"properties", {{"from", {{"type", "integer"}, {"minimum", 0}, {"description", "first position"}}}}}}},
        {"bindingVersion", "0.3.0"}}}};
  return {{"publishEvents", sends("events", "Publishes events as they happen")},
          {"publishUsers", sends("users", "Publishes rows as they change")},
          {"streamEvents", std::move(stream)}};
}

json::object http_server(std::string_view url) {
  const auto colon = url.find("://");
  const auto protocol = colon == std::string_view::npos ? std::string_view{"http"} : url.substr(0, colon);
  if (colon != std::string_view::npos) url.remove_prefix(colon + 3);
  const auto host = url.substr(0, url.find('/'));
  return {{"host", host}, {"protocol", protocol}, {"security", {component("securitySchemes", "operator")}}};
}

}  // namespace

json::value asyncapi_document(const Channels& channels) {
  return {
      {"asyncapi", "3.0.0"},
      {"id", "urn:rollcall:events"},
      {"info",
       {{"title", "Rollcall"},
        {"version", ROLLCALL_VERSION},
        {"description",
         "Who may enter which account, event by event. Personal data is null and reasons are absent unless the "
         "installation was told to publish them. Members and headers that are not named here may come: ignore them."},
        {"license", {{"name", "Apache-2.0"}}}}},
      {"defaultContentType", "application/json"},
      {"servers",
       {{"kafka", {{"host", channels.broker}, {"protocol", "kafka"}}}, {"http", http_server(channels.server)}}},
      {"channels", channels_of(channels)},
      {"operations", operations()},
      {"components",
       {{"schemas", schemas()},
        {"messages", messages()},
        {"messageTraits", {{"event", event_trait()}, {"user", user_trait()}}},
        {"correlationIds",
         {{"header", {{"location", "$message.header#/ce_correlationid"}}},
          {"payload", {{"location", "$message.payload#/correlationid"}}}}},
        {"securitySchemes",
         {{"operator", {{"type", "http"}, {"scheme", "bearer"}, {"description", "the operator's key"}}}}}}}};
}

}  // namespace rollcall::api
