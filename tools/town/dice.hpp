#pragma once

#include <cstddef>
#include <cstdint>

namespace rollcall::tools {

// Chance that repeats itself: SplitMix64 (Steele, Lea and Flood, 2014) and what is drawn with it.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  // 0 <= x < 1.
  double unit();
  // 0 … n-1; n is not 0.
  std::size_t below(std::size_t n);
  bool chance(double probability) { return unit() < probability; }
  // How often something happens that happens `mean` times on average (Poisson).
  std::size_t count(double mean);
  double lognormal(double median, double p95);
  double normal(double mean, double deviation);

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

}  // namespace rollcall::tools
