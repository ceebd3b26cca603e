// What an account's people cost: what they may, what they see of each other, permissions cloned, records imported.
#pragma once

#include <vector>

#include "tools/bench/ground.hpp"
#include "tools/bench/report.hpp"

namespace rollcall::tools {

// The rows of the group "people". Adds events to the folder; `scratch` is for raw stores.
std::vector<Finding> measure_people(const Ground& large, const std::filesystem::path& scratch);

}  // namespace rollcall::tools
