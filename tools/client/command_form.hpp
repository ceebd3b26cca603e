// The commands as forms to be filled in on a command line: made from their definitions in domain/commands.hpp, so that
// an option and a field of the API can only be the same thing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/expected.hpp"
#include "events/json.hpp"

namespace rollcall::tools {

// One field of a command as an option.
struct FormField {
  enum class Kind { text, secret, boolean, number, document, user };  // user: usr_…, or an address
  std::string name;                                                   // of the field: seat_limit
  std::string option;                                                 // --seat-limit
  std::string help;
  Kind kind = Kind::text;
  bool required = false;
  std::vector<std::string> choices;  // of an enumeration
};

struct CommandForm {
  std::string_view name;
  std::string_view summary;
  std::vector<FormField> fields;
  // What is wrong with the filled-in form by the command's own definition, if anything.
  std::optional<JsonError> (*check)(const json::value& body) = nullptr;
  bool for_people = true;      // false: only the clock may
  bool in_bulk = false;        // many in one request
  bool for_strangers = false;  // whoever holds a link, or anybody: no credential is needed

  const FormField* field(std::string_view name) const;
};

// In the order of the definitions.
const std::vector<CommandForm>& command_forms();

// The typed text as JSON for this field: true and false, whole numbers, JSON itself for lists and records, text for all
// else. The error is for people.
Expected<json::value, std::string> value_of(const FormField& field, std::string_view typed);

// "/records/3" as "--records /3".
std::string option_at(std::string_view pointer);

}  // namespace rollcall::tools
