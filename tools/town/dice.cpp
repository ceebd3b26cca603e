#include "tools/town/dice.hpp"

#include <cmath>
#include <numbers>

namespace rollcall::tools {

std::uint64_t Dice::next() {
  state_ += 0x9e3779b97f4a7c15;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double Dice::unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

std::size_t Dice::below(std::size_t n) { return static_cast<std::size_t>(unit() * static_cast<double>(n)); }

std::size_t Dice::count(double mean) {
  const auto limit = std::exp(-mean);
  std::size_t happened = 0;
  for (auto product = unit(); product > limit; product *= unit()) ++happened;
  return happened;
}

double Dice::normal(double mean, double deviation) {
  const auto radius = std::sqrt(-2 * std::log(1 - unit()));
  return mean + deviation * radius * std::cos(2 * std::numbers::pi * unit());
}

double Dice::lognormal(double median, double p95) {
  constexpr double quantile_95 = 1.645;
  return median * std::exp(normal(0, std::log(p95 / median) / quantile_95));
}

}  // namespace rollcall::tools
