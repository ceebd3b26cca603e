#include "tools/server/api/queries.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "events/catalogue.hpp"
#include "events/match.hpp"
#include "projections/views/scopes.hpp"

namespace rollcall::api {

namespace views = projections;

Expected<ViewStore::Snapshot, Reply> readable(const Desk& desk, const views::Projection& projection) {
  auto snapshot = desk.views().snapshot(projection);
  if (snapshot.progress.version == projection.version) {
    const auto stop = desk.views().stop_of(projection);
    if (!stop) return snapshot;
    return unexpected(problem("view_stopped", "The read model stopped, and does not show what happened since.",
                              {{"view", projection.name}, {"position", stop->position}, {"reason", stop->reason}}));
  }
  return unexpected(problem("view_behind", "The read model is being rebuilt for this version of Rollcall.",
                            {{"view", projection.name}}));
}

Expected<views::Moment, Reply> moment_of(const Desk& desk, const views::At& at) {
  if (const auto* position = std::get_if<Position>(&at.moment)) {
    if (const auto moment = views::moment_at(desk.log(), *position)) return *moment;
    return unexpected(desk.ahead_of_log("at"));
  }
  const auto time = std::get<Time>(at.moment);
  if (time > desk.now()) return unexpected(problem_of(views::QueryError{"at", "lies in the future"}));
  return views::moment_at(desk.log(), time, views::clock_steps(*desk.views().snapshot(views::scopes).rows));
}

Expected<views::Span, Reply> span_of(const Desk& desk, const views::Period& period) {
  views::Span span;
  span.until.size = desk.log().size();
  span.until.time = desk.now();
  if (period.to) {
    const auto until = moment_of(desk, *period.to);
    if (!until) return unexpected(until.error());
    span.until = *until;
  }
  if (!period.from) return span;
  if (const auto* position = std::get_if<Position>(&period.from->moment)) {
    if (*position > desk.log().size()) return unexpected(desk.ahead_of_log("from"));
    span.from = *position;
  } else {
    const auto time = std::get<Time>(period.from->moment);
    if (time > desk.now()) return unexpected(problem_of(views::QueryError{"from", "lies in the future"}));
    span.from = views::moment_at(desk.log(), time - microseconds(1),
                                 views::clock_steps(*desk.views().snapshot(views::scopes).rows))
                    .size;
  }
  if (span.from > span.until.size)
    return unexpected(problem_of(views::QueryError{"from", "lies behind the end of the period"}));
  return span;
}

std::optional<Position> index_for(const Desk& desk, const std::optional<views::At>& at) {
  const auto size = desk.log().size();
  if (!at || size == 0) return std::nullopt;
  const auto* position = std::get_if<Position>(&at->moment);
  return position ? std::min(*position, size - 1) : size - 1;
}

Expected<Overlay, Reply> rows_as_of(const Desk& desk, const views::Projection& projection,
                                    const views::Subject& subject, const views::Moment& moment) {
  const auto index = readable(desk, views::scopes);
  if (!index) return unexpected(index.error());
  auto rows = views::rows_as_of(projection, subject, moment, desk.log(), desk.keys(), *index);
  if (rows) return std::move(*rows);
  return unexpected(problem_of(rows.error()));
}

Reply problem_of(const views::AsOfError& error) {
  if (error.kind == views::AsOfError::Kind::too_large)
    return problem("as_of_too_large", "This history is too long to be folded for one question.",
                   {{"limit", error.limit}});
  return problem("view_behind", "The index of the log has not come so far yet.", {{"applied", error.limit}});
}

Awaited answer_query(Desk& desk, const Request& request, const Me& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  const auto caller = desk.authenticate(request);
  if (!caller) co_return caller.error();
  const State state(*admitted->snapshot.rows, desk.keys(), desk.claims());
  MeAnswer me;
  me.kind = caller->kind;
  me.person = admitted->who.person;
  if (const auto row = me.person ? state.find<PersonRow>(PersonRow::key(*me.person)) : std::nullopt) {
    if (row->email.clear()) me.email = row->email.shown();
    if (row->name && row->name->clear()) me.name = row->name->shown();
    me.second_factor = row->factor.has_value();
    if (row->factor) me.recovery_codes_left = row->factor->recovery.size();
  }
  me.session = caller->session;
  if (const auto row = me.session ? state.find<SessionRow>(SessionRow::key(*me.session)) : std::nullopt) {
    me.account = row->account;
    me.expires_at = row->expires_at;
  }
  me.key = caller->key;
  if (const auto row = me.key ? state.find_sealed<AccessKeyRow>(AccessKeyRow::key(*me.key)) : std::nullopt) {
    me.account = row->account;
    me.expires_at = row->expires_at;
    me.scopes = row->scopes;
  }
  co_return json_answer(me);
}

namespace {

Reply keys_of(Desk& desk, const Desk::Admitted& admitted, const std::optional<PersonId>& holder) {
  const State state(*admitted.snapshot.rows, desk.keys(), desk.claims());
  AccessKeysPage page;
  state.scan(AccessKeyOfRow::all(holder), {}, [&](std::string_view rest) {
    const auto id = id_at_end<AccessKeyTag>(rest);
    const auto row = state.get<AccessKeyRow>(AccessKeyRow::key(id));
    AccessKeyAnswer key{
        id, {}, row.scopes, row.account, row.created_at, row.expires_at, row.last_used, admitted.now < row.expires_at};
    if (row.name.clear()) key.name = row.name.shown();
    if (const auto last = desk.key_uses().last(id)) key.last_used = last;
    page.keys.push_back(std::move(key));
    return true;
  });
  return json_answer(page);
}

}  // namespace

Awaited answer_query(Desk& desk, const Request& request, const AccessKeys& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  co_return keys_of(desk, *admitted, *admitted->person);
}

Awaited answer_query(Desk& desk, const Request& request, const InstallationKeys& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  co_return keys_of(desk, *admitted, std::nullopt);
}

Awaited answer_query(Desk& desk, const Request& request, const Policies& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  const State state(*admitted->snapshot.rows, desk.keys(), desk.claims());
  const auto row = state.find<FactorDemandRow>(FactorDemandRow::key(query.account));
  const auto account = state.get<AccountRow>(AccountRow::key(query.account));
  co_return json_answer(PoliciesAnswer{
      query.account, row ? row->of : FactorDemand::nobody, account.language, account.require_certified_partner,
      account.partner_admins_manage_users, account.leave_blocks, account.revoke_on_inviter_exit,
      account.reserve_seat_on_invite, account.user_permissions, account.partner_permissions});
}

Awaited answer_query(Desk& desk, const Request& request, const Sessions& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  const auto caller = desk.authenticate(request);
  if (!caller) co_return caller.error();
  auto work = [&]() -> Reply {
    const State state(*admitted->snapshot.rows, desk.keys(), desk.claims());
    SessionsPage page;
    const auto take = [&](const SessionId& id) {
      const auto row = state.find<SessionRow>(SessionRow::key(id));
      if (!row || row->person != *admitted->person || row->expires_at <= admitted->now) return true;
      if (page.sessions.size() == query.limit.value) {
        page.next = id;
        return false;
      }
      const auto began = decode_entry(desk.log().entry(row->started).value(), &desk.keys()).envelope;
      const auto shown = [](const std::optional<Personal>& text) -> std::optional<std::string> {
        if (!text || !text->clear()) return std::nullopt;
        return std::string{text->shown()};
      };
      page.sessions.push_back({id, row->account, began.recorded_at, desk.session_uses().last(id), row->expires_at,
                               shown(began.actor.ip), shown(began.actor.user_agent), id == caller->session});
      return true;
    };
    std::string after;
    if (query.cursor) {
      take(*query.cursor);
      after.assign(reinterpret_cast<const char*>(query.cursor->bytes.data()), query.cursor->bytes.size());
    }
    state.scan(SessionOfRow::all(*admitted->person), after,
               [&](std::string_view rest) { return take(id_at_end<SessionTag>(rest)); });
    return json_answer(page);
  };
  co_return co_await desk.elsewhere(work);
}

Awaited answer_query(Desk& desk, const Request& request, const UserHistory& query) {
  const auto& at = query.as_of.at;
  auto question = question_of(query);
  question.up_to = index_for(desk, at);
  const auto admitted = co_await desk.admit(request, std::move(question));
  if (!admitted) co_return admitted.error();
  const State state(*admitted->snapshot.rows, desk.keys(), desk.claims());
  const auto member = state.find<MembershipRow>(MembershipRow::key(query.user));
  if (!member || member->account != query.account) co_return not_found("This user");
  auto work = [&]() -> Reply {
    const auto index = readable(desk, views::scopes);
    if (!index) return index.error();
    auto before = query.before ? query.before->value : admitted->snapshot.size;
    if (at) {
      const auto moment = moment_of(desk, *at);
      if (!moment) return moment.error();
      before = std::min(before, moment->size);
    }
    const auto positions = views::latest_in_history(*index->rows, query.user, before, query.limit.value);
    std::vector<Recorded> events;
    events.reserve(positions.size());
    for (const auto position : std::ranges::reverse_view(positions))
      events.push_back(decode_entry(desk.log().entry(position).value(), &desk.keys()));
    // Who asks about themselves learns what happened, and not where others sat when they did it, or what they wrote
    // about it.
    const bool for_themselves = !admitted->who.may(UserHistory::rule.action, Reach::all);
    HistoryPage page;
    // Their own name and what the account is called they know; who the others are, admins are told.
    if (query.names && !for_themselves)
      page.names = names_in(state, events, NamesFor{query.account, desk.log(), desk.keys()});
    for (auto& event : events) {
      // Whom somebody tried to let in, who was never here, is nobody's to know.
      auto* refused = get_if<CommandRejected>(&event.event);
      if (refused && refused->person && !admitted->who.may(Action::event_view, Reach::all) &&
          !state.place(query.account, *refused->person).last)
        refused->person.reset();
      auto& told = page.events.emplace_back(EventAnswer::of(event));
      if (!for_themselves || told.actor.person == admitted->who.person) continue;
      told.actor.ip.reset();
      told.actor.user_agent.reset();
      told.reason.reset();
    }
    if (positions.size() == query.limit.value) page.before = positions.back();
    return json_answer(page);
  };
  co_return co_await desk.elsewhere(work);
}

namespace {

// With whom records are shared is told to those who see their owner; others hear of themselves alone.
Reply records_answer(const State& state, const Records& query, const std::optional<std::vector<MembershipId>>& sight,
                     const std::optional<MembershipId>& asking, RecordsPage page) {
  for (auto& one : page.records) {
    auto shared = state.find<ShareRow>(ShareRow::key(query.account, query.kind, one.record));
    if (!shared) continue;
    const bool seen = !sight || (one.owner && std::binary_search(sight->begin(), sight->end(), *one.owner));
    if (!seen) std::erase_if(shared->with, [&](const MembershipId& member) { return member != asking; });
    one.shared_with = std::move(shared->with);
  }
  return json_answer(page);
}

// What others own and share with whoever asks, from the id on that is asked for.
void add_shared(const State& state, const Records& query, const MembershipId& asking,
                const std::vector<MembershipId>& owners, std::vector<RecordAnswer>& found) {
  state.scan(SharedWithRow::all(asking, query.kind), {}, [&](std::string_view id) {
    const auto record = RecordId::parse(id).value();
    if (query.from && record < *query.from) return true;
    const auto row = state.find<RecordRow>(RecordRow::key(query.account, query.kind, record));
    const bool listed = row && row->owner && std::binary_search(owners.begin(), owners.end(), *row->owner);
    if (row && !listed) found.push_back({record, row->owner, row->status});
    return true;
  });
}

// The records of some members only: what each of them holds, merged.
Reply records_of(const State& state, const Records& query, const std::optional<std::vector<MembershipId>>& sight,
                 const std::optional<MembershipId>& asking) {
  std::vector<MembershipId> owners;
  if (sight) owners = *sight;
  if (query.owner) {
    const auto member = state.find<MembershipRow>(MembershipRow::key(*query.owner));
    const bool seen = !sight || std::binary_search(sight->begin(), sight->end(), *query.owner);
    if (!member || member->account != query.account || !seen) return not_found("This user");
    owners = {*query.owner};
  }
  std::vector<RecordAnswer> found;
  for (const auto& owner : owners)
    for (const auto status : {RecordStatus::open, RecordStatus::completed}) {
      std::size_t taken = 0;
      const auto take = [&](RecordId id) {
        found.push_back({std::move(id), owner, status});
        return ++taken <= query.limit.value;
      };
      std::string after;
      if (query.from) {
        if (state.find<HoldingRow>(HoldingRow::key(owner, query.kind, status, *query.from))) take(*query.from);
        after = query.from->str();
      }
      state.scan(HoldingRow::all(owner, query.kind, status), after,
                 [&](std::string_view id) { return take(RecordId::parse(id).value()); });
    }
  if (sight && asking && !query.owner) add_shared(state, query, *asking, owners, found);
  std::ranges::sort(found, {}, &RecordAnswer::record);
  RecordsPage page;
  if (found.size() > query.limit.value) {
    page.next = found[query.limit.value].record;
    found.resize(query.limit.value);
  }
  page.records = std::move(found);
  return records_answer(state, query, sight, asking, std::move(page));
}

}  // namespace

Awaited answer_query(Desk& desk, const Request& request, const Records& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  auto work = [&]() -> Reply {
    const State state(*admitted->snapshot.rows, desk.keys(), desk.claims());
    if (!state.find<AccountRow>(AccountRow::key(query.account))) return not_found("This account");
    RecordsPage page;
    if (query.owner || admitted->sight) return records_of(state, query, admitted->sight, admitted->who.membership);
    const auto take = [&](const RecordId& id) {
      const auto row = state.find<RecordRow>(RecordRow::key(query.account, query.kind, id));
      if (!row) return true;
      if (page.records.size() == query.limit.value) {
        page.next = id;
        return false;
      }
      page.records.push_back({id, row->owner, row->status});
      return true;
    };
    std::string after;
    if (query.from) {
      take(*query.from);
      after = query.from->str();
    }
    state.scan(RecordRow::all(query.account, query.kind), after,
               [&](std::string_view id) { return take(RecordId::parse(id).value()); });
    return records_answer(state, query, admitted->sight, admitted->who.membership, std::move(page));
  };
  co_return co_await desk.elsewhere(work);
}

Awaited answer_query(Desk& desk, const Request&, const OfferedInvitation& query) {
  const auto unknown = [] { return problem_of(rejected(Code::invitation_not_found)); };
  const auto link = desk.tokens().link(query.token.text);
  if (!link || link->kind != LinkKind::invitation) co_return unknown();
  const auto snapshot = desk.log().state();
  const State state(*snapshot.rows, desk.keys(), desk.claims());
  const InvitationId id{link->id};
  const auto row = state.find<InvitationRow>(InvitationRow::key(id));
  if (!row || row->attempt != link->attempt) co_return unknown();
  const auto person = state.get<PersonRow>(PersonRow::key(row->person));
  const bool lapsed = row->status == InvitationStatus::pending && row->expires_at <= desk.now();
  Offer offer;
  offer.invitation = id;
  offer.account = row->account;
  offer.account_name = state.get<AccountRow>(AccountRow::key(row->account)).name;
  offer.kind = row->kind;
  offer.admin = row->admin;
  offer.permissions = row->permissions;
  offer.status = lapsed ? InvitationStatus::expired : row->status;
  offer.expires_at = row->expires_at;
  offer.email = row->email.clear() ? masked_address(row->email.shown()) : "[erased]";
  offer.sign_in_required = person.registered;
  offer.terms = terms_in_force;
  offer.access_ends_at = row->access_ends_at;
  co_return json_answer(offer);
}

}  // namespace rollcall::api

namespace rollcall {

bool projections::Parameter<api::LinkToken>::read(std::string_view text, api::LinkToken& token, std::string& why) {
  token.text = text;
  if (!text.empty() && text.size() <= 200) return true;
  why = "must have 1 to 200 characters";
  return false;
}

bool projections::Parameter<api::EventTypes>::read(std::string_view text, api::EventTypes& types, std::string& why) {
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    const auto type = text.substr(0, comma);
    if (!EventVersions::knows(type)) {
      why = "names no event there is: \"" + std::string{type} + '"';
      return false;
    }
    types.types.emplace_back(type);
    more = comma != text.npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return true;
}

json::object projections::Parameter<api::EventTypes>::schema() {
  json::array known;
  std::set<std::string_view> types;  // one that has several versions is named once
  for (const auto& name : EventVersions::names)
    if (types.insert(name.type).second) known.emplace_back(name.type);
  return {{"type", "array"}, {"items", {{"type", "string"}, {"enum", std::move(known)}}}, {"minItems", 1}};
}

}  // namespace rollcall
