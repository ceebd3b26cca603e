#include "events/cloud_event.hpp"

#include "events/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/filled.hpp"

namespace rollcall::testing {
namespace {

class OneKey final : public KeyRing {
 public:
  std::optional<DataKey> find(KeyNumber) const override { return DataKey{}; }
};
const OneKey keys;

PartnerInvited invited() {
  auto event = filled<PartnerInvited>();
  return event;
}

TEST_CASE("an event goes out as CloudEvents has it, with its place in the log and the hash that proofs are about") {
  const auto recorded = entry_of(invited());
  const auto& envelope = recorded.envelope;
  const auto entry = encode_entry(envelope, recorded.event, keys);
  const auto event = cloud_event(entry, "rollcall.test", nullptr);

  CHECK(event.attribute("specversion") == "1.0");
  CHECK(event.attribute("id") == envelope.id.text());
  CHECK(event.attribute("source") == "urn:rollcall:log:rollcall.test");
  CHECK(event.attribute("type") == "rollcall.PartnerInvited.v1");
  CHECK(event.attribute("dataschema") == "urn:rollcall:schema:PartnerInvited:1");
  CHECK(event.attribute("time") == envelope.recorded_at.text());
  CHECK(event.attribute("subject") == "gx624");
  CHECK(event.attribute("partitionkey") == "gx624");
  CHECK(event.attribute("sequence") == sequence_text(envelope.position));
  CHECK(event.attribute("scopesequence") == sequence_text(envelope.sequence));
  CHECK(event.attribute("logorigin") == "rollcall.test");
  CHECK(event.attribute("leafhash") == to_hex(bytes_of(leaf_hash(entry))));
  CHECK(event.attribute("commandid") == envelope.command.text());
  CHECK(event.attribute("authid") == envelope.actor.person->text());
  CHECK(event.attribute("traceparent") == *envelope.trace_parent);

  const auto data = json::parse(event.data).as_object();
  CHECK(data.at("person").as_string() == get<PartnerInvited>(recorded.event).person.text());
}

TEST_CASE("personal data goes out with keys only") {
  auto recorded = entry_of(invited());
  recorded.envelope.reason = Personal(7, "line one\nline two");
  const auto entry = encode_entry(recorded.envelope, recorded.event, keys);

  const auto without = cloud_event(entry, "rollcall.test", nullptr);
  CHECK(json::parse(without.data).at("email").is_null());
  CHECK(without.attribute("reason").empty());
  CHECK(structured(without).find("personal") == std::string::npos);

  const auto with = cloud_event(entry, "rollcall.test", &keys);
  CHECK(json::parse(with.data).at("email").as_string() == get<PartnerInvited>(recorded.event).email.shown());
  CHECK(with.attribute("reason") == "line one line two");
}

TEST_CASE("every attribute that goes out is in the contract, in its order, and every one that must be there is") {
  const auto recorded = entry_of(invited());
  const auto event = cloud_event(encode_entry(recorded.envelope, recorded.event, keys), "rollcall.test", &keys);
  std::vector<std::string_view> names, known;
  for (const auto& [name, value] : event.attributes) {
    names.push_back(name);
    CHECK(name.size() <= 20);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos);
    CHECK_FALSE(value.empty());
  }
  for (const auto& attribute : cloud_event_attributes()) known.push_back(attribute.name);
  CHECK(names == known);
}

TEST_CASE("in the JSON format all is one object") {
  const auto recorded = entry_of(invited());
  const auto event = cloud_event(encode_entry(recorded.envelope, recorded.event, keys), "rollcall.test", nullptr);
  const auto object = json::parse(structured(event)).as_object();
  CHECK(object.at("specversion") == "1.0");
  CHECK(object.at("datacontenttype") == "application/json");
  CHECK(object.at("data") == json::parse(event.data));
  CHECK(object.size() == event.attributes.size() + 2);
}

TEST_CASE("sequences compare as texts the way they do as numbers") {
  CHECK(sequence_text(0) == "00000000000000000000");
  CHECK(sequence_text(18'446'744'073'709'551'615u) == "18446744073709551615");
  CHECK(sequence_text(9) < sequence_text(10));
}

}  // namespace
}  // namespace rollcall::testing
