// The edge is as strict as the core: what enters is known, typed and bounded, or refused by name.
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"

using namespace rollcall;
using namespace rollcall::testing;

TEST_CASE("what is asked is what is done: parameters, members and headers are exact", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto size = [&] { return office.operator_.get("/v1/status").number_of("size"); };
  const auto before = size();
  const json::object invite{{"account", "gx624"}, {"email", "petra@agency.example"}};
  for (const std::string query : {"?dry_run=1", "?dry_run=True", "?dry_run=yes", "?dry_run=", "?dryrun=true",
                                  "?dry_run=true&dry_run=false", "?dry_run=false&x=1", "?dry_run=%FF"}) {
    INFO(query);
    CHECK_REFUSED(office.owner.post("/v1/commands/InvitePartner" + query, json::serialize(invite)), 422,
                  "invalid_parameter");
  }
  CHECK_REFUSED(office.owner.post("/v1/commands/InvitePartner",
                                  R"({"account":"gx624","email":"p@a.example","admin":false,"admin":true})"),
                400, "malformed_json");
  CHECK_REFUSED(
      office.owner.post("/v1/commands/InvitePartner", json::serialize(invite), {{"Content-Type", "text/plain"}}), 415,
      "unsupported_media_type");
  for (const std::string type : {"application/json; charset=latin1", "application/json; charset=utf-8; x=1"}) {
    INFO(type);
    CHECK_REFUSED(office.owner.post("/v1/commands/InvitePartner", json::serialize(invite), {{"Content-Type", type}}),
                  415, "unsupported_media_type");
  }
  for (const auto* name : {"   ", "\u200B", "a\u2028b", "\u0085"})
    CHECK_REFUSED(
        office.owner.ask("InviteUser", {{"account", "gx624"}, {"email", "u@gx.example"}, {"first_name", name}}), 422,
        "invalid_body");
  for (const auto& [name, value] : http::Headers{{"User-Agent", "caf\xE9"},
                                                 {"Rollcall-Reason", "\xFF"},
                                                 {"Rollcall-Reason", "\u200B"},
                                                 {"Rollcall-Reasn", "typed in a hurry"},
                                                 {"Idempotency-Key", "\xC3"}}) {
    INFO(name);
    CHECK_REFUSED(office.owner.ask("InvitePartner", invite, {{name, value}}), 400, "invalid_header");
  }
  CHECK_REFUSED(office.owner.ask("InvitePartner", invite, {{"Rollcall-Reason", "a"}, {"Rollcall-Reason", "b"}}), 400,
                "invalid_header");
  // What means nothing where it is sent is not passed over.
  CHECK_REFUSED(office.owner.ask("InvitePartner", invite, {{"Rollcall-Min-Position", "1"}}), 400, "invalid_header");
  CHECK_REFUSED(office.owner.get("/v1/me", {{"Idempotency-Key", "k"}}), 400, "invalid_header");
  CHECK_REFUSED(office.owner.get("/v1/me", {{"Last-Event-ID", "3"}}), 400, "invalid_header");
  CHECK_REFUSED(office.operator_.get("/v1/events", {{"Last-Event-ID", "3"}}), 400, "invalid_header");
  CHECK_REFUSED(
      office.owner.post("/v1/commands/InvitePartner", json::serialize(invite), {{"Content-Encoding", "gzip"}}), 415,
      "unsupported_media_type");
  for (const std::string accept :
       {"text/event-stream;q=0", "text/event-streamx", "application/json, text/event-stream;q=0.1"}) {
    INFO(accept);
    CHECK(office.operator_.get("/v1/events?limit=1", {{"Accept", accept}}).body.at("events").as_array().size() == 1);
  }
  for (const std::string accept : {"text/event-stream", "TEXT/event-stream;q=0.5, application/json;q=0.2"}) {
    INFO(accept);
    CHECK_REFUSED(office.operator_.get("/v1/events?limit=1", {{"Accept", accept}}), 422, "invalid_parameter");
  }
  const auto in_lower_case = Guest(server.url()).get("/v1/me", {{"Authorization", "bearer " + server.operator_key()}});
  CHECK(in_lower_case.status == 200);
  CHECK(size() == before);

  for (const std::string target : {"/v1/events?type=PartnerInvitd", "/v1/events?acount=gx624", "/v1/status?x=1",
                                   "/livez?x", "/v1/accounts/gx624/users?at=12&at=13", "/v1/accounts/gx624/users?q=%00",
                                   "/v1/accounts/gx624/users?q=%20", "/v1/accounts/gx624/invitations?q=a%0Ab"}) {
    INFO(target);
    CHECK_REFUSED(office.operator_.get(target), 422, "invalid_parameter");
  }
  CHECK_REFUSED(office.operator_.get("/v1/events?account=nowhere"), 404, "not_found");
  CHECK_REFUSED(office.operator_.get("/v1/events?from=" + std::to_string(before + 1)), 409, "ahead_of_log");
  CHECK_REFUSED(office.operator_.get("/v1/accounts/gx624/users?at=" + std::to_string(before)), 409, "ahead_of_log");
  const auto end = office.operator_.get("/v1/events?from=" + std::to_string(before));
  CHECK(end.body.at("at_end").as_bool());
  CHECK_FALSE(office.operator_.get("/v1/events?limit=1").body.at("at_end").as_bool());
  // Nobody is told what is wrong with a question that they may not ask.
  Guest nobody(server.url());
  CHECK_REFUSED(nobody.get("/v1/events?type=Nonsense"), 401, "not_authenticated");
  CHECK_REFUSED(nobody.ask("ChangeSeatLimit", {{"nonsense", 1}}), 401, "not_authenticated");
}

