// Mails by way of an SMTP server that others wrote, read as a mail program reads them.
#include "adapters/mail/outbox.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/smtp_server.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

constexpr Time morning{1'772'528'400'000'000};

Letter letter(const std::string& name) {
  return {name,
          "petra@agency.example",
          "Invitation to Bäckerei Müller",
          "Bäckerei Müller invites you.\n\nhttps://rollcall.example/v1/invitations/token\n\n.\n..a line of dots\n",
          morning,
          morning + days(7)};
}

}  // namespace

TEST_CASE("a real SMTP server takes a letter, and a mail program reads what was written", "[process][mail]") {
  const SmtpServer server("takes");
  const auto mail = server.mail();
  mail->send(letter("inv_1.1"));
  mail->send(letter("inv_1.1"));  // as after a crash: it is known by its Message-ID
  const auto first = server.taken(0), second = server.taken(1);
  CHECK(first.at("to").at(0).as_string() == "petra@agency.example");
  CHECK(first.at("subject").as_string() == "Invitation to Bäckerei Müller");
  CHECK(first.at("text").as_string() == letter("").text);
  CHECK_THAT(std::string{first.at("html").as_string()},
             Catch::Contains("<a href=\"https://rollcall.example/v1/invitations/token\">") &&
                 Catch::Contains("<p>Bäckerei Müller invites you.</p>"));
  CHECK(first.at("defects").as_array().empty());
  CHECK(first.at("message_id").as_string() == "<inv_1.1@rollcall>");
  CHECK(second.at("message_id") == first.at("message_id"));
}

TEST_CASE("a real SMTP server that defers or refuses says so of the letter", "[process][mail]") {
  for (const std::string mood : {"defers", "refuses"}) {
    INFO(mood);
    const SmtpServer server(mood);
    try {
      server.mail()->send(letter("inv_1.1"));
      FAIL("it was not taken");
    } catch (const LetterRefused& refused) {
      CHECK(refused.for_good() == (mood == "refuses"));
    }
    CHECK_FALSE(server.took_any());
  }
}

TEST_CASE("a real SMTP server that hangs or closes is trouble of the post, and no letter is to blame",
          "[process][mail]") {
  for (const std::string mood : {"hangs", "closes"}) {
    INFO(mood);
    const SmtpServer server(mood);
    try {
      server.mail(2)->send(letter("inv_1.1"));
      FAIL("it was not taken");
    } catch (const LetterRefused&) {
      FAIL("no letter is to blame");
    } catch (const std::runtime_error& error) {
      CHECK_THAT(error.what(), !Catch::Contains("petra"));
    }
    CHECK_FALSE(server.took_any());
  }
}
