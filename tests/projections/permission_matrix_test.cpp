#include "projections/views/permission_matrix.hpp"

#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

std::vector<Permission> named(std::initializer_list<const char*> names) {
  std::vector<Permission> all;
  for (const auto* name : names) all.push_back(Permission::parse(name).value());
  return all;
}

struct Matrix {
  Story story;
  LiveView view{permission_matrix};

  SomeMember user(const std::string& email, const std::string& name, std::initializer_list<const char*> permissions) {
    return story.accept(story.invite_user(email, name), name, named(permissions));
  }
  json::value page(const Parameters& parameters = {}) {
    const auto text = ask<PermissionMatrix>(view.rows(story), story.here, parameters, story.now);
    REQUIRE(text.has_value());
    return json::parse(*text);
  }
  Words names(const Parameters& parameters = {}) { return column(page(parameters), "users", "name"); }
};

TEST_CASE("the matrix tells of each member in the order of their names what they may") {
  Matrix matrix;
  matrix.story.open_account("gx624", "Olga");
  matrix.user("zoe@firm.example", "zoë", {"contact.view", "lead.view"});
  matrix.user("anna@firm.example", "Anna", {"contact.view", "lead.view"});
  matrix.user("berta@firm.example", "Berta", {"contact.view"});
  CHECK(matrix.names() == Words{"Anna", "Berta", "Olga", "zoë"});
  const auto users = matrix.page({{"area", "lead"}}).at("users").as_array();
  CHECK(json::serialize(users.at(0).at("permissions")) == R"(["lead.view"])");
  CHECK(json::serialize(users.at(1).at("permissions")) == "[]");
  CHECK(users.at(2).at("permissions").as_array().size() > 1);
  CHECK(users.at(3).at("permissions") == users.at(0).at("permissions"));
  CHECK(matrix.names({{"who_can", "lead.view"}}) == Words{"Anna", "Olga", "zoë"});
  CHECK(matrix.names({{"kind", "partner"}}).empty());
}

TEST_CASE("who is called otherwise stands elsewhere in the matrix, and who is out nowhere") {
  Matrix matrix;
  matrix.story.open_account("gx624", "Olga");
  const auto anna = matrix.user("anna@firm.example", "Anna", {});
  const auto berta = matrix.user("berta@firm.example", "Berta", {});
  CHECK(matrix.names() == Words{"Anna", "Berta", "Olga"});
  matrix.story.happens(Scope::of(anna.person), NameChanged{anna.person, Personal(anna.key, "Petra")});
  CHECK(matrix.names() == Words{"Berta", "Olga", "Petra"});
  matrix.story.deactivate(berta);
  CHECK(matrix.names() == Words{"Olga", "Petra"});
}

TEST_CASE("pages of the matrix follow one another without a gap or a repeat, in either order") {
  Matrix matrix;
  matrix.story.open_account("ab123", "Somebody Else");
  matrix.story.open_account("gx624", "Olga");
  for (int i = 0; i < 9; ++i) {
    const auto user = matrix.user("u" + std::to_string(i) + "@firm.example", i % 2 == 0 ? "Same Name" : "Other Name",
                                  {i % 3 == 0 ? "contact.view" : "lead.view"});
    if (i == 4) matrix.story.deactivate(user);
  }
  for (const Parameters& filter :
       {Parameters{}, Parameters{{"sort", "-name"}}, Parameters{{"who_can", "lead.view"}},
        Parameters{{"who_can", "lead.view"}, {"sort", "-name"}}, Parameters{{"differs_from_global", "true"}}}) {
    const auto whole = column(matrix.page(filter), "users", "id");
    CHECK(whole.size() > 3);
    for (const auto* limit : {"1", "3", "4"}) {
      Words walked;
      std::string cursor;
      do {
        auto parameters = filter;
        parameters.emplace_back("limit", limit);
        if (!cursor.empty()) parameters.emplace_back("cursor", cursor);
        const auto page = matrix.page(parameters);
        const auto ids = column(page, "users", "id");
        CHECK(ids.size() <= std::stoul(limit));
        walked.insert(walked.end(), ids.begin(), ids.end());
        cursor = page.at("next").is_null() ? "" : page.at("next").as_string().c_str();
      } while (!cursor.empty());
      CHECK(walked == whole);
    }
  }
}

}  // namespace
