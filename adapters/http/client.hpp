// A blocking HTTP client for one server: a kept-alive connection, a timeout over everything, errors in plain words.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "adapters/http/message.hpp"

namespace rollcall::http {

// No reply was had. The message is fit for people: "cannot connect to http://127.0.0.1:8080: connection refused".
class ClientError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ClientOptions {
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);  // TLS handshake included
  std::chrono::milliseconds timeout = std::chrono::seconds(60);         // from the request to the end of its reply
  std::size_t max_body_bytes = 256 * 1024 * 1024;                       // a larger reply is an error
  std::optional<std::filesystem::path> ca_file{};                       // PEM; otherwise the system's authorities
  bool insecure = false;  // takes any certificate: for trying out, never for secrets
};

// Whether a request may be sent a second time when the connection broke before any byte of its reply.
enum class Repeat { if_safe, allowed };

// One connection to one server, made when first needed. For one thread at a time.
class Client {
 public:
  // `base_url` is "http://host[:port]" or "https://host[:port]". Throws ClientError when it is not.
  explicit Client(std::string_view base_url, const ClientOptions& options = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Sends and waits for the whole reply, whatever its status. When the kept connection turns out to have been closed
  // before a byte of the reply came, it connects anew and sends again, once, for GET, HEAD and OPTIONS or if `repeat`
  // allows it. Throws ClientError.
  Response send(std::string_view method, std::string_view target, const Headers& headers = {},
                std::string_view body = {}, Repeat repeat = Repeat::if_safe);

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace rollcall::http
