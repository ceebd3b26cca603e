#include "tools/client/records_csv.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "domain/persons/address.hpp"
#include "events/record.hpp"

namespace rollcall::tools {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto begin = std::min(text.find_first_not_of(blank), text.size());
  return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

// Letters and digits in lower case: "Owner E-mail" and "owner_email" are the same name.
std::string plain(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z')
      letters.push_back(static_cast<char>(c + ('a' - 'A')));
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0)
      letters.push_back(c);
  }
  return letters;
}

struct ColumnPart {
  std::string_view name;
  std::optional<std::string> ColumnNames::*typed;
  std::vector<std::string_view> usual;
};

const std::array<ColumnPart, 4>& column_parts() {
  static const std::array<ColumnPart, 4> parts{
      {{"id", &ColumnNames::id, {"id", "recordid", "contactid", "leadid", "opportunityid", "taskid"}},
       {"kind", &ColumnNames::kind, {"kind", "recordkind", "recordtype", "type"}},
       {"owner", &ColumnNames::owner, {"owneremail", "owneremailaddress", "assignedtoemail", "owner", "assignedto"}},
       {"status", &ColumnNames::status, {"status", "taskstatus"}}}};
  return parts;
}

// ---- columns ------------------------------------------------------------------------------------------------------

using Place = std::optional<std::size_t>;

struct Columns {
  Place id, kind, owner, status;
};

Expected<Place, std::string> find_column(const std::vector<std::string>& header, const ColumnPart& part,
                                         const std::optional<std::string>& typed) {
  const auto wanted =
      typed ? std::vector<std::string>{plain(*typed)} : std::vector<std::string>(part.usual.begin(), part.usual.end());
  if (typed && typed->empty()) return Place{};
  for (const auto& name : wanted) {
    const auto same = [&](const std::string& title) { return plain(title) == name; };
    const auto found = std::find_if(header.begin(), header.end(), same);
    if (found == header.end()) continue;
    if (std::find_if(found + 1, header.end(), same) != header.end())
      return unexpected(fmt::format("two columns are called {}", *found));
    return Place{static_cast<std::size_t>(found - header.begin())};
  }
  if (typed) return unexpected(fmt::format("no column is called {}", *typed));
  return Place{};
}

Expected<Columns, std::string> find_columns(const std::vector<std::string>& header, const ImportRules& rules) {
  std::array<Place, 4> places;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& part = column_parts()[i];
    auto place = find_column(header, part, rules.columns.*part.typed);
    if (!place) return unexpected(std::move(place.error()));
    places[i] = *place;
  }
  const Columns columns{places[0], places[1], places[2], places[3]};
  if (!columns.id && header.size() == 1 && header[0].find_first_of(";\t|") != std::string::npos)
    return unexpected(std::string{"its cells are not separated with commas: export it so (RFC 4180)"});
  if (!columns.id) return unexpected(std::string{"no column for the id: name it, as in --map \"id=Contact Id\""});
  if (!columns.kind && !rules.kind)
    return unexpected(std::string{"no column for the kind: name it with --map kind=…, or say --kind"});
  if (!columns.owner && rules.columns.owner != "")
    return unexpected(std::string{"no column for the owner: name it with --map owner=…, or say --map owner= for none"});
  return columns;
}

// ---- cells --------------------------------------------------------------------------------------------------------

std::optional<RecordKind> kind_in(std::string_view cell) {
  const auto word = plain(cell);
  if (word == "contact" || word == "contacts") return RecordKind::contact;
  if (word == "lead" || word == "leads" || word == "opportunity" || word == "opportunities") return RecordKind::lead;
  if (word == "task" || word == "tasks") return RecordKind::task;
  return std::nullopt;
}

std::optional<RecordStatus> status_in(std::string_view cell) {
  const auto word = plain(cell);
  if (word.empty() || word == "open" || word == "pending") return RecordStatus::open;
  if (word == "completed" || word == "complete" || word == "done" || word == "closed") return RecordStatus::completed;
  return std::nullopt;
}

// One row's meaning.
struct Read {
  RecordKind kind{};
  RecordId record;
  std::optional<MembershipId> owner;
  RecordStatus status{};
};

Expected<Read, std::string> read_row(const std::vector<std::string>& cells, const Columns& columns,
                                     const ImportRules& rules) {
  const auto cell = [&](const Place& place) { return place ? trimmed(cells[*place]) : std::string_view{}; };
  Read read;

  auto record = RecordId::parse(cell(columns.id));
  if (!record) return unexpected(fmt::format("the id has to be {}", RecordId::rule));
  read.record = std::move(*record);

  const auto kind = rules.kind ? rules.kind : kind_in(cell(columns.kind));
  if (!kind) return unexpected(fmt::format("\"{}\" is not contact, lead or task", cell(columns.kind)));
  read.kind = *kind;

  if (read.kind == RecordKind::task) {
    const auto status = status_in(cell(columns.status));
    if (!status) return unexpected(fmt::format("\"{}\" is not open or completed", cell(columns.status)));
    read.status = *status;
  }

  const auto owner = cell(columns.owner);
  if (!owner.empty()) {
    const auto address = normalise_address(owner);
    if (!address) return unexpected(fmt::format("the owner \"{}\" is not an e-mail address", owner));
    const auto user = rules.owners.find(*address);
    if (user == rules.owners.end()) return unexpected(fmt::format("no active user has the address {}", owner));
    read.owner = user->second;
  }
  return read;
}

