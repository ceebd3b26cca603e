#include "tools/server/followers/letters.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "events/match.hpp"
#include "events/utf8.hpp"

namespace rollcall {
namespace {

// How long a notice is worth sending.
constexpr Duration notice_life = days(3);

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

// "Olivia Okafor (olivia@customer.example)"; empty when nothing of it can be read.
std::string called(const std::optional<Personal>& name, const Personal& email) {
  if (!email.clear()) return {};
  if (!name || !name->clear()) return std::string{email.shown()};
  return fmt::format("{} ({})", harmless(name->shown()), email.shown());
}

std::string yes(bool so) { return so ? "yes" : ""; }

// Writes the letter that an event asks for, and says whom it goes to; nothing when it asks for none.
class Writing {
 public:
  Writing(const State& rows, const Installation& installation, const Tokens& tokens, const LetterOptions& options,
          const Envelope& at, Letter& letter)
      : rows_(rows),
        installation_(installation),
        tokens_(tokens),
        texts_(options.texts),
        options_(options),
        at_(at),
        letter_(letter) {
    language_ = options.language;
    if (at.scope.kind != ScopeKind::account) return;
    account_ = AccountId::parse(at.scope.id);
    const auto row = account_ ? rows.find<AccountRow>(AccountRow::key(*account_)) : std::nullopt;
    if (!row) return;
    account_name_ = harmless(row->name);
    language_ = row->language;
  }

