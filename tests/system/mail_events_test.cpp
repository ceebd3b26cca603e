// Mails of a real server by way of a real mail server: what became of them is in the log and in the lists.
#include "tests/support/smtp_server.hpp"
#include "tests/system/replies.hpp"
#include "tests/tools/folder.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

// The events of the log that say what became of mails, once there are so many.
std::vector<json::object> mail_events(Guest& operator_, std::size_t wanted) {
  std::vector<json::object> found;
  for (int i = 0; i < 300 && found.size() < wanted; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    found = events_of(operator_);
    std::erase_if(found, [](const auto& event) {
      const auto type = std::string_view{event.at("type").as_string()};
      return type != "MailSent" && type != "MailDeferred" && type != "MailFailed" && type != "AddressBounced";
    });
  }
  return found;
}

struct Post {
  explicit Post(const std::string& mood) : smtp(mood) {}

  testing::Folder folder;
  SmtpServer smtp;
  ServerProcess server{folder.path() / "data", {"--smtp", smtp.url(), "--mail-language", "es"}};
  Guest operator_ = operator_of(server);
  Reply opened = operator_.must(
      "OpenAccount",
      {{"account", "gx624"}, {"account_name", "Great X"}, {"owner_email", "olga@gx624.example"}, {"seat_limit", 3}});

  Reply invited() {
    auto for_owner = operator_for(server, "olga@gx624.example");
    for_owner.must("SetPolicy", {{"account", "gx624"}, {"policy", "language"}, {"value", "de"}});
    return for_owner.must("InvitePartner", {{"account", "gx624"}, {"email", "pat@agency.example"}});
  }
  std::string mail_state(std::uint64_t position) {
    const auto list =
        operator_.get("/v1/accounts/gx624/invitations", {{"Rollcall-Min-Position", std::to_string(position)}});
    return std::string{only_row(list, "invitations").at("mail").as_string()};
  }
};

}  // namespace

TEST_CASE("a mail that a mail server took is written down, and shown until it comes back", "[process][mail]") {
  Post post("takes");
  CHECK(mail_events(post.operator_, 1).size() == 1);
  const auto invited = post.invited();
  const auto invitation = std::string{invited.event("PartnerInvited").at("invitation").as_string()};
  const auto told = mail_events(post.operator_, 2);
  REQUIRE(told.size() == 2);
  CHECK(told[1].at("type").as_string() == "MailSent");
  CHECK(told[1].at("data").at("invitation").as_string() == invitation);
  CHECK(told[1].at("scope").at("id").as_string() == "gx624");
  CHECK(told[1].at("actor").at("kind").as_string() == "system");
  CHECK(post.mail_state(told[1].at("position").to_number<std::uint64_t>()) == "sent");
  // Each in its language: the installation's, the account's.
  CHECK(post.smtp.taken(0).at("subject").as_string() == "Prepare su acceso");
  CHECK(post.smtp.taken(1).at("subject").as_string() == "Einladung zu Great X");
  CHECK(post.smtp.taken(1).at("message_id").as_string() == "<" + invitation + ".1@rollcall>");

  const auto bounced =
      post.operator_.must("ReportBounce", {{"email", "pat@agency.example"}, {"invitation", invitation}});
  CHECK(post.mail_state(bounced.number_of("position")) == "failed");
  const auto owner = std::string{post.opened.event("AccountOpened").at("owner").as_string()};
  const auto marked = post.operator_.must("ReportBounce", {{"email", "olga@gx624.example"}});
  CHECK(post.operator_.get_after(marked, "/v1/accounts/gx624/users/" + owner).body.at("bounced").as_bool());
  // A second mail is another matter.
  auto for_owner = operator_for(post.server, "olga@gx624.example");
  CHECK_REFUSED(for_owner.ask("ResendInvitation", {{"account", "gx624"}, {"invitation", invitation}}), 429,
                "resend_too_soon");
}

TEST_CASE("a mail that a mail server puts off is written down once", "[process][mail]") {
  Post post("defers");
  (void)post.invited();
  const auto told = mail_events(post.operator_, 2);
  REQUIRE(told.size() == 2);
  for (const auto& event : told) {
    CHECK(event.at("type").as_string() == "MailDeferred");
    CHECK(event.at("data").at("answer").to_number<std::uint64_t>() == 451);
  }
  CHECK(post.mail_state(told[1].at("position").to_number<std::uint64_t>()) == "deferred");
  CHECK(post.server.said().find("pat@agency.example") == std::string::npos);
}
