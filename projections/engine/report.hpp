// A report: a query over history with a header and a fixed order, described once. The same parameters over the same
// tree give the same bytes, so whoever has one can have it made again and compared. A report looks like this
// (projections/reports/seat_ledger.hpp is one):
//
//   struct SeatLedger {
//     static constexpr std::string_view name = "SeatLedger";  // also its operationId
//     static constexpr std::string_view path = "/v1/reports/seat-ledger";
//     static constexpr std::string_view command = "seat-ledger";  // as in `rollcall report NAME`
//     static constexpr std::string_view summary = "...";
//     static constexpr unsigned version = 1;  // raised when the same history would give other rows
//     static constexpr Rule rule{Action::seat_view};
//     static constexpr std::array fields{"account", "period"};
//     static constexpr std::array help{"app id", ""};
//     AccountId account;
//     Period period;
//
//     using Row = SeatLedgerRow;    // has position, event and recorded_at, which the fold fills by `line_at`
//     using Fold = SeatLedgerFold;  // made from the report; on(envelope, event) for each event that concerns it;
//     rows() Subject subject() const;      // whose history it reads static constexpr std::array
//     columns{ListColumn{"USED", "used", ListColumn::Kind::number}, ...};
//   };
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/json.hpp"
#include "projections/engine/as_of.hpp"
#include "projections/engine/query.hpp"

namespace rollcall::projections {

// From when to when, both inclusive. The rows are those of the period; what came before only explains them.
struct Period {
  static constexpr bool group = true;
  static constexpr std::array fields{"from", "to"};
  static constexpr std::array help{"the first moment: a position of the log or an RFC 3339 instant",
                                   "the last moment, inclusive; else what is recorded by now"};
  std::optional<At> from;
  std::optional<At> to;
};

template <class R>
concept Report = requires(R report) {
  typename R::Fold;
  typename R::Row;
  R::version;
  { report.period } -> std::convertible_to<Period>;
};

// The parameters of a report beside its period, each as JSON.
struct ReportParameters {
  std::vector<std::pair<std::string, std::string>> texts;
};

// What a report is and how it can be made again. `size` and `root` are those of a checkpoint, or follow from one by a
// consistency proof.
struct ReportHeader {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "ReportHeader";
  static constexpr std::array fields{"name", "version",        "parameters", "origin", "from",  "size",
                                     "root", "recorded_until", "events",     "rows",   "digest"};
  static constexpr std::array help{"which report",
                                   "of its rows and rules",
                                   "what was asked for, beside the period",
                                   "the log",
                                   "the period's first position",
                                   "of the log: the period's last position is the one before",
                                   "of the log's Merkle tree at this size, in base64 as checkpoints have it",
                                   "when the last event before `size` was recorded",
                                   "of the period that the report is about",
                                   "how many rows follow",
                                   "SHA-256 of the bytes of `rows` as they follow, in hexadecimal"};
  std::string_view name;
  std::uint32_t version = 1;
  ReportParameters parameters;
  std::string origin;
  Position from = 0;
  Position size = 0;
  std::string root;
  std::optional<Time> recorded_until;
  std::uint64_t events = 0;
  std::uint64_t rows = 0;
  std::string digest;
};

template <class Row>
struct ReportAnswer {
  static constexpr bool complete = true;
  static constexpr std::array fields{"report", "rows"};
  ReportHeader report;
  std::vector<Row> rows;
};

// A row that tells of this event.
template <class Row>
Row line_at(const Envelope& at) {
  Row row{};
  row.position = at.position;
  row.event = at.id;
  row.recorded_at = at.recorded_at;
  return row;
}

// What a report is made from. All must outlive the making; `index` is a snapshot of the view `scopes`.
struct History {
  const LogReader& log;
  const KeyRing& keys;
  const ViewStore::Snapshot& index;
  std::string_view origin;
};
// Its part of the log: events from .. until.size - 1.
struct Span {
  Position from = 0;
  Moment until;
};
using ReportError = std::variant<QueryError, AsOfError>;

// The header without its name, version, parameters and rows; `apply` got every event of these types up to the end.
Expected<ReportHeader, ReportError> read_for_report(const EventTypes& types, const Subject& subject, const Span& span,
                                                    const History& history,
                                                    const std::function<void(const Recorded&)>& apply);
// The document: the header, completed, and the rows, which are JSON already.
std::string report_document(ReportHeader header, std::uint64_t rows, std::string_view rows_json);

template <Report R>
ReportParameters report_parameters(const R& report) {
  ReportParameters parameters;
  for_each_parameter(report, [&]<class M>(std::string_view name, std::string_view, const M& value) {
    if constexpr (!std::is_same_v<M, std::optional<At>>) {  // the period is in the header as it was understood
      std::string text;
      if constexpr (requires { Json<M>::write(text, value); })
        Json<M>::write(text, value);
      else
        append_json_text(text, Parameter<M>::text(value).value_or(""));
      parameters.texts.emplace_back(name, std::move(text));
    }
  });
  return parameters;
}

// Makes a report, a ReportAnswer<R::Row> in JSON. An account that was not there yet is a QueryError, as in all queries.
template <Report R>
Expected<std::string, ReportError> make_report(const R& report, const Span& span, const History& history) {
  typename R::Fold fold(report);
  const auto apply = [&](const Recorded& recorded) {
    visit(
        [&]<class E>(const E& event) {
          if constexpr (Handles<typename R::Fold, E>) fold.on(recorded.envelope, event);
        },
        recorded.event);
  };
  auto header = read_for_report(types_of<typename R::Fold>(), report.subject(), span, history, apply);
  if (!header) return unexpected(std::move(header.error()));
  header->name = R::name;
  header->version = R::version;
  header->parameters = report_parameters(report);
  std::vector<typename R::Row> rows = fold.rows();
  std::erase_if(rows, [&](const auto& row) { return row.position < span.from; });
  return report_document(std::move(*header), rows.size(), json_text(rows));
}

}  // namespace rollcall::projections

template <>
struct rollcall::Json<rollcall::projections::ReportParameters> {
  static void write(std::string& out, const projections::ReportParameters& parameters) {
    JsonObject object(out);
    for (const auto& [name, text] : parameters.texts) object.begin(name).append(text);
  }
  static json::value schema() { return {{"type", "object"}, {"additionalProperties", true}}; }
};
