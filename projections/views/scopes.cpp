#include "projections/views/scopes.hpp"

#include <algorithm>
#include <deque>
#include <ranges>

#include "projections/engine/table.hpp"

namespace rollcall::projections {
namespace {

// ---- rows --------------------------------------------------------------------------------------------------------
// Six kinds of lists of positions. A list's latest positions are in a row under its own key, the full chunks of 256
// that came before them behind it.
// s KIND SCOPE          the events of a scope
// h MEMBERSHIP          the history of a membership
// i INVITATION          the events of an invitation, until they begin a membership's history
// r ACCOUNT             what members of an account say of themselves: registrations, names, addresses
// n ACCOUNT MEMBERSHIP  sign-ins of a member while they had access, for this account or for all
// And apart from these:
// c ACCOUNT             what holds for everybody in an account: its opening, policies, roles
// o ACCOUNT             where it was opened
// p PERSON              where they have ever been a member

constexpr std::uint64_t chunk_positions = 256;

// The first position and the distances of the others, each 7 bits to a byte and followed by its tag.
struct ChunkRow {
  static constexpr std::array fields{"bytes"};
  std::string bytes;

  // `last` is the position before it, or 0 in an empty chunk.
  void append(Position last, Position position, std::uint8_t tag) {
    auto distance = position - last;
    for (; distance >= 0x80; distance >>= 7) bytes.push_back(static_cast<char>(distance | 0x80));
    bytes.push_back(static_cast<char>(distance));
    bytes.push_back(static_cast<char>(tag));
  }
  // False when `visit` ended it.
  bool scan(const VisitPosition& visit) const {
    Position position = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      Position distance = 0;
      for (unsigned shift = 0;; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.at(at++));
        distance |= static_cast<Position>(byte & 0x7F) << shift;
        if (byte < 0x80) break;
      }
      position += distance;
      if (!visit(position, static_cast<std::uint8_t>(bytes.at(at++)))) return false;
    }
    return true;
  }
};

struct ListRow {
  static constexpr std::array fields{"count", "last", "chunk"};
  std::uint64_t count = 0;  // in the whole list
  Position last = 0;
  ChunkRow chunk;  // the open one
};

struct OpenedRow {
  static constexpr std::array fields{"position"};
  Position position = 0;
};

struct Told {
  static constexpr std::array fields{"position", "tag"};
  Position position = 0;
  std::uint8_t tag = 0;
};

// What the person's latest command said of their identity (terms, password) belongs to the history of the membership
// that it begins, if it begins one.
struct PersonRow {
  static constexpr std::array fields{"places", "live", "command", "registering", "told"};
  std::vector<Place> places;
  std::vector<Place> live;  // those of them that give access
  CommandId command;
  bool registering = false;
  std::vector<Told> told;
};

std::string scope_list(const Scope& scope) {
  auto key = row_key('s', static_cast<char>(scope.kind));
  return key.append(scope.id).append(1, '\0');
}
std::string history_list(const MembershipId& membership) { return row_key('h', membership); }
std::string registrations_list(const AccountId& account) { return row_key('r', account); }
std::string settings_list(const AccountId& account) { return row_key('c', account); }

std::string sign_ins_list(const AccountId& account, const MembershipId& membership) {
  return row_key('n', account, membership);
}

std::string chunk_key(const std::string& list, std::uint64_t number) {
  return list + big_endian(static_cast<std::uint32_t>(number));
}

void scan_list(const Rows& rows, const std::string& list, const VisitPosition& visit) {
  const auto latest = find_row<ListRow>(rows, list);
  if (!latest) return;
  bool more = true;
  if (latest->count > chunk_positions)
    rows.scan(chunk_key(list, 0), behind_prefix(list),
              [&](std::string_view, std::string_view value) { return more = decode_row<ChunkRow>(value).scan(visit); });
  if (more) latest->chunk.scan(visit);
}

// ---- what an event names -----------------------------------------------------------------------------------------

// Calls found(id) for each id of this type anywhere in a value.
template <class AnyId, class T>
void each_id(const T& value, auto&& found) {
  if constexpr (std::same_as<T, AnyId>) {
    found(value);
  } else if constexpr (Fielded<T>) {
    for_each_field(value, [&](std::string_view, const auto& member) { each_id<AnyId>(member, found); });
  } else if constexpr (requires { value.has_value(); }) {
    if (value) each_id<AnyId>(*value, found);
  } else if constexpr (std::ranges::range<T> && !std::same_as<T, std::string>) {
    for (const auto& element : value) each_id<AnyId>(element, found);
  }
}

