// What a benchmark was asked for, what it found, and how both are told.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::tools {

// What is measured, and what is wanted of it.
struct Row {
  std::string_view group;  // rows of a group are measured together
  std::string_view name;
  double must;
  double aim;
  bool at_most = false;  // smaller is better
  std::string_view unit = "";
};

struct Finding {
  const Row* row;
  double value;
  std::string ours;
  std::string reference;
  bool reaches(double bound) const;
};

struct BenchReport {
  std::vector<Finding> findings;
  std::vector<std::string> notes;
};

// Makes the folder, measures, prints the table and removes the folder; with `json` writes the rows to that file as
// well. Throws Failure when the folder is there already, Unsuccessful when a row misses what it must reach.
void run_bench(const std::string& folder, const std::string& json, const std::function<void(BenchReport&)>& measure);

// 12,345/s
std::string per_second(double rate);

}  // namespace rollcall::tools
