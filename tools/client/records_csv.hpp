// A CRM's export taken apart for import: which column is what, whose each record is, and what cannot be imported and
// why. Nothing here asks the server.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/expected.hpp"
#include "events/values.hpp"
#include "events/words.hpp"
#include "tools/client/csv.hpp"
#include "tools/client/csv_text.hpp"

namespace rollcall::tools {

// What the columns are called in the file. Nothing: one of the usual names; empty: there is no such column.
struct ColumnNames {
  std::optional<std::string> id;
  std::optional<std::string> kind;
  std::optional<std::string> owner;
  std::optional<std::string> status;
};

// "id=Contact Id,owner=Owner Email,status=". What follows a comma without naming a column belongs to the name before.
// The error is for people.
Expected<ColumnNames, std::string> parse_column_map(std::string_view text);

struct ImportRow {
  std::size_t line = 0;   // in the file, from 1
  std::string_view text;  // as it is there
};

struct RejectedRow {
  ImportRow row;
  std::string reason;
};

// What goes into one ImportRecords command. `rows` are those of the records, one by one.
struct ImportBatch {
  RecordKind kind{};
  std::optional<MembershipId> owner;
  RecordStatus status{};
  std::vector<RecordId> records;
  std::vector<ImportRow> rows;
};

// Every row of the file is in a batch, rejected, or a repeat of one before that says the same.
struct ImportPlan {
  std::string_view header;
  char separator = ',';
  std::size_t columns = 0;
  std::size_t rows = 0;
  std::size_t repeated = 0;
  std::vector<ImportBatch> batches;
  std::vector<RejectedRow> rejected;
  std::map<std::string, std::size_t> unknown_states;  // of tasks: words that nobody explained, and in how many rows
  std::string help;                                   // when all rows were rejected: what would help; else empty
};

struct ImportRules {
  ColumnNames columns;
  std::optional<RecordKind> kind;              // of all rows, whatever a column says
  std::map<std::string, MembershipId> owners;  // active users by normalised address
  // Active users by their names without case, when owners are given by name: one that several have says nothing.
  std::optional<std::map<std::string, std::vector<MembershipId>>> owners_by_name;
  std::vector<std::string> completed, open;  // further words for the states of tasks
  std::size_t batch_max = 1000;
};

// The error is about the file as a whole: it is no CSV, or lacks a column. The plan points into `csv`.
Expected<ImportPlan, CsvError> plan_import(const CsvText& csv, const ImportRules& rules);
// A name as it is compared: without case, without blanks around it.
std::string plain_name(std::string_view name);

// The rejected rows as a CSV that can be mended and imported: the file's columns, then the line they were in and why.
// Among them in their places those of records that were there already and are not as the file says.
std::string rejected_csv(const ImportPlan& plan, std::span<const RejectedRow> differing = {});

}  // namespace rollcall::tools
