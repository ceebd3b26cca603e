// What events do to access keys.
#include "domain/engine/evolve.hpp"

#include <algorithm>

#include "domain/engine/rows.hpp"

namespace rollcall {

bool AccessKeyRow::is_for(KeyScope scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

namespace {

class AccessKeysFold {
 public:
  explicit AccessKeysFold(State& state) : state_(state) {}

  void on(const Envelope& at, const AccessKeyCreated& e) {
    AccessKeyRow row;
    row.holder = e.holder;
    row.name = e.name;
    row.scopes = e.scopes;
    row.account = e.account;
    row.expires_at = e.expires_at;
    row.digest = e.digest;
    row.created_at = at.recorded_at;
    row.began = at.position;
    state_.add(AccessKeyRow::key(e.key), row);
    state_.add(AccessKeyOfRow::key(e.holder, e.key), AccessKeyOfRow{});
    if (e.replaces && e.replaced_until && state_.find<AccessKeyRow>(AccessKeyRow::key(*e.replaces)))
      state_.change<AccessKeyRow>(AccessKeyRow::key(*e.replaces),
                                  [&](AccessKeyRow& old) { old.expires_at = *e.replaced_until; });
  }
  void on(const Envelope&, const AccessKeysRevoked& e) {
    for (const auto& key : e.keys) {
      const auto row = state_.find<AccessKeyRow>(AccessKeyRow::key(key));
      if (!row) continue;
      state_.erase(AccessKeyRow::key(key));
      state_.remove(AccessKeyOfRow::key(row->holder, key), AccessKeyOfRow{});
    }
  }
  void on(const Envelope&, const AccessKeyUsed& e) {
    if (!state_.find<AccessKeyRow>(AccessKeyRow::key(e.key))) return;  // revoked meanwhile
    state_.change<AccessKeyRow>(AccessKeyRow::key(e.key), [&](AccessKeyRow& row) { row.last_used = e.until; });
  }

 private:
  State& state_;
};

}  // namespace

constinit const Evolution access_keys_evolution = evolution_of<AccessKeysFold>();

}  // namespace rollcall
