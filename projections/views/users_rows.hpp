// The stored rows of the Users list, for its fold (users.cpp) and its query (users_query.cpp). Nobody else's.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/engine/table.hpp"
#include "projections/views/users.hpp"

namespace rollcall::projections::users_rows {

// ---- rows --------------------------------------------------------------------------------------------------------
// a ACCOUNT                   what the header of the list counts
// m ACCOUNT MEMBERSHIP        a member, and where they are listed
// i ACCOUNT INVITATION        an invitation of any state, and where it is listed
// l ACCOUNT PERSON            the invitation that is listed for this person
// p PERSON                    where this person is a member
// e ACCOUNT TIME INVITATION   pending invitations by when they lapse
// x ACCOUNT TIME MEMBERSHIP   partners who are counted, by when their access ends
// u ACCOUNT PART NAME ID      the list itself, see Listed

struct AccountRow {
  static constexpr std::array fields{"seats_used", "seat_limit", "partners", "pending"};
  std::uint32_t seats_used = 0;
  std::uint32_t seat_limit = 0;
  std::uint64_t partners = 0;
  std::uint64_t pending = 0;
};

struct MemberRow {
  static constexpr std::array fields{"member", "last_sign_in", "invited_at", "invited_by", "teams", "listed"};
  Member member;
  std::optional<Time> last_sign_in;
  std::optional<Time> invited_at;
  std::optional<MembershipId> invited_by;
  std::vector<TeamId> teams;
  std::string listed;  // the key in the list, empty while it is in none
};

// The list has two parts, so that the default view, active or invited, is one range by itself.
constexpr char part_default = '0';
constexpr char part_others = '1';
inline char part_of(Status status) { return Users::status_default.has(status) ? part_default : part_others; }
// Whoever is frozen until some time is active from then on, whether or not that is written down.
inline char part_of(const Member& member) {
  return member.status == Status::frozen && member.frozen_until ? part_default : part_of(member.status);
}

// A row of the list: what filters and sorts need in a fixed place, then the text that is searched, then the JSON as it
// is shown. Views into the stored bytes.
struct Listed {
  Status status{};
  MemberKind kind{};
  Role role{};
  bool invitation = false;
  std::int64_t lapses_at = never;  // a pending invitation
  std::int64_t last_sign_in = never;
  std::int64_t access_ends_at = never;
  std::int64_t frozen_until = never;
  std::string_view search;
  std::string_view json;

  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  static std::int64_t micros(const std::optional<Time>& time) { return time ? time->micros : never; }

  std::string bytes() const {
    std::string out;
    Encoder encoder(out);
    encoder(status, kind, role, invitation, lapses_at, last_sign_in, access_ends_at, frozen_until,
            static_cast<std::uint32_t>(search.size()));
    return out.append(search).append(json);
  }
  static Listed in(std::string_view bytes) {
    Listed listed;
    Decoder decoder(bytes);
    std::uint32_t search_size;
    decoder(listed.status, listed.kind, listed.role, listed.invitation, listed.lapses_at, listed.last_sign_in,
            listed.access_ends_at, listed.frozen_until, search_size);
    listed.search = decoder.take(search_size);
    listed.json = decoder.take(decoder.left());
    return listed;
  }
};

// As it is at this moment.
Status status_at(const Listed& row, Time now);
// The JSON of the row as it is at this moment.
void append_shown(std::string& out, const Listed& row, Time now);

}  // namespace rollcall::projections::users_rows
