// Persons: their password, the first and later ones, signing in and out.
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
  static constexpr Rule rule{Action::password_set_by_link};
  static constexpr std::array<Code, 5> refusals{Code::invitation_not_found, Code::setup_link_used,
                                                Code::setup_link_expired, Code::terms_not_accepted,
                                                Code::weak_password};
  static constexpr std::array fields{"token", "accept_terms", "password", "display_name"};
  static constexpr std::array help{"the token of the link", "the terms are accepted",
                                   "10 to 256 characters, not easily guessed", "your name"};
  Secret token;
  bool accept_terms = false;
  Secret password;
  std::optional<Typed<1, 200>> display_name;
};
Decision decide_on(Deciding&, const CompleteSetup&);

struct ResendSetupLink {
  static constexpr std::string_view name = "ResendSetupLink";
  static constexpr std::string_view summary = "Send an account's owner another set-up link; those before it are dead";
  static constexpr Rule rule{Action::person_help};
  static constexpr std::array<Code, 3> refusals{Code::invalid_email, Code::setup_link_used, Code::resend_too_soon};
  static constexpr std::array fields{"email"};
  static constexpr std::array help{"the owner's e-mail address"};
  Typed<3, 254> email;
};
Decision decide_on(Deciding&, const ResendSetupLink&);

// The answer is the same whoever the address belongs to, if to anybody, and comes before anything is decided.
struct RequestPasswordReset {
  static constexpr std::string_view name = "RequestPasswordReset";
  static constexpr std::string_view summary =
      "Ask for a mail with a link to set another password, or a new set-up link where there is no password yet";
  static constexpr Rule rule{Action::password_ask_reset};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"email"};
  static constexpr std::array help{"your e-mail address"};
  Typed<3, 254> email;
};
Decision decide_on(Deciding&, const RequestPasswordReset&);

struct ResetPassword {
  static constexpr std::string_view name = "ResetPassword";
  static constexpr std::string_view summary = "Set another password with the reset link; all your sessions end";
  static constexpr Rule rule{Action::password_set_by_link};
  static constexpr std::array<Code, 4> refusals{Code::invitation_not_found, Code::reset_link_used,
                                                Code::reset_link_expired, Code::weak_password};
  static constexpr std::array fields{"token", "password"};
  static constexpr std::array help{"the token of the link", "10 to 256 characters, not easily guessed"};
  Secret token;
  Secret password;
};
Decision decide_on(Deciding&, const ResetPassword&);

struct ChangePassword {
  static constexpr std::string_view name = "ChangePassword";
  static constexpr std::string_view summary = "Change your password; your sessions end, but for the one you are in";
  static constexpr Rule rule{Action::credential_change};
  static constexpr std::array<Code, 2> refusals{Code::wrong_password, Code::weak_password};
  static constexpr std::array fields{"present_password", "password"};
  static constexpr std::array help{"your password until now", "10 to 256 characters, not easily guessed"};
  Secret present_password;
  Secret password;
};
Decision decide_on(Deciding&, const ChangePassword&);

struct OfferSecondFactor {
  static constexpr std::string_view name = "OfferSecondFactor";
  static constexpr std::string_view summary =
      "Have a second factor made for an app that shows codes (RFC 6238); it counts once you have shown one";
  static constexpr Rule rule{Action::credential_change};
  static constexpr std::array<Code, 2> refusals{Code::wrong_password, Code::second_factor_enabled};
  static constexpr std::array fields{"present_password"};
  static constexpr std::array help{"your password"};
  Secret present_password;
};
Decision decide_on(Deciding&, const OfferSecondFactor&);

struct EnableSecondFactor {
  static constexpr std::string_view name = "EnableSecondFactor";
  static constexpr std::string_view summary =
      "Show a code of the factor that was offered; recovery codes are told, once";
  static constexpr Rule rule{Action::credential_change};
  static constexpr std::array<Code, 2> refusals{Code::no_second_factor, Code::wrong_code};
  static constexpr std::array fields{"code"};
  static constexpr std::array help{"what the app shows"};
  Secret code;
};
Decision decide_on(Deciding&, const EnableSecondFactor&);