// ---- the fold ----------------------------------------------------------------------------------------------------

template <class E>
concept TellsIdentity =
    std::same_as<E, IdentityRegistered> || std::same_as<E, TermsAccepted> || std::same_as<E, PasswordSet>;

template <class E>
concept ChangesPerson = std::same_as<E, NameChanged> || std::same_as<E, EmailChanged>;

template <class E>
concept HoldsForAll =
    std::same_as<E, AccountOpened> || std::same_as<E, PolicyChanged> || std::same_as<E, GlobalPermissionsChanged> ||
    std::same_as<E, RoleCreated> || std::same_as<E, RoleChanged> || std::same_as<E, RoleRetired>;

template <class E>
concept EndsAccess = std::same_as<E, DeactivationStarted> || std::same_as<E, LeavingStarted> ||
                     std::same_as<E, AccessExpired> || std::same_as<E, UserDeactivated> || std::same_as<E, PartnerLeft>;

class ScopesView {
 public:
  explicit ScopesView(const Rows& before) : lists_(before), chunks_(before), opened_(before), persons_(before) {}

  template <class E>
  void on(const Envelope& at, const E& e) {
    const auto tag = tag_of(at.type);
    const auto list = scope_list(at.scope);
    if (count(list) != at.sequence)
      throw Malformed("scope " + at.scope.text() + " goes on with event " + std::to_string(at.sequence) + ", not " +
                      std::to_string(count(list)));
    append(list, at.position, tag);
    if constexpr (std::same_as<E, AccountOpened>) opened_.add(row_key('o', account_of(at)), {at.position});
    if constexpr (std::same_as<E, MembershipActivated>)
      begin_history(at, e);
    else
      each_id<InvitationId>(e, [&](const InvitationId& id) { append_once(row_key('i', id), at.position, tag); });
    if constexpr (std::same_as<E, CommandRejected>) {
      denied(at, e, tag);
    } else {
      each_id<MembershipId>(e, [&](const MembershipId& id) { append_once(history_list(id), at.position, tag); });
    }
    if constexpr (TellsIdentity<E>) identity_told(at, e, tag);
    if constexpr (ChangesPerson<E>) person_changed(at, e.person, tag);
    if constexpr (std::same_as<E, SessionStarted>) signed_in(at, e, tag);
    if constexpr (EndsAccess<E>) access_ended(e.person, e.membership);
    if constexpr (std::same_as<E, UserReactivated>)
      persons_.change_or_make(row_key('p', e.person)).live.push_back({account_of(at), e.membership});
    if constexpr (HoldsForAll<E>) append_once(settings_list(account_of(at)), at.position, tag);
  }

  std::size_t held() const { return lists_.held() + chunks_.held() + opened_.held() + persons_.held(); }

  RowChanges changes() {
    RowChanges out;
    lists_.write(out);
    chunks_.write(out);
    opened_.write(out);
    persons_.write(out);
    return out;
  }

