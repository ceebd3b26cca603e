// `rollcall do NAME --each FILE`: one command for every line of a table.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "tools/client/command_form.hpp"
#include "tools/client/remote.hpp"

namespace rollcall::tools {

struct EachOptions {
  std::string file;  // CSV whose columns are called like the command's fields
  std::string idempotency_key;
  bool dry_run = false;
  bool json = false;
};

// Sends the command for every row, with `common` as the fields that no column gives. Nothing is sent when a row does
// not fit the command. Prints what was refused; throws Failure when something was.
void carry_out_each(Remote& remote, const CommandForm& form, const json::object& common, const EachOptions& options);

}  // namespace rollcall::tools
