// How the interface says no: problem documents (RFC 9457) with stable codes, those of the domain and those of the edge,
// and answers as JSON.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "adapters/http/message.hpp"
#include "domain/engine/rejection.hpp"
#include "events/json.hpp"
#include "projections/engine/parameter.hpp"

namespace rollcall::api {

using Reply = http::Response;

// What the edge refuses before anything is decided or read. Codes are never renamed.
struct EdgeProblem {
  std::string_view code;
  unsigned status;
  std::string_view meaning;
};
inline constexpr std::array edge_problems{
    EdgeProblem{"malformed_json", 400, "The body is no JSON document, or names a member twice."},
    EdgeProblem{"invalid_header", 400, "A header is unknown, repeated, not UTF-8 or out of its bounds."},
    EdgeProblem{"cross_site", 403,
                "A cookie came with what a page of another site asked for, or nobody says who asked."},
    EdgeProblem{"no_such_resource", 404, "Nothing is at this path."},
    EdgeProblem{"unknown_command", 404, "There is no command of this name."},
    EdgeProblem{"method_not_allowed", 405, "This path does not answer this method; Allow names those it does."},
    EdgeProblem{"ahead_of_log", 409,
                "This position is beyond the end of the log: a backup was restored, or it is another log."},
    EdgeProblem{"other_history", 409,
                "This log has another event at this position: a backup was restored, or it is another log."},
    EdgeProblem{"unsupported_media_type", 415, "A body is application/json."},
    EdgeProblem{"invalid_body", 422, "The body does not fit the schema; `errors` says where."},
    EdgeProblem{"invalid_parameter", 422,
                "A parameter is unknown, repeated or out of its bounds; `parameter` names it."},
    EdgeProblem{"as_of_too_large", 422, "This history is too long to be folded for one question."},
    EdgeProblem{"too_many_requests", 429,
                "This caller asks for more than is served in a second: try again after Retry-After."},
    EdgeProblem{"too_many_attempts", 429,
                "Too many passwords from here, or for this address, were wrong, or too many links were asked for: "
                "`seconds_left` says when to try again."},
    EdgeProblem{"internal_error", 500, "Something is broken here; nothing of the request happened."},
    EdgeProblem{"busy", 503, "The server is busy: try again after Retry-After."},
    EdgeProblem{"storage_low", 503, "The disk is nearly full: no commands are accepted."},
    EdgeProblem{"clock_uncertain", 503,
                "The clock jumped by more than an hour: no commands are accepted until somebody confirms the time."},
    EdgeProblem{"log_damaged", 503,
                "An entry of the log cannot be read or is not what it was: no commands are accepted."},
    EdgeProblem{"behind_topic", 503, "The topic has events that this log lacks, or others: no commands are accepted."},
    EdgeProblem{"view_behind", 503, "The read model is being made: try again after Retry-After."},
    EdgeProblem{"view_stopped", 503, "The read model stopped at an event; `position` and `reason` say where and why."},
    EdgeProblem{"not_ready", 503, "The server is not ready; `detail` says why."},
    EdgeProblem{"position_not_reached", 504, "The read models have not come so far in time."},
};

// A problem of the table above, by its code, with what it is about here.
Reply problem(std::string_view code, std::string_view detail, const json::object& extensions = {});
Reply problem_of(const Rejection& rejection);
Reply problem_of(const JsonError& error);
Reply problem_of(const projections::QueryError& error);
Reply not_found(std::string_view what);

// Parses a body. Refused with line and column: what is no JSON, and objects that name a member twice.
Expected<json::value, Reply> parse_json(std::string_view text);

Reply json_answer(std::string text, std::string_view content_type = "application/json");
template <Fielded T>
Reply json_answer(const T& answer) {
  return json_answer(json_text(answer));
}

}  // namespace rollcall::api
