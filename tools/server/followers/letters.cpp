#include "tools/server/followers/letters.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "events/match.hpp"
#include "events/utf8.hpp"

namespace rollcall {
namespace {

// How long a notice is worth sending.
constexpr Duration notice_life = days(3);

// "Monday, 30 November 2026, 08:57 (UTC)", for people who read no RFC 3339.
std::string day_in_words(Time time) {
  const auto moment = fmt::gmtime(static_cast<std::time_t>(time.micros / 1'000'000));
  return fmt::format("{:%A}, {} {:%B %Y, %H:%M} (UTC)", moment, moment.tm_mday, moment);
}

constexpr std::size_t name_bytes_max = 200;

// The letters of a valid text, one after the other.
void each_letter(std::string_view text, auto&& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t letter = size == 1 ? lead : lead & (0xff >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) letter = letter << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f);
    visit(letter, text.substr(at, size));
    at += size;
  }
}

// A name as it stands in a letter. Strangers choose names: nothing of them is unseen or turns a line around, and what
// mail programs would take for a link or an address has a space in it.
std::string harmless(std::string_view name) {
  const auto repaired = utf8::repaired(name);
  const auto text = utf8::cut(repaired, name_bytes_max);
  std::string out;
  each_letter(text, [&](char32_t letter, std::string_view bytes) {
    if (letter == U'@') return void(out += " at ");
    const char before = out.empty() ? ' ' : out.back();
    if ((before == '.' && letter != U' ') || (before == ':' && letter == U'/')) out.push_back(' ');
    const bool control = letter < U' ' || letter == 0x7f;
    out.append(control || utf8::is_unseen(letter) ? "\xEF\xBF\xBD" : bytes);
  });
  return text.size() < repaired.size() ? out + "…" : out;
}

// A person as they are called: "Olivia Okafor (olivia@customer.example)"; empty when nothing of them can be read.
std::string called(const State& rows, const std::optional<MembershipId>& id) {
  const auto member = id ? rows.find<MembershipRow>(MembershipRow::key(*id)) : std::nullopt;
  const auto person = member ? rows.find<PersonRow>(PersonRow::key(member->person)) : std::nullopt;
  if (!person || !person->email.clear()) return {};
  if (!person->name || !person->name->clear()) return std::string{person->email.shown()};
  return fmt::format("{} ({})", harmless(person->name->shown()), person->email.shown());
}

std::string offered_as(const InvitationRow& row) {
  if (row.kind == MemberKind::partner) return row.admin ? "a partner with full rights" : "a partner";
  return row.admin ? "an admin" : "a user";
}

void write_invitation(Letter& letter, const State& rows, const InvitationRow& row, const std::string& link_base,
                      const std::string& token) {
  const auto account = harmless(rows.get<AccountRow>(AccountRow::key(row.account)).name);
  const auto inviter = called(rows, row.invited_by);
  letter.subject = fmt::format("Invitation to {}", account);
  letter.text = fmt::format(
      "Hello,\n\n{} to work in the account {} ({}) as {}.\n\n"
      "To see what is offered, and to accept or decline, open this link:\n\n{}/v1/invitations/{}\n\n"
      "It is meant for you alone, so please do not pass it on, and works until\n{}.{}\n\n"
      "If you did not expect this you need not do anything.\n\nToken: {}\n",
      inviter.empty() ? "You are invited" : inviter + " invites you", account, row.account.str(), offered_as(row),
      link_base, token, day_in_words(row.expires_at),
      row.access_ends_at ? fmt::format(" Your access would end on\n{}.", day_in_words(*row.access_ends_at)) : "",
      token);
}

void write_setup(Letter& letter, const std::string& link_base, const std::string& token) {
  letter.subject = "Set up your login";
  letter.text = fmt::format(
      "Hello,\n\nan account was opened for you. To sign in to it you choose a password first, with this command:\n\n"
      "rollcall do CompleteSetup --server {} --accept-terms true --token - --password -\n\n"
      "It asks for this token, which is yours alone, so please do not pass it on:\n\n{}\n\n"
      "The token works until\n{}.\n",
      link_base, token, day_in_words(letter.expires_at));
}

void write_reset(Letter& letter, const std::string& link_base, const std::string& token) {
  letter.subject = "Set another password";
  letter.text = fmt::format(
      "Hello,\n\nsomebody, most likely you, asked for another password for this address. To set one, use this "
      "command:\n\n"
      "rollcall password reset --server {}\n\n"
      "It asks for this token, which is yours alone, so please do not pass it on:\n\n{}\n\n"
      "The token works once, until\n{}. All your sessions end then.\n\n"
      "If it was not you, you need not do anything: your password stays as it is.\n",
      link_base, token, day_in_words(letter.expires_at));
}

