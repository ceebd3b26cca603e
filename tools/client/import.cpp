// `rollcall import records`: a CRM's CSV export becomes records and their owners.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "domain/engine/decide.hpp"
#include "domain/persons/address.hpp"
#include "events/hash.hpp"
#include "projections/views/users.hpp"
#include "tools/client/files.hpp"
#include "tools/client/listing.hpp"
#include "tools/client/records_csv.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t rejected_shown = 20;

struct ImportOptions {
  RemoteOptions remote;
  std::string account;
  std::string file;
  std::string kind;
  std::string map;
  std::size_t batch = 1000;
  std::string separator, encoding;
  std::string owner_by = "address";
  std::vector<std::string> completed, open;
  bool dry_run = false;
  std::string rejected_file;
};

ImportRules rules_of(const ImportOptions& options) {
  ImportRules rules;
  if (!options.map.empty()) {
    auto columns = parse_column_map(options.map);
    if (!columns) throw CLI::ValidationError("--map", columns.error());
    rules.columns = std::move(*columns);
  }
  for (const auto kind : {RecordKind::contact, RecordKind::lead, RecordKind::task})
    if (options.kind == name_of(kind)) rules.kind = kind;
  rules.batch_max = options.batch;
  rules.completed = options.completed;
  rules.open = options.open;
  return rules;
}

CsvChoices choices_of(const ImportOptions& options) {
  CsvChoices choices;
  choices.separator = separator_named(options.separator);
  for (const auto encoding : {CsvEncoding::utf_8, CsvEncoding::utf_16, CsvEncoding::windows_1252})
    if (options.encoding == name_of(encoding)) choices.encoding = encoding;
  return choices;
}

// The file of rejected rows, which is there as a whole when all is done. That it can be written is found out before
// anything is imported, and what is read is never written over.
class RejectedFile {
 public:
  explicit RejectedFile(const ImportOptions& options) : file_(options.rejected_file) {
    if (file_.empty()) return;
    if (file_ == "-") throw CLI::ValidationError("--rejected", "- is no file: name one");
    std::error_code ignored;
    if (std::filesystem::equivalent(file_, options.file, ignored))
      throw CLI::ValidationError("--rejected", file_ + " is the file that is imported: name another");
    // Whatever else it is may be read, too: a key, a certificate, somebody's list.
    if (std::filesystem::exists(file_, ignored) && !is_ours())
      throw CLI::ValidationError("--rejected", file_ + " is there, and no list of rejected rows: name another");
    // One that somebody has is not ours to write over, or to remove.
    const int made = ::open(part().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) throw Failure(fmt::format("cannot write {}: {}", part(), std::strerror(errno)));
    ::close(made);
    part_is_ours_ = true;
    out_.open(part(), std::ios::binary | std::ios::trunc);
    if (!out_) throw Failure(fmt::format("cannot write {}", file_));
  }
  ~RejectedFile() {
    std::error_code ignored;
    if (part_is_ours_) std::filesystem::remove(part(), ignored);
  }
  RejectedFile(const RejectedFile&) = delete;
  RejectedFile& operator=(const RejectedFile&) = delete;

  void write(const std::string& text) {
    if (file_.empty()) return;
    out_ << text;
    out_.close();
    std::error_code failed;
    if (out_) std::filesystem::rename(part(), file_, failed);
    if (!out_ || failed) throw Failure(fmt::format("cannot write {}", file_));
  }

 private:
  std::string part() const { return file_ + ".part"; }
  // What an import wrote before: its columns say so. An empty file is anybody's.
  bool is_ours() const {
    if (!std::filesystem::is_regular_file(file_)) return false;
    std::ifstream in(file_, std::ios::binary);
    std::string line;
    std::getline(in, line);
    return line.empty() || line.find("rejected because") != std::string::npos;
  }

  std::string file_;
  bool part_is_ours_ = false;
  std::ofstream out_;
};

