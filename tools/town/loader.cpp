#include "tools/town/loader.hpp"

#include <utility>

namespace rollcall::tools {
namespace {

constexpr std::size_t batch_commands = 1'000;
constexpr std::size_t batch_bytes = 4 * 1024 * 1024;

}  // namespace

Loader::Loader(Installation& installation)
    : installation_(installation),
      writer_(installation.log(), installation.keys(), installation.claims()),
      appender_(installation.log(), installation.signer()) {}

Answer Loader::handle(const Command& command, Context context) {
  auto answer = writer_.handle(command, std::move(context));
  if (++commands_ >= batch_commands || writer_.batch_bytes() >= batch_bytes) hand_over();
  return answer;
}

std::vector<Recorded> Loader::work(Time now, const Ids::Seed& seed) {
  auto events = writer_.work(now, seed);
  if (++commands_ >= batch_commands || writer_.batch_bytes() >= batch_bytes) hand_over();
  return events;
}

void Loader::hand_over() {
  settle();
  commands_ = 0;
  if (writer_.batch_is_empty()) return;
  appending_ =
      std::async(std::launch::async, [this, batch = writer_.close()]() mutable { appender_.append(std::move(batch)); });
}

void Loader::settle() {
  if (!appending_.valid()) return;
  appending_.get();
  writer_.durable();
}

void Loader::finish() {
  hand_over();
  settle();
  installation_.log().flush();
}

}  // namespace rollcall::tools