void write_email_link(Letter& letter, const std::string& link_base, const std::string& token) {
  letter.subject = "Confirm your address";
  letter.text = fmt::format(
      "Hello,\n\nsomebody, most likely you, wants to go by this address from now on. To confirm it, use this "
      "command:\n\n"
      "rollcall do ConfirmEmail --server {} --token -\n\n"
      "It asks for this token, which is yours alone, so please do not pass it on:\n\n{}\n\n"
      "The token works once, until\n{}. All your sessions end then.\n\n"
      "If it was not you, you need not do anything.\n",
      link_base, token, day_in_words(letter.expires_at));
}

void write_email_changed(Letter& letter, const std::string& link_base, bool to_the_new) {
  letter.subject = "Your address was changed";
  letter.text = fmt::format(
      "Hello,\n\non {}\n{}. All sessions have ended.\n\n"
      "If it was not you, tell whoever runs Rollcall for you at once, at\n{}.\n",
      day_in_words(letter.written_at),
      to_the_new ? "this became the address that you sign in with"
                 : "this ceased to be the address that you sign in with",
      link_base);
}

void write_password_demanded(Letter& letter, const std::string& link_base) {
  letter.subject = "Please set another password";
  letter.text = fmt::format(
      "Hello,\n\nyour password must not be used any longer, and all your sessions have ended. Sign in with it once "
      "more, and set another one:\n\n"
      "rollcall login --server {}\nrollcall password change --server {}\n",
      link_base, link_base);
}

void write_password_changed(Letter& letter, const std::string& link_base) {
  letter.subject = "Your password was changed";
  letter.text = fmt::format(
      "Hello,\n\nyour password was changed on\n{}. Sessions elsewhere have ended.\n\n"
      "If it was not you, set another one at once: this command has a link sent to you.\n\n"
      "rollcall password forgot --server {}\n",
      day_in_words(letter.written_at), link_base);
}

void write_key_made(Letter& letter, const std::string& link_base, const AccessKeyCreated& e) {
  letter.subject = "A key was made for you";
  letter.text = fmt::format(
      "Hello,\n\na key for programs was made in your name on\n{}. It works until\n{}.\n\n"
      "If it was not you, end it, and change your password:\n\n"
      "rollcall keys --revoke {} --server {}\nrollcall password change --server {}\n",
      day_in_words(letter.written_at), day_in_words(e.expires_at), e.key.text(), link_base, link_base);
}

void write_factor_notice(Letter& letter, const std::string& link_base, const std::string& what) {
  letter.subject = "Your second factor";
  letter.text = fmt::format(
      "Hello,\n\n{} on\n{}.\n\n"
      "If it was not you, change your password at once, and tell whoever runs Rollcall for you:\n\n"
      "rollcall password change --server {}\n",
      what, day_in_words(letter.written_at), link_base);
}

// Writes the letter that an event asks for, and says whom it goes to; nothing when it asks for none.
class Writing {
 public:
  Writing(const State& rows, const Tokens& tokens, const std::string& link_base, Letter& letter)
      : rows_(rows), tokens_(tokens), link_base_(link_base), letter_(letter) {}

