// What is written to people, and because of which event.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/engine/ports.hpp"
#include "tools/installation/installation.hpp"

namespace rollcall {

// May an event of this type ask for a letter?
bool asks_for_letter(std::string_view type);

class Letters {
 public:
  // `link_base`: where the links in letters lead. The installation must outlive it.
  Letters(const Installation& installation, std::string link_base)
      : installation_(installation), link_base_(std::move(link_base)) {}

  // The letter that an event asks for, by decision state as it is `now`. Nothing when it asks for none, or for one that
  // nobody can use any more: its link is dead or was followed by another, or the person is erased.
  std::optional<Letter> letter_for(const Recorded& recorded, const Rows& state, Time now) const;

 private:
  const Installation& installation_;
  const std::string link_base_;
};

}  // namespace rollcall
