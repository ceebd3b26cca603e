#include "projections/views/members.hpp"

namespace rollcall::projections {

Role role_of(MemberKind kind, bool owner, bool admin) {
  if (owner) return Role::owner;
  if (kind == MemberKind::partner) return admin ? Role::partner_admin : Role::partner;
  return admin ? Role::admin : Role::user;
}

std::string_view display_name(const std::optional<std::string>& name, std::string_view email) {
  return name ? std::string_view{*name} : email;
}

Member joined(const MembershipActivated& e) {
  Member member;
  member.person = e.person;
  member.kind = e.kind;
  member.status = Status::active;
  member.owner = e.owner;
  member.admin = e.admin;
  member.name = shown(e.name);
  member.email = e.email.shown();
  member.access_ends_at = e.access_ends_at;
  return member;
}

}  // namespace rollcall::projections
