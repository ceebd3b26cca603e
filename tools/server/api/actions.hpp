// What the server tells everybody: what describes it, and how it is.
#pragma once

#include "tools/server/api/queries.hpp"

namespace rollcall::api {

// Open to all.
Awaited docs(Desk&, const Request&, const PathArguments&);
Awaited openapi(Desk&, const Request&, const PathArguments&);
Awaited asyncapi(Desk&, const Request&, const PathArguments&);
Awaited schemas(Desk&, const Request&, const PathArguments&);
Awaited schema(Desk&, const Request&, const PathArguments&);
Awaited livez(Desk&, const Request&, const PathArguments&);
Awaited readyz(Desk&, const Request&, const PathArguments&);
// How fast the log grows tells strangers what becomes of what they ask: this is for who sees the installation.
inline constexpr Rule metrics_rule{Action::installation_view};
Awaited metrics(Desk&, const Request&, const PathArguments&);

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
