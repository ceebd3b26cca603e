#include "tools/server/api/turns.hpp"

#include <algorithm>
#include <utility>

#include <pthread.h>

#include "tools/server/followers/followers.hpp"

namespace rollcall::api {

Turns::Turns(const Limits& limits) : limits_(limits) {
  for (std::size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { take_turns(); });
}

Turns::~Turns() { close(); }

void Turns::enter(std::string_view lane, Work work, Done done) {
  std::optional<Done> turned_away;
  {
    const std::lock_guard lock(mutex_);
    const auto known = lanes_.find(lane);
    const auto in_lane = known == lanes_.end() ? 0 : known->second.size();
    const auto longest = std::max_element(
        lanes_.begin(), lanes_.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    const bool full = waiting_ >= limits_.waiting_max;
    if (closed_ || in_lane >= limits_.lane_max || (full && longest->second.size() <= in_lane + 1)) {
      turned_away = std::move(done);
    } else {
      if (full) {
        turned_away = std::move(longest->second.back().done);
        longest->second.pop_back();
        --waiting_;
      }
      auto& place = known == lanes_.end() ? lanes_[std::string{lane}] : known->second;
      if (place.empty()) order_.emplace_back(lane);
      place.push_back({std::move(work), std::move(done)});
      ++waiting_;
      wake_.notify_one();
    }
  }
  if (turned_away) (*turned_away)(false);
}

void Turns::take_turns() {
  ::pthread_setname_np(::pthread_self(), "passwords");
  let_commands_go_first();
  while (true) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closed_ || waiting_ > 0; });
      if (closed_) return;
      const auto lane = std::move(order_.front());
      order_.pop_front();
      const auto at = lanes_.find(lane);
      next = std::move(at->second.front());
      at->second.pop_front();
      --waiting_;
      if (at->second.empty())
        lanes_.erase(at);
      else
        order_.push_back(lane);
    }
    next.work();
    next.done(true);
  }
}

void Turns::close() {
  std::vector<Done> turned_away;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (auto& [lane, waiting] : lanes_)
      for (auto& one : waiting) turned_away.push_back(std::move(one.done));
    lanes_.clear();
    order_.clear();
    waiting_ = 0;
    wake_.notify_all();
  }
  for (auto& done : turned_away) done(false);
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

}  // namespace rollcall::api