  template <class E>
  std::optional<Personal> operator()(const E&) const {
    return std::nullopt;
  }
  std::optional<Personal> operator()(const InvitationMailQueued& e) const {
    const auto row = rows_.find<InvitationRow>(InvitationRow::key(e.invitation));
    if (!row || row->status != InvitationStatus::pending || row->attempt != e.attempt) return std::nullopt;
    const auto inviter = row->invited_by ? member(*row->invited_by) : std::nullopt;
    const auto token = tokens_.invitation(e.invitation, e.attempt);
    letter_.name = fmt::format("{}.{}", e.invitation.text(), e.attempt);
    letter_.expires_at = e.expires_at;
    letter_.person = row->person;
    letter_.invitation = e.invitation;
    write("invitation", {{"inviter", inviter ? member_called(inviter->person) : ""},
                         {"account", account_name_},
                         {"app_id", row->account.str()},
                         {"partner", yes(row->kind == MemberKind::partner)},
                         {"admin", yes(row->admin)},
                         {"link", fmt::format("{}/v1/invitations/{}", options_.link_base, token)},
                         {"until", moment(row->expires_at)},
                         {"access_ends", row->access_ends_at ? moment(*row->access_ends_at) : ""},
                         {"token", token}});
    return e.email;
  }
  // Who invited is told, where they still have access.
  std::optional<Personal> operator()(const InvitationAccepted& e) const {
    const auto row = rows_.find<InvitationRow>(InvitationRow::key(e.invitation));
    const auto inviter = row && row->invited_by ? member(*row->invited_by) : std::nullopt;
    if (!inviter || !gives_access(*inviter, letter_.written_at)) return std::nullopt;
    if (member_called(e.person).empty()) return std::nullopt;
    notice(inviter->person, "accepted." + e.invitation.text());
    return to(inviter->person, "accepted", about(e.person));
  }
  std::optional<Personal> operator()(const UserDeactivated& e) const {
    notice(e.person, e.membership.text() + ".ended");
    // It is written down when nothing is held any more; access may have ended long before.
    const auto ended = member(e.membership);
    const bool by_time = e.cause == EndCause::expired && ended && ended->access_ends_at;
    return to(e.person, "access_ended",
              {{"account", account_name_},
               {"app_id", account_id()},
               {"when", moment(by_time ? *ended->access_ends_at : letter_.written_at)}});
  }
  std::optional<Personal> operator()(const PartnerLeft& e) const {
    const auto account = account_ ? rows_.find<AccountRow>(AccountRow::key(*account_)) : std::nullopt;
    const auto owner = account ? member(account->owner) : std::nullopt;
    if (!owner || member_called(e.person).empty()) return std::nullopt;
    notice(owner->person, e.membership.text() + ".left");
    return to(owner->person, "partner_left", about(e.person));
  }
  // The owner is asked, once for each time that the partner did.
  std::optional<Personal> operator()(const HandOverRequested& e) const {
    const auto account = account_ ? rows_.find<AccountRow>(AccountRow::key(*account_)) : std::nullopt;
    const auto owner = account ? member(account->owner) : std::nullopt;
    if (!owner || member_called(e.person).empty()) return std::nullopt;
    notice(owner->person, fmt::format("{}.hand-over.{}", e.membership.text(), letter_.written_at.micros));
    return to(owner->person, "hand_over",
              {{"member", member_called(e.person)},
               {"account", account_name_},
               {"app_id", account_id()},
               {"contacts", std::to_string(e.open.contacts)},
               {"leads", std::to_string(e.open.leads)},
               {"tasks", std::to_string(e.open.tasks)},
               {"server", options_.link_base}});
  }
  std::optional<Personal> operator()(const SetupLinkIssued& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || !is_newest(row->setup, e.attempt)) return std::nullopt;
    letter_.name = fmt::format("{}.{}", e.person.text(), e.attempt);
    return link("setup", e, tokens_.setup(e.person, e.attempt));
  }
  std::optional<Personal> operator()(const ResetLinkIssued& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || !is_newest(row->reset, e.attempt)) return std::nullopt;
    letter_.name = fmt::format("reset.{}.{}", e.person.text(), e.attempt);
    return link("reset", e, tokens_.reset(e.person, e.attempt));
  }
  std::optional<Personal> operator()(const EmailChangeRequested& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || !is_newest(row->email_link, e.attempt)) return std::nullopt;
    letter_.name = fmt::format("email.{}.{}", e.person.text(), e.attempt);
    return link("email_link", e, tokens_.email(e.person, e.attempt));
  }
  // Who has just chosen a first password knows it.
  std::optional<Personal> operator()(const PasswordSet& e) const {
    if (e.occasion == PasswordOccasion::first || e.occasion == PasswordOccasion::upgraded) return std::nullopt;
    notice(e.person, e.credential.text());
    return to(e.person, "password_changed", when());
  }
  std::optional<Personal> operator()(const PasswordChangeDemanded& e) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(e.person));
    if (!row || !row->must_change) return std::nullopt;
    notice(e.person, fmt::format("{}.demand.{}", e.person.text(), letter_.written_at.micros));
    return to(e.person, "password_demanded", {{"server", options_.link_base}});
  }
  std::optional<Personal> operator()(const EmailReleased& e) const {
    notice(e.person, fmt::format("{}.released.{}", e.person.text(), letter_.written_at.micros));
    write("email_changed", when());
    return e.email;
  }
  std::optional<Personal> operator()(const EmailChanged& e) const {
    notice(e.person, fmt::format("{}.changed.{}", e.person.text(), letter_.written_at.micros));
    auto values = when();
    values.emplace_back("to_the_new", "yes");
    write("email_changed", values);
    return e.email;
  }
  std::optional<Personal> operator()(const NewDeviceSeen& e) const {
    notice(e.person, e.session.text() + ".device");
    const auto& agent = at_.actor.user_agent;
    auto values = when();
    values.emplace_back("device", agent && agent->clear() ? harmless(agent->shown()) : "");
    return to(e.person, "new_device", values);
  }
  std::optional<Personal> operator()(const SecondFactorEnabled& e) const {
    return factor_notice(e.person, e.factor.text() + ".on", {"on", "yes"});
  }
  std::optional<Personal> operator()(const SecondFactorRemoved& e) const {
    return factor_notice(e.person, e.factor.text() + ".off", {"off", "yes"});
  }
  std::optional<Personal> operator()(const SecondFactorUsed& e) const {
    if (!e.recovery) return std::nullopt;
    return factor_notice(e.person, fmt::format("{}.recovery.{}", e.factor.text(), e.recovery_left),
                         {"recovery_left", std::to_string(e.recovery_left)});
  }
  std::optional<Personal> operator()(const AccessKeyCreated& e) const {
    if (!e.holder) return std::nullopt;
    notice(*e.holder, e.key.text());
    auto values = when();
    values.emplace_back("until", moment(e.expires_at));
    values.emplace_back("key", e.key.text());
    return to(*e.holder, "key_made", values);
  }

 private:
  std::string moment(Time time) const { return texts_.moment(time, language_); }
  std::string account_id() const { return account_ ? account_->str() : std::string{}; }
  LetterValues when() const { return {{"when", moment(letter_.written_at)}, {"server", options_.link_base}}; }
  LetterValues about(const PersonId& person) const {
    return {{"member", member_called(person)},
            {"account", account_name_},
            {"app_id", account_id()},
            {"when", moment(letter_.written_at)}};
  }
  // What the account knows: who has left it goes by what they were called when they came.
  std::string member_called(const PersonId& id) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(id));
    if (!row) return {};
    const auto place = account_ ? rows_.place(*account_, id) : PlaceRow{};
    if (place.live || !place.last) return called(row->name, row->email);
    const auto began = rows_.get<MembershipRow>(MembershipRow::key(*place.last)).began;
    const auto joined = decode_entry(installation_.log().entry(began).value(), &installation_.keys());
    const auto* as = get_if<MembershipActivated>(&joined.event);
    return as ? called(as->name, as->email) : std::string{};
  }
  std::optional<MembershipRow> member(const MembershipId& id) const {
    return rows_.find<MembershipRow>(MembershipRow::key(id));
  }

  void notice(const PersonId& person, std::string name) const {
    letter_.name = std::move(name);
    letter_.expires_at = letter_.written_at + notice_life;
    letter_.person = person;
  }
  void write(std::string_view kind, const LetterValues& values) const {
    auto written = texts_.write(kind, language_, values);
    letter_.subject = std::move(written.subject);
    letter_.text = std::move(written.text);
    letter_.language = language_;
  }
  std::optional<Personal> to(const PersonId& person, std::string_view kind, const LetterValues& values) const {
    const auto row = rows_.find<PersonRow>(PersonRow::key(person));
    if (!row) return std::nullopt;
    write(kind, values);
    return row->email;
  }
  std::optional<Personal> link(std::string_view kind, const auto& e, const std::string& token) const {
    letter_.expires_at = e.expires_at;
    letter_.person = e.person;
    write(kind, {{"server", options_.link_base}, {"token", token}, {"until", moment(e.expires_at)}});
    return e.email;
  }
  std::optional<Personal> factor_notice(const PersonId& person, std::string name,
                                        std::pair<std::string_view, std::string> what) const {
    notice(person, std::move(name));
    auto values = when();
    values.push_back(std::move(what));
    return to(person, "second_factor", values);
  }
  static bool is_newest(const std::optional<PersonalLink>& link, std::uint32_t attempt) {
    return link && !link->used && link->attempt == attempt;
  }

  const State& rows_;
  const Installation& installation_;
  const Tokens& tokens_;
  const LetterTexts& texts_;
  const LetterOptions& options_;
  const Envelope& at_;
  Letter& letter_;
  Language language_{};
  std::optional<AccountId> account_;
  std::string account_name_;
};

}  // namespace

