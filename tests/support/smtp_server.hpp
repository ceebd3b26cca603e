// A real SMTP server for tests, written by others (aiosmtpd).
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include <boost/json.hpp>

#include "adapters/mail/outbox.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/where.hpp"

namespace rollcall::testing {

// smtp_server.py in one of its moods, until this goes.
class SmtpServer {
 public:
  explicit SmtpServer(const std::string& mood) {
    const auto script = (where::source_folder() / "tests/support/smtp_server.py").string();
    thread_ = std::thread([this, mood, script] {
      ended_ = run_command({"/usr/bin/python3", script, mood, folder_.path().string()}, {}, work_.path());
    });
    for (int i = 0; i < 300 && !std::filesystem::exists(folder_ / "port"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ~SmtpServer() {
    std::ofstream(folder_ / "stop") << "now";
    thread_.join();
  }
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  std::string url() const { return "smtp://127.0.0.1:" + text_in("port"); }
  std::unique_ptr<Mail> mail(long timeout_seconds = 30) const {
    return open_smtp({url(), "", "", timeout_seconds}, "rollcall@localhost");
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

}  // namespace rollcall::testing