struct RemoveSecondFactor {
  static constexpr std::string_view name = "RemoveSecondFactor";
  static constexpr std::string_view summary = "Sign in without a second factor from now on";
  static constexpr Rule rule{Action::credential_change};
  static constexpr std::array<Code, 3> refusals{Code::wrong_password, Code::no_second_factor, Code::wrong_code};
  static constexpr std::array fields{"present_password", "code"};
  static constexpr std::array help{"your password", "what the app shows, or a recovery code"};
  Secret present_password;
  Secret code;
};
Decision decide_on(Deciding&, const RemoveSecondFactor&);

struct ResetSecondFactor {
  static constexpr std::string_view name = "ResetSecondFactor";
  static constexpr std::string_view summary =
      "Remove the second factor of a person who has lost it; their sessions end";
  static constexpr Rule rule{Action::person_help};
  static constexpr std::array<Code, 1> refusals{Code::no_second_factor};
  static constexpr std::array fields{"email"};
  static constexpr std::array help{"the person's e-mail address"};
  Typed<3, 254> email;
};
Decision decide_on(Deciding&, const ResetSecondFactor&);

struct DemandPasswordChange {
  static constexpr std::string_view name = "DemandPasswordChange";
  static constexpr std::string_view summary =
      "Have a person set another password before they do anything else; their sessions end";
  static constexpr Rule rule{Action::person_help};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"email"};
  static constexpr std::array help{"the person's e-mail address"};
  Typed<3, 254> email;
};
Decision decide_on(Deciding&, const DemandPasswordChange&);

struct CertifyPartner {
  static constexpr std::string_view name = "CertifyPartner";
  static constexpr std::string_view summary = "Enter a person in the register of certified partners";
  static constexpr Rule rule{Action::partner_certify};
  static constexpr std::array<Code, 1> refusals{Code::invalid_email};
  static constexpr std::array fields{"email"};
  static constexpr std::array help{"the person's e-mail address"};
  Typed<3, 254> email;
};
Decision decide_on(Deciding&, const CertifyPartner&);

// Whoever is in accounts already stays there.
struct EndCertification {
  static constexpr std::string_view name = "EndCertification";
  static constexpr std::string_view summary = "Strike a person off the register of certified partners";
  static constexpr Rule rule{Action::partner_certify};
  static constexpr std::array<Code, 1> refusals{Code::not_a_certified_partner};
  static constexpr std::array fields{"email"};
  static constexpr std::array help{"the person's e-mail address"};
  Typed<3, 254> email;
};
Decision decide_on(Deciding&, const EndCertification&);

struct ChangeName {
  static constexpr std::string_view name = "ChangeName";
  static constexpr std::string_view summary = "Change the name you go by";
  static constexpr Rule rule{Action::profile_change};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"display_name"};
  static constexpr std::array help{"your name"};
  Typed<1, 200> display_name;
};
Decision decide_on(Deciding&, const ChangeName&);

// Whether the address belongs to somebody is told only to who reads the mails that go there.
struct ChangeEmail {
  static constexpr std::string_view name = "ChangeEmail";
  static constexpr std::string_view summary =
      "Ask to go by another address: a link goes there, and until it is followed all is as it was";
  static constexpr Rule rule{Action::profile_change};
  static constexpr std::array<Code, 3> refusals{Code::wrong_password, Code::invalid_email, Code::resend_too_soon};
  static constexpr std::array fields{"email", "password"};
  static constexpr std::array help{"the address you want to go by", "your password"};
  Typed<3, 254> email;
  Secret password;
};
Decision decide_on(Deciding&, const ChangeEmail&);

