#include "domain/persons/device.hpp"

namespace rollcall {

std::string kind_of_device(std::string_view user_agent) {
  std::string kind{"device "};
  for (const char c : user_agent)
    if ((c < '0' || c > '9') && c != '.') kind.push_back(c);
  return kind;
}

}  // namespace rollcall
