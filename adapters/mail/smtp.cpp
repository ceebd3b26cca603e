#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>

#include <curl/curl.h>
#include <sys/socket.h>

#include "adapters/mail/outbox.hpp"

namespace rollcall {
namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct Upload {
  std::string message;
  std::size_t sent = 0;
};

std::size_t read_some(char* to, std::size_t size, std::size_t count, void* from) {
  auto& upload = *static_cast<Upload*>(from);
  const auto n = std::min(size * count, upload.message.size() - upload.sent);
  std::copy_n(upload.message.data() + upload.sent, n, to);
  upload.sent += n;
  return n;
}

// What was said in the conversation last: which command it failed at tells whom the answer is about.
struct Conversation {
  std::string command;  // the verb; of what is none of these, such as a password, nothing is remembered
  long answer = 0;      // 250, 554, …
  bool over = false;    // after QUIT nothing is about a letter
};
constexpr std::array<std::string_view, 7> verbs{"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"};

int listen_in(CURL*, curl_infotype kind, char* data, std::size_t size, void* to) {
  auto& heard = *static_cast<Conversation*>(to);
  const std::string_view line{data, size};
  if (kind == CURLINFO_HEADER_OUT) {
    const auto verb = line.substr(0, line.find_first_of(" \r\n"));
    heard.over = heard.over || verb == "QUIT";
    if (heard.over || std::find(verbs.begin(), verbs.end(), verb) == verbs.end()) return 0;
    heard.command = verb;
    heard.answer = 0;
  } else if (kind == CURLINFO_HEADER_IN && line.size() >= 3 && !heard.over) {
    long answer = 0;
    std::from_chars(line.data(), line.data() + 3, answer);
    heard.answer = answer;
  }
  return 0;
}

// libcurl says QUIT when a handle goes, and waits two minutes for the answer: not of a server that hangs.
void hang_up(CURL* handle) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD)
    ::shutdown(socket, SHUT_RDWR);
}

class SmtpMail final : public Mail {
 public:
  SmtpMail(Smtp server, std::string from) : server_(std::move(server)), from_(std::move(from)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  }

  void send(const Letter& letter) override {
    const Easy easy(curl_easy_init(), &curl_easy_cleanup);
    const List to(curl_slist_append(nullptr, ("<" + letter.to + ">").c_str()), &curl_slist_free_all);
    if (!easy || !to) throw std::runtime_error("libcurl cannot start");
    Upload upload{message_of(letter, from_)};
    auto* handle = easy.get();
    curl_easy_setopt(handle, CURLOPT_URL, server_.url.c_str());
    curl_easy_setopt(handle, CURLOPT_USE_SSL,
                     static_cast<long>(server_.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    if (!server_.user.empty()) {
      curl_easy_setopt(handle, CURLOPT_USERNAME, server_.user.c_str());
      curl_easy_setopt(handle, CURLOPT_PASSWORD, server_.password.c_str());
    }
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, ("<" + from_ + ">").c_str());
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, to.get());
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, &read_some);
    curl_easy_setopt(handle, CURLOPT_READDATA, &upload);
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, server_.timeout_seconds);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");  // a proxy for the web that the environment names is none for mails
    Conversation heard;
    curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, &listen_in);
    curl_easy_setopt(handle, CURLOPT_DEBUGDATA, &heard);
    const auto code = curl_easy_perform(handle);
    if (code == CURLE_OK) return;
    hang_up(handle);
    // Of RCPT and DATA an answer is about this letter; of anything
    // else, MAIL FROM among it, about us: no letter goes then, and none is to blame. 421 is about the server itself.
    const bool about_letter = heard.command == "RCPT" || heard.command == "DATA";
    if (about_letter && heard.answer >= 400 && heard.answer != 421)
      throw LetterRefused(static_cast<std::uint32_t>(heard.answer), heard.command);
    throw std::runtime_error(
        "mail by " + server_.url + ": " + curl_easy_strerror(code) +
        (heard.answer > 0 ? " (" + std::to_string(heard.answer) + " to " + heard.command + ")" : ""));
  }

  void forget_expired(Time) override {}  // nothing is kept

 private:
  Smtp server_;
  std::string from_;
};

}  // namespace

std::unique_ptr<Mail> open_smtp(Smtp server, std::string from) {
  return std::make_unique<SmtpMail>(std::move(server), std::move(from));
}

}  // namespace rollcall