bool asks_for_letter(std::string_view type) {
  constexpr std::array types{InvitationMailQueued::type, InvitationAccepted::type,  UserDeactivated::type,
                             PartnerLeft::type,          SetupLinkIssued::type,     ResetLinkIssued::type,
                             PasswordSet::type,          AccessKeyCreated::type,    SecondFactorEnabled::type,
                             SecondFactorUsed::type,     SecondFactorRemoved::type, PasswordChangeDemanded::type,
                             EmailChangeRequested::type, EmailReleased::type,       EmailChanged::type,
                             NewDeviceSeen::type,        HandOverRequested::type};
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::optional<Letter> Letters::letter_for(const Recorded& recorded, const Rows& state, Time now) const {
  const State rows(state, installation_.keys(), installation_.claims());
  const Tokens tokens = installation_.tokens();
  Letter letter;
  letter.written_at = recorded.envelope.recorded_at;
  const auto to = match(recorded.event, Writing(rows, installation_, tokens, options_, recorded.envelope, letter));
  if (!to || !to->clear() || letter.expires_at <= now) return std::nullopt;
  letter.to = to->shown();
  return letter;
}

Letters::About Letters::about(const Recorded& recorded, const Rows& state) const {
  const State rows(state, installation_.keys(), installation_.claims());
  const auto person_of = [&](const std::optional<MembershipId>& id) -> std::optional<PersonId> {
    const auto row = id ? rows.find<MembershipRow>(MembershipRow::key(*id)) : std::nullopt;
    return row ? std::optional{row->person} : std::nullopt;
  };
  About about;
  match(recorded.event, [&]<class E>(const E& e) {
    if constexpr (std::same_as<E, InvitationAccepted>) {
      const auto row = rows.find<InvitationRow>(InvitationRow::key(e.invitation));
      if (row) about.person = person_of(row->invited_by);
    } else if constexpr (std::same_as<E, PartnerLeft> || std::same_as<E, HandOverRequested>) {
      const auto account = AccountId::parse(recorded.envelope.scope.id);
      const auto row = account ? rows.find<AccountRow>(AccountRow::key(*account)) : std::nullopt;
      if (row) about.person = person_of(row->owner);
    } else if constexpr (std::same_as<E, AccessKeyCreated>) {
      about.person = e.holder;
    } else {
      if constexpr (requires { about.person = e.person; }) about.person = e.person;
      if constexpr (requires { about.invitation = e.invitation; }) about.invitation = e.invitation;
    }
  });
  return about;
}

}  // namespace rollcall
