#include "events/cloud_event.hpp"

#include <algorithm>
#include <array>

#include "events/json.hpp"

namespace rollcall {
namespace {

// Authentication context extension of CloudEvents. Operators are our own staff, users of the installation itself and
// not of what it serves; an auditor is given an account to sign in to, as any person is.
std::string_view auth_type(ActorKind kind) {
  switch (kind) {
    case ActorKind::person:
    case ActorKind::portal_user:
    case ActorKind::auditor: return "app_user";
    case ActorKind::operator_: return "user";
    case ActorKind::key: return "api_key";
    case ActorKind::system: break;
  }
  return "system";
}

// CloudEvents' String leaves out control characters; a reason may have line ends.
std::string without_controls(std::string_view text) {
  std::string out{text};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

constexpr std::string_view digits_20 = "^[0-9]{20}$";

}  // namespace

const std::vector<CloudEventAttribute>& cloud_event_attributes() {
  static const std::vector<CloudEventAttribute> all{
      {"specversion", "Version of CloudEvents", true, "^1\\.0$"},
      {"id", "The event's id, the same for ever", true, "^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
      {"source", "The log it comes from, as a URN", true, "^urn:rollcall:log:"},
      {"type", "What happened, and in which version of its data", true, "^rollcall\\.[A-Za-z]+\\.v[0-9]+$"},
      {"time", "When it was recorded, UTC", true},
      {"subject", "Whose history it belongs to: an account, a person, or the log itself", true},
      {"dataschema", "Name of the JSON Schema of the data", true, "^urn:rollcall:schema:[A-Za-z]+:[0-9]+$"},
      {"partitionkey", "Events with the same key keep their order", true},
      {"sequence", "Position in the log: dense, from 0, unique within the source", true, digits_20},
      {"scopesequence", "Number within the history of the subject: dense, from 0", true, digits_20},
      {"logorigin", "Name of the log in its checkpoints", true},
      {"leafhash", "RFC 6962 leaf hash of the stored entry, hexadecimal: what proofs are about", true,
       "^[0-9a-f]{64}$"},
      {"commandid", "The command that caused it; its events are published together", true,
       "^cmd_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
      {"correlationid", "What it belongs to across commands", true, "^cmd_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
      {"causationid", "The event that led to it", false, "^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
      {"authtype",
       "What kind of actor did it: app_user (a person, portal user or auditor), user (an operator), api_key (a "
       "program) or system; more may come",
       true},
      {"authid", "The person who did it", false, "^per_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
      {"membership", "The membership they acted by", false, "^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
      {"accesskey", "The key a program acted with", false, "^key_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
      {"onbehalfof", "The person an operator or a key acted for", false, "^per_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
      {"reason", "Why, in words; personal data", false},
      {"traceparent", "W3C trace context of the request", false},
  };
  return all;
}

std::string_view CloudEvent::attribute(std::string_view name) const {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const auto& known) { return known.first == name; });
  return found == attributes.end() ? std::string_view{} : std::string_view{found->second};
}

std::string sequence_text(std::uint64_t number) {
  std::string text(20, '0');
  for (auto at = text.rbegin(); number > 0; number /= 10) *at++ = static_cast<char>('0' + number % 10);
  return text;
}

std::string cloud_event_type(std::string_view type, std::uint16_t version) {
  return std::string{"rollcall."}.append(type).append(".v").append(std::to_string(version));
}

std::string schema_urn(std::string_view type, std::uint16_t version) {
  return std::string{"urn:rollcall:schema:"}.append(type).append(":").append(std::to_string(version));
}

CloudEvent cloud_event(std::string_view entry, std::string_view origin, const KeyRing* keys) {
  auto told = tell_entry(entry, keys);
  const auto& envelope = told.envelope;
  const auto& actor = envelope.actor;
  CloudEvent event;
  event.data = std::move(told.data);
  event.attributes.reserve(cloud_event_attributes().size());
  const auto add = [&](std::string_view name, std::string value) {
    event.attributes.emplace_back(name, std::move(value));
  };
  add("specversion", "1.0");
  add("id", envelope.id.text());
  add("source", std::string{"urn:rollcall:log:"}.append(origin));
  add("type", cloud_event_type(envelope.type, envelope.version));
  add("time", envelope.recorded_at.text());
  add("subject", envelope.scope.text());
  add("dataschema", schema_urn(envelope.type, envelope.version));
  add("partitionkey", envelope.scope.text());
  add("sequence", sequence_text(envelope.position));
  add("scopesequence", sequence_text(envelope.sequence));
  add("logorigin", std::string{origin});
  add("leafhash", to_hex(bytes_of(leaf_hash(entry))));
  add("commandid", envelope.command.text());
  add("correlationid", envelope.correlation.text());
  if (envelope.causation) add("causationid", envelope.causation->text());
  add("authtype", std::string{auth_type(actor.kind)});
  if (actor.person) add("authid", actor.person->text());
  if (actor.membership) add("membership", actor.membership->text());
  if (actor.key) add("accesskey", actor.key->text());
  if (actor.on_behalf_of) add("onbehalfof", actor.on_behalf_of->text());
  if (envelope.reason && envelope.reason->clear()) add("reason", without_controls(envelope.reason->shown()));
  if (envelope.trace_parent) add("traceparent", without_controls(*envelope.trace_parent));
  return event;
}

std::string structured(const CloudEvent& event) {
  std::string text;
  text.reserve(event.data.size() + 1024);
  {
    JsonObject out(text);
    for (const auto& [name, value] : event.attributes) out.add(name, std::string_view{value});
    out.add("datacontenttype", std::string_view{"application/json"});
    out.begin("data").append(event.data);
  }
  return text;
}

}  // namespace rollcall
