#include <algorithm>
#include <memory>
#include <mutex>
#include <stdexcept>

#include <curl/curl.h>

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

// What RFC 5321 has a server say of a mailbox that it will never know. Other answers may change.
bool refuses_recipient(long answer) { return answer == 550 || answer == 551 || answer == 553; }

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
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    const auto code = curl_easy_perform(handle);
    if (code == CURLE_OK) return;
    long answer = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer);
    const auto what = "mail by " + server_.url + ": " + curl_easy_strerror(code) +
                      (answer > 0 ? " (" + std::to_string(answer) + ")" : "");
    if (refuses_recipient(answer)) throw MailRefused(what);
    throw std::runtime_error(what);
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
