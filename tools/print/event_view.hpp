// Events as people read them: when, what, to whom, by whom and why.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "events/json.hpp"

namespace rollcall::tools {

// The data of an event as "invitation=inv_… email=a@b.example admin=true". Lists of more than three are counted,
// "records=256×"; what is null is left out.
std::string facts_text(const json::value& data);

// {"kind", "id"} as "account gx624"; "log" by itself.
std::string scope_text(const json::value& scope);

// What ids are called, as the `names` of a page of events tell it.
class Names {
 public:
  Names() = default;
  explicit Names(const json::value& page);
  // Empty when nothing is known.
  std::string_view of(std::string_view id) const;

 private:
  std::map<std::string, std::string, std::less<>> names_;
};

struct EventLook {
  std::size_t width = 80;
  bool ids = false;  // all that the event has, ids as they are
  bool colours = false;
};

// An event in one line where it fits, otherwise in a few, the further ones indented: position, time, what happened, to
// whom, who did it, where and why. A refusal is told as such. Ended by a newline, and harmless (see `printable`).
std::string event_card(const json::value& event, const Names& names, const EventLook& look);

}  // namespace rollcall::tools