  template <class E>
  std::optional<Personal> operator()(const E&) const {
    return std::nullopt;
  }
  std::optional<Personal> operator()(const InvitationMailQueued& e) const {
    const auto row = rows_.find<InvitationRow>(InvitationRow::key(e.invitation));
    if (!row || row->status != InvitationStatus::pending || row->attempt != e.attempt) return std::nullopt;
    letter_.name = fmt::format("{}.{}", e.invitation.text(), e.attempt);
    letter_.expires_at = e.expires_at;
    write_invitation(letter_, rows_, *row, link_base_, tokens_.invitation(e.invitation, e.attempt));
    return e.email;
  }
  std::optional<Personal> operator()(const SetupLinkIssued& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || !is_newest(row->setup, e.attempt)) return std::nullopt;
    letter_.name = fmt::format("{}.{}", e.person.text(), e.attempt);
    letter_.expires_at = e.expires_at;
    write_setup(letter_, link_base_, tokens_.setup(e.person, e.attempt));
    return e.email;
  }
  std::optional<Personal> operator()(const ResetLinkIssued& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || !is_newest(row->reset, e.attempt)) return std::nullopt;
    letter_.name = fmt::format("reset.{}.{}", e.person.text(), e.attempt);
    letter_.expires_at = e.expires_at;
    write_reset(letter_, link_base_, tokens_.reset(e.person, e.attempt));
    return e.email;
  }
  // Who has just chosen a first password knows it.
  std::optional<Personal> operator()(const PasswordSet& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || e.occasion == PasswordOccasion::first || e.occasion == PasswordOccasion::upgraded) return std::nullopt;
    letter_.name = e.credential.text();
    letter_.expires_at = letter_.written_at + notice_life;
    write_password_changed(letter_, link_base_);
    return row->email;
  }
  std::optional<Personal> operator()(const PasswordChangeDemanded& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || !row->must_change) return std::nullopt;
    notice(fmt::format("{}.demand.{}", e.person.text(), letter_.written_at.micros));
    write_password_demanded(letter_, link_base_);
    return row->email;
  }
  std::optional<Personal> operator()(const EmailChangeRequested& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || !is_newest(row->email_link, e.attempt)) return std::nullopt;
    letter_.name = fmt::format("email.{}.{}", e.person.text(), e.attempt);
    letter_.expires_at = e.expires_at;
    write_email_link(letter_, link_base_, tokens_.email(e.person, e.attempt));
    return e.email;
  }
  std::optional<Personal> operator()(const EmailReleased& e) const {
    notice(fmt::format("{}.released.{}", e.person.text(), letter_.written_at.micros));
    write_email_changed(letter_, link_base_, false);
    return e.email;
  }
  std::optional<Personal> operator()(const EmailChanged& e) const {
    notice(fmt::format("{}.changed.{}", e.person.text(), letter_.written_at.micros));
    write_email_changed(letter_, link_base_, true);
    return e.email;
  }
  std::optional<Personal> operator()(const SecondFactorEnabled& e) const {
    return factor_notice(e.person, e.factor.text() + ".on", "a second factor was set up for your sign-in");
  }
  std::optional<Personal> operator()(const SecondFactorRemoved& e) const {
    return factor_notice(e.person, e.factor.text() + ".off", "the second factor of your sign-in was removed");
  }
  std::optional<Personal> operator()(const SecondFactorUsed& e) const {
    if (!e.recovery) return std::nullopt;
    return factor_notice(e.person, fmt::format("{}.recovery.{}", e.factor.text(), e.recovery_left),
                         fmt::format("a recovery code was used in your name, and {} are left,", e.recovery_left));
  }
  std::optional<Personal> operator()(const AccessKeyCreated& e) const {
    const auto row = e.holder ? rows_.find<PersonRow>(PersonRow::key(*e.holder)) : std::nullopt;
    if (!row) return std::nullopt;
    letter_.name = e.key.text();
    letter_.expires_at = letter_.written_at + notice_life;
    write_key_made(letter_, link_base_, e);
    return row->email;
  }

 private:
  void notice(std::string name) const {
    letter_.name = std::move(name);
    letter_.expires_at = letter_.written_at + notice_life;
  }
  std::optional<Personal> factor_notice(const PersonId& person, std::string name, const std::string& what) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(person));
    if (!row) return std::nullopt;
    letter_.name = std::move(name);
    letter_.expires_at = letter_.written_at + notice_life;
    write_factor_notice(letter_, link_base_, what);
    return row->email;
  }
  static bool is_newest(const std::optional<PersonalLink>& link, std::uint32_t attempt) {
    return link && !link->used && link->attempt == attempt;
  }

  const State& rows_;
  const Tokens& tokens_;
  const std::string& link_base_;
  Letter& letter_;
};

}  // namespace

bool asks_for_letter(std::string_view type) {
  constexpr std::array types{InvitationMailQueued::type, SetupLinkIssued::type,     ResetLinkIssued::type,
                             PasswordSet::type,          AccessKeyCreated::type,    SecondFactorEnabled::type,
                             SecondFactorUsed::type,     SecondFactorRemoved::type, PasswordChangeDemanded::type,
                             EmailChangeRequested::type, EmailReleased::type,       EmailChanged::type};
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::optional<Letter> Letters::letter_for(const Recorded& recorded, const Rows& state, Time now) const {
  const State rows(state, installation_.keys(), installation_.claims());
  const Tokens tokens = installation_.tokens();
  Letter letter;
  letter.written_at = recorded.envelope.recorded_at;
  const auto to = match(recorded.event, Writing(rows, tokens, link_base_, letter));
  if (!to || !to->clear() || letter.expires_at <= now) return std::nullopt;
  letter.to = to->shown();
  return letter;
}

}  // namespace rollcall
