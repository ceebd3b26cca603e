// `rollcall followers`: what follows the log of a folder that is not served, and whether it can; and, after the log was
// restored from an older copy, puts it right.
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/crypto/random.hpp"
#include "adapters/rocksdb/views.hpp"
#include "events/mark.hpp"
#include "projections/views/views.hpp"
#include "tools/failure.hpp"
#include "tools/installation/installation.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"
#include "tools/server/followers/mailer.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct FollowersOptions {
  std::string data = "data";
  bool put_right = false;
  std::optional<Position> mails_from;
  bool json = false;
};

// Followers kept in a folder, one after the other.
class Followers {
 public:
  explicit Followers(const FollowersOptions& options)
      : options_(options), installation_({.folder = options.data, .must_exist = true}, clock_) {}

  bool all_fit() const { return all_fit_; }

  void run() {
    Views views(installation_.folder().views());
    for (const auto* projection : projections::all_projections()) {
      const auto done = views.open(projection->name, projection->version)->snapshot().progress;
      std::string state = "follows";
      if (done.version != projection->version) state = "of another version: the next start makes it anew";
      if (const auto why = unfit(done.applied, done.leaf)) {
        state = *why;
        if (options_.put_right) {
          views.begin_generation(projection->name, projection->version);
          views.swap(projection->name);
          state = "was emptied: the next start makes it anew";
        }
      }
      show(projection->name, done.applied, state);
    }
    mailer();
    if (options_.json)
      print_json({{"followers", std::move(shown_)}, {"all_fit", all_fit_}});
    else
      table_.print();
  }

 private:
  void mailer() {
    const auto& log = installation_.log();
    CursorFile file(installation_.folder().mailer_cursor());
    const auto cursor = file.read();
    const auto set = [&](Position to) {
      file.keep({to, to == 0 ? std::nullopt : mark_at(log, to - 1).leaf});
      ParkedFile(installation_.folder().mailer_parked()).keep({});
      return fmt::format("sends the mails asked for from event {} on", to);
    };
    std::string state = "follows";
    if (options_.mails_from) {
      if (*options_.mails_from > log.size())
        throw Failure(fmt::format("--mails-from {}: the log has {} events", *options_.mails_from, log.size()));
      state = set(*options_.mails_from);
    } else if (const auto why = unfit(cursor.position, cursor.leaf)) {
      state = options_.put_right ? set(log.size()) : *why;
    }
    show("mailer", cursor.position, state);
  }

  std::optional<std::string> unfit(Position applied, std::optional<std::uint32_t> leaf) {
    if (applied == 0) return std::nullopt;
    auto why = misfit({applied - 1, leaf}, installation_.log());
    if (why && !options_.put_right) all_fit_ = false;
    return why;
  }
  void show(std::string_view name, Position applied, const std::string& state) {
    const auto size = installation_.log().size();
    table_.add({std::string{name}, fmt::to_string(applied), fmt::to_string(size), state});
    shown_.push_back({{"name", name}, {"events", applied}, {"of", size}, {"state", state}});
  }

  const FollowersOptions options_;
  SystemClock clock_;
  Installation installation_;
  Table table_{{{"FOLLOWER", Column::Kind::whole},
                {"EVENTS", Column::Kind::number},
                {"OF", Column::Kind::number},
                {"", Column::Kind::whole}}};
  json::array shown_;
  bool all_fit_ = true;
};

}  // namespace

void add_followers(CLI::App& app) {
  auto options = std::make_shared<FollowersOptions>();
  auto* command = app.add_subcommand(
      "followers", "Show what follows the log of a folder that is not served; put it right after a restore");
  command->add_option("--data", options->data, "the data folder")->envname("ROLLCALL_DATA")->capture_default_str();
  command->add_flag("--put-right", options->put_right,
                    "read models that are ahead of the log, or followed another, are made anew by the next start; the "
                    "mailer goes on behind the last event there is");
  command
      ->add_option("--mails-from", options->mails_from,
                   "have the mailer send from this event on what is still of use; some may come twice")
      ->type_name("N");
  command->add_flag("--json", options->json, "print it as JSON");
  command->footer(
      "After the log was restored from an older copy, those who followed it are ahead of it: the server refuses to "
      "start, since it may also be that the end of the log was lost. Consumers of the feed and of Kafka find out by "
      "the "
      "leaf hash they have of the last event.");
  command->callback([options] {
    start_crypto();
    Followers followers(*options);
    followers.run();
    if (!followers.all_fit())
      throw Failure("some cannot follow this log", {"put a newer copy of the log back, or run this with --put-right"});
  });
}

}  // namespace rollcall::tools
