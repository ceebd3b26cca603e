#include "tools/server/api/docs.hpp"

#include <set>
#include <vector>

#include <fmt/format.h>

#include "events/hash.hpp"
#include "tools/server/api/actions.hpp"
#include "tools/server/api/docs_look.hpp"
#include "tools/server/api/openapi.hpp"

namespace rollcall::api {
namespace {

// ---- reading the document -----------------------------------------------------------------------------------------

const json::value* member(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  return object ? object->if_contains(name) : nullptr;
}

std::string_view text(const json::value& value, std::string_view name) {
  const auto* found = member(value, name);
  return found && found->is_string() ? std::string_view{found->get_string()} : std::string_view{};
}

const json::object& members(const json::value& value, std::string_view name) {
  static const json::object none;
  const auto* found = member(value, name);
  return found && found->is_object() ? found->get_object() : none;
}

const json::array& list(const json::value& value, std::string_view name) {
  static const json::array none;
  const auto* found = member(value, name);
  return found && found->is_array() ? found->get_array() : none;
}

bool holds(const json::array& all, std::string_view text) {
  return std::any_of(all.begin(), all.end(),
                     [&](const json::value& one) { return one.is_string() && one.get_string() == text; });
}

// A text as it is, anything else as JSON.
std::string plain(const json::value& value) {
  return value.is_string() ? std::string{value.get_string()} : json::serialize(value);
}

constexpr std::string_view schemas_at = "#/components/schemas/";

// The schema's name, when it is a reference.
std::string_view referred(const json::value& schema) {
  const auto reference = text(schema, "$ref");
  return reference.starts_with(schemas_at) ? reference.substr(schemas_at.size()) : std::string_view{};
}

// What says that a value may be null is left out; the rest of the alternatives.
std::vector<const json::value*> alternatives(const json::value& schema) {
  std::vector<const json::value*> all;
  for (const auto* word : {"anyOf", "oneOf"})
    for (const auto& one : list(schema, word))
      if (text(one, "type") != "null") all.push_back(&one);
  return all;
}

bool nullable(const json::value& schema) {
  const auto null = [](const json::value& one) { return text(one, "type") == "null"; };
  const auto& any = list(schema, "anyOf");
  return holds(list(schema, "type"), "null") || std::any_of(any.begin(), any.end(), null);
}

// The one schema that says what a value is: behind "or null", and behind "list of".
const json::value& core(const json::value& schema) {
  if (const auto all = alternatives(schema); all.size() == 1) return core(*all.front());
  return schema;
}

// ---- writing ------------------------------------------------------------------------------------------------------

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

std::string code(std::string_view text) { return "<code>" + escaped(text) + "</code>"; }

// Prose, in which words between backticks are code.
std::string prose(std::string_view text) {
  std::string out;
  while (true) {
    const auto open = text.find('`');
    const auto close = open == text.npos ? text.npos : text.find('`', open + 1);
    out += escaped(text.substr(0, close == text.npos ? text.npos : open));
    if (close == text.npos) return out;
    out += code(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
}

// What is found by: in lower case, as the search asks.
std::string words(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts) all.append(part).append(" ");
  for (auto& c : all)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return escaped(all);
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const auto& part : parts) out.append(out.empty() ? "" : between).append(part);
  return out;
}

// ---- schemas ------------------------------------------------------------------------------------------------------

// More words than these are there to unfold.
constexpr std::size_t words_shown = 12;

std::string type_of(const json::value& schema) {
  if (const auto name = referred(schema); !name.empty())
    return fmt::format("<a href=\"#schema-{0}\">{0}</a>", escaped(name));
  const std::string or_null = nullable(schema) ? " or null" : "";
  std::vector<std::string> kinds;
  if (const auto all = alternatives(schema); !all.empty()) {
    for (const auto* one : all) kinds.push_back(type_of(*one));
    return joined(kinds, " or ") + or_null;
  }
  if (const auto& all = list(schema, "allOf"); !all.empty()) {
    for (const auto& one : all) kinds.push_back(type_of(one));
    return joined(kinds, " with ");
  }
  if (const auto& all = list(schema, "enum"); !all.empty()) {
    for (const auto& one : all) kinds.push_back(code(plain(one)));
    const auto words = joined(kinds, " ");
    if (all.size() <= words_shown) return words + or_null;
    return fmt::format("<details><summary>one of {}</summary>{}</details>", all.size(), words) + or_null;
  }
  if (const auto* only = member(schema, "const")) return code(json::serialize(*only)) + or_null;
  if (const auto* items = member(schema, "items")) return "list of " + type_of(*items) + or_null;
  if (const auto format = text(schema, "format"); !format.empty()) return escaped(format) + or_null;
  for (const auto& one : list(schema, "type"))
    if (one.is_string() && one != "null") kinds.push_back(escaped(one.get_string()));
  if (!kinds.empty()) return joined(kinds, " or ") + or_null;
  const auto type = text(schema, "type");
  return type.empty() ? "anything" : escaped(type);
}

// "1 to 256 characters", "0 or more": nothing when there is no bound.
std::string bounds(const json::value& schema, std::string_view least, std::string_view most, std::string_view of) {
  const auto* from = member(schema, least);
  const auto* to = member(schema, most);
  // The largest number that all readers hold exactly says no more than that it is one.
  if (to && *to == json_integer_max) to = nullptr;
  if (!from && !to) return {};
  const auto shown = [](const json::value& one) { return json::serialize(one); };
  if (from && to) return fmt::format("{} to {}{}", shown(*from), shown(*to), of);
  return (from ? shown(*from) + " or more" : "up to " + shown(*to)) + std::string{of};
}

std::string limits(const json::value& outer) {
  const auto& schema = core(outer);
  std::vector<std::string> all;
  const auto add = [&](std::string one) {
    if (!one.empty()) all.push_back(std::move(one));
  };
  add(bounds(schema, "minimum", "maximum", ""));
  add(bounds(schema, "minLength", "maxLength", " characters"));
  add(bounds(schema, "minItems", "maxItems", " of them"));
  if (const auto pattern = text(schema, "pattern"); !pattern.empty()) add(code(pattern));
  if (const auto* items = member(schema, "items")) add(limits(*items));
  if (const auto* otherwise = member(outer, "default")) add("default " + code(json::serialize(*otherwise)));
  const auto* secret = member(schema, "writeOnly");
  if (secret && *secret == true) add("never shown again");
  return joined(all, " · ");
}

// A line of a table of members or parameters.
std::string row(std::string_view name, std::string_view note, bool required, const json::value& schema,
                std::string_view help) {
  auto more = limits(schema);
  if (!more.empty()) more = "<small>" + more + "</small>";
  return fmt::format(
      "<tr><th scope=\"row\"><code>{}</code>{}{}</th><td class=\"type words\">{}{}</td><td>{}</td></tr>\n",
      escaped(name), required ? " <b title=\"required\">*</b>" : "",
      note.empty() ? "" : " <small>" + escaped(note) + "</small>", type_of(schema), more, prose(help));
}

// The members of an object, those of objects within it by their path: `seats.used`, `targets[].kind`.
std::string rows(const json::value& schema, const std::string& before = {}) {
  std::string out;
  for (const auto& [name, one] : members(schema, "properties")) {
    const auto path = before + std::string{name};
    auto help = text(one, "description");
    if (help.empty()) help = text(core(one), "description");
    out += row(path, {}, holds(list(schema, "required"), name), one, help);
    const auto* within = &core(one);
    const auto* items = member(*within, "items");
    if (items) within = &core(*items);
    out += rows(*within, path + (items ? "[]." : "."));
  }
  return out;
}

std::string table(const std::string& rows) { return rows.empty() ? "" : "<table>\n" + rows + "</table>\n"; }

std::string for_shell(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? "'\\''" : std::string(1, c));
  return out + "'";
}

// ---- the page -----------------------------------------------------------------------------------------------------

struct Operation {
  std::string method, path;
  const json::value* is = nullptr;

