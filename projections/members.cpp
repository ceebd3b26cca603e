#include "projections/members.hpp"

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

void describe(json::object& out, MemberKind kind, bool owner, bool admin, bool sales_rep,
              const std::optional<std::string>& name, std::string_view email) {
  out["kind"] = name_of(kind);
  out["partner"] = kind == MemberKind::partner;
  out["name"] = name ? json::value(*name) : json::value(nullptr);
  out["email"] = email;
  out["role"] = name_of(role_of(kind, owner, admin));
  out["admin"] = admin;
  json::array groups;
  if (admin) groups.emplace_back(name_of(Group::admin));
  if (sales_rep) groups.emplace_back(name_of(Group::sales_rep));
  out["groups"] = std::move(groups);
}

}  // namespace rollcall::projections
