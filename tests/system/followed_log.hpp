// A data folder with a writer on it, on a clock that the test moves: what followers work for.
#pragma once

#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "adapters/crypto/random.hpp"
#include "adapters/writer/local_commit.hpp"
#include "adapters/writer/writer_thread.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/failing.hpp"
#include "tests/support/memory_mail.hpp"
#include "tests/support/moved_clock.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/installation/installation.hpp"
#include "tools/server/api/desk.hpp"
#include "tools/server/followers/mailer.hpp"

namespace rollcall::testing {

constexpr const char* app = "gx624";

// A data folder with a writer on it, and one account.
class FollowedLog {
 public:
  FollowedLog()
      : ready_(crypto()),
        installation_(options(), clock),
        commit_(installation_.log(), installation_.signer()),
        writer(installation_.log(), commit_, installation_.keys(), installation_.claims(), writer_options()) {
    const auto opened =
        events(Caller::operator_key(),
               OpenAccount{NewAccountId::parse(account.str()).value(), "Great X", "olga@gx624.example", "Olga", 5, {}});
    owner = get<AccountOpened>(opened.at(0).event).owner_person;
  }

  // What became of a command, when it is durable.
  Answer ask(Caller caller, Command command, Proofs proofs = {}) {
    Context context{.now = clock.now(), .ids = Ids(random_seed(), clock.now())};
    if (caller.on_behalf_of) context.reason = "asked by phone";
    context.caller = std::move(caller);
    context.proofs = std::move(proofs);
    context.command = context.ids.next<CommandId>();
    context.correlation = context.command;
    std::promise<Answer> answer;
    const bool taken =
        writer.submit(std::move(command), std::move(context), [&](Answer one) { answer.set_value(std::move(one)); });
    REQUIRE(taken);
    return answer.get_future().get();
  }
  std::vector<Recorded> events(Caller caller, Command command, Proofs proofs = {}) {
    const auto answer = ask(std::move(caller), std::move(command), std::move(proofs));
    REQUIRE(std::holds_alternative<std::vector<Recorded>>(answer.outcome));
    return std::get<std::vector<Recorded>>(answer.outcome);
  }

  Caller for_the_owner() const {
    auto caller = Caller::operator_key();
    caller.on_behalf_of = owner;
    return caller;
  }
  PartnerInvited invite(const std::string& email) {
    return get<PartnerInvited>(events(for_the_owner(), InvitePartner{account, email, false, {}, {}}).at(0).event);
  }
  // The owner uses his set-up link and signs in.
  SessionId sign_in() {
    Proofs link;
    link.link = LinkProof{LinkKind::setup, owner.bytes, 1};
    link.new_verifier = "argon2id of a password";
    const auto set = events({}, CompleteSetup{Secret{"token"}, true, Secret{"a good password"}, {}}, link);
    for (const auto& one : set)
      if (const auto* e = get_if<PasswordSet>(&one.event)) password_.password_matched = e->credential;
    return sign_in_again({});
  }
  SessionId sign_in_again(Caller from) {
    const auto started =
        events(std::move(from), StartSession{"olga@gx624.example", Secret{"a good password"}, {}}, password_);
    return get<SessionStarted>(started.at(0).event).session;
  }

  // All that was submitted before is decided and durable: commands are answered in their order.
  void settle() { (void)ask(Caller::clock(), EndSession{SessionId{}}); }

  template <class E>
  std::vector<E> all() const {
    std::vector<E> found;
    installation_.log().read(0, [&](Position, std::string_view entry) {
      const auto recorded = decode_entry(entry, &installation_.keys());
      if (const auto* event = get_if<E>(&recorded.event)) found.push_back(*event);
      return true;
    });
    return found;
  }
  void erase(const PersonId& person) {
    const auto snapshot = installation_.log().state();
    const State state(*snapshot.rows, installation_.keys(), installation_.claims());
    installation_.keys().destroy(state.get<PersonRow>(PersonRow::key(person)).key_number);
  }
  const Installation& installation() const { return installation_; }
  std::filesystem::path cursor_file() const { return folder_ / "mailer.cursor"; }
  Mailer mailer(Mail& mail, std::size_t per_second = 50, std::size_t at_once = 500,
                std::function<bool(const RecordMail&)> record = {}) const {
    return Mailer(installation_, mail, clock,
                  {{"https://rollcall.example"},
                   cursor_file(),
                   folder_ / "mailer.parked",
                   per_second,
                   at_once,
                   std::move(record)});
  }

  const AccountId account = AccountId::parse(app).value();
  MovedClock clock;
  PersonId owner;

 private:
  static bool crypto() {
    start_crypto();
    return true;
  }
  InstallationOptions options() const {
    InstallationOptions options;
    options.folder = folder_ / "data";
    options.create = true;
    return options;
  }
  WriterOptions writer_options() const {
    WriterOptions options;
    options.now = [this] { return clock.now(); };
    options.fresh_seed = random_seed;
    return options;
  }

  Proofs password_;  // of the owner, once there is one
  TemporaryFolder folder_;
  bool ready_;
  Installation installation_;
  LocalCommit commit_;

 public:
  WriterThread writer;
};

inline std::vector<std::string> receivers(const MemoryMail& box) {
  std::vector<std::string> all;
  for (const auto& letter : box.letters()) all.push_back(letter.to);
  return all;
}

using Receivers = std::vector<std::string>;

constexpr Duration moment{1};  // a microsecond: the finest there is
constexpr Duration between(Duration from, Duration to) { return {to.micros - from.micros}; }

}  // namespace rollcall::testing
