#include "tools/server/api/event_answers.hpp"

#include <map>
#include <set>

#include "events/catalogue.hpp"
#include "events/match.hpp"

namespace rollcall::api {

EventFact EventFact::of(const Scope& scope, const rollcall::Event& event) {
  EventFact fact;
  match(event, [&]<class E>(const E&) {
    fact.type = E::type;
    fact.version = E::version;
  });
  fact.scope = {scope.kind, scope.text()};
  fact.data = {&event};
  return fact;
}

EventFact EventFact::of(const Recorded& recorded) {
  auto fact = of(recorded.envelope.scope, recorded.event);
  fact.position = recorded.envelope.position;
  fact.id = recorded.envelope.id;
  fact.recorded_at = recorded.envelope.recorded_at;
  return fact;
}

EventAnswer EventAnswer::of(const Recorded& recorded) {
  const auto& envelope = recorded.envelope;
  auto fact = EventFact::of(envelope.scope, recorded.event);
  return {fact.type,          fact.version,         std::move(fact.scope), fact.data,
          envelope.position,  envelope.id,          envelope.recorded_at,  envelope.sequence,
          envelope.actor,     envelope.reason,      envelope.command,      envelope.correlation,
          envelope.causation, envelope.trace_parent};
}

namespace {

// Calls found(id) for what an event's own fields name; not for what is in lists, which are long.
void each_named(const Recorded& recorded, auto&& found) {
  const auto& envelope = recorded.envelope;
  if (envelope.scope.kind == ScopeKind::account)
    if (const auto account = AccountId::parse(envelope.scope.id)) found(*account);
  if (envelope.scope.kind == ScopeKind::person)
    if (const auto person = PersonId::parse(envelope.scope.text())) found(*person);
  const auto maybe = [&](const auto& id) {
    if (id) found(*id);
  };
  maybe(envelope.actor.person);
  maybe(envelope.actor.on_behalf_of);
  match(recorded.event, [&](const auto& event) {
    for_each_field(event, [&]<class M>(std::string_view, const M& member) {
      if constexpr (requires { found(member); })
        found(member);
      else if constexpr (requires { found(*member); })
        maybe(member);
    });
  });
}

// What ids are called, as far as decision state knows.
class Namer {
 public:
  Namer(const State& state, const std::optional<NamesFor>& of) : state_(state), of_(of) {}

  void operator()(const AccountId& id) {
    once(id.str(), [&] {
      const auto row = state_.find<AccountRow>(AccountRow::key(id));
      return row ? row->name : std::string{};
    });
  }
  void operator()(const PersonId& id) {
    once(id.text(), [&] { return person(id); });
  }
  void operator()(const MembershipId& id) {
    once(id.text(), [&] {
      const auto row = state_.find<MembershipRow>(MembershipRow::key(id));
      return row ? person(row->person) : std::string{};
    });
  }
  void operator()(const InvitationId& id) {
    once(id.text(), [&] {
      const auto row = state_.find<InvitationRow>(InvitationRow::key(id));
      return row ? person(row->person) : std::string{};
    });
  }

  std::vector<NameAnswer> names() && {
    std::erase_if(names_, [](const auto& one) { return one.second.empty(); });
    std::vector<NameAnswer> all;
    for (auto& [id, name] : names_) all.push_back({id, std::move(name)});
    return all;
  }

 private:
  void once(const std::string& id, auto&& name) {
    if (const auto [at, fresh] = names_.try_emplace(id); fresh) at->second = name();
  }
  static std::string called(const std::optional<Personal>& name, const Personal& email) {
    if (name && name->clear()) return std::string{name->shown()};
    return email.clear() ? std::string{email.shown()} : std::string{};
  }
  std::string person(const PersonId& id) const {
    const auto row = state_.find<PersonRow>(PersonRow::key(id));
    if (!row) return {};
    if (of_) {
      const auto place = state_.place(of_->account, id);
      if (!place.live && place.last) return at_joining(*place.last);
      // Who is invited and belongs elsewhere is known by what the invitation says.
      if (!place.live && row->registered) return {};
    }
    return called(row->name, row->email);
  }
  std::string at_joining(const MembershipId& id) const {
    const auto member = state_.get<MembershipRow>(MembershipRow::key(id));
    const auto began = decode_entry(of_->log.entry(member.began).value(), &of_->keys);
    const auto* joined = get_if<MembershipActivated>(&began.event);
    return joined ? called(joined->name, joined->email) : std::string{};
  }

  const State& state_;
  const std::optional<NamesFor>& of_;
  std::map<std::string, std::string> names_;
};

}  // namespace

std::vector<NameAnswer> names_in(const State& state, std::span<const Recorded> events,
                                 const std::optional<NamesFor>& of) {
  Namer namer(state, of);
  for (const auto& event : events) each_named(event, namer);
  return std::move(namer).names();
}

}  // namespace rollcall::api

namespace rollcall {

void Json<api::EventData>::write(std::string& out, const api::EventData& data) {
  match(*data.event, [&]<class E>(const E& event) { Json<E>::write(out, event); });
}

}  // namespace rollcall
