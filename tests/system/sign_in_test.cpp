// Passwords, sessions and guessing over the wire: by the right person, the wrong one, and a crowd.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "adapters/crypto/totp.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

namespace fs = std::filesystem;

const std::string olga = "olga@gx624.example";
const std::string another = "staple battery horse";

Reply sign_in(auto&& guest, const std::string& email, const std::string& password) {
  return guest.ask("StartSession", {{"email", email}, {"password", password}});
}

Guest seen_at(const ServerProcess& server, const std::string& ip) {
  Guest guest(server.url());
  guest.with("X-Forwarded-For", ip);
  return guest;
}

bool has_letter(const ServerProcess& server, const std::string& part) {
  return std::any_of(fs::directory_iterator(server.data() / "outbox"), fs::directory_iterator{},
                     [&](const auto& file) { return file.path().filename().string().find(part) != std::string::npos; });
}

std::string reason_of(const Reply& refused) { return refused.text_of("reason"); }

}  // namespace

TEST_CASE("a password is changed by who knows it, and the sessions elsewhere end", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  Guest elsewhere(server.url(), office.signed_in(olga));
  const auto change = [&](const std::string& present, const std::string& password) {
    return office.owner.ask("ChangePassword", {{"present_password", present}, {"password", password}});
  };
  CHECK_REFUSED(change("not her password", another), 403, "wrong_password");
  const auto easy = change(good_password, "Password12345");
  CHECK_REFUSED(easy, 422, "weak_password");
  CHECK(reason_of(easy) == "guessable");
  CHECK_REFUSED(change(good_password, "olga.owner.gx624"), 422, "weak_password");  // what everybody knows of her
  const auto brief = change(good_password, "short");
  CHECK_REFUSED(brief, 422, "weak_password");
  CHECK(reason_of(brief) == "length");
  CHECK(elsewhere.get("/v1/me").status == 200);

  const auto changed = change(good_password, another);
  REQUIRE_DONE(changed);
  CHECK(changed.text.find(another) == std::string::npos);
  CHECK(changed.event("PasswordSet").at("occasion").as_string() == "changed");
  CHECK(changed.event("SessionsRevoked").at("sessions").as_array().size() == 1);
  CHECK_REFUSED(elsewhere.get("/v1/me"), 401, "not_authenticated");
  CHECK(office.owner.get("/v1/me").status == 200);
  CHECK_REFUSED(sign_in(Guest(server.url()), olga, good_password), 401, "bad_credentials");
  CHECK(sign_in(Guest(server.url()), olga, another).status == 200);
  // She is told by mail, and the operator who acts for her cannot do it in her place.
  const auto credential = std::string{changed.event("PasswordSet").at("credential").as_string()};
  for (int i = 0; i < 300 && !has_letter(server, credential); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(has_letter(server, credential));
  auto for_her = operator_for(server, olga);
  CHECK_REFUSED(for_her.ask("ChangePassword", {{"present_password", another}, {"password", good_password}}), 403,
                "not_authorized");
}

TEST_CASE("who forgot a password is sent a link, and a stranger learns nothing", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  Guest nobody(server.url());
  const auto ask = [&](const std::string& email) {
    auto reply = nobody.ask("RequestPasswordReset", {{"email", email}});
    REQUIRE_DONE(reply);
    reply.body.as_object().erase("command");
    return reply.body;
  };
  const auto answer = ask(olga);
  CHECK(ask("nobody@gx624.example") == answer);
  CHECK(ask("no address at all") == answer);
  CHECK(ask(olga) == answer);  // and no second letter
  const auto dry = nobody.ask("RequestPasswordReset?dry_run=true", {{"email", olga}});
  REQUIRE_DONE(dry);
  CHECK(dry.body.at("events").as_array().empty());
  CHECK_REFUSED(nobody.ask("RequestPasswordReset", {{"email", "a\u0000b"}}), 422, "invalid_body");
  // What any command is refused for it is refused for, too.
  CHECK_REFUSED(nobody.ask("RequestPasswordReset", {{"email", olga}}, {{"Rollcall-Reason", std::string(1'025, 'a')}}),
                422, "reason_too_long");
  CHECK_REFUSED(Guest(server.url(), "ses_nonsense").ask("RequestPasswordReset", {{"email", olga}}), 401,
                "not_authenticated");

  const auto me = office.owner.get("/v1/me");
  const auto token = token_in_outbox(server.data(), "reset." + me.text_of("person") + ".1");
  CHECK_REFUSED(nobody.get("/v1/invitations/" + token), 404, "invitation_not_found");
  CHECK_REFUSED(nobody.ask("CompleteSetup", {{"token", token}, {"accept_terms", true}, {"password", another}}), 404,
                "invitation_not_found");
  CHECK_REFUSED(nobody.ask("ResetPassword", {{"token", token.substr(6)}, {"password", another}}), 404,
                "invitation_not_found");
  CHECK_REFUSED(nobody.ask("ResetPassword", {{"token", token}, {"password", "qwertyuiop"}}), 422, "weak_password");
  const auto reset = nobody.ask("ResetPassword", {{"token", token}, {"password", another}});
  REQUIRE_DONE(reset);
  CHECK(reset.event("PasswordSet").at("occasion").as_string() == "reset");
  CHECK_REFUSED(office.owner.get("/v1/me"), 401, "not_authenticated");
  CHECK_REFUSED(nobody.ask("ResetPassword", {{"token", token}, {"password", another}}), 409, "reset_link_used");
  CHECK(sign_in(nobody, olga, another).status == 200);
  CHECK_FALSE(has_letter(server, ".2.eml"));
}

TEST_CASE("sessions are listed to who they belong to, and ended", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data", {"--trusted-proxy", "127.0.0.1"});
  Office office(server);
  const auto petra = office.partner("petra@agency.example");
  auto far = seen_at(server, "198.51.100.7");
  far.with("User-Agent", "A browser");
  Guest there(server.url(), far.must("StartSession", {{"email", olga}, {"password", good_password}}).text_of("token"));

  const auto listed = there.get("/v1/sessions");
  REQUIRE_DONE(listed);
  const auto& sessions = listed.body.at("sessions").as_array();
  REQUIRE(sessions.size() == 2);
  const auto& own = sessions.at(1).as_object();
  CHECK(own.at("ip").as_string() == "198.51.100.7");
  CHECK(own.at("device").as_string() == "A browser");
  CHECK(own.at("current").as_bool());
  CHECK_FALSE(sessions.at(0).at("current").as_bool());
  // In pages, one by one.
  const auto first = there.get("/v1/sessions?limit=1");
  CHECK(first.body.at("sessions").as_array().size() == 1);
  const auto second = there.get("/v1/sessions?limit=1&cursor=" + first.text_of("next"));
  CHECK(only_row(second, "sessions").at("session") == own.at("session"));
  CHECK(only_row(second, "sessions").at("last_seen").as_string() > own.at("last_seen").as_string());
  CHECK(second.body.at("next").is_null());

  Guest partner(server.url(), petra.token);
  CHECK_REFUSED(partner.get("/v1/sessions?email=" + olga), 403, "not_authorized");
  CHECK_REFUSED(Guest(server.url()).get("/v1/sessions"), 401, "not_authenticated");
  CHECK_REFUSED(office.operator_.get("/v1/sessions"), 404, "not_found");
  CHECK(office.operator_.get("/v1/sessions?email=" + olga).body.at("sessions").as_array().size() == 2);
  const auto narrow = sign_in(Guest(server.url()), olga, good_password);
  Guest here(server.url(),
             Guest(server.url())
                 .must("StartSession", {{"email", olga}, {"password", good_password}, {"account", "gx624"}})
                 .text_of("token"));
  CHECK_REFUSED(here.get("/v1/sessions"), 403, "not_authorized");

  CHECK_REFUSED(partner.ask("EndSessions", {{"email", olga}}), 403, "not_authorized");
  CHECK_REFUSED(partner.ask("ForceLogout", {{"account", "gx624"}, {"users", {office.owner_id}}}), 403,
                "not_authorized");
  REQUIRE_DONE(there.ask("EndSessions", json::object{}));
  CHECK_REFUSED(office.owner.get("/v1/me"), 401, "not_authenticated");
  CHECK_REFUSED(here.get("/v1/accounts/gx624/users"), 401, "not_authenticated");
  CHECK(there.get("/v1/sessions").body.at("sessions").as_array().size() == 1);
  const auto out = there.ask("ForceLogout", {{"account", "gx624"}, {"users", {petra.id}}});
  REQUIRE_DONE(out);
  CHECK(out.event("BulkActionCompleted").at("done").as_array().size() == 1);
  CHECK_REFUSED(partner.get("/v1/me"), 401, "not_authenticated");
  CHECK(Guest(server.url(), office.signed_in("petra@agency.example")).get("/v1/me").status == 200);
}

TEST_CASE("who guesses is told to wait, and who signed in from there before is not", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data", {"--trusted-proxy", "127.0.0.1"});
  Office office(server);
  auto home = seen_at(server, "198.51.100.7");
  CHECK(sign_in(home, olga, good_password).status == 200);
  auto stranger = seen_at(server, "192.0.2.1");
  int wrong = 0;
  Reply told;
  for (int i = 0; i < 25 && told.status != 429; ++i) {
    told = sign_in(stranger, i % 2 == 0 ? olga : "nobody@gx624.example", "guess number " + std::to_string(i));
    if (told.status == 401) ++wrong;
  }
  CHECK(wrong == 20);
  CHECK_REFUSED(told, 429, "too_many_attempts");
  CHECK(told.number_of("seconds_left") > 20);
  CHECK(http::find(told.headers, "Retry-After") == std::to_string(told.number_of("seconds_left")));
  CHECK_REFUSED(sign_in(stranger, olga, good_password), 429, "too_many_attempts");  // the right one, too
  CHECK(sign_in(home, olga, good_password).status == 200);
  CHECK(sign_in(seen_at(server, "198.51.100.8"), olga, good_password).status == 200);
  // A proxy that says nonsense is not believed to have said something.
  CHECK_REFUSED(sign_in(seen_at(server, "nonsense"), olga, good_password), 400, "invalid_header");
}

TEST_CASE("a flood of wrong passwords from one place keeps nobody else out", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data", {"--trusted-proxy", "127.0.0.1"});
  Office office(server);
  std::atomic<bool> enough{false};
  std::atomic<int> busy{0}, waited{0}, other{0};
  std::vector<std::thread> crowd;
  for (int i = 0; i < 40; ++i)
    crowd.emplace_back([&, i] {
      auto guest = seen_at(server, "192.0.2.1");
      while (!enough) {
        const auto reply = sign_in(guest, "p" + std::to_string(i) + "@gx624.example", "wrong wrong wrong");
        if (reply.status == 503)
          ++busy;
        else if (reply.status == 429)
          ++waited;
        else if (reply.status != 401)
          ++other;
      }
    });
  for (int i = 0; i < 10; ++i) {
    const auto reply = sign_in(seen_at(server, "198.51.100." + std::to_string(i)), olga, good_password);
    INFO(shown(reply));
    CHECK(reply.status == 200);
  }
  enough = true;
  for (auto& thread : crowd) thread.join();
  CHECK(busy + waited > 0);
  CHECK(other == 0);
}

TEST_CASE("a second factor is set up, asked for, and good once", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  CHECK_REFUSED(office.owner.ask("OfferSecondFactor", {{"present_password", "not hers"}}), 403, "wrong_password");
  const auto offered = office.owner.must("OfferSecondFactor", {{"present_password", good_password}});
  const auto uri = offered.text_of("otpauth");
  CHECK(uri.starts_with("otpauth://totp/Rollcall:olga%40gx624.example?secret="));
  const auto secret = uri.substr(uri.find("secret=") + 7, 32);
  // The secret is in this answer and nowhere else that can be read.
  CHECK(office.operator_.get("/v1/events?limit=1000").text.find(secret) == std::string::npos);
  CHECK_REFUSED(office.owner.ask("EnableSecondFactor", {{"code", "000000x"}}), 401, "wrong_code");
  const auto enabled = office.owner.must("EnableSecondFactor", {{"code", totp_code(secret, this_step() - 1)}});
  const auto& codes = enabled.body.at("recovery_codes").as_array();
  REQUIRE(codes.size() == 10);
  const std::string recovery{codes.at(0).as_string()};
  CHECK(office.operator_.get("/v1/events?limit=1000").text.find(recovery) == std::string::npos);
  CHECK(office.owner.get("/v1/me").body.at("second_factor").as_bool());

  Guest nobody(server.url());
  const auto with = [&](const std::string& code) {
    return nobody.ask("StartSession", {{"email", olga}, {"password", good_password}, {"code", code}});
  };
  CHECK_REFUSED(sign_in(nobody, olga, good_password), 401, "mfa_required");
  CHECK_REFUSED(sign_in(nobody, olga, "not her password"), 401, "bad_credentials");
  CHECK_REFUSED(nobody.ask("StartSession", {{"email", olga}, {"password", "not hers"}, {"code", "123456"}}), 401,
                "bad_credentials");
  const auto now = totp_code(secret, this_step());
  CHECK(with(now).status == 200);
  CHECK_REFUSED(with(now), 401, "wrong_code");
  CHECK(with(recovery).status == 200);
  CHECK_REFUSED(with(recovery), 401, "wrong_code");
  CHECK(office.owner.get("/v1/me").number_of("recovery_codes_left") == 9);
  CHECK_REFUSED(office.owner.ask("ResetSecondFactor", {{"email", olga}}), 403, "not_authorized");
  office.operator_.must("ResetSecondFactor", {{"email", olga}});
  CHECK_REFUSED(office.owner.get("/v1/me"), 401, "not_authenticated");
  CHECK(sign_in(nobody, olga, good_password).status == 200);
}

TEST_CASE("wrong codes are guesses as wrong passwords are", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data", {"--trusted-proxy", "127.0.0.1"});
  Office office(server);
  const auto offered = office.owner.must("OfferSecondFactor", {{"present_password", good_password}});
  const auto uri = offered.text_of("otpauth");
  const auto secret = uri.substr(uri.find("secret=") + 7, 32);
  office.owner.must("EnableSecondFactor", {{"code", totp_code(secret, this_step() - 1)}});
  auto stranger = seen_at(server, "192.0.2.1");
  int wrong = 0;
  Reply told;
  for (int i = 0; i < 25 && told.status != 429; ++i) {
    told = stranger.ask("StartSession",
                        {{"email", olga}, {"password", good_password}, {"code", "00000" + std::to_string(i)}});
    if (told.status == 401) ++wrong;
  }
  CHECK(wrong == 20);
  CHECK_REFUSED(told, 429, "too_many_attempts");
}

TEST_CASE("a browser signs in with a cookie, which pages of other sites cannot use", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  Guest browser(server.url());
  browser.with("Sec-Fetch-Site", "same-origin");
  const json::object right{{"email", olga}, {"password", good_password}};
  CHECK_REFUSED(browser.ask("StartSession?cookie=yes", right), 422, "invalid_parameter");
  CHECK_REFUSED(office.owner.ask("EndSessions?cookie=true", json::object{}), 422, "invalid_parameter");
  const auto in = browser.ask("StartSession?cookie=true", right);
  REQUIRE_DONE(in);
  CHECK_FALSE(in.body.as_object().contains("token"));
  const std::string set{http::find(in.headers, "Set-Cookie").value()};
  CHECK_THAT(set, Catch::StartsWith("__Host-rollcall=ses_") && Catch::Contains("; Secure; HttpOnly; SameSite=Strict;"));
  const auto cookie = set.substr(0, set.find(';'));
  browser.with("Cookie", "theme=dark; " + cookie);
  CHECK(browser.get("/v1/me").text_of("email") == olga);
  browser.must("ConfigureAccount", {{"account", "gx624"}, {"label", "mine"}});

  const auto from = [&](const std::string& header, const std::string& value) {
    Guest other(server.url());
    other.with("Cookie", cookie).with(header, value);
    return other.ask("ConfigureAccount", {{"account", "gx624"}, {"label", "theirs"}});
  };
  CHECK_REFUSED(from("Sec-Fetch-Site", "cross-site"), 403, "cross_site");
  CHECK_REFUSED(from("Origin", "https://evil.example"), 403, "cross_site");
  CHECK_REFUSED(from("Accept", "*/*"), 403, "cross_site");
  CHECK(from("Origin", server.url()).status == 200);
  // A token in the header is asked for nothing of this, and a cookie beside it is passed over.
  CHECK(office.owner.ask("ConfigureAccount", {{"account", "gx624"}, {"label", "x"}}, {{"Cookie", cookie}}).status ==
        200);

  const auto out = browser.ask("EndSession", json::object{});
  REQUIRE_DONE(out);
  CHECK_THAT(std::string{http::find(out.headers, "Set-Cookie").value()}, Catch::Contains("Max-Age=0"));
  CHECK_REFUSED(browser.get("/v1/me"), 401, "not_authenticated");
  // The browser may still send the old one, and signs in all the same.
  CHECK(browser.ask("StartSession?cookie=true", right).status == 200);
}

TEST_CASE("a person goes by another name and address, and both addresses are told", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example");
  Guest guest(server.url(), una.token);
  guest.must("ChangeName", {{"display_name", "Una Other"}});
  CHECK_REFUSED(guest.ask("ChangeEmail", {{"email", "una@new.example"}, {"password", "not her password"}}), 403,
                "wrong_password");
  // Whether somebody has the address is not told to who asks for it.
  CHECK_REFUSED(office.owner.ask("ChangeEmail", {{"email", "no address"}, {"password", good_password}}), 422,
                "invalid_email");
  REQUIRE_DONE(office.owner.ask("ChangeEmail", {{"email", "una@gx624.example"}, {"password", good_password}}));
  const auto asked = guest.ask("ChangeEmail", {{"email", "una@new.example"}, {"password", good_password}});
  REQUIRE_DONE(asked);
  CHECK_REFUSED(guest.ask("ChangeEmail", {{"email", "una@newer.example"}, {"password", good_password}}), 429,
                "resend_too_soon");

  const auto person = guest.get("/v1/me").text_of("person");
  const auto token = token_in_outbox(server.data(), "email." + person + ".1");
  Guest nobody(server.url());
  CHECK_REFUSED(nobody.ask("ResetPassword", {{"token", token}, {"password", another}}), 404, "invitation_not_found");
  CHECK_REFUSED(nobody.ask("ConfirmEmail", {{"token", token.substr(6)}}), 404, "invitation_not_found");
  const auto taken = token_in_outbox(server.data(), "email." + office.owner.get("/v1/me").text_of("person") + ".1");
  CHECK_REFUSED(nobody.ask("ConfirmEmail", {{"token", taken}}), 409, "email_in_use");
  const auto confirmed = office.owner.ask("ConfirmEmail", {{"token", token}});
  REQUIRE_DONE(confirmed);
  CHECK_REFUSED(nobody.ask("ConfirmEmail", {{"token", token}}), 409, "email_link_used");
  CHECK_REFUSED(guest.get("/v1/me"), 401, "not_authenticated");
  CHECK_REFUSED(sign_in(nobody, "una@gx624.example", good_password), 401, "bad_credentials");
  Guest again(server.url(), sign_in(nobody, "una@new.example", good_password).text_of("token"));
  CHECK(again.get("/v1/me").text_of("name") == "Una Other");
  const auto users = office.owner.get_after(confirmed, "/v1/accounts/gx624/users?q=una");
  const auto& row = only_row(users, "users");
  CHECK(row.at("email").as_string() == "una@new.example");
  CHECK(row.at("name").as_string() == "Una Other");
  const auto before =
      office.owner.get("/v1/accounts/gx624/users?q=una&at=" + std::to_string(confirmed.number_of("position") - 3));
  CHECK(only_row(before, "users").at("email").as_string() == "una@gx624.example");
  // The link says who asked, and no session that came with it.
  const auto event = office.operator_.get("/v1/events/" + std::to_string(confirmed.number_of("position")));
  CHECK(event.body.at("actor").at("person").as_string() == person);
  CHECK_FALSE(event.body.at("actor").as_object().contains("session"));
  // Whom they have left is told nothing new of them.
  office.owner.must("DeactivateUser", {{"account", "gx624"}, {"user", una.id}});
  Guest gone(server.url(), office.signed_in("una@new.example"));
  gone.must("ChangeName", {{"display_name", "Una Hidden"}});
  const auto history = office.owner.get("/v1/accounts/gx624/users/" + una.id + "/history?names=true");
  REQUIRE_DONE(history);
  CHECK(history.text.find("Una Hidden") == std::string::npos);
  for (const auto* which : {".released.", ".changed."}) {
    for (int i = 0; i < 300 && !has_letter(server, person + which); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(has_letter(server, person + which));
  }
  // What was somebody else's is free by now.
  REQUIRE_DONE(nobody.ask("ConfirmEmail", {{"token", taken}}));
}

TEST_CASE("an account that demands a second factor lets nobody in without one", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto pat = office.partner("pat@agency.example", true);
  Guest partner(server.url(), pat.token);
  const auto demand = [&](std::string_view of) {
    return office.owner.ask("SetPolicy", {{"account", "gx624"}, {"policy", "require_second_factor"}, {"value", of}});
  };
  CHECK_REFUSED(demand("admins"), 409, "no_second_factor");
  const auto offered = office.owner.must("OfferSecondFactor", {{"present_password", good_password}});
  const auto uri = offered.text_of("otpauth");
  const auto secret = uri.substr(uri.find("secret=") + 7, 32);
  office.owner.must("EnableSecondFactor", {{"code", totp_code(secret, this_step())}});
  REQUIRE_DONE(demand("admins"));
  CHECK(office.owner.get("/v1/accounts/gx624/policies").text_of("require_second_factor") == "admins");
  CHECK(office.owner.get("/v1/accounts/gx624/users").status == 200);
  CHECK_REFUSED(partner.get("/v1/accounts/gx624/users"), 403, "second_factor_required");
  CHECK_REFUSED(partner.ask("InvitePartner", {{"account", "gx624"}, {"email", "x@agency.example"}}), 403,
                "second_factor_required");
  CHECK(partner.get("/v1/me").status == 200);
  CHECK_FALSE(office.owner.get("/v1/can?account=gx624&action=user.add&user=" + pat.id)
                  .body.at("answers")
                  .at(0)
                  .at("allowed")
                  .as_bool());
  CHECK(partner.get("/v1/can?account=gx624&user=" + pat.id).status == 200);
  const auto nothing = partner.get("/v1/can?account=gx624");
  for (const auto& one : nothing.body.at("answers").as_array()) CHECK_FALSE(one.at("allowed").as_bool());
}

TEST_CASE("a password that must be changed opens nothing before, and a costlier verifier is made on signing in",
          "[process]") {
  const TemporaryFolder folder;
  {
    const ServerProcess server(folder / "data", {"--password-memory-kib", "1024"});
    Office office(server);
  }
  const ServerProcess server(folder / "data", {"--password-memory-kib", "2048", "--password-passes", "3"});
  Guest nobody(server.url());
  const auto in = sign_in(nobody, olga, good_password);
  REQUIRE_DONE(in);
  CHECK(in.event("PasswordSet").at("occasion").as_string() == "upgraded");
  const auto once_more = sign_in(nobody, olga, good_password);
  REQUIRE_DONE(once_more);
  CHECK(once_more.body.at("events").as_array().size() == 1);

  Guest owner(server.url(), once_more.text_of("token"));
  auto operator_ = operator_of(server);
  operator_.must("DemandPasswordChange", {{"email", olga}});
  CHECK_REFUSED(owner.get("/v1/me"), 401, "not_authenticated");
  owner = Guest(server.url(), sign_in(nobody, olga, good_password).text_of("token"));
  CHECK_REFUSED(owner.get("/v1/accounts/gx624/users"), 403, "password_change_required");
  CHECK_REFUSED(owner.get("/v1/keys"), 403, "password_change_required");
  CHECK_REFUSED(owner.ask("CreateAccessKey", {{"key_name", "a way round"}, {"scopes", {"write"}}}), 403,
                "password_change_required");
  CHECK(reason_of(owner.ask("ChangePassword", {{"present_password", good_password}, {"password", good_password}})) ==
        "unchanged");
  // Nor does a link set it once more.
  nobody.must("RequestPasswordReset", {{"email", olga}});
  const auto link = token_in_outbox(server.data(), "reset." + owner.get("/v1/me").text_of("person") + ".1");
  CHECK_REFUSED(nobody.ask("ResetPassword", {{"token", link}, {"password", good_password}}), 422, "weak_password");
  REQUIRE_DONE(owner.ask("ChangePassword", {{"present_password", good_password}, {"password", another}}));
  CHECK(owner.get("/v1/accounts/gx624/users").status == 200);
}

TEST_CASE("a name in a mail is no link, and whatever opens the link first leaves it to the person", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const std::string name = "Win http://evil.example/now <b>@you</b>";
  const auto opened = office.operator_.must(
      "OpenAccount",
      {{"account", "evil"}, {"account_name", name}, {"owner_email", "eve@evil.example"}, {"seat_limit", 1}});
  const auto person = std::string{opened.event("AccountOpened").at("owner_person").as_string()};
  Guest nobody(server.url());
  nobody.must("CompleteSetup", {{"token", token_in_outbox(server.data(), person + ".1")},
                                {"accept_terms", true},
                                {"password", good_password},
                                {"display_name", "Bank.example"}});
  Guest eve(server.url(), office.signed_in("eve@evil.example"));
  const auto invited = eve.must("InvitePartner", {{"account", "evil"}, {"email", "petra@agency.example"}});
  const auto letter = std::string{invited.event("PartnerInvited").at("invitation").as_string()} + ".1";
  const auto token = token_in_outbox(server.data(), letter);
  std::ifstream file(server.data() / "outbox" / (letter + ".eml"));
  const std::string mail{std::istreambuf_iterator<char>(file), {}};
  CHECK_THAT(mail, Catch::Contains("Win http: //evil. example/now <b> at you</b>"));
  CHECK_THAT(mail, Catch::Contains("Bank. example (eve@evil.example) invites you"));
  CHECK(mail.find("http://evil") == std::string::npos);

  // Scanners of mails open what is in them, many times and at once.
  std::vector<std::thread> scanners;
  std::atomic<int> seen{0};
  for (int i = 0; i < 4; ++i)
    scanners.emplace_back([&] {
      http::Client client(server.url());
      for (int n = 0; n < 5; ++n)
        for (const auto* method : {"HEAD", "GET"})
          if (client.send(method, "/v1/invitations/" + token, {}).status == 200) ++seen;
    });
  for (auto& scanner : scanners) scanner.join();
  CHECK(seen >= 20);
  REQUIRE_DONE(nobody.ask("AcceptInvite", {{"token", token}, {"accept_terms", true}, {"password", good_password}}));
}