// ---- batches ------------------------------------------------------------------------------------------------------

// Deals rows into batches of one kind, owner and status, each closed when it is full.
class Batches {
 public:
  Batches(ImportPlan& plan, std::size_t batch_max) : plan_(plan), batch_max_(batch_max) {}

  void add(Read read, const ImportRow& row) {
    const Group group{read.kind, read.owner, read.status};
    const auto key = fmt::format("{} {}", name_of(read.kind), read.record.str());
    const auto [known, is_new] = seen_.try_emplace(key, Seen{row.line, group});
    if (!is_new && known->second.group == group) {
      ++plan_.repeated;
      return;
    }
    if (!is_new) {
      plan_.rejected.push_back({row, fmt::format("line {} has the same {} with another owner or status",
                                                 known->second.line, name_of(read.kind))});
      return;
    }
    auto& batch = open_[group];
    if (batch.records.empty()) batch = {read.kind, read.owner, read.status, {}, {}};
    batch.records.push_back(std::move(read.record));
    batch.rows.push_back(row);
    if (batch.records.size() == batch_max_) plan_.batches.push_back(std::exchange(batch, {}));
  }

  void close() {
    for (auto& [group, batch] : open_)
      if (!batch.records.empty()) plan_.batches.push_back(std::move(batch));
    open_.clear();
  }

 private:
  using Group = std::tuple<RecordKind, std::optional<MembershipId>, RecordStatus>;
  struct Seen {
    std::size_t line;
    Group group;
  };

  ImportPlan& plan_;
  std::size_t batch_max_;
  std::map<Group, ImportBatch> open_;
  std::unordered_map<std::string, Seen> seen_;
};

}  // namespace

Expected<ColumnNames, std::string> parse_column_map(std::string_view text) {
  ColumnNames names;
  std::optional<std::string>* current = nullptr;
  for (std::size_t at = 0; at <= text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    const auto piece = text.substr(at, comma - at);
    at = comma + 1;
    const auto equals = piece.find('=');
    if (equals == std::string_view::npos) {
      if (!current) return unexpected(fmt::format("\"{}\" is not like id=Contact Id", piece));
      current->value().append(",").append(piece);
      continue;
    }
    const auto name = trimmed(piece.substr(0, equals));
    const auto part =
        std::find_if(column_parts().begin(), column_parts().end(), [&](const ColumnPart& p) { return p.name == name; });
    if (part == column_parts().end()) return unexpected(fmt::format("\"{}\" is not id, kind, owner or status", name));
    current = &(names.*part->typed);
    if (*current) return unexpected(fmt::format("{} is named twice", name));
    *current = std::string{trimmed(piece.substr(equals + 1))};
  }
  return names;
}

Expected<ImportPlan, CsvError> plan_import(std::string_view csv, const ImportRules& rules) {
  CsvReader reader(csv);
  auto header = reader.next();
  if (!header) return unexpected(std::move(header.error()));
  if (!*header) return unexpected(CsvError{1, "the file is empty: its first line names the columns"});
  const auto columns = find_columns((*header)->cells, rules);
  if (!columns) return unexpected(CsvError{(*header)->line, columns.error()});

  ImportPlan plan;
  plan.header = (*header)->text;
  plan.columns = (*header)->cells.size();
  Batches batches(plan, rules.batch_max);
  for (;;) {
    auto record = reader.next();
    if (!record) return unexpected(std::move(record.error()));
    if (!*record) break;
    ++plan.rows;
    const ImportRow row{(*record)->line, (*record)->text};
    const auto cells = (*record)->cells.size();
    if (cells != plan.columns) {
      plan.rejected.push_back({row, fmt::format("{} cells where the header has {}", cells, plan.columns)});
      continue;
    }
    auto read = read_row((*record)->cells, *columns, rules);
    if (read)
      batches.add(std::move(*read), row);
    else
      plan.rejected.push_back({row, std::move(read.error())});
  }
  batches.close();
  return plan;
}

std::string rejected_csv(const ImportPlan& plan) {
  auto out = fmt::format("{},rejected line,rejected because\r\n", plan.header);
  for (const auto& [row, reason] : plan.rejected) {
    out.append(row.text);
    // A row that was too short gets its cells, so that the reason stands under its title.
    const auto record = CsvReader{row.text}.next();
    const auto cells = record && *record ? (*record)->cells.size() : plan.columns;
    out.append(plan.columns - std::min(cells, plan.columns), ',');
    out += fmt::format(",{},{}\r\n", row.line, csv_cell(reason));
  }
  return out;
}

}  // namespace rollcall::tools
