#include "tools/client/each.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "tools/client/csv.hpp"
#include "tools/client/csv_text.hpp"
#include "tools/client/files.hpp"
#include "tools/failure.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/print/table.hpp"
#include "tools/print/text.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t items_sent_at_once = 100;

struct Row {
  std::size_t line = 0;
  std::string text;
  json::object body;
};

// What the columns are: fields of the command, each once, and none that is given for all lines.
std::vector<const FormField*> columns_of(const CommandForm& form, const CsvRecord& header, const json::object& common,
                                         const std::string& file) {
  std::vector<const FormField*> columns;
  for (const auto& name : header.cells) {
    const auto* field = form.field(name);
    // As help has them, too.
    for (const auto& one : form.fields)
      if (one.option == "--" + name) field = &one;
    if (!field) {
      std::string all;
      for (const auto& one : form.fields) all.append(all.empty() ? "" : ", ").append(one.name);
      throw Failure(fmt::format("{}: {} has no field \"{}\", but {}", file, form.name, printable(name),
                                all.empty() ? "none" : all));
    }
    if (std::find(columns.begin(), columns.end(), field) != columns.end())
      throw Failure(fmt::format("{}: the column {} is there twice", file, name));
    if (common.contains(field->name))
      throw Failure(fmt::format("{}: the column {} says what {} says for all lines", file, name, field->option));
    columns.push_back(field);
  }
  return columns;
}

std::vector<Row> rows_of(const CommandForm& form, const json::object& common, const std::string& file) {
  const auto csv = csv_text(read_file(file), {});
  if (!csv) throw Failure(fmt::format("{}: {}", file, csv.error()));
  CsvReader reader(csv->text, csv->separator, csv->first_line);
  const auto next = [&] {
    auto record = reader.next();
    if (!record) throw Failure(fmt::format("{}, line {}: {}", file, record.error().line, record.error().detail));
    return std::move(*record);
  };
  const auto header = next();
  if (!header) throw Failure(fmt::format("{} is empty", file));
  const auto columns = columns_of(form, *header, common, file);
  std::vector<Row> rows;
  while (const auto record = next()) {
    const auto wrong = [&](std::string_view why) {
      return Failure(fmt::format("{}, line {}: {}; nothing was sent", file, record->line, why));
    };
    if (record->cells.size() != columns.size())
      throw wrong(fmt::format("has {} cells, the header has {}", record->cells.size(), columns.size()));
    Row row{record->line, std::string{record->text}, common};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (record->cells[i].empty()) continue;
      auto value = value_of(*columns[i], record->cells[i]);
      if (!value) throw wrong(fmt::format("{} {}", columns[i]->name, value.error()));
      row.body[columns[i]->name] = std::move(*value);
    }
    rows.push_back(std::move(row));
  }
  if (rows.empty()) throw Failure(fmt::format("{} has a header and no rows", file));
  return rows;
}

// Addresses become ids, each asked for once.
void find_users(Remote& remote, const CommandForm& form, std::vector<Row>& rows, const std::string& file) {
  std::map<std::pair<std::string, std::string>, std::string> known;
  for (auto& row : rows) {
    const std::string account{text_of(member(row.body, "account"))};
    for (const auto& field : form.fields) {
      if (field.kind != FormField::Kind::user) continue;
      const std::string user{text_of(member(row.body, field.name))};
      if (user.find('@') == std::string::npos) continue;
      auto [at, fresh] = known.try_emplace({account, user});
      try {
        if (fresh) at->second = user_named(remote, account, user);
      } catch (const Failure& failure) {
        throw Failure(fmt::format("{}, line {}: {}; nothing was sent", file, row.line, failure.what()), failure.notes(),
                      failure.exit_code());
      }
      row.body[field.name] = at->second;
    }
    if (const auto wrong = form.check(row.body))
      throw Failure(fmt::format("{}, line {}: {} {}; nothing was sent", file, row.line,
                                wrong->pointer.empty() ? "" : wrong->pointer.substr(1), wrong->detail));
  }
}

// Of the lines, when those from `first` to before `last` were sent and the request failed.
std::string what_became(const Failure& failure, const std::vector<Row>& rows, std::size_t first, std::size_t last) {
  const auto* refused = dynamic_cast<const Refused*>(&failure);
  const bool none_of_these = refused && refused->status() < 500;
  if (first == 0 && none_of_these) return "nothing was done";
  std::string told;
  if (first > 0) told = fmt::format("lines before {} were answered for, ", rows[first].line);
  if (none_of_these) return told + fmt::format("none from {} on was done", rows[first].line);
  told += fmt::format("those from {} to {} may have been done", rows[first].line, rows[last - 1].line);
  if (last < rows.size()) told += fmt::format(", none from {} on was sent", rows[last].line);
  return told;
}

}  // namespace

void carry_out_each(Remote& remote, const CommandForm& form, const json::object& common, const EachOptions& options) {
  auto rows = rows_of(form, common, options.file);
  find_users(remote, form, rows, options.file);

  json::array told;
  std::uint64_t done = 0;
  std::optional<Failure> broken;  // what ended it before its time
  std::size_t sent = 0;
  Table refused{{{"LINE", Column::Kind::number}, {"ROW"}, {"REFUSED", Column::Kind::whole}, {"WHY"}}};
  {
    Progress bar{options.dry_run ? "checking" : "sending", rows.size()};
    for (std::size_t first = 0; first < rows.size(); first += items_sent_at_once) {
      const auto last = std::min(first + items_sent_at_once, rows.size());
      json::array each;
      for (auto i = first; i < last; ++i) each.push_back(rows[i].body);
      const auto key =
          options.idempotency_key.empty() ? std::string{} : fmt::format("{}.{}", options.idempotency_key, first);
      json::value answer;
      try {
        answer = remote.post(target_of({"v1", "bulk"}, {{"dry_run", options.dry_run ? "true" : ""}}),
                             {{"command", form.name}, {"each", std::move(each)}}, key);
      } catch (const Failure& failure) {
        broken.emplace(fmt::format("{}; {}", failure.what(), what_became(failure, rows, first, last)), failure.notes(),
                       failure.exit_code());
        break;
      }
      sent = last;
      const auto items = elements(answer, "items");
      if (items.size() != last - first) throw Failure("the server answered for another number of items than were sent");
      for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& row = rows[first + i];
        const auto& problem = member(items[i], "problem");
        if (problem.is_object())
          refused.add({fmt::to_string(row.line), row.text, shown(problem, "code"), shown(problem, "detail")});
        else
          ++done;
        json::object one = items[i].as_object();
        one["line"] = row.line;
        told.push_back(std::move(one));
      }
      bar.update(last);
    }
    if (!broken) bar.finish();
  }
  const auto left = sent - done;
  if (options.json)
    print_json({{"done", done}, {"refused", left}, {"items", std::move(told)}});
  else
    fmt::print("{} of {} {}.\n", grouped(done), grouped(rows.size()), options.dry_run ? "would be done" : "done");
  if (left > 0 && !options.json) refused.print();
  if (broken) throw Failure(*broken);
  if (left == 0) return;
  if (options.json) throw Unsuccessful{};  // the answer has said it all
  throw Failure(fmt::format("{} of {} were refused", grouped(left), grouped(rows.size())));
}

}  // namespace rollcall::tools
