// The contract with those who consume what is published: the JSON Schema of each version of each event's data and of a
// row of the users topic, and what no change of them may do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/json.hpp"

namespace rollcall {

struct Schema {
  std::string type;  // PartnerInvited
  std::uint16_t version = 1;
  json::object document;  // JSON Schema 2020-12

  std::string name() const;  // PartnerInvited.v1
  std::string urn() const;   // urn:rollcall:schema:PartnerInvited:1, the $id
};

// The value of the users topic. Events have the types of the catalogue.
constexpr std::string_view user_row_type = "UserRow";

// All of them, by type and version.
const std::vector<Schema>& contract();
// By name or URN; a type alone is its newest version. Null when there is none.
const Schema* find_schema(std::string_view name);

// Why `after` cannot be the schema of what `before` described, each with a pointer into it; empty when it can. What is
// published stays so for ever: consumers must be able to read what comes, and the schema must be true of what came.
// So all that may change is prose, and there may be new members that need not be there.
std::vector<std::string> breaking_changes(const json::value& before, const json::value& after);

}  // namespace rollcall
