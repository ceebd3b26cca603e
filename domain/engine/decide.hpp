// The rules: a command on a state is facts or a rejection. Pure; time and ids come with the context.
// The deciders lie with their aggregates.
#pragma once

#include "domain/commands.hpp"
#include "domain/engine/authorization.hpp"
#include "domain/engine/context.hpp"
#include "domain/engine/decision.hpp"
#include "domain/engine/state.hpp"

namespace rollcall {

// What came of a command: facts or a rejection, the person who turned out to ask, and the ids that are fresh still.
struct Decided {
  Decision decision;
  std::optional<PersonId> person;
  Ids ids;
};

// Decides a command. Guards stand in this order: session, account, authorization, then the command's own.
// Facts may be none: then all is as was asked for already.
Decided decide(const State& state, const Context& context, const Command& command);

// Whoever repeats a request is answered as before only while they may still ask for it by what they come with: a
// session or key that is alive and reaches as far, a membership that gives access. Nothing: they may.
std::optional<Rejection> refuse_repeat(const State& state, const Context& context, const Command& command);

// Refusals that any command can meet, beside those it names itself.
inline constexpr std::array common_refusals{Code::not_authenticated,
                                            Code::not_authorized,
                                            Code::not_found,
                                            Code::invalid_value,
                                            Code::reason_required,
                                            Code::reason_too_long,
                                            Code::password_change_required,
                                            Code::second_factor_required,
                                            Code::idempotency_mismatch};

// The next slice of a reassignment under way, `slice_records` records at most; in the last one it is completed.
Facts continue_work(const State& state, const ReassignmentId& id);
// The context such a slice is recorded with: its actor is who started the work.
struct WorkContext {
  Actor actor;
  std::optional<Personal> reason;
  CommandId correlation;
  EventId causation;
};
WorkContext context_of_work(const State& state, const ReassignmentId& id);

// The account a command names, if it names one.
std::optional<AccountId> account_named(const Command& command);

// Terms a person accepts with an invitation.
constexpr std::string_view terms_in_force = "2026-01";
constexpr Duration invitation_life = days(7);
// A partner asks no oftener to have their records taken over.
constexpr Duration hand_over_pause = days(1);
constexpr Duration setup_link_life = hours(72);
constexpr Duration reset_link_life = hours(1);
// A person gets no second link of a kind so soon: whoever asks in their name neither floods them nor takes the link
// away that they are about to follow.
constexpr Duration link_pause = minutes(5);
constexpr Duration email_link_life = hours(24);
// For so long after signing in, or after showing the password again, nobody is asked for it before what cannot be
// undone.
constexpr Duration sign_in_fresh = hours(2);
constexpr Duration session_life = hours(8);
constexpr Duration resend_pause = minutes(1);
constexpr Duration access_longest = days(5 * 365);
constexpr std::size_t reason_bytes_max = 1024;
constexpr std::size_t records_per_command_max = 5'000;
constexpr std::size_t sessions_per_event_max = 256;
constexpr std::size_t bulk_max = 500;
// Is it long enough, and not too long? How easily it is guessed is found out at the edge.
bool good_length(std::string_view password);

}  // namespace rollcall
