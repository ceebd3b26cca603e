// `rollcall mail`: what letters say, and what comes back of them.
#include <fstream>
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "adapters/mail/html.hpp"
#include "adapters/mail/letter_texts.hpp"
#include "tools/client/bounce.hpp"
#include "tools/client/remote.hpp"
#include "tools/failure.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct PreviewOptions {
  std::string letter, texts, language = "en";
  std::vector<std::string> without;
  bool html = false;
  bool json = false;
};

void preview(const PreviewOptions& options) {
  const auto language = value_named<Language>(options.language).value();
  const auto& kinds = letter_kinds();
  if (options.letter.empty()) {
    if (options.json) {
      json::array names;
      for (const auto& kind : kinds) names.emplace_back(kind.name);
      return print_json({{"letters", std::move(names)}});
    }
    for (const auto& kind : kinds) fmt::print("{}\n", kind.name);
    return;
  }
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](auto& one) { return one.name == options.letter; });
  if (kind == kinds.end())
    throw Failure("there is no letter " + options.letter, {"`rollcall mail preview` names them"});
  const LetterTexts texts(options.texts);
  LetterValues values;
  for (const auto& [name, value] : kind->sample) {
    const bool left_out = std::find(options.without.begin(), options.without.end(), name) != options.without.end();
    // A moment reads as it would in that language.
    const bool moment = value == sample_moment_text;
    if (!left_out) values.emplace_back(name, moment ? texts.moment(sample_moment, language) : std::string{value});
  }
  for (const auto& name : options.without)
    if (std::none_of(kind->sample.begin(), kind->sample.end(), [&](auto& one) { return one.first == name; }))
      throw Failure(fmt::format("the letter {} has no value {}", kind->name, name));
  const auto written = texts.write(kind->name, language, values);
  const auto page = html_of(written.subject, written.text, language);
  if (options.json) return print_json({{"subject", written.subject}, {"text", written.text}, {"html", page}});
  if (options.html) return fmt::print("{}", page);
  fmt::print("Subject: {}\n\n{}", written.subject, written.text);
}

struct BouncedOptions {
  RemoteOptions remote;
  std::string email, invitation, message;
};

// More is no notice: mail servers take no mail of that size.
constexpr std::size_t notice_bytes_max = std::size_t{16} << 20;

std::string whole(const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  std::string text(notice_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (file != "-" && !opened.is_open())) throw Failure(file + " cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > notice_bytes_max) throw Failure(file + " is too large to be a notice of a mail that failed");
  return text;
}

void report_bounce(BouncedOptions options) {
  if (!options.message.empty()) {
    const auto bounce = bounce_in(whole(options.message));
    if (!bounce) throw Failure(options.message + " is no notice of a mail that failed (RFC 3464)");
    options.email = bounce->email;
    options.invitation = bounce->invitation;
  }
  if (options.email.empty()) throw CLI::RequiredError("an address, or --message");
  json::object body{{"email", options.email}};
  if (!options.invitation.empty()) body["invitation"] = options.invitation;
  Remote remote(options.remote);
  const auto answer = remote.post("/v1/commands/ReportBounce", body);
  if (options.remote.json) return print_json(answer);
  const bool known = elements(answer, "events").empty();
  fmt::print("{} {}\n", printable(options.email), known ? "was marked before" : "is marked: mails to it come back");
}

}  // namespace

void add_mail(CLI::App& app) {
  auto& command = *app.add_subcommand("mail", "Look at the letters to people, and report those that came back");
  command.require_subcommand(1);
  constexpr auto words = enum_names(Language{});
  const std::vector<std::string> languages(words.begin(), words.end());

  auto& shown = *command.add_subcommand("preview", "Print a letter with made-up values; without a name, list them");
  auto options = std::make_shared<PreviewOptions>();
  shown.add_option("letter", options->letter, "invitation, reset, …")->type_name("LETTER");
  shown.add_option("--language", options->language, "of the letter")
      ->check(CLI::IsMember(languages))
      ->capture_default_str();
  shown
      .add_option("--texts", options->texts,
                  "a folder with texts in place of the built-in ones, as serve's --mail-texts")
      ->type_name("DIR");
  shown.add_option("--without", options->without, "leave these values out, as inviter,access_ends")
      ->delimiter(',')
      ->type_name("VALUES");
  shown.add_flag("--html", options->html, "the page, and not the text");
  shown.add_flag("--json", options->json, "subject, text and page as JSON");
  shown.callback([options] { preview(*options); });

  auto& texts =
      *command.add_subcommand("texts", "Print the built-in texts of a language, to be changed and given to serve");
  auto language = std::make_shared<std::string>("en");
  auto as_json = std::make_shared<bool>(false);
  texts.add_option("language", *language, "en, de or es")->check(CLI::IsMember(languages))->capture_default_str();
  texts.add_flag("--json", *as_json, "as a member of an object");
  texts.callback([language, as_json] {
    const auto text = LetterTexts::built_in(value_named<Language>(*language).value());
    if (*as_json) return print_json({{"language", *language}, {"texts", text}});
    fmt::print("{}", text);
  });

  auto& bounced = *command.add_subcommand("bounced", "Report that mails to an address come back (the operator)");
  auto report = std::make_shared<BouncedOptions>();
  auto* const address = bounced.add_option("email", report->email, "the address")->type_name("EMAIL");
  auto* const invitation =
      bounced.add_option("--invitation", report->invitation, "the invitation it was about (inv_…)")->type_name("ID");
  bounced
      .add_option("--message", report->message,
                  "the notice that came back (RFC 3464), in a file or - for standard input, in place of all else")
      ->type_name("FILE")
      ->excludes(address)
      ->excludes(invitation);
  add_remote_options(bounced, report->remote);
  bounced.callback([report] { report_bounce(*report); });
}

}  // namespace rollcall::tools