void find_owners(Remote& remote, const std::string& account, bool by_name, ImportRules& rules) {
  QueryOptions everything;
  everything.given["account"] = account;
  everything.given["status"] = "active";
  everything.all = true;
  const auto answer = fetch_list(remote, projections::Users::path, everything, projections::Users::listed);
  if (by_name) rules.owners_by_name.emplace();
  for (const auto& row : elements(answer, "users")) {
    const auto address = normalise_address(text_of(member(row, "email")));
    const auto id = MembershipId::parse(text_of(member(row, "id")));
    if (!id) continue;
    if (address) rules.owners.emplace(*address, *id);
    const auto name = text_of(member(row, "name"));
    if (by_name && !name.empty()) (*rules.owners_by_name)[plain_name(name)].push_back(*id);
  }
}

json::object body_of(const ImportBatch& batch, const std::string& account) {
  json::object body{{"account", account}, {"kind", name_of(batch.kind)}, {"records", to_json(batch.records)}};
  if (batch.owner) body["owner"] = batch.owner->text();
  if (batch.kind == RecordKind::task) body["status"] = name_of(batch.status);
  return body;
}

// Sends the batches and keeps the counts.
class Import {
 public:
  Import(const ImportOptions& options, Remote& remote, ImportPlan& plan)
      : options_(options), remote_(remote), plan_(plan) {}

  void run() {
    std::uint64_t total = 0;
    for (const auto& batch : plan_.batches) total += batch.records.size();
    Progress bar{options_.dry_run ? "checking" : "importing", total};
    std::uint64_t done = 0;
    for (const auto& batch : plan_.batches) {
      send(batch);
      bar.update(done += batch.records.size());
    }
    bar.finish();
    already_there_ += plan_.repeated;
    std::sort(plan_.rejected.begin(), plan_.rejected.end(),
              [](const RejectedRow& a, const RejectedRow& b) { return a.row.line < b.row.line; });
  }

  // Records that were there already, and are not as the file says: counted, each with its line.
  struct Differing {
    std::uint64_t elsewhere = 0;  // somebody else's by now, or nobody's
    std::uint64_t closed = 0;     // completed here, open in the file
    std::uint64_t open = 0;       // the other way round
    std::vector<RejectedRow> rows;
  };
  // Asks how those are by now. Nothing is changed for them: who has a record is decided here, not by an old export.
  Differing compare_known() {
    Differing differing;
    for (const auto& [kind, records] : known_) compare(kind, records, differing);
    std::sort(differing.rows.begin(), differing.rows.end(),
              [](const RejectedRow& a, const RejectedRow& b) { return a.row.line < b.row.line; });
    return differing;
  }

  std::uint64_t imported() const { return imported_; }
  std::uint64_t already_there() const { return already_there_; }

 private:
  void send(const ImportBatch& batch) {
    const auto body = body_of(batch, options_.account);
    const auto target = target_of({"v1", "commands", "ImportRecords"}, {{"dry_run", options_.dry_run ? "true" : ""}});
    try {
      count(batch, remote_.post(target, body, key_of(body)));
    } catch (const Refused& refused) {
      // What stands in the way of one batch need not stand in the way of the others; who may not, may not at all.
      if (refused.status() != 409 && refused.status() != 422) throw stopped(refused);
      for (const auto& row : batch.rows) plan_.rejected.push_back({row, refused.what()});
    } catch (const Failure& failure) {
      throw stopped(failure);
    }
  }

