#include "adapters/mail/letter_texts.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <kainjow/mustache.hpp>

#include "events/fields.hpp"
#include "events/utf8.hpp"

namespace rollcall {
namespace {

namespace mustache = kainjow::mustache;
namespace fs = std::filesystem;

using Sample = std::pair<std::string_view, std::string_view>;

constexpr std::string_view sample_until = sample_moment_text;
constexpr std::string_view sample_token = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr Sample server{"server", "https://rollcall.example"};
constexpr Sample when{"when", sample_until};
constexpr Sample until{"until", sample_until};
constexpr Sample token{"token", sample_token};
constexpr Sample account{"account", "Great X"};
constexpr Sample app_id{"app_id", "gx624"};
constexpr Sample member{"member", "Pat Partner (pat@agency.example)"};

constexpr std::array invitation{Sample{"inviter", "Olga Owner (olga@gx624.example)"},
                                account,
                                app_id,
                                Sample{"partner", "yes"},
                                Sample{"admin", "yes"},
                                Sample{"link", "https://rollcall.example/v1/invitations/inv_0.1.abc"},
                                until,
                                Sample{"access_ends", sample_until},
                                token};
constexpr std::array about_member{member, account, app_id, when};
constexpr std::array hand_over{
    member, account, app_id, Sample{"contacts", "12"}, Sample{"leads", "0"}, Sample{"tasks", "3"}, server};
constexpr std::array access_ended{account, app_id, when};
constexpr std::array with_token{server, token, until};
constexpr std::array email_changed{when, Sample{"to_the_new", "yes"}, server};
constexpr std::array password_demanded{server};
constexpr std::array password_changed{when, server};
constexpr std::array new_device{when, Sample{"device", "Firefox on Linux"}, server};
constexpr std::array key_made{when, until, Sample{"key", "key_01h00000000000000000000000"}, server};
constexpr std::array second_factor{Sample{"on", "yes"}, Sample{"off", ""}, Sample{"recovery_left", ""}, when, server};

constexpr std::array kinds{LetterKind{"invitation", invitation},
                           LetterKind{"accepted", about_member},
                           LetterKind{"access_ended", access_ended},
                           LetterKind{"partner_left", about_member},
                           LetterKind{"hand_over", hand_over},
                           LetterKind{"setup", with_token},
                           LetterKind{"reset", with_token},
                           LetterKind{"email_link", with_token},
                           LetterKind{"email_changed", email_changed},
                           LetterKind{"password_demanded", password_demanded},
                           LetterKind{"password_changed", password_changed},
                           LetterKind{"new_device", new_device},
                           LetterKind{"key_made", key_made},
                           LetterKind{"second_factor", second_factor}};

const LetterKind* kind_named(std::string_view name) {
  const auto* at = std::find_if(kinds.begin(), kinds.end(), [&](const LetterKind& kind) { return kind.name == name; });
  return at == kinds.end() ? nullptr : at;
}

bool has_value(const LetterKind& kind, std::string_view name) {
  return std::any_of(kind.sample.begin(), kind.sample.end(), [&](const Sample& one) { return one.first == name; });
}

// The files as they lay there when the program was built: language, text.
constexpr std::array built_in_texts{
#include "letter_texts.inc"
};

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw std::runtime_error(file + ": " + what);
}

std::string_view trimmed(std::string_view text) {
  const auto blank = " \t\r";
  const auto first = text.find_first_not_of(blank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    all.emplace_back(trimmed(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

// Every name between double braces, with the sign in front of it.
void each_tag(std::string_view text, auto&& visit) {
  for (auto at = text.find("{{"); at != text.npos; at = text.find("{{", at + 2)) {
    const auto end = text.find("}}", at);
    if (end == text.npos) return;
    auto name = trimmed(text.substr(at + 2, end - at - 2));
    const char sign = name.empty() ? '\0' : name.front();
    if (sign == '#' || sign == '^' || sign == '/') name = trimmed(name.substr(1));
    visit(name);
  }
}

mustache::mustache parsed(const std::string& text) {
  mustache::mustache form(text);
  form.set_custom_escape([](const std::string& value) { return value; });  // letters are texts: see html.hpp for pages
  return form;
}

std::string rendered(const std::string& text, const LetterValues& values) {
  mustache::data data;
  for (const auto& [name, value] : values)
    if (!value.empty()) data.set(std::string{name}, value);
  return parsed(text).render(data);
}

void check_form(const std::string& file, std::string_view what, const std::string& text, auto&& known) {
  if (const auto form = parsed(text); !form.is_valid())
    fail(file, "[" + std::string{what} + "] is no Mustache text: " + form.error_message());
  each_tag(text, [&](std::string_view name) {
    if (!known(name)) fail(file, "[" + std::string{what} + "] has no value {{" + std::string{name} + "}}");
  });
}

std::string whole_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) throw std::runtime_error(file.string() + " cannot be read");
  return text;
}

constexpr std::array<std::string_view, 5> moment_values{"weekday", "day", "month", "year", "time"};

}  // namespace

std::span<const LetterKind> letter_kinds() { return kinds; }

LetterTexts::Texts LetterTexts::read(const std::string& file, std::string_view text) {
  if (!utf8::valid(text)) fail(file, "is not UTF-8");
  Sections sections;
  std::string* section = nullptr;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('[') && line.ends_with(']')) {
      const auto [at, fresh] = sections.emplace(line.substr(1, line.size() - 2), "");
      if (!fresh) fail(file, "[" + at->first + "] is there twice");
      section = &at->second;
    } else if (section != nullptr) {
      section->append(line).append("\n");
    } else if (!line.empty() && !line.starts_with('#')) {
      fail(file, "begins with what is in no section: " + std::string{line.substr(0, 60)});
    }
  }

