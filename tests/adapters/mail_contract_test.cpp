// What every post promises (domain/ports.hpp), run over the one in memory, the folder, and SMTP with a server that the
// test plays.
#include <atomic>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "adapters/mail/html.hpp"
#include "adapters/mail/outbox.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_mail.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;

namespace {

namespace net = boost::asio;

constexpr Time morning{1'772'528'400'000'000};  // 2026-03-03T09:00:00Z

Letter letter(std::string name, Time expires) {
  return {std::move(name),   "petra@agency.example",
          "You are invited", "Bäckerei Müller invites you.\n\nhttps://rollcall.example/v1/invitations/token\n",
          morning,           expires};
}

using Messages = std::map<std::string, std::string>;  // by the letter's name

class InMemory {
 public:
  Mail& mail() { return mail_; }
  Messages messages() const {
    Messages all;
    for (const auto& letter : mail_.letters()) all[letter.name] = message_of(letter, "rollcall@localhost");
    return all;
  }

 private:
  MemoryMail mail_;
};

class InFolder {
 public:
  Mail& mail() { return *mail_; }
  Messages messages() const {
    Messages all;
    for (const auto& file : std::filesystem::directory_iterator(folder())) {
      CHECK(file.path().extension() == ".eml");
      CHECK((file.status().permissions() & std::filesystem::perms::all) ==
            (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
      std::ifstream in(file.path(), std::ios::binary);
      all[file.path().stem().string()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
  std::filesystem::path folder() const { return temporary_ / "outbox"; }

 private:
  TemporaryFolder temporary_;
  std::unique_ptr<Mail> mail_ = open_outbox(folder(), "rollcall@localhost");
};

// A server that takes one mail after the other, or says no at one point of the conversation.
class SmtpServer {
 public:
  enum class At { sender, recipient, data, message, nowhere };
  explicit SmtpServer(std::string no = {}, At at = At::nowhere) : no_(std::move(no)), at_(at) {
    thread_ = std::thread([this] { serve(); });
  }
  ~SmtpServer() {
    ending_ = true;
    net::io_context context;
    net::ip::tcp::socket last(context);  // so that accept() returns
    boost::system::error_code ignored;
    last.connect(acceptor_.local_endpoint(), ignored);
    last.close(ignored);
    thread_.join();
  }
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  // What came, header and body, without the dot that ends it. Read when send() has returned.
  const std::vector<std::string>& received() const { return received_; }
  const std::vector<std::string>& recipients() const { return recipients_; }

 private:
  void serve() {
    while (!ending_) {
      auto socket = acceptor_.accept();
      boost::system::error_code over;
      talk(socket, over);
    }
  }
  void talk(net::ip::tcp::socket& socket, boost::system::error_code& over) {
    net::streambuf buffer;
    const auto say = [&](const std::string& line) { net::write(socket, net::buffer(line + "\r\n"), over); };
    const auto line = [&] {
      net::read_until(socket, buffer, "\r\n", over);
      std::string text;
      std::istream in(&buffer);
      std::getline(in, text);
      return text.substr(0, text.find('\r'));
    };
    say("220 here");
    while (!over) {
      const auto command = line();
      if (over) return;
      if (command.starts_with("RCPT TO:")) {
        recipients_.push_back(command.substr(8));
        say(at_ == At::recipient ? no_ : "250 ok");
      } else if (command.starts_with("MAIL FROM:") && at_ == At::sender) {
        say(no_);
      } else if (command == "DATA" && at_ == At::data) {
        say(no_);
      } else if (command == "DATA") {
        say("354 go on");
        std::string message;
        for (auto text = line(); !over && text != "."; text = line())
          message += (text.starts_with(".") ? text.substr(1) : text) + "\r\n";
        if (at_ != At::message) received_.push_back(message);
        say(at_ == At::message ? no_ : "250 taken");
      } else if (command == "QUIT") {
        say("221 bye");
        return;
      } else {
        say("250 ok");
      }
    }
  }

  std::string no_;
  At at_;
  net::io_context context_;
  net::ip::tcp::acceptor acceptor_{context_, {net::ip::address_v4::loopback(), 0}};
  std::vector<std::string> received_;
  std::vector<std::string> recipients_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace

TEMPLATE_TEST_CASE("a letter that was sent lies there, readable", "[mail]", InMemory, InFolder) {
  TestType post;
  post.mail().send(letter("inv_1.1", morning + days(7)));
  const auto messages = post.messages();
  REQUIRE(messages.size() == 1);
  const auto& message = messages.at("inv_1.1");
  CHECK_THAT(message, Catch::StartsWith("Date: Tue, 03 Mar 2026 09:00:00 +0000\r\nFrom: rollcall@localhost\r\n"));
  CHECK_THAT(message, Catch::Contains("\r\nTo: petra@agency.example\r\nSubject: You are invited\r\n"));
  const auto from = message.find("boundary=\"") + 10;
  const auto boundary = message.substr(from, message.find('"', from) - from);
  CHECK_THAT(message, Catch::Contains("Content-Type: multipart/alternative; boundary="));
  CHECK_THAT(message, Catch::Contains("\r\n\r\n--" + boundary +
                                      "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                                      "8bit\r\n\r\nBäckerei Müller invites you.\r\n"));
  CHECK_THAT(message, Catch::Contains("\r\n\r\nhttps://rollcall.example/v1/invitations/token\r\n\r\n--" + boundary +
                                      "\r\nContent-Type: text/html; charset=utf-8\r\n"));
  CHECK_THAT(message, Catch::EndsWith("\r\n--" + boundary + "--\r\n"));
  // No line of a mail is longer than 998 letters (RFC 5322, 2.1.1), and those of base64 are 76.
  std::istringstream lines(message.substr(message.find("base64")));
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 77);
}

TEST_CASE("what divides a message is nowhere in its text, and the same each time", "[mail]") {
  auto sent = letter("inv_1.1", morning + days(7));
  const auto boundary = [](const std::string& message) {
    const auto from = message.find("boundary=\"") + 10;
    return message.substr(from, message.find('"', from) - from);
  };
  const auto usual = boundary(message_of(sent, "rollcall@localhost"));
  CHECK(boundary(message_of(sent, "rollcall@localhost")) == usual);
  sent.text = "--" + usual + "--\n";
  CHECK(boundary(message_of(sent, "rollcall@localhost")) == usual + "_");
}

TEST_CASE("a letter as a page links what we link, and what a stranger wrote stays text", "[mail]") {
  const auto page =
      html_of("A <b>subject</b>",
              "Evil <script>alert('x')</script> http://evil.example invites \"you\" & co.\nA second line.\n\n"
              "https://rollcall.example/v1/invitations/inv_1?a=1&b=2\n\n"
              "rollcall do CompleteSetup --token -\n\n"
              "per_01m83t00vpy384g86wnxb3rczv.1.0123456789abcdef\n",
              Language::de);
  CHECK_THAT(page, Catch::Contains("<html lang=\"de\">"));
  CHECK_THAT(page, Catch::Contains("<title>A &lt;b&gt;subject&lt;/b&gt;</title>"));
  CHECK_THAT(page,
             Catch::Contains("<p>Evil &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; http://evil.example invites "
                             "&quot;you&quot; &amp; co.<br>\nA second line.</p>"));
  CHECK_THAT(page, Catch::Contains("<a href=\"https://rollcall.example/v1/invitations/inv_1?a=1&amp;b=2\">"));
  CHECK_THAT(page, Catch::Contains("<code style=\"word-break:break-all\">rollcall do CompleteSetup --token -</code>"));
  CHECK_THAT(page, Catch::Contains(">per_01m83t00vpy384g86wnxb3rczv.1.0123456789abcdef</code>"));
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("<a href=\"http://evil") == std::string::npos);
  for (const auto* asks : {"src=", "url(", "<link", "<img"}) CHECK(page.find(asks) == std::string::npos);
}

TEST_CASE("a subject that is not ASCII goes as encoded words, whole characters in each", "[mail]") {
  auto sent = letter("inv_1.1", morning + days(7));
  sent.subject = "Invitation to Bäckerei Müller, Größe 日本語日本語日本語";
  const auto message = message_of(sent, "rollcall@localhost");
  const auto from = message.find("Subject: ") + 9;
  const auto subject = message.substr(from, message.find("\r\nMessage-ID") - from);
  CHECK(subject ==
        "=?UTF-8?B?SW52aXRhdGlvbiB0byBCw6Rja2VyZWkgTcO8bGxlciwgR3LDtsOfZSDml6U=?=\r\n"
        " =?UTF-8?B?5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe?=");
  sent.subject = "=?x?=";  // what would be read as such a word is none as it is
  CHECK_THAT(message_of(sent, "rollcall@localhost"), Catch::Contains("\r\nSubject: =?UTF-8?B?PT94Pz0=?=\r\n"));
}

TEMPLATE_TEST_CASE("the same letter twice is one", "[mail]", InMemory, InFolder) {
  TestType post;
  post.mail().send(letter("inv_1.1", morning + days(7)));
  const auto once = post.messages();
  post.mail().send(letter("inv_1.1", morning + days(7)));
  CHECK(post.messages() == once);
  post.mail().send(letter("inv_1.2", morning + days(7)));
  CHECK(post.messages().size() == 2);
}

TEMPLATE_TEST_CASE("letters go when their links are dead, and not before", "[mail]", InMemory, InFolder) {
  TestType post;
  post.mail().send(letter("inv_1.1", morning + days(7)));
  post.mail().send(letter("inv_2.1", morning + days(8)));
  post.mail().forget_expired(morning + days(7) - microseconds(1));
  CHECK(post.messages().size() == 2);
  post.mail().forget_expired(morning + days(7));
  CHECK(post.messages().size() == 1);
  CHECK(post.messages().contains("inv_2.1"));
  post.mail().forget_expired(morning + days(30));
  CHECK(post.messages().empty());
}

TEST_CASE("a folder that cannot be written to is an error, and the letter can be sent later", "[mail]") {
  InFolder post;
  std::filesystem::remove_all(post.folder());
  CHECK_THROWS_AS(post.mail().send(letter("inv_1.1", morning + days(7))), std::runtime_error);
  std::filesystem::create_directories(post.folder());
  post.mail().send(letter("inv_1.1", morning + days(7)));
  CHECK(post.messages().size() == 1);
}

TEST_CASE("an SMTP server gets the very message that a file would hold", "[mail]") {
  SmtpServer server;
  const auto mail = open_smtp({server.url(), "", ""}, "rollcall@localhost");
  const auto sent = letter("inv_1.1", morning + days(7));
  mail->send(sent);
  mail->send(letter("inv_1.2", morning + days(7)));
  REQUIRE(server.received().size() == 2);
  CHECK(server.received()[0] == message_of(sent, "rollcall@localhost"));
  CHECK(server.recipients() == std::vector<std::string>{"<petra@agency.example>", "<petra@agency.example>"});
}

TEST_CASE("what an SMTP server says of a letter is told from what it says of us", "[mail]") {
  const auto sent = letter("inv_1.1", morning + days(7));
  using At = SmtpServer::At;
  SECTION("of this letter, for now or for good: the next one may go") {
    const auto [at, no, for_good] =
        GENERATE(table<At, std::string, bool>({{At::recipient, "550 5.1.1 no such user", true},
                                               {At::recipient, "551 moved", true},
                                               {At::recipient, "552 mailbox full", true},
                                               {At::recipient, "450 greylisted", false},
                                               {At::recipient, "451 later", false},
                                               {At::data, "554 no valid recipients", true},
                                               {At::message, "554 looks like spam", true},
                                               {At::message, "552 too large", true},
                                               {At::message, "452 disk full", false}}));
    CAPTURE(no);
    SmtpServer server(no, at);
    try {
      open_smtp({server.url(), "", ""}, "rollcall@localhost")->send(sent);
      FAIL("it was not taken");
    } catch (const LetterRefused& refused) {
      CHECK(refused.for_good() == for_good);
      CHECK(std::string{refused.what()}.substr(0, 3) == no.substr(0, 3));
      CHECK_THAT(refused.what(), !Catch::Contains("petra"));
    }
    CHECK(server.received().empty());
  }
  SECTION("of us: no letter can go, and none is to blame") {
    const auto [at, no] = GENERATE(table<At, std::string>({{At::sender, "550 we do not know you"},
                                                           {At::sender, "553 bad sender"},
                                                           {At::sender, "451 try again"},
                                                           {At::recipient, "421 closing down"}}));
    CAPTURE(no);
    SmtpServer server(no, at);
    try {
      open_smtp({server.url(), "", ""}, "rollcall@localhost")->send(sent);
      FAIL("it was not taken");
    } catch (const LetterRefused&) {
      FAIL("no letter is to blame");
    } catch (const std::runtime_error& error) {
      CHECK_THAT(error.what(), Catch::Contains(no.substr(0, 3)));
    }
  }
  SECTION("nobody there") {
    std::string url;
    {
      const SmtpServer gone;
      url = gone.url();
    }
    CHECK_THROWS_AS(open_smtp({url, "", ""}, "rollcall@localhost")->send(sent), std::runtime_error);
  }
}