  std::string_view id() const { return text(*is, "operationId"); }
  // One for which no credential is asked at all, or none has to be brought.
  bool open() const { return member(*is, "security") && list(*is, "security").empty(); }
  bool optional() const {
    const auto& ways = list(*is, "security");
    return std::any_of(ways.begin(), ways.end(), [](const json::value& way) { return way.get_object().empty(); });
  }
};

class Page {
 public:
  explicit Page(const json::value& document) : document_(document) {
    for (const auto& [path, item] : members(document, "paths"))
      for (const auto& [method, is] : item.as_object()) {
        auto name = std::string{method};
        for (auto& c : name) c = static_cast<char>(c - 'a' + 'A');
        operations_.push_back({std::move(name), std::string{path}, &is});
      }
  }

  std::string html() const {
    std::string menu, sections;
    for (const auto& tag : list(document_, "tags")) {
      const auto name = text(tag, "name");
      std::string links, articles;
      for (const auto& one : operations_) {
        if (!holds(list(*one.is, "tags"), name)) continue;
        links += link(one);
        articles += article(one);
      }
      if (links.empty()) continue;
      menu += fmt::format("<div><h2>{}</h2><ul>\n{}</ul></div>\n", escaped(name), links);
      sections += fmt::format("<section><h2>{}</h2><p>{}</p>\n{}</section>\n", escaped(name),
                              prose(text(tag, "description")), articles);
    }
    const auto& info = *member(document_, "info");
    const auto title = escaped(text(info, "title"));
    std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    out += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", escaped(policy()));
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    out += "<title>" + title + ": the interface</title>\n<style>" + std::string{docs_style} +
           "</style>\n</head>\n<body>\n";
    out += "<nav aria-label=\"Operations\"><a class=\"home\" href=\"#top\">" + title + "</a>\n";
    out += "<input type=\"search\" placeholder=\"Search ( / )\" aria-label=\"Search\" class=\"search\">\n";
    out += "<div>" + menu + "</div></nav>\n<main id=\"top\">\n";
    out += fmt::format("<h1>{} <small>{}</small></h1>\n<p class=\"lead\">{}</p>\n", title,
                       escaped(text(info, "version")), prose(text(info, "summary")));
    out += introduction() + sections + schemas();
    out += "</main>\n<script>" + std::string{docs_script} + "</script>\n</body>\n</html>\n";
    return out;
  }

