// Access keys: made, replaced, revoked.
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

struct CreateAccessKey {
  static constexpr std::string_view name = "CreateAccessKey";
  static constexpr std::string_view summary =
      "Make a key for a program: your own (read, write), or the installation's (operate, audit, subscribe)";
  static constexpr Rule rule{.action = Action::key_manage, .own = true, .fresh = true};
  static constexpr std::array<Code, 3> refusals{Code::scope_not_held, Code::not_active, Code::too_many};
  static constexpr std::array fields{"key_name", "scopes", "account", "days"};
  static constexpr std::array help{"what it is for", "what it may: read, write; operate, audit, subscribe",
                                   "app id of the one account it is for", "how long it is good; default 90"};
  Typed<1, 100> key_name;
  std::vector<KeyScope> scopes;
  std::optional<AccountId> account;
  std::optional<Bounded<1, 366>> days;
};
Decision decide_on(Deciding&, const CreateAccessKey&);
bool is_own(const Deciding&, const CreateAccessKey&);

struct RotateAccessKey {
  static constexpr std::string_view name = "RotateAccessKey";
  static constexpr std::string_view summary = "Make a key that takes another's place, which stays good for a while";
  static constexpr Rule rule{.action = Action::key_manage, .own = true, .fresh = true};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"key", "overlap_hours", "days"};
  static constexpr std::array help{"the key (key_…)", "how long the old one stays good; default 24",
                                   "how long the new one is good; default 90"};
  AccessKeyId key;
  std::optional<Bounded<0, 720>> overlap_hours;
  std::optional<Bounded<1, 366>> days;
};
Decision decide_on(Deciding&, const RotateAccessKey&);
bool is_own(const Deciding&, const RotateAccessKey&);

struct RevokeAccessKey {
  static constexpr std::string_view name = "RevokeAccessKey";
  static constexpr std::string_view summary = "End a key at once";
  static constexpr Rule rule{Action::key_manage, true};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"key"};
  static constexpr std::array help{"the key (key_…)"};
  AccessKeyId key;
};
Decision decide_on(Deciding&, const RevokeAccessKey&);
bool is_own(const Deciding&, const RevokeAccessKey&);

// The desk tells now and then what a key was used for.
struct RecordKeyUse {
  static constexpr std::string_view name = "RecordKeyUse";
  static constexpr std::string_view summary = "Record what a key was used for (asked by the desk)";
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"key", "since", "until", "uses"};
  static constexpr std::array help{"the key (key_…)", "when it began", "the last of them", "how often what was asked"};
  AccessKeyId key;
  Time since;
  Time until;
  std::vector<KeyUse> uses;
};
Decision decide_on(Deciding&, const RecordKeyUse&);

}  // namespace rollcall
