// What a read model is: a pure fold of facts into rows. Running it live (projector.hpp), anew (rebuild.hpp) or up to a
// moment of the past (as_of.hpp) is one and the same fold.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "events/entry.hpp"
#include "events/rows.hpp"

namespace rollcall::projections {

// Which alternatives of Event something is about, by their place in the variant. Never stored.
using EventTypes = std::array<bool, AllEvents::count>;

// The place of a type in Event by its stored name; nothing for a name this program does not know.
std::optional<std::size_t> event_number(std::string_view type);
// An entry as a fold needs it: personal data of the payload opened, or read as erased; that of the actor is nobody's
// business here. Throws Malformed, also for a type or version that is not known.
Recorded decode_for_fold(std::string_view entry, const KeyRing& keys);

// One run of a read model's fold on top of rows that do not change meanwhile. It keeps what it touched decoded in
// memory, so a long run costs one write for each row and not one for each event.
class Fold {
 public:
  virtual ~Fold() = default;
  // Total: erased personal data, and events about what is not in the rows, are no errors. Reads no clock.
  virtual void apply(const Recorded& recorded) = 0;
  // How many rows are held in memory.
  virtual std::size_t held() const = 0;
  // What the events applied have changed. The last call: the fold is spent.
  virtual RowChanges changes() = 0;
};

struct Projection {
  std::string_view name;      // as in `rollcall rebuild NAME`
  std::uint32_t version = 0;  // raised with every change of rows or meaning: digests of others are not comparable
  EventTypes types{};         // the events it is about; a type that nobody knows is about all of them
  // `before` must outlive the fold.
  std::unique_ptr<Fold> (*fold)(const Rows& before) = nullptr;
  // What the row of this key is, for people, e.g. "user gx624 usr_…". Never personal data.
  std::string (*row_name)(std::string_view key) = nullptr;
};

// ---- how one is written ------------------------------------------------------------------------------------------
// A view is a class with `on(const Envelope&, const E&)` for each event E that concerns it, `held()` and `changes()`.
// What it is about follows from that: no list beside the code can disagree with it.

template <class View, class E>
concept Handles = requires(View& view, const Envelope& at, const E& event) { view.on(at, event); };

template <class View>
constexpr EventTypes types_of() {
  return []<class... E>(Types<E...>) { return EventTypes{Handles<View, E>...}; }(AllEvents{});
}

template <class View>
class FoldOf final : public Fold {
 public:
  explicit FoldOf(const Rows& before) : view_(before) {}
  void apply(const Recorded& recorded) override {
    visit(
        [&]<class E>(const E& event) {
          if constexpr (Handles<View, E>) view_.on(recorded.envelope, event);
        },
        recorded.event);
  }
  std::size_t held() const override { return view_.held(); }
  RowChanges changes() override { return view_.changes(); }

 private:
  View view_;
};

template <class View>
std::unique_ptr<Fold> fold_of(const Rows& before) {
  return std::make_unique<FoldOf<View>>(before);
}

}  // namespace rollcall::projections
