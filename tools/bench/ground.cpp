#include "tools/bench/ground.hpp"

#include <algorithm>

#include "tools/print/progress.hpp"

namespace rollcall::tools {

namespace fs = std::filesystem;

AccountId large_account() { return AccountId::parse("large").value(); }
AccountId heavy_account() { return AccountId::parse("heavy").value(); }

namespace {

Time today() {
  const auto day = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return Time{std::chrono::duration_cast<std::chrono::microseconds>(day.time_since_epoch()).count()};
}

}  // namespace

Ground prepare(const fs::path& folder, Position events, bool hot_spots) {
  constexpr Position events_of_account = 1'350;  // a little less than it has, so that none is without its days
  WorkloadOptions options;
  options.ends = today();
  options.events_max = events;
  const auto installation = found_for(folder, options);
  Workload workload(*installation, options);
  workload.settle(events / events_of_account, 0.05);
  if (hot_spots) {
    workload.settle_large_account(large_account(), large_account_users);
    workload.settle_heavy_user(heavy_account(), heavy_user_contacts, heavy_user_colleagues);
  }
  Progress bar(fmt::format("writing {}", folder.filename().string()), events);
  workload.run([&](Position size) { bar.update(std::min(size, events)); });
  bar.finish();
  Progress folding("building read models", installation->log().size());
  build_views(*installation, [&](Position done) { folding.update(done); });
  folding.finish();

  Ground ground{folder, {}, {}, {}, {}, {}};
  const auto& town = workload.town();
  for (const auto& account : town.accounts()) {
    if (account.members.empty()) continue;
    const Login owner{account.id, town.person(account.owner).email};
    if (account.id == large_account())
      ground.large_owner = owner;
    else if (account.id == heavy_account())
      ground.heavy_owner = owner;
    else
      ground.owners.push_back(owner);
  }
  for (const auto& member : town.members()) {
    if (town.account(member.account).id != heavy_account() || member.owner) continue;
    if (member.open.contacts > 0)
      ground.heavy_user = member.id;
    else
      ground.colleagues.push_back(member.id);
  }
  return ground;
}

}  // namespace rollcall::tools
