// Mails by way of an SMTP server that others wrote, read as a mail program reads them.
#include <fstream>
#include <iterator>
#include <thread>

#include <boost/json.hpp>

#include "adapters/mail/outbox.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/where.hpp"

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

class RealServer {
 public:
  explicit RealServer(const std::string& mood) {
    const auto script = (where::source_folder() / "tests/support/smtp_server.py").string();
    thread_ = std::thread([this, mood, script] {
      ended_ = run_command({"/usr/bin/python3", script, mood, folder_.path().string()}, {}, work_.path());
    });
    for (int i = 0; i < 300 && !std::filesystem::exists(folder_ / "port"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ~RealServer() {
    std::ofstream(folder_ / "stop") << "now";
    thread_.join();
  }
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  std::unique_ptr<Mail> mail(long timeout_seconds = 30) const {
    return open_smtp({"smtp://127.0.0.1:" + text_in("port"), "", "", timeout_seconds}, "rollcall@localhost");
  }
  boost::json::value taken(int number) const { return boost::json::parse(text_in(std::to_string(number) + ".json")); }
  bool took_any() const { return std::filesystem::exists(folder_ / "0.json"); }

 private:
  std::string text_in(const std::string& name) const {
    std::ifstream in(folder_ / name);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    INFO("what the server said: " << ended_.err);
    REQUIRE_FALSE(text.empty());
    return text;
  }

  TemporaryFolder folder_, work_;
  CommandResult ended_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a real SMTP server takes a letter, and a mail program reads what was written", "[process][mail]") {
  const RealServer server("takes");
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
    const RealServer server(mood);
    try {
      server.mail()->send(letter("inv_1.1"));
      FAIL("it was not taken");
    } catch (const LetterRefused& refused) {
      CHECK(refused.for_good == (mood == "refuses"));
    }
    CHECK_FALSE(server.took_any());
  }
}

TEST_CASE("a real SMTP server that hangs or closes is trouble of the post, and no letter is to blame",
          "[process][mail]") {
  for (const std::string mood : {"hangs", "closes"}) {
    INFO(mood);
    const RealServer server(mood);
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