 private:
  std::uint64_t count(const std::string& list) {
    const auto* row = lists_.find(list);
    return row ? row->count : 0;
  }
  void append(const std::string& list, Position position, std::uint8_t tag) {
    auto& row = lists_.change_or_make(list);
    if (row.count > 0 && row.count % chunk_positions == 0) {
      chunks_.add(chunk_key(list, row.count / chunk_positions - 1), std::exchange(row.chunk, {}));
      row.last = 0;
    }
    row.chunk.append(row.last, position, tag);
    row.last = position;
    ++row.count;
  }
  // An event may name the same thing twice.
  void append_once(const std::string& list, Position position, std::uint8_t tag) {
    const auto* row = lists_.find(list);
    if (!row || row->last < position) append(list, position, tag);
  }
  // A membership's story begins with its invitation.
  void begin_history(const Envelope& at, const MembershipActivated& e) {
    auto& person = persons_.change_or_make(row_key('p', e.person));
    person.places.push_back({account_of(at), e.membership});
    person.live.push_back(person.places.back());
    std::vector<Told> before;
    if (person.command == at.command) before = person.told;
    if (e.invitation) take_list(row_key('i', *e.invitation), before);
    std::ranges::sort(before, {}, &Told::position);
    for (const auto& [position, tag] : before) append_once(history_list(e.membership), position, tag);
  }
  // Moves what a list has to the end of `taken`.
  void take_list(const std::string& list, std::vector<Told>& taken) {
    const auto* latest = lists_.find(list);
    if (!latest) return;
    const auto take = [&](const ChunkRow& chunk) {
      chunk.scan([&](Position position, std::uint8_t tag) {
        taken.push_back({position, tag});
        return true;
      });
    };
    for (std::uint64_t number = 0; (number + 1) * chunk_positions < latest->count; ++number) {
      if (const auto* chunk = chunks_.find(chunk_key(list, number))) take(*chunk);
      chunks_.erase(chunk_key(list, number));
    }
    take(latest->chunk);
    lists_.erase(list);
  }
  // Who was refused, and on whom. What somebody tried who is nobody here is in their own history only.
  void denied(const Envelope& at, const CommandRejected& e, std::uint8_t tag) {
    if (at.scope.kind != ScopeKind::account) return;
    if (at.actor.membership) append_once(history_list(*at.actor.membership), at.position, tag);
    if (e.membership) append_once(history_list(*e.membership), at.position, tag);
  }
  // A password protects all that the person may enter. Terms that are accepted belong to what is entered with them,
  // and are nobody else's business.
  template <TellsIdentity E>
  void identity_told(const Envelope& at, const E& e, std::uint8_t tag) {
    auto& person = persons_.change_or_make(row_key('p', e.person));
    if (person.command != at.command) {
      person.command = at.command;
      person.registering = false;
      person.told.clear();
    }
    person.told.push_back({at.position, tag});
    if constexpr (std::same_as<E, IdentityRegistered>) person.registering = true;
    for (const auto& place : person.registering ? person.places : person.live) {
      if constexpr (std::same_as<E, IdentityRegistered>)
        append_once(registrations_list(place.account), at.position, tag);
      if (person.registering || std::same_as<E, PasswordSet>)
        append_once(history_list(place.membership), at.position, tag);
    }
  }

  // What a person says of themselves is told where they have access.
  void person_changed(const Envelope& at, const PersonId& id, std::uint8_t tag) {
    const auto* person = persons_.find(row_key('p', id));
    if (!person) return;
    for (const auto& [account, membership] : std::vector<Place>(person->live)) {
      append_once(registrations_list(account), at.position, tag);
      append_once(history_list(membership), at.position, tag);
    }
  }

  void signed_in(const Envelope& at, const SessionStarted& e, std::uint8_t tag) {
    const auto* person = persons_.find(row_key('p', e.person));
    if (!person) return;
    for (const auto& [account, membership] : person->live)
      if (!e.membership || membership == *e.membership) append(sign_ins_list(account, membership), at.position, tag);
  }
  void access_ended(const PersonId& person, const MembershipId& membership) {
    auto* row = persons_.change(row_key('p', person));
    if (row) std::erase_if(row->live, [&](const Place& place) { return place.membership == membership; });
  }

  Table<ListRow> lists_;
  Table<ChunkRow> chunks_;
  Table<OpenedRow> opened_;
  Table<PersonRow> persons_;
};

std::string row_name(std::string_view key) {
  const auto at = [&](std::size_t from) { return key.substr(from, sizeof(IdBytes)); };
  switch (key.front()) {
    case 's': {
      const auto kind = static_cast<ScopeKind>(key[1]);
      const auto id = kind == ScopeKind::person ? at(2) : key.substr(2, key.find('\0', 2) - 2);
      return "scope " + Scope{kind, std::string{id}}.text();
    }
    case 'h': return "history of " + id_at_end<MembershipId>(at(1)).text();
    case 'i': return "events of " + id_at_end<InvitationId>(at(1)).text();
    case 'o': return "opening of " + std::string{key.substr(1, key.find('\0') - 1)};
    case 'n': return "sign-ins " + std::string{key.substr(1, key.find('\0') - 1)};
    case 'c': return "settings of " + std::string{key.substr(1, key.find('\0') - 1)};
    case 'r': return "registrations " + std::string{key.substr(1, key.find('\0') - 1)};
    default: return "places of " + id_at_end<PersonId>(at(1)).text();
  }
}

}  // namespace

