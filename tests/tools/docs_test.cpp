// The page of the interface: all of the document is on it, nothing of it is markup, and it asks nobody for anything.
#include "tools/server/api/docs.hpp"

#include <set>
#include <string>

#include "events/hash.hpp"
#include "tests/support/catch.hpp"
#include "tests/tools/program.hpp"
#include "tools/server/api/openapi.hpp"

namespace rollcall::api {
namespace {

using Catch::Contains;

// Every value of an attribute on the page.
std::set<std::string> values_of(const std::string& page, const std::string& attribute) {
  std::set<std::string> all;
  const auto start = " " + attribute + "=\"";
  for (auto at = page.find(start); at != page.npos; at = page.find(start, at + 1)) {
    const auto from = at + start.size();
    all.insert(page.substr(from, page.find('"', from) - from));
  }
  return all;
}

// What stands between two marks for the first time.
std::string between(const std::string& page, const std::string& open, const std::string& close) {
  const auto from = page.find(open);
  REQUIRE(from != page.npos);
  return page.substr(from + open.size(), page.find(close, from) - from - open.size());
}

// The part of the page about one operation.
std::string article(const std::string& page, const std::string& id) {
  return between(page, "<article id=\"" + id + "\"", "</article>");
}

// A document of one operation, with this summary.
json::value small(std::string_view summary, const json::object& more = {}) {
  json::object operation{{"operationId", "Paint"},
                         {"summary", summary},
                         {"tags", {"commands"}},
                         {"responses", {{"200", {{"description", "done"}}}}}};
  for (const auto& [name, value] : more) operation[name] = value;
  return {{"info", {{"title", "Small"}, {"version", "1"}}},
          {"tags", {{{"name", "commands"}, {"description", "what happens"}}}},
          {"paths", {{"/paint/{wall}", {{"post", operation}}}}},
          {"components", {{"schemas", json::object{}}}}};
}

}  // namespace

TEST_CASE("every operation and every schema of the document is on the page, and all its links lead somewhere") {
  const auto document = openapi_document();
  const auto page = docs_page(document);
  const auto places = values_of(page, "id");
  std::size_t operations = 0;
  for (const auto& [path, item] : document.at("paths").as_object())
    for (const auto& [method, is] : item.as_object()) {
      ++operations;
      const auto id = std::string{is.at("operationId").as_string()};
      INFO(id);
      REQUIRE(places.contains(id));
      const auto about = article(page, id);
      CHECK_THAT(about, Contains(std::string{path}));
      for (const auto& parameter : is.at("parameters").as_array())
        CHECK_THAT(about, Contains("<code>" + std::string{parameter.at("name").as_string()} + "</code>"));
    }
  CHECK(operations > 40);
  for (const auto& target : values_of(page, "href")) {
    INFO(target);
    CHECK((target.starts_with('#') ? places.contains(target.substr(1)) : target.starts_with('/')));
  }
}

TEST_CASE("an operation is shown with who may, types, bounds, defaults, codes, and a request to copy") {
  const auto page = docs_page(openapi_document());
  const auto users = article(page, "Users");
  CHECK_THAT(users, Contains("Who may: the account&#39;s owner, admins") && Contains("the operator and an auditor"));
  CHECK_THAT(users, Contains("1 to 200") && Contains("default <code>50</code>"));
  CHECK_THAT(users, Contains("<code>view_behind</code>"));
  CHECK_THAT(users, Contains("<a href=\"#schema-UsersAnswer\">UsersAnswer</a>"));
  CHECK_THAT(users, Contains("<code>seats.used</code>"));
  CHECK_THAT(users, Contains("curl &quot;$ROLLCALL&quot;&#39;/v1/accounts/gx624/users&#39;"));
  const auto invite = article(page, "InvitePartner");
  CHECK_THAT(invite, Contains("<code>email</code> <b title=\"required\">*</b>"));
  CHECK_THAT(invite, Contains("boolean or null") && Contains("date-time or null"));
  CHECK_THAT(invite,
             Contains("{&quot;account&quot;:&quot;gx624&quot;,&quot;email&quot;:&quot;nina@newcoach.example&quot;}"));
  CHECK_THAT(article(page, "DeactivateUser"), Contains("<code>plan[].allocations[].share</code>"));
  CHECK_THAT(article(page, "AcceptInvite"), Contains("the holder of the link") && !Contains("Authorization: Bearer"));
  CHECK_THAT(article(page, "Livez"), Contains("Who may: everybody"));
  CHECK_THAT(article(page, "Events"), Contains("text/event-stream") && Contains("<code>at_end</code>"));
}

TEST_CASE("texts of the document are never markup on the page") {
  const auto page = docs_page(small("<script>alert(\"'&\")</script> and `a<b`"));
  CHECK_THAT(page, !Contains("<script>alert"));
  CHECK_THAT(page, Contains("&lt;script&gt;alert(&quot;&#39;&amp;&quot;)&lt;/script&gt; and <code>a&lt;b</code>"));
  CHECK_THAT(docs_page(small("one `stray")), Contains("<p>one `stray</p>"));
}

TEST_CASE("a request to copy survives the shell") {
  const json::value body{{"content", {{"application/json", {{"example", {{"name", "it's"}}}}}}}};
  const auto page = docs_page(small("Paint", {{"requestBody", body}}));
  CHECK_THAT(page, Contains("-d &#39;{&quot;name&quot;:&quot;it&#39;\\&#39;&#39;s&quot;}&#39;"));
}

TEST_CASE("the page asks nobody for anything, and its policy lets nothing but what is in it run") {
  const auto page = docs_page(openapi_document());
  for (const auto* forbidden : {"http://", "https://", " src=", "@import", "url(", " style=\"", "<link", " onclick"}) {
    INFO(forbidden);
    CHECK(page.find(forbidden) == page.npos);
  }
  const auto digest = [](const std::string& of) { return "'sha256-" + to_base64(bytes_of(sha256(of))) + "'"; };
  const auto policy = docs_policy();
  CHECK_THAT(policy, Contains("default-src 'none'") && Contains("frame-ancestors 'none'"));
  CHECK_THAT(policy, Contains("style-src " + digest(between(page, "<style>", "</style>"))));
  CHECK_THAT(policy, Contains("script-src " + digest(between(page, "<script>", "</script>"))));
  const auto own = values_of(page, "content");
  CHECK(std::any_of(own.begin(), own.end(), [](auto& one) { return one.starts_with("default-src &#39;none&#39;"); }));
}

TEST_CASE("rollcall docs prints the page, or writes it to a file", "[process]") {
  const testing::Folder folder;
  const testing::Program rollcall(folder);
  const auto printed = rollcall.run({"docs"});
  CHECK(printed.code == 0);
  CHECK(printed.out == docs_page(openapi_document()));
  CHECK(rollcall.run({"docs", "--out", folder.path() / "page.html"}).code == 0);
  CHECK(folder.read("page.html") == printed.out);
  const auto nowhere = rollcall.run({"docs", "--out", folder.path() / "none" / "page.html"});
  CHECK(nowhere.code == 1);
  CHECK_THAT(nowhere.err, Contains("could not be written"));
}

}  // namespace rollcall::api
