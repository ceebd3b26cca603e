// What is written to people, and because of which event.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/mail/letter_texts.hpp"
#include "domain/engine/ports.hpp"
#include "tools/installation/installation.hpp"

namespace rollcall {

// May an event of this type ask for a letter?
bool asks_for_letter(std::string_view type);

struct LetterOptions {
  std::string link_base;             // where the links in letters lead, e.g. https://rollcall.example
  LetterTexts texts{};               // what letters say
  Language language = Language::en;  // of letters that are about no account, which has its own
};

class Letters {
 public:
  // The installation must outlive it.
  Letters(const Installation& installation, LetterOptions options)
      : installation_(installation), options_(std::move(options)) {}

  // The letter that an event asks for, by decision state as it is `now`. Nothing when it asks for none, or for one that
  // nobody can use any more: its link is dead or was followed by another, or the person is erased.
  std::optional<Letter> letter_for(const Recorded& recorded, const Rows& state, Time now) const;

  // Whom the letter that an event asks for goes to, and what it is about, also when it is of no use any more.
  struct About {
    std::optional<PersonId> person;
    std::optional<InvitationId> invitation;
  };
  About about(const Recorded& recorded, const Rows& state) const;

 private:
  const Installation& installation_;
  const LetterOptions options_;
};

}  // namespace rollcall
