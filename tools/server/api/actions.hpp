// What is asked of the server itself: orders that are no commands of the business, what describes it, and how it is.
#pragma once

#include "tools/server/api/queries.hpp"

namespace rollcall::api {

struct RebuildOrder {
  static constexpr std::array fields{"view", "accept_differences"};
  static constexpr std::array help{"a read model, state, or all", "true swaps the new one in although it differs"};
  std::string view;
  std::optional<bool> accept_differences;
};

struct OrderedAnswer {
  static constexpr std::array fields{"views"};
  std::vector<std::string> views;
};

struct StartRebuild {
  static constexpr std::string_view name = "StartRebuild";
  static constexpr std::string_view path = "/v1/rebuilds";
  static constexpr std::string_view summary = "Rebuild a read model beside the one in use";
  static constexpr Rule rule{About::log, Party::operator_};
  using Body = RebuildOrder;
  using Answer = OrderedAnswer;
};

struct ClockAnswer {
  static constexpr std::array fields{"now"};
  Time now;
};

struct ConfirmClock {
  static constexpr std::string_view name = "ConfirmClock";
  static constexpr std::string_view path = "/v1/clock";
  static constexpr std::string_view summary = "Say that the time is right, after the clock jumped";
  static constexpr Rule rule{About::log, Party::operator_};
  using Answer = ClockAnswer;
};

Awaited start_rebuild(Desk&, const http::Request&, const PathArguments&);
Awaited confirm_clock(Desk&, const http::Request&, const PathArguments&);

// Open to all.
Awaited docs(Desk&, const http::Request&, const PathArguments&);
Awaited openapi(Desk&, const http::Request&, const PathArguments&);
Awaited asyncapi(Desk&, const http::Request&, const PathArguments&);
Awaited schemas(Desk&, const http::Request&, const PathArguments&);
Awaited schema(Desk&, const http::Request&, const PathArguments&);
Awaited livez(Desk&, const http::Request&, const PathArguments&);
Awaited readyz(Desk&, const http::Request&, const PathArguments&);
Awaited metrics(Desk&, const http::Request&, const PathArguments&);

struct SchemaName {
  static constexpr std::array fields{"name"};
  static constexpr std::array help{"PartnerInvited, PartnerInvited.v1 or urn:rollcall:schema:PartnerInvited:1"};
  LinkToken name;
};
struct SchemaListed {
  static constexpr std::array fields{"name", "urn", "path"};
  std::string name;
  std::string urn;
  std::string path;
};
struct SchemasAnswer {
  static constexpr std::array fields{"schemas"};
  std::vector<SchemaListed> schemas;
};

}  // namespace rollcall::api