struct ConfirmEmail {
  static constexpr std::string_view name = "ConfirmEmail";
  static constexpr std::string_view summary =
      "Go by another address from now on, with the link that was mailed there; all your sessions end";
  static constexpr Rule rule{Action::email_confirm};
  static constexpr std::array<Code, 4> refusals{Code::invitation_not_found, Code::email_link_used,
                                                Code::email_link_expired, Code::email_in_use};
  static constexpr std::array fields{"token"};
  static constexpr std::array help{"the token of the link"};
  Secret token;
};
Decision decide_on(Deciding&, const ConfirmEmail&);

struct StartSession {
  static constexpr std::string_view name = "StartSession";
  static constexpr std::string_view summary = "Sign in with address and password, for one account or for all";
  static constexpr Rule rule{Action::session_start};
  static constexpr std::array<Code, 4> refusals{Code::bad_credentials, Code::mfa_required, Code::wrong_code,
                                                Code::not_active};
  static constexpr std::array fields{"email", "password", "account", "code"};
  static constexpr std::array help{"your e-mail address", "your password", "app id of the one account it is for",
                                   "of your second factor, where you have one, or a recovery code"};
  Typed<3, 254> email;
  Secret password;
  std::optional<AccountId> account;
  std::optional<Secret> code = {};
};
Decision decide_on(Deciding&, const StartSession&);

struct ConfirmSession {
  static constexpr std::string_view name = "ConfirmSession";
  static constexpr std::string_view summary =
      "Give your password again, so that what cannot be undone is done in the session you are in";
  static constexpr Rule rule{Action::session_confirm};
  static constexpr std::array<Code, 3> refusals{Code::wrong_password, Code::mfa_required, Code::wrong_code};
  static constexpr std::array fields{"password", "code"};
  static constexpr std::array help{"your password", "of your second factor, where you have one, or a recovery code"};
  Secret password;
  std::optional<Secret> code;
};
Decision decide_on(Deciding&, const ConfirmSession&);

struct EndSession {
  static constexpr std::string_view name = "EndSession";
  static constexpr std::string_view summary = "Sign out";
  static constexpr Rule rule{Action::session_end, true};
  static constexpr std::array<Code, 1> refusals{Code::not_due};
  static constexpr std::array fields{"session"};
  static constexpr std::array help{"the session (ses_…); default the one you are in"};
  std::optional<SessionId> session;
};
Decision decide_on(Deciding&, const EndSession&);
bool is_own(const Deciding&, const EndSession&);

struct EndSessions {
  static constexpr std::string_view name = "EndSessions";
  static constexpr std::string_view summary = "End all your sessions but the one you are in, or all of a person";
  static constexpr Rule rule{Action::session_end_all, true};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"email"};
  static constexpr std::array help{"the person's e-mail address; default you"};
  std::optional<Typed<3, 254>> email;
};
Decision decide_on(Deciding&, const EndSessions&);
bool is_own(const Deciding&, const EndSessions&);

// The desk tells of sessions in which nothing was asked for long.
struct EndIdleSessions {
  static constexpr std::string_view name = "EndIdleSessions";
  static constexpr std::string_view summary = "End sessions in which nothing was asked for long (asked by the desk)";
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"sessions"};
  static constexpr std::array help{"the sessions (ses_…)"};
  std::vector<SessionId> sessions;
};
Decision decide_on(Deciding&, const EndIdleSessions&);

// The sign-in desk tells once a minute how often sign-ins of a known person failed.
struct RecordFailedSignIns {
  static constexpr std::string_view name = "RecordFailedSignIns";
  static constexpr std::string_view summary = "Record the failed sign-ins of a minute (asked by the sign-in desk)";
  static constexpr Rule rule{Action::system_record};
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
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"person", "minute", "count"};
  static constexpr std::array help{"the person (per_…)", "when the minute began", "how many"};
  PersonId person;
  Time minute;
  std::uint32_t count = 0;
};
Decision decide_on(Deciding&, const RecordRefusals&);

}  // namespace rollcall
