#include "tools/client/records_csv.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "domain/persons/address.hpp"
#include "events/fields.hpp"
#include "events/fold_case.hpp"

namespace rollcall::tools {
namespace {

// What shows nothing: white space, no-break spaces, zero-width and direction marks, as spreadsheets and mails bring
// them along.
constexpr std::array<std::string_view, 15> blanks{" ",      "\t",     "\r",     "\n",     "\u00a0",
                                                  "\u2007", "\u202f", "\u3000", "\u200b", "\u200c",
                                                  "\u200d", "\u2060", "\ufeff", "\u200e", "\u200f"};

std::string_view trimmed(std::string_view text) {
  const auto cut = [&](auto has, auto take) {
    for (bool more = true; more && !text.empty();) {
      const auto blank = std::find_if(blanks.begin(), blanks.end(), has);
      more = blank != blanks.end();
      if (more) take(blank->size());
    }
  };
  cut([&](auto blank) { return text.starts_with(blank); }, [&](std::size_t size) { text.remove_prefix(size); });
  cut([&](auto blank) { return text.ends_with(blank); }, [&](std::size_t size) { text.remove_suffix(size); });
  return text;
}

// What a cell says: ="000417", a formula that keeps a spreadsheet from taking the zeros off, says 000417.
std::string_view said(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.size() >= 3 && cell.starts_with("=\"") && cell.ends_with('"')) cell = cell.substr(2, cell.size() - 3);
  return cell;
}

// #REF!, #N/A, ########: no id, and the same for many.
bool is_fault(std::string_view id) {
  return id.size() > 1 && id.front() == '#' &&
         (id.find_first_not_of('#') == id.npos || id.back() == '!' || id.back() == '?' || id == "#N/A");
}

// 7.001E+10 was a longer number once, and nobody knows which; of 123456789012345000 the last digits went.
bool was_rounded(std::string_view id) {
  constexpr std::size_t digits_kept = 15;
  if (id.size() > digits_kept && id.find_first_not_of("0123456789") == id.npos &&
      id.find_first_not_of('0', digits_kept) == id.npos)
    return true;
  const auto e = id.find_first_of("eE");
  if (e == id.npos || e + 2 >= id.size() || id[e + 1] != '+') return false;
  const auto digits = [](std::string_view text) { return text.find_first_not_of("0123456789.,") == text.npos; };
  return e > 0 && digits(id.substr(0, e)) && digits(id.substr(e + 2));
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
       {"kind", &ColumnNames::kind, {"kind", "recordkind", "recordtype"}},
       {"owner", &ColumnNames::owner, {"owneremail", "owneremailaddress", "assignedtoemail", "owner", "assignedto"}},
       {"status", &ColumnNames::status, {"status", "taskstatus"}}}};
  return parts;
}

