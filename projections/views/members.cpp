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

void describe(JsonObject& out, MemberKind kind, bool owner, bool admin, bool sales_rep,
              const std::optional<std::string>& name, const std::optional<std::string>& email) {
  out.add("kind", kind);
  out.add("partner", kind == MemberKind::partner);
  out.add("name", name);
  out.add("email", email);
  out.add("role", role_of(kind, owner, admin));
  out.add("admin", admin);
  JsonArray groups(out.begin("groups"));
  if (admin) groups.add(Group::admin);
  if (sales_rep) groups.add(Group::sales_rep);
}

}  // namespace rollcall::projections
