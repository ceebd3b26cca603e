// An operation of the interface, made from the description of a query or a command: how it is found, what the OpenAPI
// document says of it, and the function that answers it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "events/utf8.hpp"
#include "projections/engine/query.hpp"
#include "tools/server/api/desk.hpp"

namespace rollcall::api {

// The segments of the path that stand for parameters, decoded, in their order.
using PathArguments = std::vector<std::string>;

// Who is heard without a credential: all, or the holder of a link.
enum class Door : std::uint8_t { credential, link, open };

struct Operation {
  std::string_view method;
  std::string path;  // segments in braces are parameters
  std::string_view name;
  std::string_view tag;
  std::string_view summary;
  Rule rule{};  // who may
  Awaited (*handle)(Desk&, const Request&, const PathArguments&) = nullptr;

  // What the document says.
  json::array parameters{};
  std::optional<json::object> body{};  // schema of what is sent
  bool body_required = true;
  json::value answer{};  // schema of what comes back; null: no JSON
  std::string_view content_type = "application/json";
  std::vector<std::string> headers{};  // of ours that it takes, as its parameters have them
  std::vector<std::string> codes{};    // of the problems it can answer with, beside those of every operation

  Door door() const;
};

// All of them, in the order in which they are documented.
const std::vector<Operation>& operations();

// Finds the operation and has it answered.
Awaited answer(Desk& desk, http::Request request);

// ---- from a description ------------------------------------------------------------------------------------------

// A default as a value of its schema's type: texts of parameters are typed in the document.
json::value default_of(const json::object& schema, std::string_view text);

// The parameters of a query as OpenAPI describes them. Those named in the path are required.
template <class Q>
json::array parameters_of(std::string_view path) {
  json::array all;
  Q query{};
  projections::for_each_parameter(query, [&]<class M>(std::string_view name, std::string_view help, const M& member) {
    using Known = projections::Parameter<std::remove_const_t<M>>;
    const bool in_path = path.find("{" + std::string{name} + "}") != path.npos;
    auto schema = Known::schema();
    const auto* type = schema.if_contains("type");
    const bool list = type && *type == "array";
    if (!in_path)
      if (const auto otherwise = Known::text(member)) schema["default"] = default_of(schema, *otherwise);
    const bool required = in_path || projections::must_be_given<std::remove_const_t<M>>(member);
    json::object one{{"name", name}, {"in", in_path ? "path" : "query"}, {"required", required}};
    if (!help.empty()) one["description"] = help;
    if (list) one["explode"] = false;
    one["schema"] = std::move(schema);
    all.push_back(std::move(one));
  });
  return all;
}
// A header as OpenAPI describes it.
json::object header_parameter(std::string_view name, std::string_view help, json::value schema);

// Reads the parameters of a query from a request and the arguments of its path.
template <class Q>
Expected<Q, Reply> read_query(const Request& request, std::string_view path, const PathArguments& arguments) {
  projections::Parameters given;
  given.reserve(arguments.size() + request.query.size());
  std::size_t i = 0;
  for (auto at = path.find('{'); at != path.npos; at = path.find('{', at + 1))
    given.emplace_back(path.substr(at + 1, path.find('}', at) - at - 1), arguments.at(i++));
  for (const auto& pair : request.query) given.push_back(pair);
  for (const auto& [name, text] : given)
    if (!utf8::valid(name) || !utf8::valid(text))
      return unexpected(problem("invalid_parameter", "A parameter is not UTF-8."));
  auto query = projections::read_parameters<Q>(given);
  if (!query) return unexpected(problem_of(query.error()));
  return std::move(*query);
}

}  // namespace rollcall::api
