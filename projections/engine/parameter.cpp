#include "projections/engine/parameter.hpp"

#include "events/utf8.hpp"

namespace rollcall::projections {

std::string parameter::listed(std::span<const std::string_view> words) {
  std::string list;
  for (const auto word : words) list.append(list.empty() ? "" : ", ").append(word);
  return list;
}

namespace {

bool bounded(std::string_view text, std::size_t least, std::size_t most, std::string& why) {
  const auto count = utf8::letters(text);
  if (count >= least && count <= most) return true;
  why = "must have " + std::to_string(least) + " to " + std::to_string(most) + " characters";
  return false;
}

}  // namespace

bool Parameter<SearchText>::read(std::string_view text, SearchText& value, std::string& why) {
  value.text = text;
  if (!bounded(text, 1, search_letters_max, why)) return false;
  if (utf8::one_line(text) && !utf8::blank(text)) return true;
  why = "must have no control characters, and not only blank ones";
  return false;
}

bool Parameter<TypedAddress>::read(std::string_view text, TypedAddress& value, std::string& why) {
  value.text = text;
  return bounded(text, 3, 254, why);
}

bool Parameter<PageEnd>::read(std::string_view text, PageEnd& value, std::string& why) {
  constexpr std::string_view letters_of_it = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  value.text = text;
  if (!text.empty() && text.size() <= cursor_bytes_max && text.find_first_not_of(letters_of_it) == text.npos)
    return true;
  why = "must be the `next` of a page before";
  return false;
}

bool Parameter<Instant>::read(std::string_view text, Instant& value, std::string& why) {
  if (const auto time = Time::parse(text)) {
    value.time = *time;
    return true;
  }
  why = "must be an instant with its offset, e.g. 2026-03-03T09:00:00Z";
  return false;
}

bool Parameter<At>::read(std::string_view text, At& value, std::string& why) {
  if (const auto position = parameter::number_in(text); position && *position <= json_integer_max) {
    value.moment = *position;
    return true;
  }
  if (const auto time = Time::parse(text)) {
    value.moment = *time;
    return true;
  }
  why = "must be a position of the log, or an RFC 3339 instant with its offset";
  return false;
}

}  // namespace rollcall::projections