  void count(const ImportBatch& batch, const json::value& answer) {
    std::set<std::string_view> fresh;
    for (const auto& event : elements(answer, "events"))
      for (const auto& record : elements(member(event, "data"), "records")) fresh.insert(text_of(record));
    imported_ += fresh.size();
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      if (fresh.contains(batch.records[i].str())) continue;
      ++already_there_;
      known_[batch.kind].insert_or_assign(batch.records[i].str(), Known{batch.owner, batch.status, batch.rows[i]});
    }
  }

  // What the file says of a record that was there already.
  struct Known {
    std::optional<MembershipId> owner;
    RecordStatus status{};
    ImportRow row;
  };

  void compare(RecordKind kind, const std::map<std::string, Known>& records, Differing& differing) {
    Progress bar{fmt::format("comparing {}s", name_of(kind)), records.size()};
    std::uint64_t done = 0;
    for (auto at = records.begin(); at != records.end();) {
      const auto page = remote_.get(target_of({"v1", "accounts", options_.account, "records", name_of(kind)},
                                              {{"from", at->first}, {"limit", "1000"}}));
      for (const auto& here : elements(page, "records")) {
        const auto known = records.find(std::string{text_of(member(here, "record"))});
        if (known == records.end()) continue;
        compare(known->second, here, differing);
        bar.update(++done);
      }
      const auto next = text_of(member(page, "next"));
      at = next.empty() ? records.end() : records.lower_bound(std::string{next});
    }
    bar.finish();
  }

  static void compare(const Known& known, const json::value& here, Differing& differing) {
    std::string why;
    const auto owner = text_of(member(here, "owner"));
    if (owner != (known.owner ? known.owner->text() : std::string{})) {
      ++differing.elsewhere;
      why = owner.empty() ? "is nobody's by now" : fmt::format("belongs to {} by now", owner);
    }
    const auto status = text_of(member(here, "status"));
    if (status != name_of(known.status)) {
      ++(known.status == RecordStatus::open ? differing.closed : differing.open);
      why += fmt::format("{}is {} here", why.empty() ? "" : ", and ", status);
    }
    if (!why.empty()) differing.rows.push_back({known.row, why});
  }

  // Sent again within this run, a batch is imported once and counted as it was. Another run asks anew: what was refused
  // may be possible by then, and what is known is passed over and counted as such.
  std::string key_of(const json::object& body) const { return to_hex(bytes_of(sha256(run_ + json::serialize(body)))); }

  Failure stopped(const Failure& failure) const {
    auto notes = failure.notes();
    notes.push_back(fmt::format("{} records were imported before that; it is safe to run the same import again",
                                grouped(options_.dry_run ? 0 : imported_)));
    return Failure(failure.what(), std::move(notes));
  }

  static std::string random_text() {
    std::random_device device;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
  }

  const ImportOptions& options_;
  Remote& remote_;
  ImportPlan& plan_;
  std::uint64_t imported_ = 0;
  std::uint64_t already_there_ = 0;
  std::map<RecordKind, std::map<std::string, Known>> known_;  // already there
  const std::string run_ = random_text();
};

void print_differing(const ImportOptions& options, const Import::Differing& differing) {
  const auto say = [&](std::uint64_t count, std::string_view how) {
    if (count > 0) fmt::print("  {} already there {}\n", grouped(count), how);
  };
  say(differing.elsewhere, "belong to somebody else than in the file");
  say(differing.closed, "are completed here and open in the file");
  say(differing.open, "are open here and completed in the file");
  if (!differing.rows.empty())
    fmt::print("  nothing was changed for them{}\n",
               options.rejected_file.empty() ? "; --rejected FILE names their lines" : "");
}

void print_report(const ImportOptions& options, const ImportPlan& plan, const Import& import) {
  fmt::print("{} {} · already there {} · rejected {} of {} lines\n",
             options.dry_run ? "dry run: would import" : "imported", grouped(import.imported()),
             grouped(import.already_there()), grouped(plan.rejected.size()), grouped(plan.rows));
  const auto shown_now = std::min(plan.rejected.size(), rejected_shown);
  for (std::size_t i = 0; i < shown_now; ++i)
    fmt::print("  line {}: {}\n", plan.rejected[i].row.line, printable(plan.rejected[i].reason));
  if (shown_now < plan.rejected.size())
    fmt::print("  … and {} more (--rejected FILE keeps them all)\n", grouped(plan.rejected.size() - shown_now));
  std::string states;
  for (const auto& [state, rows] : plan.unknown_states)
    states += fmt::format("{}\"{}\" ({} {})", states.empty() ? "" : ", ", printable(state), grouped(rows),
                          rows == 1 ? "line" : "lines");
  if (!states.empty())
    fmt::print(
        "  states of tasks that are not known: {}: say which mean completed with --completed, open with --open\n",
        states);
  if (!plan.help.empty()) fmt::print("  {}\n", printable(plan.help));
}