  // Of a page: a header says more (docs_policy).
  static std::string policy() {
    const auto digest = [](std::string_view of) { return "'sha256-" + to_base64(bytes_of(sha256(of))) + "'"; };
    return "default-src 'none'; style-src " + digest(docs_style) + "; script-src " + digest(docs_script) +
           "; base-uri 'none'; form-action 'none'";
  }

 private:
  std::string introduction() const {
    std::string out;
    if (const auto more = text(*member(document_, "info"), "description"); !more.empty())
      out += "<p>" + prose(more) + "</p>\n";
    const auto* components = member(document_, "components");
    if (components)
      for (const auto& [name, scheme] : members(*components, "securitySchemes"))
        out += fmt::format("<p>A request says who asks by <code>Authorization: Bearer …</code>: {}.</p>\n",
                           prose(text(scheme, "description")));
    out += "<p>Refusals are problem documents (RFC 9457) with a stable <code>code</code>. ";
    out += "The same as a document for programs: <a href=\"/openapi.json\">/openapi.json</a>; ";
    out += "events and topics: <a href=\"/asyncapi.json\">/asyncapi.json</a>. ";
    out += "What is marked <b>*</b> must be there.</p>\n";
    return out;
  }

  static std::string link(const Operation& one) {
    return fmt::format("<li data-words=\"{}\"><a href=\"#{}\">{}</a></li>\n", words_of(one), escaped(one.id()),
                       escaped(one.id()));
  }

  static std::string words_of(const Operation& one) {
    return words({one.id(), one.method, one.path, text(*one.is, "summary")});
  }

  std::string article(const Operation& one) const {
    const auto& is = *one.is;
    const auto id = escaped(one.id());
    auto out =
        fmt::format("<article id=\"{0}\" data-words=\"{1}\">\n<h3><a href=\"#{0}\">{0}</a></h3>\n", id, words_of(one));
    out += fmt::format("<div class=\"path\"><span class=\"method {0}\">{0}</span>{1}</div>\n", one.method,
                       escaped(one.path));
    out += "<p>" + prose(text(is, "summary")) + "</p>\n";
    if (const auto more = text(is, "description"); !more.empty()) out += "<p>" + prose(more) + "</p>\n";
    out += "<p class=\"who\">" + who(one) + "</p>\n";

    if (const auto* body = member(is, "requestBody"))
      for (const auto& [type, content] : members(*body, "content"))
        if (const auto* schema = member(content, "schema"))
          out += "<h4>Body <code>" + escaped(type) + "</code></h4>\n" + shape(*schema, true);
    std::string parameters;
    for (const auto& parameter : list(is, "parameters")) {
      const auto* required = member(parameter, "required");
      const auto* schema = member(parameter, "schema");
      parameters += row(text(parameter, "name"), text(parameter, "in"), required && *required == true,
                        schema ? *schema : json::value{json::object{}}, text(parameter, "description"));
    }
    if (!parameters.empty()) out += "<h4>Parameters</h4>\n" + table(parameters);
    out += answers(is) + refusals(is);
    out += "<details><summary>Try it</summary><pre>" + escaped(command_line(one)) + "</pre></details>\n</article>\n";
    return out;
  }

  static std::string who(const Operation& one) {
    if (const auto said = text(*one.is, "x-who"); !said.empty()) return "Who may: " + prose(said);
    if (one.open()) return "Open to everybody.";
    if (one.optional()) return "For the holder of the link; a credential may be brought.";
    return "Needs a credential.";
  }

  // The schema in a table; one with a name of its own by its name, with the table to unfold.
  std::string shape(const json::value& schema, bool whole) const {
    const auto* known = members(*member(document_, "components"), "schemas").if_contains(referred(schema));
    const auto inside = table(rows(known ? *known : schema));
    if (!inside.empty() && (whole || !known)) return inside;
    auto named = "<p class=\"words\">" + type_of(schema) + "</p>\n";
    if (!inside.empty()) named += "<details><summary>Its members</summary>" + inside + "</details>\n";
    return named;
  }

