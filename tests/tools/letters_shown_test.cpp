// `rollcall mail`: what letters say before they are sent, and notices of mails that came back.
#include "tests/support/catch.hpp"
#include "tests/tools/desk.hpp"
#include "tools/client/bounce.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;
namespace json = boost::json;

namespace {

// As a mail server sends it (RFC 3464 §1.3), with the head of the mail it is about.
std::string notice(const std::string& action = "failed", const std::string& message_id = "inv_01abc.2@rollcall") {
  return "From: MAILER-DAEMON@relay.example\r\nTo: rollcall@gx.example\r\n"
         "Content-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n"
         "Message-ID: <own@relay.example>\r\n\r\n"
         "--x\r\n\r\nYour mail could not be delivered: sorry.\r\n\r\n"
         "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
         "Reporting-MTA: dns; relay.example\r\n\r\n"
         "Original-Recipient: rfc822;Pat@agency.example\r\nFinal-Recipient: RFC822; pat@agency.example\r\n"
         "Action: " +
         action +
         "\r\nStatus: 5.1.1\r\n\r\n"
         "--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
         "From: rollcall@gx.example\r\nMessage-Id: <" +
         message_id + ">\r\nSubject: Invitation\r\n\r\n--x--\r\n";
}

}  // namespace

TEST_CASE("a notice says whom a mail did not reach, and which invitation that was") {
  const auto bounce = tools::bounce_in(notice());
  REQUIRE(bounce);
  CHECK(bounce->email == "Pat@agency.example");
  CHECK(bounce->invitation == "inv_01abc");
  CHECK(tools::bounce_in(notice("failed", "reset.per_1.1@rollcall"))->invitation.empty());
  CHECK(tools::bounce_in(notice("failed", "inv_01abc.accepted@rollcall"))->invitation.empty());
  const auto two = tools::bounce_in(
      "Final-Recipient: rfc822; a@x.example\nAction: delivered\n\nFinal-Recipient: rfc822; b@x.example\n"
      "Action: failed\n\nFinal-Recipient: rfc822; c@x.example\nAction: delayed\n");
  REQUIRE(two);
  CHECK(two->email == "b@x.example");
  CHECK_FALSE(tools::bounce_in(notice("delayed")));  // it may arrive yet
  CHECK_FALSE(tools::bounce_in(notice("delivered")));
  CHECK_FALSE(tools::bounce_in(""));
  CHECK_FALSE(tools::bounce_in("Action: failed\n"));
  CHECK_FALSE(tools::bounce_in(std::string("\0\xFF:\n:\n", 6)));
}

TEST_CASE("a bounce is reported by address, by invitation, or as it came") {
  Desk desk(
      [](const http::Request&) { return reply(R"({"position":1,"size":2,"events":[{"type":"AddressBounced"}]})"); });
  desk.folder.write("notice.eml", notice());
  const std::vector<std::vector<std::string>> ways{{"--message", "notice.eml"},
                                                   {"pat@agency.example", "--invitation", "inv_01abc"}};
  for (const auto& way : ways) {
    std::vector<std::string> words{"mail", "bounced"};
    words.insert(words.end(), way.begin(), way.end());
    const auto outcome = desk.run(words);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK_THAT(outcome.out, Contains("at@agency.example is marked"));
    const auto request = desk.server.requests().back();
    CHECK(request.target == "/v1/commands/ReportBounce");
    CHECK(json::parse(request.body).at("invitation").as_string() == "inv_01abc");
    CHECK_THAT(std::string{json::parse(request.body).at("email").as_string()}, Catch::EndsWith("at@agency.example"));
  }
  const auto piped = desk.run({"mail", "bounced", "--message", "-"}, notice("delayed"));
  CHECK(piped.code == 1);
  CHECK_THAT(piped.err, Contains("is no notice of a mail that failed"));
  CHECK(desk.run({"mail", "bounced"}).code == 2);
  CHECK_THAT(desk.run({"mail", "bounced", "--message", "/dev/zero"}).err, Contains("too large"));
  CHECK_THAT(desk.run({"mail", "bounced", "--message", "not-there"}).err, Contains("cannot be read"));
}

TEST_CASE("letters are shown before they are sent, with texts of one's own, too") {
  const Folder folder;
  const Program program{folder};
  CHECK_THAT(program.run({"mail", "preview"}).out, Contains("invitation\n") && Contains("new_device\n"));
  const auto shown = program.run({"mail", "preview", "invitation", "--without", "inviter,access_ends"});
  CHECK_THAT(shown.out, Catch::StartsWith("Subject: Invitation to Great X\n\nHello,\n\nYou are invited to work"));
  CHECK_THAT(shown.out, !Contains("would end"));
  const auto german = program.run({"mail", "preview", "reset", "--language", "de", "--json"});
  CHECK(json::parse(german.out).at("subject").as_string() == "Ein anderes Passwort setzen");
  CHECK_THAT(program.run({"mail", "preview", "reset", "--html"}).out, Contains("<code "));
  CHECK_THAT(program.run({"mail", "preview", "love"}).err, Contains("there is no letter love"));
  CHECK_THAT(program.run({"mail", "preview", "reset", "--without", "love"}).err, Contains("has no value love"));

  auto own = program.run({"mail", "texts", "es"}).out;
  own.replace(own.find("Hola:"), 5, "Buenos días:");
  std::filesystem::create_directory(folder.path() / "texts");
  folder.write("texts/es.txt", own);
  CHECK_THAT(program.run({"mail", "preview", "invitation", "--language", "es", "--texts", "texts"}).out,
             Contains("Buenos días:"));
  folder.write("texts/es.txt", "[words]\n");
  const auto refused = program.run({"serve", "--data", "none", "--mail-texts", "texts"});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("--mail-texts") && Contains("es.txt"));
}
