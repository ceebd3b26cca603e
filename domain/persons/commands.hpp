// Persons: their first password, signing in and out.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/engine/decision.hpp"
#include "events/bounded.hpp"
#include "events/rights.hpp"

namespace rollcall {

class Deciding;

struct CompleteSetup {
  static constexpr std::string_view name = "CompleteSetup";
  static constexpr std::string_view summary = "Choose a password with the set-up link of an account's owner";
  static constexpr Rule rule{About::person, Party::link_holder};
  static constexpr std::array<Code, 5> refusals{Code::invitation_not_found, Code::setup_link_used,
                                                Code::setup_link_expired, Code::terms_not_accepted,
                                                Code::weak_password};
  static constexpr std::array fields{"token", "accept_terms", "password", "display_name"};
  static constexpr std::array help{"the token of the link", "the terms are accepted", "10 to 256 characters",
                                   "your name"};
  Secret token;
  bool accept_terms = false;
  Secret password;
  std::optional<Typed<1, 200>> display_name;
};
Decision decide_on(Deciding&, const CompleteSetup&);

struct StartSession {
  static constexpr std::string_view name = "StartSession";
  static constexpr std::string_view summary = "Sign in with address and password, for one account or for all";
  static constexpr Rule rule{About::own, Party::anyone};
  static constexpr std::array<Code, 2> refusals{Code::bad_credentials, Code::not_active};
  static constexpr std::array fields{"email", "password", "account"};
  static constexpr std::array help{"your e-mail address", "your password", "app id of the one account it is for"};
  Typed<3, 254> email;
  Secret password;
  std::optional<AccountId> account;
};
Decision decide_on(Deciding&, const StartSession&);

struct EndSession {
  static constexpr std::string_view name = "EndSession";
  static constexpr std::string_view summary = "Sign out";
  static constexpr Rule rule{About::own, Party::operator_ | Party::clock, true};
  static constexpr std::array<Code, 1> refusals{Code::not_due};
  static constexpr std::array fields{"session"};
  static constexpr std::array help{"the session (ses_…); default the one you are in"};
  std::optional<SessionId> session;
};
Decision decide_on(Deciding&, const EndSession&);
bool is_own(const Deciding&, const EndSession&);

// The sign-in desk tells once a minute how often sign-ins of a known person failed.
struct RecordFailedSignIns {
  static constexpr std::string_view name = "RecordFailedSignIns";
  static constexpr std::string_view summary = "Record the failed sign-ins of a minute (asked by the sign-in desk)";
  static constexpr Rule rule{About::person, Party::clock};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"person", "minute", "count"};
  static constexpr std::array help{"the person (per_…)", "when the minute began", "how many"};
  PersonId person;
  Time minute;
  std::uint32_t count = 0;
};
Decision decide_on(Deciding&, const RecordFailedSignIns&);

// Likewise of commands that were refused, when they were so many that not each was told.
struct RecordRefusals {
  static constexpr std::string_view name = "RecordRefusals";
  static constexpr std::string_view summary = "Record how many more commands of a person were refused in a minute";
  static constexpr Rule rule{About::person, Party::clock};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"person", "minute", "count"};
  static constexpr std::array help{"the person (per_…)", "when the minute began", "how many"};
  PersonId person;
  Time minute;
  std::uint32_t count = 0;
};
Decision decide_on(Deciding&, const RecordRefusals&);

}  // namespace rollcall