  Texts texts;
  const auto take = [&](std::string_view name) {
    auto found = sections.extract(std::string{name});
    if (found.empty()) fail(file, "lacks [" + std::string{name} + "]");
    auto body = std::move(found.mapped());
    while (body.ends_with("\n\n")) body.pop_back();
    return body;
  };
  std::string rest = take("words");
  for (std::string_view lines = rest; !lines.empty();) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (trimmed(line).empty()) continue;
    const auto sign = std::min(line.find('='), line.size());
    const auto name = trimmed(line.substr(0, sign)), value = trimmed(line.substr(std::min(sign + 1, line.size())));
    if (name == "weekdays")
      texts.words.weekdays = listed(value);
    else if (name == "months")
      texts.words.months = listed(value);
    else if (name == "moment")
      texts.words.moment = value;
    else
      fail(file, "[words] has no " + std::string{name});
  }
  if (texts.words.weekdays.size() != 7 || texts.words.months.size() != 12 || texts.words.moment.empty())
    fail(file, "[words] needs seven weekdays from Sunday on, twelve months, and how a moment is written");
  check_form(file, "words", texts.words.moment, [](std::string_view name) {
    return std::find(moment_values.begin(), moment_values.end(), name) != moment_values.end();
  });

  for (const auto& kind : kinds) {
    auto body = take(kind.name);
    constexpr std::string_view subject = "Subject: ";
    const auto line = body.find("\n\n");
    if (!body.starts_with(subject) || line == std::string::npos || body.find('\n') != line)
      fail(file, "[" + std::string{kind.name} + "] begins with a line Subject: and an empty one");
    body = body.substr(subject.size(), line - subject.size()) + "\n" + body.substr(line + 2);
    // Each half by itself, as they are written.
    const auto end = body.find('\n');
    for (const auto& half : {body.substr(0, end), body.substr(end + 1)})
      check_form(file, kind.name, half, [&](std::string_view name) { return has_value(kind, name); });
    texts.letters.emplace(kind.name, std::move(body));
  }
  if (!sections.empty()) fail(file, "has [" + sections.begin()->first + "], which is no letter of Rollcall");
  return texts;
}

std::string_view LetterTexts::built_in(Language language) {
  for (const auto& [name, text] : built_in_texts)
    if (name == name_of(language)) return text;
  throw std::logic_error("there are no texts in " + std::string{name_of(language)});
}

LetterTexts::LetterTexts(const fs::path& folder) {
  for (const auto& [language, text] : built_in_texts) {
    const auto which = value_named<Language>(language);
    if (!which) throw std::logic_error("there is no language " + std::string{language});
    texts_[static_cast<std::size_t>(*which)] = read(std::string{language} + ".txt", text);
  }
  if (folder.empty()) return;
  if (!fs::is_directory(folder)) throw std::runtime_error(folder.string() + " is no folder");
  for (const auto& file : fs::directory_iterator(folder)) {
    const auto which = value_named<Language>(file.path().stem().string());
    if (!which || file.path().extension() != ".txt")
      throw std::runtime_error(file.path().string() +
                               ": the texts of a language are in a file named after it, as de.txt");
    texts_[static_cast<std::size_t>(*which)] = read(file.path().string(), whole_file(file.path()));
  }
}

LetterTexts::Written LetterTexts::write(std::string_view letter, Language language, const LetterValues& values) const {
  const auto* kind = kind_named(letter);
  if (!kind) throw std::logic_error("there is no letter " + std::string{letter});
  for (const auto& [name, value] : values)
    if (!has_value(*kind, name)) throw std::logic_error("the letter has no value " + std::string{name});
  const auto& body = texts_[static_cast<std::size_t>(language)].letters.find(letter)->second;
  const auto end = body.find('\n');
  return {rendered(body.substr(0, end), values), rendered(body.substr(end + 1), values)};
}

std::string LetterTexts::moment(Time time, Language language) const {
  const auto& words = texts_[static_cast<std::size_t>(language)].words;
  const auto seconds = static_cast<std::time_t>(time.micros / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return rendered(words.moment, {{"weekday", words.weekdays[static_cast<std::size_t>(parts.tm_wday)]},
                                 {"day", std::to_string(parts.tm_mday)},
                                 {"month", words.months[static_cast<std::size_t>(parts.tm_mon)]},
                                 {"year", std::to_string(parts.tm_year + 1900)},
                                 {"time", two(parts.tm_hour) + ":" + two(parts.tm_min)}});
}

}  // namespace rollcall
