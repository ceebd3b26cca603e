// What is published, as an AsyncAPI 3 document: the topics in Kafka and the feed over HTTP, with the schemas of the
// contract.
#pragma once

#include <string>

#include "events/json.hpp"

namespace rollcall::api {

struct Channels {
  std::string events_topic = "rollcall.events";
  std::string users_topic = "rollcall.users";
  std::string broker = "127.0.0.1:9092";
  std::string server = "http://127.0.0.1:8080";
};

json::value asyncapi_document(const Channels& channels = {});

}  // namespace rollcall::api