std::string columns_of(const std::vector<std::string>& header) {
  std::string names;
  for (const auto& title : header) names.append(names.empty() ? "" : ", ").append(title);
  return names;
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
  if (typed) return unexpected(fmt::format("no column is called {}; there are: {}", *typed, columns_of(header)));
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
  const auto lacks = [&](std::string_view what) {
    return unexpected(fmt::format("{}; the columns are: {}", what, columns_of(header)));
  };
  if (!columns.id) return lacks("no column for the id: name it, as in --map \"id=Contact Id\"");
  if (!columns.kind && !rules.kind) return lacks("no column for the kind: name it with --map kind=…, or say --kind");
  if (!columns.owner && rules.columns.owner != "")
    return lacks("no column for the owner: name it with --map owner=…, or say --map owner= for none");
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

std::optional<RecordStatus> status_in(std::string_view cell, const ImportRules& rules) {
  const auto word = plain(cell);
  const auto among = [&](const std::vector<std::string>& words) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& one) { return plain(one) == word; });
  };
  if (!word.empty() && among(rules.completed)) return RecordStatus::completed;
  if (!word.empty() && among(rules.open)) return RecordStatus::open;
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
                                     const ImportRules& rules, ImportPlan& plan) {
  const auto cell = [&](const Place& place) { return place ? said(cells[*place]) : std::string_view{}; };
  Read read;

  if (is_fault(cell(columns.id)))
    return unexpected(fmt::format("the id {} is what a spreadsheet shows instead of one", cell(columns.id)));
  if (was_rounded(cell(columns.id)))
    return unexpected(fmt::format("a spreadsheet rounded the id {}: export it as text", cell(columns.id)));
  auto record = RecordId::parse(cell(columns.id));
  if (!record) return unexpected(fmt::format("the id has to be {}", RecordId::rule));
  read.record = std::move(*record);

  const auto kind = rules.kind ? rules.kind : kind_in(cell(columns.kind));
  if (!kind) return unexpected(fmt::format("\"{}\" is not contact, lead or task", cell(columns.kind)));
  read.kind = *kind;

  if (read.kind == RecordKind::task) {
    const auto status = status_in(cell(columns.status), rules);
    if (!status) ++plan.unknown_states[std::string{cell(columns.status)}];
    if (!status) return unexpected(fmt::format("\"{}\" is not open or completed", cell(columns.status)));
    read.status = *status;
  }

  const auto owner = cell(columns.owner);
  if (!owner.empty() && rules.owners_by_name) {
    const auto named = rules.owners_by_name->find(plain_name(owner));
    if (named == rules.owners_by_name->end()) return unexpected(fmt::format("no active user is called {}", owner));
    if (named->second.size() > 1)
      return unexpected(fmt::format("{} active users are called {}: give the address", named->second.size(), owner));
    read.owner = named->second.front();
  } else if (!owner.empty()) {
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

std::string plain_name(std::string_view name) { return fold_case(trimmed(name)); }

Expected<ImportPlan, CsvError> plan_import(const CsvText& csv, const ImportRules& rules) {
  CsvReader reader(csv.text, csv.separator, csv.first_line);
  auto header = reader.next();
  if (!header) return unexpected(std::move(header.error()));
  if (!*header) return unexpected(CsvError{1, "the file is empty: its first line names the columns"});
  const auto columns = find_columns((*header)->cells, rules);
  if (!columns) return unexpected(CsvError{(*header)->line, columns.error()});

  ImportPlan plan;
  plan.header = (*header)->text;
  plan.separator = csv.separator;
  plan.columns = (*header)->cells.size();
  Batches batches(plan, rules.batch_max);
  for (;;) {
    auto record = reader.next();
    if (!record) return unexpected(std::move(record.error()));
    if (!*record) break;
    const auto& all = (*record)->cells;
    if (std::all_of(all.begin(), all.end(), [](const auto& one) { return trimmed(one).empty(); })) continue;
    ++plan.rows;
    const ImportRow row{(*record)->line, (*record)->text};
    const auto cells = (*record)->cells.size();
    if (cells != plan.columns) {
      plan.rejected.push_back(
          {row, fmt::format("{} {} where the header has {}", cells, cells == 1 ? "cell" : "cells", plan.columns)});
      continue;
    }
    auto read = read_row((*record)->cells, *columns, rules, plan);
    if (read)
      batches.add(std::move(*read), row);
    else
      plan.rejected.push_back({row, std::move(read.error())});
  }
  batches.close();
  // One mistake for the whole file is told once, with the way out, and not only a thousand times by line.
  if (plan.rows > 0 && plan.rejected.size() == plan.rows)
    plan.help = fmt::format(
        "no row can be imported; the columns are: {}: --map says which is what, --separator and "
        "--encoding how the file is read, --owner-by name that owners are named",
        columns_of((*header)->cells));
  return plan;
}

std::string rejected_csv(const ImportPlan& plan, std::span<const RejectedRow> differing) {
  const auto between = plan.separator;
  auto out = fmt::format("{}{}rejected line{}rejected because\r\n", plan.header, between, between);
  auto all = plan.rejected;
  all.insert(all.end(), differing.begin(), differing.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const RejectedRow& a, const RejectedRow& b) { return a.row.line < b.row.line; });
  for (const auto& [row, reason] : all) {
    out.append(row.text);
    // A row that was too short gets its cells, so that the reason stands under its title.
    const auto record = CsvReader(row.text, between).next();
    const auto cells = record && *record ? (*record)->cells.size() : plan.columns;
    out.append(plan.columns - std::min(cells, plan.columns), between);
    out += fmt::format("{}{}{}{}\r\n", between, row.line, between, csv_cell(reason, between));
  }
  return out;
}

}  // namespace rollcall::tools
