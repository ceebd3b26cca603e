// A program in its folder and a server for it, for tests of the subcommands that talk to one.
#pragma once

#include <string>
#include <vector>

#include "tests/tools/fake_server.hpp"
#include "tests/tools/program.hpp"

namespace rollcall::testing {

const inline std::string partner = "usr_00000000000000000000000001";
const inline std::string rep = "usr_00000000000000000000000002";

struct Desk {
  Folder folder;
  FakeServer server;
  Program program{folder};

  explicit Desk(FakeServer::Answer answer) : server(std::move(answer)) {
    program.environment["ROLLCALL_SERVER"] = server.url();
  }
  CommandResult run(const std::vector<std::string>& arguments, const std::string& input = {}) {
    return program.run(arguments, input);
  }
};

// The answer to an invitation.
inline http::Response invited(const http::Request&) {
  return reply(R"({"command":"cmd_1","position":13,"size":14,"events":[
    {"position":12,"type":"PartnerInvited","scope":{"kind":"account","id":"gx624"},
     "data":{"invitation":"inv_1","email":"p@agency.example","admin":true}},
    {"position":13,"type":"InvitationMailQueued","scope":{"kind":"account","id":"gx624"},
     "data":{"invitation":"inv_1"}}]})");
}

inline std::string header(const http::Request& request, std::string_view name) {
  return std::string{request.header(name).value_or("")};
}

}  // namespace rollcall::testing