TEST_CASE("an idempotency key is a person's, whatever session they are in", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  Guest again(server.url(), office.signed_in("olga@gx624.example"));
  const http::Headers key{{"Idempotency-Key", "invite petra"}};
  const json::object invite{{"account", "gx624"}, {"email", "petra@agency.example"}};
  const auto first = office.owner.ask("InvitePartner", invite, key);
  REQUIRE_DONE(first);
  const auto second = again.ask("InvitePartner", invite, key);
  REQUIRE_DONE(second);
  CHECK(second.text == first.text);
}

TEST_CASE("who asks for more than their share is told so, and nobody else notices", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data", {"--requests-per-second", "20"});
  REQUIRE(server.serving());
  Office office(server);
  std::size_t told = 0;
  for (int n = 0; n < 200; ++n) {
    const auto reply = office.owner.get("/v1/accounts/gx624/users?limit=1");
    if (reply.status == 200) continue;
    CHECK_REFUSED(reply, 429, "too_many_requests");
    ++told;
  }
  CHECK(told > 50);
  CHECK(office.operator_.get("/v1/status").status == 200);
  CHECK(Guest(server.url()).get("/readyz").status == 200);
}

TEST_CASE("the examples of the document are never refused for their form", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto document = office.operator_.get("/openapi.json");
  REQUIRE_DONE(document);
  int asked = 0;
  for (const auto& [path, operations] : document.body.at("paths").as_object())
    for (const auto& [method, is] : operations.as_object()) {
      auto target = std::string{path};
      for (const auto& parameter : is.at("parameters").as_array()) {
        const auto* example = parameter.as_object().if_contains("example");
        const auto braces = "{" + std::string{parameter.at("name").as_string()} + "}";
        if (!example) continue;
        const auto text = example->is_string() ? std::string{example->as_string()} : json::serialize(*example);
        if (const auto at = target.find(braces); at != target.npos)
          target.replace(at, braces.size(), text);
        else
          target += "?" + std::string{parameter.at("name").as_string()} + "=" + text;
      }
      const auto* body = is.as_object().if_contains("requestBody");
      std::string text;
      if (body) text = json::serialize(body->at("content").at("application/json").at("example"));
      const bool command = target.starts_with("/v1/commands/");
      INFO(target << ' ' << text);
      const auto reply = command            ? office.operator_.post(target + "?dry_run=true", text)
                         : method == "post" ? office.operator_.post(target, text)
                                            : office.operator_.get(target);
      ++asked;
      CHECK(reply.status < 500);
      if (reply.status < 400) continue;
      for (const std::string form : {"malformed_json", "invalid_header", "invalid_body", "invalid_parameter",
                                     "invalid_email", "no_such_resource"})
        CHECK(reply.code() != form);
    }
  CHECK(asked > 40);
}

TEST_CASE("the interface is there as a page, which others may not frame", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  const auto page = Guest(server.url()).get("/docs");
  CHECK(page.status == 200);
  CHECK(http::find(page.headers, "Content-Type") == "text/html; charset=utf-8");
  CHECK_THAT(std::string{http::find(page.headers, "Content-Security-Policy").value()},
             Catch::Contains("frame-ancestors 'none'"));
  CHECK_THAT(page.text, Catch::Contains("InvitePartner"));
}

TEST_CASE("whoever invites is not told whether the invited are known elsewhere", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const std::string luca = "luca@agency.example";
  office.operator_.must("OpenAccount",
                        {{"account", "other"}, {"account_name", "Other"}, {"owner_email", luca}, {"seat_limit", 3}});
  const auto there = office.operator_.get("/v1/events?account=other&type=MembershipActivated");
  const std::string known{there.body.at("events").at(0).at("data").at("person").as_string()};
  REQUIRE(known.starts_with("per_"));
  for (const std::string dry : {"?dry_run=true", ""}) {
    const auto invited = office.owner.post("/v1/commands/InvitePartner" + dry,
                                           json::serialize(json::object{{"account", "gx624"}, {"email", luca}}),
                                           {{"Idempotency-Key", "k"}});
    REQUIRE_DONE(invited);
    INFO(shown(invited));
    CHECK(shown(invited).find(known) == std::string::npos);
    const auto& first = invited.body.at("events").at(0).at("data");
    CHECK(std::string{first.at("person").as_string()}.substr(4) ==
          std::string{first.at("invitation").as_string()}.substr(4));
  }
  const auto again = office.owner.post("/v1/commands/InvitePartner",
                                       json::serialize(json::object{{"account", "gx624"}, {"email", luca}}),
                                       {{"Idempotency-Key", "k"}});
  CHECK(shown(again).find(known) == std::string::npos);
  CHECK(shown(office.operator_.get("/v1/events?account=gx624&type=PartnerInvited")).find(known) != std::string::npos);
}