  std::string answers(const json::value& is) const {
    std::string out;
    for (const auto& [status, response] : members(is, "responses")) {
      if (!status.starts_with('2')) continue;
      for (const auto& [type, content] : members(response, "content")) {
        out += fmt::format("<h4>Answer {} <code>{}</code></h4>\n", escaped(status), escaped(type));
        const auto* schema = member(content, "schema");
        if (schema) out += shape(*schema, false);
      }
    }
    return out;
  }

  static std::string refusals(const json::value& is) {
    std::string out;
    for (const auto& [status, response] : members(is, "responses")) {
      if (status.starts_with('2') || status == "default") continue;
      std::string codes;
      for (const auto& one : codes_in(response)) codes += code(one) + " ";
      if (codes.empty()) codes = prose(text(response, "description"));
      out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(status), codes);
    }
    if (out.empty()) return out;
    return "<details><summary>Refusals and their codes</summary><table class=\"errors\">\n" + out +
           "</table></details>\n";
  }

  // The codes that a response's schema enumerates, in whatever it is wrapped.
  static std::vector<std::string> codes_in(const json::value& value) {
    std::vector<std::string> all;
    const auto take = [&](const json::value& from) {
      for (auto& one : codes_in(from)) all.push_back(std::move(one));
    };
    if (const auto* properties = member(value, "properties"))
      if (const auto* schema = member(*properties, "code"))
        for (const auto& one : list(*schema, "enum"))
          if (one.is_string()) all.emplace_back(one.get_string());
    if (const auto* object = value.if_object())
      for (const auto& [name, one] : *object)
        if (name != "properties") take(one);
    if (const auto* array = value.if_array())
      for (const auto& one : *array) take(one);
    return all;
  }

  std::string command_line(const Operation& one) const {
    auto path = one.path;
    std::string query;
    for (const auto& parameter : list(*one.is, "parameters")) {
      const auto name = text(parameter, "name");
      const auto* given = member(parameter, "example");
      if (!given) continue;
      const auto shown = plain(*given);
      const auto braces = "{" + std::string{name} + "}";
      if (const auto at = path.find(braces); at != path.npos) path.replace(at, braces.size(), shown);
      if (text(parameter, "in") == "query") query.append(query.empty() ? "?" : "&").append(name).append("=" + shown);
    }
    std::string out = one.method == "GET" ? "curl" : "curl -X " + one.method;
    out += " \"$ROLLCALL\"" + for_shell(path + query);
    if (!one.open() && !one.optional()) out += " \\\n  -H \"Authorization: Bearer $TOKEN\"";
    if (const auto* body = member(*one.is, "requestBody"))
      for (const auto& [type, content] : members(*body, "content")) {
        const auto* given = member(content, "example");
        if (!given) continue;
        out += " \\\n  -H 'Content-Type: " + std::string{type} + "' \\\n  -d " + for_shell(json::serialize(*given));
        break;
      }
    return out;
  }

  // What answers refer to; a body is shown where it is sent.
  std::string schemas() const {
    std::set<std::string_view> bodies;
    for (const auto& one : operations_)
      if (const auto* body = member(*one.is, "requestBody"))
        for (const auto& [type, content] : members(*body, "content"))
          if (const auto* schema = member(content, "schema")) bodies.insert(referred(*schema));
    std::string out;
    for (const auto& [name, schema] : members(*member(document_, "components"), "schemas")) {
      if (bodies.contains(name)) continue;
      out += fmt::format("<article id=\"schema-{0}\" data-words=\"{1}\">\n<h3><a href=\"#schema-{0}\">{0}</a></h3>\n",
                         escaped(name), words({name, "schema"}));
      if (const auto said = text(schema, "description"); !said.empty()) out += "<p>" + prose(said) + "</p>\n";
      const auto inside = table(rows(schema));
      out += (inside.empty() ? "<p class=\"words\">" + type_of(schema) + "</p>\n" : inside) + "</article>\n";
    }
    return "<section><h2>schemas</h2><p>What answers are made of. Members that you do not know are to be "
           "ignored.</p>\n" +
           out + "</section>\n";
  }

  const json::value& document_;
  std::vector<Operation> operations_;
};

}  // namespace

std::string docs_page(const json::value& openapi) { return Page(openapi).html(); }

std::string docs_policy() { return Page::policy() + "; frame-ancestors 'none'"; }

Awaited docs(Desk&, const Request&, const PathArguments&) {
  static const auto page = docs_page(openapi_document());
  auto reply = json_answer(page, "text/html; charset=utf-8");
  reply.headers.emplace_back("Content-Security-Policy", docs_policy());
  co_return reply;
}

}  // namespace rollcall::api
