// The options of `rollcall do` are the fields of the commands, and nothing else.
#include "tools/client/command_form.hpp"

#include <algorithm>
#include <set>

#include "domain/commands.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::tools;

namespace {

const CommandForm& form(std::string_view name) {
  const auto& forms = command_forms();
  const auto found = std::find_if(forms.begin(), forms.end(), [&](const auto& f) { return f.name == name; });
  REQUIRE(found != forms.end());
  return *found;
}

const FormField& field(std::string_view command, std::string_view name) {
  const auto& fields = form(command).fields;
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; });
  REQUIRE(found != fields.end());
  return *found;
}

}  // namespace

TEST_CASE("every command has a form with an option and a word of help for every field") {
  CHECK(command_forms().size() == AllCommands::count);
  for (const auto& form : command_forms()) {
    CAPTURE(form.name);
    CHECK(!form.summary.empty());
    std::set<std::string> options;
    for (const auto& field : form.fields) {
      CAPTURE(field.name);
      CHECK(options.insert(field.option).second);
      CHECK(!field.help.empty());
    }
  }
  CHECK(form("InvitePartner").fields.size() == InvitePartner::fields.size());
}

TEST_CASE("a field's type makes its kind of option") {
  CHECK(field("OpenAccount", "seat_limit").kind == FormField::Kind::number);
  CHECK(field("OpenAccount", "seat_limit").option == "--seat-limit");
  CHECK(field("OpenAccount", "seat_limit").required);
  CHECK(field("InvitePartner", "admin").kind == FormField::Kind::boolean);
  CHECK(!field("InvitePartner", "admin").required);
  CHECK(field("InvitePartner", "email").kind == FormField::Kind::text);
  CHECK(field("InvitePartner", "access_ends_at").kind == FormField::Kind::text);
  CHECK(field("StartSession", "password").kind == FormField::Kind::secret);
  CHECK(field("AcceptInvite", "password").kind == FormField::Kind::secret);
  CHECK(field("AcceptInvite", "token").kind == FormField::Kind::secret);
  CHECK(field("DeactivateUser", "plan").kind == FormField::Kind::document);
  CHECK(field("DeactivateUser", "basis").kind == FormField::Kind::document);
  CHECK(field("AddToGroup", "group").choices == std::vector<std::string>{"Admin", "SalesRep"});
}

TEST_CASE("what only the clock may ask for is no form for people") {
  CHECK(form("InvitePartner").for_people);
  CHECK(form("StartSession").for_people);
  CHECK(form("CompleteTask").for_people);
  CHECK(!form("ExpireInvitation").for_people);
  CHECK(!form("RecordFailedSignIns").for_people);
}

TEST_CASE("typed text becomes the value its field takes") {
  CHECK(value_of(field("InvitePartner", "admin"), "true").value() == json::value(true));
  CHECK(!value_of(field("InvitePartner", "admin"), "yes"));
  CHECK(value_of(field("OpenAccount", "seat_limit"), "25").value() == json::value(25));
  CHECK(!value_of(field("OpenAccount", "seat_limit"), "-1"));
  CHECK(!value_of(field("OpenAccount", "seat_limit"), "2.5"));
  CHECK(value_of(field("InvitePartner", "email"), "true").value() == json::value("true"));
  CHECK(value_of(field("UnassignRecords", "records"), R"(["1","2"])").value() == json::value({"1", "2"}));
  CHECK(!value_of(field("UnassignRecords", "records"), "1,2"));
}

TEST_CASE("a filled-in form is checked by the command's own definition") {
  const auto& open = form("ChangeSeatLimit");
  CHECK(!open.check(json::object{{"account", "gx624"}, {"seat_limit", 3}}));
  const auto wrong = open.check(json::object{{"account", "GX"}, {"seat_limit", 3}});
  REQUIRE(wrong);
  CHECK(wrong->pointer == "/account");
  CHECK(option_at(wrong->pointer) == "--account");
  CHECK(option_at("/plan/0/kind") == "--plan /0/kind");
  CHECK(option_at("/seat_limit") == "--seat-limit");
}
