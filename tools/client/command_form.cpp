#include "tools/client/command_form.hpp"

#include <algorithm>
#include <charconv>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "domain/commands.hpp"
#include "domain/engine/authorization.hpp"
#include "tools/print/json_view.hpp"

namespace rollcall::tools {
namespace {

std::string option_name(std::string_view field) {
  auto option = "--" + std::string{field};
  std::replace(option.begin(), option.end(), '_', '-');
  return option;
}

FormField::Kind kind_of(const json::value& schema) {
  const auto type = text_of(member(schema, "type"));
  if (type == "boolean") return FormField::Kind::boolean;
  if (type == "integer") return FormField::Kind::number;
  if (text_of(member(schema, "pattern")).starts_with("^" + std::string{MembershipId::prefix} + "_"))
    return FormField::Kind::user;
  if (type == "string") return member(schema, "writeOnly") == true ? FormField::Kind::secret : FormField::Kind::text;
  return FormField::Kind::document;
}

FormField field_of(std::string_view name, const json::value& property, bool required) {
  // An optional field's schema is that of its value, or null.
  const auto& alternatives = elements(property, "anyOf");
  const auto& schema = alternatives.empty() ? property : alternatives.front();
  FormField field;
  field.name = name;
  field.option = option_name(name);
  field.help = text_of(member(property, "description"));
  field.kind = kind_of(schema);
  field.required = required;
  for (const auto& choice : elements(schema, "enum")) field.choices.emplace_back(text_of(choice));
  return field;
}

constexpr bool is_for_people(Rule rule) {
  constexpr auto names = enum_names(Source{});
  for (std::size_t i = 0; i < names.size(); ++i)
    if (static_cast<Source>(i) != Source::clock && rule.is_held_by(static_cast<Source>(i))) return true;
  return false;
}

template <class Command>
CommandForm form_of() {
  CommandForm form;
  form.name = Command::name;
  form.summary = Command::summary;
  form.check = [](const json::value& body) -> std::optional<JsonError> {
    auto command = from_json<Command>(body);
    if (command) return std::nullopt;
    return std::move(command.error());
  };
  constexpr auto rule = Command::rule;
  form.for_people = is_for_people(rule);
  form.in_bulk = rule.in_bulk();
  form.for_strangers = rule.is_held_by(Source::link) || rule.is_held_by(Source::anyone);

  const auto schema = schema_of<Command>();
  const auto& required = elements(schema, "required");
  for (const auto& property : member(schema, "properties").as_object()) {
    const bool needed = std::find(required.begin(), required.end(), json::value(property.key())) != required.end();
    form.fields.push_back(field_of(property.key(), property.value(), needed));
  }
  return form;
}

template <class... C>
std::vector<CommandForm> forms_of(Types<C...>) {
  return {form_of<C>()...};
}

}  // namespace

const std::vector<CommandForm>& command_forms() {
  static const auto forms = forms_of(AllCommands{});
  return forms;
}

const FormField* CommandForm::field(std::string_view wanted) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return one.name == wanted; });
  return found == fields.end() ? nullptr : &*found;
}

Expected<json::value, std::string> value_of(const FormField& field, std::string_view typed) {
  switch (field.kind) {
    case FormField::Kind::boolean:
      if (typed == "true") return json::value(true);
      if (typed == "false") return json::value(false);
      return unexpected(std::string{"must be true or false"});
    case FormField::Kind::number: {
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
      if (error != std::errc{} || end != typed.data() + typed.size())
        return unexpected(std::string{"must be a whole number from 0"});
      return json::value(number);
    }
    case FormField::Kind::document: {
      boost::system::error_code ec;
      auto document = json::parse(typed, ec);
      if (ec) return unexpected(fmt::format("is not JSON: {}", ec.message()));
      return document;
    }
    case FormField::Kind::text:
    case FormField::Kind::user:
    case FormField::Kind::secret: break;
  }
  return json::value(typed);
}

std::string option_at(std::string_view pointer) {
  if (pointer.empty()) return {};
  pointer.remove_prefix(1);
  const auto slash = std::min(pointer.find('/'), pointer.size());
  auto option = option_name(pointer.substr(0, slash));
  if (slash < pointer.size()) option.append(" ").append(pointer.substr(slash));
  return option;
}

}  // namespace rollcall::tools