constinit const Projection scopes{"scopes", 6, types_of<ScopesView>(), &fold_of<ScopesView>, &row_name};

std::uint8_t tag_of(std::string_view type) {
  // FNV-1a, folded: stored, so it must be the same for ever.
  std::uint32_t hash = 2'166'136'261u;
  for (const char c : type) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return static_cast<std::uint8_t>(hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24);
}

void scan_scope(const Rows& rows, const Scope& scope, const VisitPosition& visit) {
  scan_list(rows, scope_list(scope), visit);
}

void scan_history(const Rows& rows, const MembershipId& membership, const VisitPosition& visit) {
  scan_list(rows, history_list(membership), visit);
}

void scan_settings(const Rows& rows, const AccountId& account, const VisitPosition& visit) {
  scan_list(rows, settings_list(account), visit);
}

void scan_registrations(const Rows& rows, const AccountId& account, const VisitPosition& visit) {
  scan_list(rows, registrations_list(account), visit);
}

namespace {

// The last of a list before this position; false when `visit` ended it.
bool visit_last(const Rows& rows, const std::string& list, const ListRow& latest, Position before,
                const VisitPosition& visit) {
  std::optional<std::pair<Position, std::uint8_t>> last;
  const auto look = [&](const ChunkRow& chunk) {
    chunk.scan([&](Position position, std::uint8_t tag) {
      if (position >= before) return false;
      last = {position, tag};
      return true;
    });
  };
  look(latest.chunk);
  for (auto number = latest.count == 0 ? 0 : (latest.count - 1) / chunk_positions; !last && number-- > 0;)
    if (const auto chunk = find_row<ChunkRow>(rows, chunk_key(list, number))) look(*chunk);
  return !last || visit(last->first, last->second);
}

}  // namespace

void scan_last_sign_ins(const Rows& rows, const AccountId& account, Position before, const VisitPosition& visit) {
  const auto prefix = row_key('n', account);
  std::vector<std::pair<std::string, ListRow>> lists;
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    if (key.size() == prefix.size() + sizeof(IdBytes)) lists.emplace_back(key, decode_row<ListRow>(value));
    return true;
  });
  for (const auto& [list, latest] : lists)
    if (!visit_last(rows, list, latest, before, visit)) return;
}

void scan_last_sign_in(const Rows& rows, const AccountId& account, const MembershipId& membership, Position before,
                       const VisitPosition& visit) {
  const auto list = sign_ins_list(account, membership);
  if (const auto latest = find_row<ListRow>(rows, list)) (void)visit_last(rows, list, *latest, before, visit);
}

bool surely_sign_in(std::uint8_t tag) {
  static const auto alone = [] {
    const auto wanted = tag_of(SessionStarted::type);
    return [&]<class... E>(Types<E...>) { return ((tag_of(E::type) == wanted ? 1 : 0) + ...) == 1; }(AllEvents{});
  }();
  return alone && tag == tag_of(SessionStarted::type);
}

std::vector<Position> latest_in_history(const Rows& rows, const MembershipId& membership, Position before,
                                        std::size_t limit) {
  std::deque<Position> latest;
  scan_history(rows, membership, [&](Position position, std::uint8_t) {
    if (position >= before) return false;
    latest.push_front(position);
    if (latest.size() > limit) latest.pop_back();
    return true;
  });
  return {latest.begin(), latest.end()};
}

std::vector<Position> clock_steps(const Rows& rows) {
  std::vector<Position> steps;
  scan_scope(rows, Scope::log(), [&](Position position, std::uint8_t tag) {
    if (tag == tag_of(ClockConfirmed::type)) steps.push_back(position);
    return true;
  });
  return steps;
}

std::optional<Position> opening_of(const Rows& rows, const AccountId& account) {
  const auto row = find_row<OpenedRow>(rows, row_key('o', account));
  if (!row) return std::nullopt;
  return row->position;
}

std::vector<Place> places_of(const Rows& rows, const PersonId& person) {
  auto row = find_row<PersonRow>(rows, row_key('p', person));
  return row ? std::move(row->places) : std::vector<Place>{};
}

}  // namespace rollcall::projections
