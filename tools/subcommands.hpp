// The subcommands of `rollcall`, one file each: tools/<name>.cpp defines add_<name>, which adds the subcommand with its
// options and what it does. A subcommand that fails throws; main turns that into one line on stderr and an exit code.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::tools {

// Clients of a running server.
void add_do(CLI::App& app);
void add_login(CLI::App& app);
void add_logout(CLI::App& app);
void add_password(CLI::App& app);
void add_second_factor(CLI::App& app);
void add_sessions(CLI::App& app);
void add_keys(CLI::App& app);
void add_whoami(CLI::App& app);
void add_can(CLI::App& app);
void add_mail(CLI::App& app);
void add_lists(CLI::App& app);   // one for each query that answers with a list: users, invitations, assignments, …
void add_report(CLI::App& app);  // and in it one for each report: seat-ledger, …
void add_user(CLI::App& app);
void add_history(CLI::App& app);
void add_central(CLI::App& app);
void add_log(CLI::App& app);
void add_import(CLI::App& app);
void add_rebuild(CLI::App& app);
void add_status(CLI::App& app);

// What works on a data folder.
void add_serve(CLI::App& app);
void add_followers(CLI::App& app);
void add_migrate(CLI::App& app);
void add_backup(CLI::App& app);
void add_restore(CLI::App& app);
void add_rotate(CLI::App& app);
void add_verify(CLI::App& app);
void add_demo(CLI::App& app);
void add_bench(CLI::App& app);
void add_bench_kafka(CLI::App& bench);

// What needs neither.
void add_schema(CLI::App& app);
void add_docs(CLI::App& app);
void add_completion(CLI::App& app);
void add_man(CLI::App& app);
void add_version(CLI::App& app);

}  // namespace rollcall::tools
