// No secret lies where it could be found: known ones are sent by every way there is, and then looked for in all that
// the server has written and said.
#include <fstream>
#include <sstream>

#include "adapters/crypto/totp.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

namespace fs = std::filesystem;

std::string all_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// In which files below a folder one of these texts lies; letters and key files aside, which are there to have them.
std::vector<std::string> found_in(const fs::path& folder, const std::vector<std::string>& secrets) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".eml" || entry.path().extension() == ".key") continue;
    const auto text = all_of(entry.path());
    for (const auto& secret : secrets)
      if (text.find(secret) != std::string::npos) found.push_back(entry.path().string() + ": " + secret);
  }
  return found;
}

}  // namespace

TEST_CASE("whatever way a secret comes, it is found in no file and in no word of the server", "[process]") {
  const TemporaryFolder folder;
  std::vector<std::string> secrets{good_password};
  const auto secret = [&](const std::string& text) { return secrets.emplace_back(text); };
  ServerProcess server(folder / "data");
  {
    Office office(server);
    const auto petra = office.partner("petra@agency.example");
    secret(petra.token);
    Guest nobody(server.url());
    const std::string olga = "olga@gx624.example";
    // Passwords: right, wrong, refused, in a body that is none, where none belongs.
    const auto changed = secret("quartz piano umbrella");
    office.owner.must("ChangePassword", {{"present_password", good_password}, {"password", changed}});
    (void)nobody.ask("StartSession", {{"email", olga}, {"password", secret("wrong orchid 7713")}});
    (void)nobody.ask("StartSession", {{"email", olga}, {"password", changed}, {"code", secret("424242 wrong")}});
    (void)nobody.ask("StartSession", {{"email", olga}, {"passwort", secret("misspelt lantern")}});
    (void)nobody.post("/v1/commands/StartSession", R"({"email":"olga","password":")" + secret("broken marble"),
                      {{"Content-Type", "application/json"}});
    (void)nobody.get("/v1/me?password=" + secret("harbour4711query"));
    (void)office.owner.ask("ChangePassword", {{"present_password", changed}, {"password", secret("short7")}});
    // Tokens: of sessions, of links, made up.
    (void)Guest(server.url(), secret("ses_made.up.by.nobody")).get("/v1/me");
    (void)nobody.must("RequestPasswordReset", {{"email", olga}});
    const auto person = office.owner.get("/v1/me").text_of("person");
    const auto link = token_in_outbox(server.data(), "reset." + person + ".1");
    secret(link.substr(link.rfind('.') + 1));
    (void)nobody.ask("ResetPassword", {{"token", link}, {"password", secret("zzzzzzzzzz77")}});
    (void)nobody.get("/v1/invitations/" + link);
    // Keys and factors.
    const auto key = office.operator_.must("CreateAccessKey", {{"key_name", "a"}, {"scopes", json::array{"audit"}}});
    secret(key.text_of("token").substr(31, 64));
    (void)Guest(server.url(), key.text_of("token")).get("/v1/events");
    const auto offered = office.owner.must("OfferSecondFactor", {{"present_password", changed}});
    const auto uri = offered.text_of("otpauth");
    const auto factor = secret(uri.substr(uri.find("secret=") + 7, 32));
    const auto enabled = office.owner.must("EnableSecondFactor", {{"code", totp_code(factor, this_step())}});
    for (const auto& code : enabled.body.at("recovery_codes").as_array()) secret(std::string{code.as_string()});
    secret(server.operator_key());
    // What is looked for would be found: a word that is stored in clear.
    office.operator_.must("OpenAccount", {{"account", "visible-word"},
                                          {"account_name", "Visible"},
                                          {"owner_email", "vera@visible.example"},
                                          {"seat_limit", 1}});
  }
  server.kill();  // as it lies on the disk at any moment
  CHECK(found_in(server.data(), {"visible-word"}).size() > 0);
  CHECK(found_in(server.data(), secrets) == std::vector<std::string>{});
  // Personal data is sealed as well.
  CHECK(found_in(server.data() / "log", {"petra@agency.example", "vera@visible.example"}) ==
        std::vector<std::string>{});
  const auto said = server.said();
  for (const auto& text : secrets) {
    INFO(text);
    CHECK(said.find(text) == std::string::npos);
  }
}
