#include "adapters/http/client.hpp"

#include <cctype>
#include <cerrno>
#include <utility>
#include <variant>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace rollcall::http {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using net::ip::tcp;
using Message = beast::http::request<beast::http::string_body>;

std::string in_words(const error_code& ec) {
  if (ec == beast::error::timeout) return "timed out";
  if (ec == beast::http::error::end_of_stream || ec == net::error::eof || ec == net::ssl::error::stream_truncated) {
    return "the connection was closed";
  }
  if (ec == beast::http::error::body_limit) return "the reply is too large";
  auto words = ec.message();
  if (words.size() > 1 && std::islower(static_cast<unsigned char>(words[1])) != 0) {
    words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  }
  return words;
}

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

}  // namespace

class Client::Connection {
 public:
  Connection(std::string_view base_url, const ClientOptions& options) : options_(options), base_url_(base_url) {
    const auto url = boost::urls::parse_uri(base_url);
    const bool plain = url && url->scheme() == "http";
    const bool known = plain || (url && url->scheme() == "https");
    if (!known || url->encoded_host().empty() || url->has_userinfo() || url->encoded_path().size() > 1 ||
        url->has_query() || url->has_fragment()) {
      throw ClientError("not the address of a server, as in http://127.0.0.1:8080: " + base_url_);
    }
    if (base_url_.back() == '/') base_url_.pop_back();
    host_ = url->host_address();
    host_and_port_ = std::string(url->encoded_host_and_port());
    port_ = url->has_port() ? std::string(url->port()) : plain ? "80" : "443";
    if (!plain) trust();
  }

  Response send(const Message& message, Repeat repeat) {
    if (stream_ && is_stale()) stream_.reset();
    const bool kept = stream_.has_value();
    if (!kept) connect();
    auto outcome = exchange(message);
    if (!outcome.response && !outcome.begun && kept && repeat == Repeat::allowed &&
        outcome.error != beast::error::timeout) {
      connect();
      outcome = exchange(message);
    }
    if (!outcome.keep) stream_.reset();
    if (!outcome.response) throw ClientError("no reply from " + base_url_ + ": " + in_words(outcome.error));
    return std::move(*outcome.response);
  }

  const std::string& host_and_port() const { return host_and_port_; }

 private:
  using Plain = beast::tcp_stream;
  using Secure = net::ssl::stream<beast::tcp_stream>;

  struct Outcome {
    std::optional<Response> response;
    error_code error;    // why there is none
    bool begun = false;  // some of a reply had come
    bool keep = false;   // the connection can be used again
  };

  void trust() {
    tls_.emplace(net::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls_->native_handle(), TLS1_2_VERSION);
    tls_->set_verify_mode(options_.insecure ? net::ssl::verify_none : net::ssl::verify_peer);
    error_code ec;
    if (options_.ca_file) {
      tls_->load_verify_file(options_.ca_file->string(), ec);
      if (ec) throw ClientError("cannot use " + options_.ca_file->string() + ": " + in_words(ec));
    } else {
      tls_->set_default_verify_paths(ec);
    }
  }

  void connect() {
    const auto fail = [&](const std::string& why) {
      stream_.reset();
      throw ClientError("cannot connect to " + base_url_ + ": " + why);
    };
    error_code ec;
    const auto endpoints = tcp::resolver(context_).resolve(host_, port_, ec);
    if (ec) fail(in_words(ec));
    buffer_.clear();
    if (tls_) {
      stream_.emplace(std::in_place_type<Secure>, context_, *tls_);
    } else {
      stream_.emplace(std::in_place_type<Plain>, context_);
    }
    lowest().expires_after(options_.connect_timeout);
    ec = wait([&](auto done) { lowest().async_connect(endpoints, done); });
    if (ec) fail(in_words(ec));
    lowest().socket().set_option(tcp::no_delay(true), ec);
    if (tls_) {
      auto& secure = std::get<Secure>(*stream_);
      error_code no_address;
      net::ip::make_address(host_, no_address);
      if (no_address) SSL_set_tlsext_host_name(secure.native_handle(), host_.c_str());
      if (!options_.insecure) secure.set_verify_callback(net::ssl::host_name_verification(host_));
      ec = wait([&](auto done) { secure.async_handshake(net::ssl::stream_base::client, done); });
      const auto verdict = SSL_get_verify_result(secure.native_handle());
      if (ec && !options_.insecure && verdict != X509_V_OK) {
        fail(std::string("its certificate is not trusted: ") + X509_verify_cert_error_string(verdict));
      }
      if (ec) fail(in_words(ec));
    }
  }

  Outcome exchange(const Message& message) {
    return std::visit(
        [&](auto& stream) {
          lowest().expires_after(options_.timeout);
          const auto unsent = wait([&](auto done) { beast::http::async_write(stream, message, done); });
          // Even then there may be a reply: a server that refuses a body does not wait for the end of it.
          beast::http::response_parser<beast::http::string_body> parser;
          parser.body_limit(options_.max_body_bytes);
          parser.skip(message.method() == beast::http::verb::head);
          const auto unread = wait([&](auto done) { beast::http::async_read(stream, buffer_, parser, done); });
          Outcome outcome;
          outcome.begun = parser.got_some() || buffer_.size() > 0;
          outcome.error = unsent ? unsent : unread;
          if (unread) return outcome;
          outcome.keep = !unsent && parser.keep_alive();
          outcome.response = from_beast(parser.release());
          return outcome;
        },
        *stream_);
  }

  static Response from_beast(beast::http::response<beast::http::string_body> reply) {
    Response response;
    response.status = reply.result_int();
    response.content_type = reply[beast::http::field::content_type];
    for (const auto& field : reply) response.headers.emplace_back(field.name_string(), field.value());
    response.body = std::move(reply.body());
    return response;
  }

  // Whether a kept connection was closed meanwhile, or has something to say that nobody asked for.
  bool is_stale() {
    char byte = 0;
    return ::recv(lowest().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
  }

  Plain& lowest() {
    return std::visit([](auto& stream) -> Plain& { return beast::get_lowest_layer(stream); }, *stream_);
  }

  // Runs one asynchronous operation to its end or to the deadline of the stream.
  template <class Start>
  error_code wait(Start start) {
    error_code result;
    start([&result](error_code ec, auto&&...) { result = ec; });
    context_.restart();
    context_.run();
    return result;
  }

  const ClientOptions options_;
  std::string base_url_;
  std::string host_;
  std::string host_and_port_;
  std::string port_;
  net::io_context context_{1};
  std::optional<net::ssl::context> tls_;
  std::optional<std::variant<Plain, Secure>> stream_;
  beast::flat_buffer buffer_;
};

Client::Client(std::string_view base_url, const ClientOptions& options)
    : connection_(std::make_unique<Connection>(base_url, options)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Response Client::send(std::string_view method, std::string_view target, const Headers& headers, std::string_view body,
                      Repeat repeat) {
  Message message;
  message.version(11);
  message.method_string(method);
  message.target(target);
  message.set(beast::http::field::host, connection_->host_and_port());
  for (const auto& [name, value] : headers) message.insert(name, value);
  message.body() = body;
  if (!body.empty() || (method != "GET" && method != "HEAD")) message.prepare_payload();
  return connection_->send(message, is_safe(method) ? Repeat::allowed : repeat);
}

}  // namespace rollcall::http
