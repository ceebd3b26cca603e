#include "projections/engine/report.hpp"

#include "events/hash.hpp"
#include "events/proof/log_tiles.hpp"
#include "projections/views/scopes.hpp"

namespace rollcall::projections {

Expected<ReportHeader, ReportError> read_for_report(const EventTypes& types, const Subject& subject, const Span& span,
                                                    const History& history,
                                                    const std::function<void(const Recorded&)>& apply) {
  ReportHeader header;
  header.origin = history.origin;
  header.from = span.from;
  header.size = span.until.size;
  const auto counted = [&](const Recorded& recorded) {
    if (recorded.envelope.position >= span.from) ++header.events;
    apply(recorded);
  };
  if (auto error =
          read_history(types, subject, span.until, history.log, history.keys, history.index, as_of_events_max, counted))
    return unexpected(ReportError{*error});
  if (const auto* account = std::get_if<AccountId>(&subject)) {
    const auto opened = opening_of(*history.index.rows, *account);
    if (!opened || *opened >= span.until.size)
      return unexpected(ReportError{QueryError{"account", "is not known here"}});
  }
  if (header.size > 0) header.recorded_until = moment_at(history.log, header.size - 1).value().time;
  header.root = to_base64(bytes_of(root_at(header.size, tiles_of(history.log))));
  return header;
}

std::string report_document(ReportHeader header, std::uint64_t rows, std::string_view rows_json) {
  header.rows = rows;
  header.digest = to_hex(bytes_of(sha256(rows_json)));
  std::string out;
  {
    JsonObject object(out);
    object.add("report", header);
    object.begin("rows").append(rows_json);
  }
  return out;
}

}  // namespace rollcall::projections
