// An event as it leaves Rollcall: CloudEvents 1.0.2, the fact as JSON data. The one definition behind the Kafka topic
// (binary mode: attributes are headers), the feed (JSON format), their contract and their verification.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/entry.hpp"
#include "events/hash.hpp"

namespace rollcall {

// Whether names, addresses and reasons go out. Left out they are null, and ids stay: who may know asks the interface.
enum class PersonalData : std::uint8_t { omit, clear };
constexpr Names<2> enum_names(PersonalData) { return {"omit", "clear"}; }

struct CloudEvent {
  // By name, required ones first; absent ones are left out. UTF-8 without control characters.
  std::vector<std::pair<std::string_view, std::string>> attributes;
  std::string data;  // JSON, as datacontenttype says

  // The attribute's value; empty when it is absent.
  std::string_view attribute(std::string_view name) const;
};

// What an attribute says, for the contract.
struct CloudEventAttribute {
  std::string_view name;
  std::string_view help;
  bool always = true;
  std::string_view pattern{};  // of its text, where there is one
};
// All there can be, in their order.
const std::vector<CloudEventAttribute>& cloud_event_attributes();

// `origin` is the log's (entry 0). Keys open personal data; without any it is left out. Throws Malformed.
CloudEvent cloud_event(std::string_view entry, std::string_view origin, const KeyRing* keys);

// The JSON format: one object, data inside.
std::string structured(const CloudEvent& event);

// A position or sequence as CloudEvents' `sequence` has it: 20 digits, so that texts compare like numbers.
std::string sequence_text(std::uint64_t number);

// rollcall.PartnerInvited.v1 and urn:rollcall:schema:PartnerInvited:1.
std::string cloud_event_type(std::string_view type, std::uint16_t version);
std::string schema_urn(std::string_view type, std::uint16_t version);

}  // namespace rollcall
