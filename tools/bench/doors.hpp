// What knowing who asks costs, and what they may: sessions, keys, rights, sign-ins.
#pragma once

#include <vector>

#include "tools/bench/ground.hpp"
#include "tools/bench/report.hpp"

namespace rollcall::tools {

// The rows of the group "doors". Adds events to both folders.
std::vector<Finding> measure_doors(const Ground& small, const Ground& large);

}  // namespace rollcall::tools
