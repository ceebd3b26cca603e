// What became of mails: told by the mailer, and by who reads what comes back.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "domain/engine/decision.hpp"
#include "events/bounded.hpp"
#include "events/rights.hpp"

namespace rollcall {

class Deciding;

// What the mailer has to tell of a mail.
enum class MailOutcome : std::uint8_t { sent, deferred, refused, outdated };
constexpr Names<4> enum_names(MailOutcome) { return {"sent", "deferred", "refused", "outdated"}; }

struct RecordMail {
  static constexpr std::string_view name = "RecordMail";
  static constexpr std::string_view summary = "Record what became of a mail";
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"about", "outcome", "answer", "person", "invitation"};
  static constexpr std::array help{"position of the event that asked for it", "what became of it",
                                   "of the next mail server, a number of RFC 5321", "whom it goes to",
                                   "which it is about"};
  Position about = 0;
  MailOutcome outcome{};
  std::optional<std::uint32_t> answer;
  std::optional<PersonId> person;
  std::optional<InvitationId> invitation;
};
Decision decide_on(Deciding&, const RecordMail&);

struct ReportBounce {
  static constexpr std::string_view name = "ReportBounce";
  static constexpr std::string_view summary =
      "Report that a mail came back: the address is marked until it works again";
  static constexpr Rule rule{Action::person_help};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"email", "invitation"};
  static constexpr std::array help{"the address that the mail went to", "the invitation it was about, if one"};
  Typed<3, 254> email;
  std::optional<InvitationId> invitation;
};
Decision decide_on(Deciding&, const ReportBounce&);

}  // namespace rollcall
