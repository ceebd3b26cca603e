// The server's answers as people read them: members that may be missing, values as cells, whole documents as outlines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "events/json.hpp"

namespace rollcall::tools {

// The member of an object; null when it is missing or `of` is no object. It is part of `of`, which thus may not be
// temporary: that is also why there is an overload for what would be converted into one.
const json::value& member(const json::value& of, std::string_view name);
const json::value& member(const json::object& of, std::string_view name);
const json::value& member(json::value&& of, std::string_view name) = delete;
const json::value& member(json::object&& of, std::string_view name) = delete;

// The elements of a member that is an array; none otherwise.
const json::array& elements(const json::value& of, std::string_view name);
const json::array& elements(const json::object& of, std::string_view name);
const json::array& elements(json::value&& of, std::string_view name) = delete;
const json::array& elements(json::object&& of, std::string_view name) = delete;

// The text of a string, empty for all else; the value of a whole number from 0, 0 for all else.
std::string_view text_of(const json::value& value);
std::string_view text_of(json::value&& value) = delete;
std::uint64_t number_of(const json::value& value);

// A cell for a value: nothing for null, yes or no, 1,234, a short time, lists with commas; JSON for what is nested.
std::string shown(const json::value& value);
inline std::string shown(const json::value& of, std::string_view name) { return shown(member(of, name)); }

// One line of JSON on standard output.
void print_json(const json::value& document);

// A whole object, a line a member: nested objects indented, lists of objects as tables. Underscores read as spaces.
std::string outline(const json::object& object, std::size_t width);

}  // namespace rollcall::tools
