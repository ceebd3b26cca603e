#include "tools/bench/report.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "adapters/crypto/random.hpp"
#include "tools/bench/measure.hpp"
#include "tools/failure.hpp"
#include "tools/print/table.hpp"
#include "tools/print/text.hpp"

namespace rollcall::tools {

namespace fs = std::filesystem;

bool Finding::reaches(double bound) const {
  constexpr double rounding = 0.0005;
  return row->at_most ? value <= bound + rounding : value >= bound - rounding;
}

std::string per_second(double rate) {
  return fmt::format("{}/s", grouped(static_cast<std::uint64_t>(std::llround(rate))));
}

namespace {

std::string shown(const Row& row, double value) {
  if (row.unit.empty()) return fmt::format("{:.3f}", value);
  return fmt::format("{:.3g} {}", value, row.unit);
}

#ifdef NDEBUG
constexpr std::string_view build = "Release";
#else
constexpr std::string_view build = "with assertions: not what is to be measured";
#endif

void print_table(const std::vector<Finding>& findings) {
  using Kind = Column::Kind;
  Table table({{"what", Kind::whole},
               {"ours", Kind::number},
               {"reference", Kind::number},
               {"value", Kind::number},
               {"must", Kind::number},
               {"aim", Kind::number},
               {"", Kind::whole}});
  for (const auto& found : findings) {
    const auto& row = *found.row;
    const std::string_view verdict = found.reaches(row.aim) ? "aim" : found.reaches(row.must) ? "ok" : "MISSED";
    const std::string_view sign = row.at_most ? "<= " : "";
    table.add({std::string{row.name}, found.ours, found.reference, shown(row, found.value),
               fmt::format("{}{}", sign, shown(row, row.must)), fmt::format("{}{}", sign, shown(row, row.aim)),
               std::string{verdict}});
  }
  table.print();
}

void write_json(const std::string& file, const std::vector<Finding>& findings, double fsync_micros) {
  boost::json::array rows;
  for (const auto& found : findings)
    rows.push_back({{"name", found.row->name},
                    {"ratio", found.value},
                    {"must", found.row->must},
                    {"aim", found.row->aim},
                    {"at_most", found.row->at_most},
                    {"unit", found.row->unit},
                    {"pass", found.reaches(found.row->must)}});
  const boost::json::object report{{"rows", std::move(rows)},
                                   {"fdatasync_p50_us", fsync_micros},
                                   {"cores", std::thread::hardware_concurrency()},
                                   {"build", build}};
  std::ofstream out(file);
  out << boost::json::serialize(report) << '\n';
  if (!out.flush()) throw Failure(file + " cannot be written");
}

}  // namespace

void run_bench(const std::string& folder, const std::string& json, const std::function<void(BenchReport&)>& measure) {
  if (fs::exists(folder)) throw Failure(folder + " is there already: the bench makes and removes its folder");
  start_crypto();
  std::signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_color_mt("rollcall"));
  fs::create_directories(folder);
  struct Removed {
    fs::path path;
    ~Removed() {
      std::error_code left_over;
      fs::remove_all(path, left_over);
    }
  } const removed{folder};

  BenchReport report;
  double fsync_micros = 0;
  const auto took = seconds_of([&] {
    fsync_micros = fdatasync_micros(folder);
    measure(report);
  });
  print_table(report.findings);
  fmt::print("\n{} cores; fdatasync of 4 KiB: {:.0f} us (p50); build: {}; {} s; medians of interleaved rounds\n",
             std::thread::hardware_concurrency(), fsync_micros, build, std::llround(took));
  for (const auto& note : report.notes) fmt::print("{}\n", note);
  if (!json.empty()) write_json(json, report.findings, fsync_micros);
  if (std::any_of(report.findings.begin(), report.findings.end(),
                  [](const Finding& f) { return !f.reaches(f.row->must); }))
    throw Unsuccessful{};
}

}  // namespace rollcall::tools