void print_report_json(const ImportOptions& options, const CsvText& text, const ImportPlan& plan, const Import& import,
                       const Import::Differing& differing) {
  const auto lines = [](const std::vector<RejectedRow>& rows) {
    json::array all;
    for (const auto& [row, reason] : rows) all.push_back({{"line", row.line}, {"reason", reason}});
    return all;
  };
  print_json({{"dry_run", options.dry_run},
              {"lines", plan.rows},
              {"imported", import.imported()},
              {"already_there", import.already_there()},
              {"differing", lines(differing.rows)},
              {"rejected", lines(plan.rejected)},
              {"assumed", json::value_from(text.assumed)}});
}

void import_records(const ImportOptions& options) {
  auto rules = rules_of(options);
  const auto text = csv_text(read_file(options.file), choices_of(options));
  if (!text) throw Failure(fmt::format("{}: {}", options.file, text.error()));
  for (const auto& assumed : text->assumed) fmt::print(stderr, "{}: {}\n", options.file, assumed);
  RejectedFile rejected(options);
  Remote remote(options.remote);
  find_owners(remote, options.account, options.owner_by == "name", rules);
  auto plan = plan_import(*text, rules);
  if (!plan) throw Failure(fmt::format("{}, line {}: {}", options.file, plan.error().line, plan.error().detail));

  Import import(options, remote, *plan);
  import.run();
  const auto differing = import.compare_known();
  rejected.write(rejected_csv(*plan, differing.rows));
  if (options.remote.json) {
    print_report_json(options, *text, *plan, import, differing);
  } else {
    print_report(options, *plan, import);
    print_differing(options, differing);
  }
  if (!plan->rejected.empty()) throw Unsuccessful{};
}

}  // namespace

void add_import(CLI::App& app) {
  auto& parent = *app.add_subcommand("import", "Import what a CRM exported");
  parent.require_subcommand(1);
  auto& command =
      *parent.add_subcommand("records", "Import contacts, leads or tasks with their owners from a CSV file");
  auto options = std::make_shared<ImportOptions>();
  command.add_option("account", options->account, "app id")->required()->type_name("ACCOUNT");
  command
      .add_option("file", options->file, "CSV (RFC 4180) whose first line names the columns; - reads standard input")
      ->required()
      ->type_name("FILE.csv");
  command.add_option("--kind", options->kind, "all rows are of this kind: contact, lead or task")
      ->check(CLI::IsMember({"contact", "lead", "task"}));
  command.add_option("--map", options->map,
                     "which column is what, as in \"id=Contact Id,owner=Owner Email,kind=Type,status=Status\"; the "
                     "usual names are found without; owner= says that nobody owns them");
  command
      .add_option("--separator", options->separator,
                  "what is between the cells: comma, semicolon, tab or bar; else found by looking")
      ->check(CLI::IsMember({"comma", "semicolon", "tab", "bar", ",", ";", "|"}));
  command.add_option("--encoding", options->encoding, "utf-8, utf-16 or windows-1252; else found by looking")
      ->check(CLI::IsMember({"utf-8", "utf-16", "windows-1252"}));
  command.add_option("--owner-by", options->owner_by, "owners are given by their address, or by their unique name")
      ->check(CLI::IsMember({"address", "name"}))
      ->capture_default_str();
  command
      .add_option("--completed", options->completed, "further words for a completed task, as in \"Done,Closed won\"")
      ->delimiter(',')
      ->type_name("WORDS");
  command.add_option("--open", options->open, "further words for an open task")->delimiter(',')->type_name("WORDS");
  command.add_option("--batch", options->batch, "records in one command")
      ->check(CLI::Range(std::size_t{1}, records_per_command_max))
      ->capture_default_str();
  command.add_flag("--dry-run", options->dry_run, "let the server check everything; nothing is recorded");
  command.add_option("--rejected", options->rejected_file, "write the rejected rows there, to be mended and imported")
      ->type_name("FILE.csv");
  command.footer(
      "It is safe to run twice: records that are known are passed over. Exit code 1 if a line was rejected.");
  add_remote_options(command, options->remote);
  command.callback([options] { import_records(*options); });
}

}  // namespace rollcall::tools
