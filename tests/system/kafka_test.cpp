// The published topics against the log, on a real broker, read by strangers: whatever is killed, they are equal, or the
// publisher says why it stopped.
#include "tests/system/kafka_fixture.hpp"
#include "tests/system/replies.hpp"

using namespace rollcall;
using namespace rollcall::testing;

TEST_CASE("a topic is the log, attached to an old one and while it grows, and the users topic is the Users list",
          "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  std::string owner_token;
  {
    ServerProcess before(published.data);
    Office office(before);
    office.partner("pia@agency.example");
    owner_token = office.signed_in("olga@gx624.example");
    CHECK(before.stop() == 0);
  }
  auto server = published.serve();
  REQUIRE(caught_up(*server));
  Guest owner(server->url(), owner_token);
  for (int i = 0; i < 20; ++i) invite(owner, "later" + std::to_string(i));
  REQUIRE(caught_up(*server));

  auto reader = operator_of(*server);
  const auto log = events_of(reader);
  const auto records = published.cluster.read(published.events);
  check_records(records, log);
  const auto whole = json::serialize(json::value_from(log));
  CHECK(whole.find("pia@agency.example") != std::string::npos);
  for (const auto& record : records) CHECK(record.value->find("@") == std::string::npos);  // nobody's address

  std::map<std::string, json::object> rows;
  for (const auto& record : published.cluster.read(published.users)) {
    if (record.value && !record.value->empty())
      rows[record.key] = json::parse(*record.value).as_object();
    else
      rows.erase(record.key);
  }
  const auto list = owner.get("/v1/accounts/gx624/users?status=all&limit=200").body.at("users").as_array();
  CHECK(rows.size() == list.size());
  for (const auto& row : list) {
    const auto key = "gx624/" + std::string{row.at("id").as_string()};
    INFO(key);
    REQUIRE(rows.contains(key));
    for (const auto& [name, value] : row.as_object())
      if (name != "name" && name != "email") CHECK(rows[key].at(name) == value);
    CHECK(rows[key].at("email").is_null());
  }

  const auto status = kafka_of(*server);
  CHECK(status.at("state") == "publishing");
  CHECK(status.at("lag_events") == 0);
  CHECK(operator_of(*server).get("/metrics").text.find("rollcall_follower_lag{follower=\"kafka\"} 0") !=
        std::string::npos);
  published.must_verify();
  CHECK(server->stop() == 0);
  published.must_verify();
}

TEST_CASE("the examples read what is published, once and in order", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto server = published.serve();
  Office office(*server);
  for (int i = 0; i < 30; ++i) invite(office.owner, "partner" + std::to_string(i));
  CHECK(server->stop() == 0);  // what was accepted is published before the end
  server = published.serve();
  auto reader = operator_of(*server);
  const auto log = events_of(reader);
  const auto lines_of = [&](const std::string& runner, const std::string& file) {
    return published.cluster.consume(runner, file, published.events, log.size());
  };
  const std::vector<std::pair<std::string, std::string>> examples{{"/usr/bin/python3", "consume.py"},
                                                                  {"tools/dev/node", "consume.mjs"}};
  for (const auto& [runner, file] : examples) {
    INFO(file);
    std::set<std::uint64_t> positions;
    std::map<std::string, std::uint64_t> last;
    std::size_t wrong = 0;
    std::istringstream lines(lines_of(runner, file));
    std::uint64_t position = 0;
    for (std::string type, key; lines >> position >> type >> key;) {
      REQUIRE(position < log.size());
      wrong += type != "rollcall." + std::string{log[position].at("type").as_string()} + ".v" +
                           json::serialize(log[position].at("version"));
      wrong += last.contains(key) && last[key] >= position;
      last[key] = position;
      positions.insert(position);
    }
    CHECK(positions.size() == log.size());
    CHECK(wrong == 0);
  }
}

namespace {

// Kills the server at random moments under load; each time the next one goes on where the topic ends.
void kill_and_check(int kills) {
  const Published published(KafkaCluster::shared());
  auto server = published.serve();
  const auto owner_token = Office(*server).signed_in("olga@gx624.example");
  std::mt19937 random(std::random_device{}());
  std::atomic<int> invited{0};
  for (int kill = 1; kill <= kills; ++kill) {
    INFO("kill " << kill);
    const auto patience = milliseconds(std::uniform_int_distribution(0, 600)(random));
    CAPTURE(patience.count());
    std::vector<std::thread> loads;
    for (int i = 0; i < 3; ++i)
      loads.emplace_back([&] {
        try {
          Guest owner(server->url(), owner_token);
          while (true) invite(owner, "partner" + std::to_string(++invited));
        } catch (const std::exception&) {  // it was killed
        }
      });
    const auto transactions = [&] { return kafka_of(*server).at("transactions").to_number<std::uint64_t>(); };
    if (kill % 3 != 0) CHECK(comes_true([&] { return transactions() > 0; }));
    std::this_thread::sleep_for(patience);
    server->kill();
    for (auto& load : loads) load.join();
    server = published.serve();
  }
  REQUIRE(caught_up(*server));
  auto reader = operator_of(*server);
  check_records(published.cluster.read(published.events), events_of(reader));
  published.must_verify();
  CHECK(server->stop() == 0);
}

}  // namespace

TEST_CASE("a publisher that is killed under load publishes every event once", "[process][crash][kafka]") {
  kill_and_check(10);
}

TEST_CASE("a publisher that is killed thirty times publishes every event once", "[.long][process][crash][kafka]") {
  kill_and_check(30);
}

TEST_CASE("while the broker is gone commands go on and the lag shows; when it is back all is published",
          "[process][crash][kafka]") {
  KafkaCluster cluster(1);
  const Published published(cluster);
  auto server = published.serve();
  Office office(*server);
  REQUIRE(caught_up(*server));
  std::atomic<bool> over{false};
  std::atomic<int> done{0};
  std::thread load([&] {
    Guest owner(server->url(), office.signed_in("olga@gx624.example"));
    while (!over) invite(owner, "partner" + std::to_string(++done));
  });
  CHECK(comes_true([&] { return done > 20; }));
  cluster.kill(1);
  const int before = done;
  CHECK(comes_true([&] { return done > before + 200; }));
  CHECK(comes_true([&] {
    const auto kafka = kafka_of(*server);
    return kafka.at("lag_events").to_number<std::uint64_t>() > 300 && kafka.at("lag_seconds").to_number<double>() > 0.1;
  }));
  CHECK(comes_true([&] { return kafka_of(*server).contains("trouble"); }));
  CHECK(operator_of(*server).get("/readyz").status == 200);
  over = true;
  load.join();
  cluster.resume(1);
  REQUIRE(caught_up(*server));
  auto reader = operator_of(*server);
  check_records(cluster.read(published.events), events_of(reader));
  published.must_verify();

  // The same while the server is killed as well, and a stop does not wait for a broker that is not there.
  cluster.kill(1);
  for (int i = 0; i < 10; ++i) invite(office.owner, "dark" + std::to_string(i));
  server->kill();
  server = published.serve();
  const auto asked = steady_clock::now();
  CHECK(server->stop() == 0);
  CHECK(steady_clock::now() - asked < std::chrono::seconds(20));
  cluster.resume(1);
  server = published.serve();
  REQUIRE(caught_up(*server));
  published.must_verify();
}

TEST_CASE("a cluster of three that loses one goes on", "[process][crash][kafka]") {
  KafkaCluster cluster(3);
  const Published published(cluster);
  auto server = published.serve();
  Office office(*server);
  REQUIRE(caught_up(*server));
  CHECK(kafka_of(*server).at("warnings").as_array().empty());
  for (int broker = 1; broker <= 3; ++broker) {
    INFO("without broker " << broker);
    cluster.kill(broker);
    for (int i = 0; i < 50; ++i) invite(office.owner, "without" + std::to_string(broker) + "-" + std::to_string(i));
    REQUIRE(caught_up(*server));
    cluster.resume(broker);
  }
  auto reader = operator_of(*server);
  check_records(cluster.read(published.events), events_of(reader));
  published.must_verify();
  CHECK(server->stop() == 0);
}

TEST_CASE("of two publishers of one log the older is fenced and says so", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto first = published.serve();
  Office office(*first);
  REQUIRE(caught_up(*first));
  CHECK(first->stop() == 0);
  const auto copy = published.folder / "copy";
  std::filesystem::copy(published.data, copy, std::filesystem::copy_options::recursive);
  first = published.serve();
  REQUIRE(caught_up(*first));

  ServerProcess second(copy, published.arguments());
  REQUIRE(second.serving());
  REQUIRE(caught_up(second));
  invite_as_owner(*first, "older");
  CHECK_THAT(stop_of(*first), Catch::Contains("another Rollcall publishes this log"));
  CHECK(operator_of(*first).get("/readyz").status == 503);
  invite_as_owner(second, "newer");
  REQUIRE(caught_up(second));
  CHECK(first->stop() == 0);

  // It finds the other's events when it comes back, and leaves them alone.
  first = published.serve();
  CHECK_THAT(stop_of(*first), Catch::Contains("holds another event"));
}

TEST_CASE("a record that is not the log's stops the publisher with its place and both hashes", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto server = published.serve();
  Office office(*server);
  REQUIRE(caught_up(*server));
  const auto size = size_of(*server);
  CHECK(server->stop() == 0);
  auto records = published.cluster.read(published.events);
  const auto last = *std::max_element(records.begin(), records.end(),
                                      [](const Seen& a, const Seen& b) { return a.position() < b.position(); });

  bool forked = true;
  SECTION("somebody else's record") {
    forked = false;
    published.cluster.meddle({"send", published.events, "1", "key", "hello"});
    server = published.serve();
    CHECK_THAT(stop_of(*server), Catch::Contains("is no event of Rollcall"));
    CHECK_THAT(published.verify().out, Catch::Contains("is no event of Rollcall"));
  }
  SECTION("a forged event") {
    std::vector<std::string> forged{"send", published.events, std::to_string(last.partition), last.key, "{}"};
    for (auto [name, value] : last.headers)
      forged.push_back(name + "=" + (name == "ce_leafhash" ? std::string(64, 'a') : value));
    published.cluster.meddle(forged);
    server = published.serve();
    CHECK_THAT(stop_of(*server), Catch::Contains("holds another event " + std::to_string(last.position())));
    const auto stopped = kafka_of(*server).at("stopped").as_object();
    CHECK(stopped.at("topic_hash") == json::string(std::string(64, 'a')));
    CHECK(stopped.at("log_hash") == json::string(last.headers.at("ce_leafhash")));
    CHECK_THAT(published.verify().out, Catch::Contains("event " + std::to_string(last.position()) + " comes again"));
  }
  SECTION("an event that the log does not have") {
    std::vector<std::string> forged{"send", published.events, std::to_string(last.partition), last.key, "{}"};
    for (auto [name, value] : last.headers)
      forged.push_back(name + "=" + (name == "ce_sequence" ? "00000000000000009999" : value));
    published.cluster.meddle(forged);
    server = published.serve();
    CHECK_THAT(stop_of(*server), Catch::Contains("holds event 9999, but the log ends at " + std::to_string(size)));
    CHECK(published.verify().code == 1);
  }
  // Nothing is written over it, the server serves, and everybody is told. On what may be a fork no command is accepted.
  const auto ready = operator_of(*server).get("/readyz");
  CHECK(ready.status == 503);
  CHECK_THAT(ready.text, Catch::Contains(forked ? "not that of the topic" : "publishing stopped"));
  if (forked)
    CHECK_REFUSED(operator_of(*server).ask("ChangeSeatLimit", {{"account", "gx624"}, {"seat_limit", 9}}), 503,
                  "behind_topic");
  else
    invite_as_owner(*server, "still");
  CHECK(published.cluster.read(published.events).size() == records.size() + 1);
  CHECK_THAT(server->said(), Catch::Contains("publishing stopped"));
}

TEST_CASE("verify --kafka finds what is missing, double, out of order, moved or altered", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto server = published.serve();
  Office office(*server);
  for (int i = 0; i < 10; ++i) invite(office.owner, "partner" + std::to_string(i));
  REQUIRE(caught_up(*server));
  CHECK(server->stop() == 0);
  published.must_verify();
  // An event in the middle of a partition, with others of its key on both sides.
  std::uint64_t position = 0;
  const auto records = published.cluster.read(published.events);
  for (std::size_t i = 1; i + 1 < records.size(); ++i)
    if (records[i - 1].partition == records[i].partition && records[i + 1].partition == records[i].partition &&
        records[i].headers.at("ce_authtype") == "app_user")
      position = records[i].position();
  const auto event = "event " + std::to_string(position);
  const std::map<std::string, std::string> found{{"skip", event + " is missing"},
                                                 {"twice", event + " comes again"},
                                                 {"early", " comes behind " + event},
                                                 {"moved", event + ": it belongs to partition"},
                                                 {"data", event + ": its data is not that of the log"},
                                                 {"words", event + ": the header ce_authtype is \"system\""}};
  for (const auto& [how, words] : found) {
    INFO(how);
    const auto copy = published.events + "-" + how;
    published.cluster.meddle({"create", copy, "4"});
    published.cluster.meddle({"copy", copy, published.events, how, std::to_string(position)});
    const auto verified = published.verify({"--kafka-topic", copy});
    CHECK(verified.code == 1);
    CHECK_THAT(verified.out, Catch::Contains(words));
  }
  published.cluster.meddle({"send", published.users, "0", "gx624/usr_nobody", "{}"});
  CHECK_THAT(published.verify().out, Catch::Contains("there is a row gx624/usr_nobody"));
  const auto nobody = published.verify({"--kafka-topic", "no-such-topic"});
  CHECK(nobody.code == 1);
  CHECK_THAT(nobody.err, Catch::Contains("there is no topic no-such-topic"));
}

TEST_CASE("transactions of others at the end of a partition are waited for and passed over", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto server = published.serve();
  Office office(*server);
  REQUIRE(caught_up(*server));
  const auto& cluster = published.cluster;
  CHECK(server->stop() == 0);
  const auto records = cluster.read(published.events).size();
  for (int partition = 0; partition < 4; ++partition)
    cluster.meddle({"abort", published.events, std::to_string(partition), "40"});
  server = published.serve();
  REQUIRE(caught_up(*server));
  published.must_verify();
  CHECK(cluster.read(published.events).size() == records);
  CHECK(server->stop() == 0);

  std::thread held([&] { cluster.meddle({"hold", published.events, "2", "5"}); });
  std::this_thread::sleep_for(std::chrono::seconds(2));
  server = published.serve();
  CHECK(comes_true([&] {
    const auto kafka = kafka_of(*server);
    return kafka.contains("trouble") &&
           std::string{kafka.at("trouble").as_string()}.find("transaction is open") != std::string::npos;
  }));
  held.join();
  REQUIRE(caught_up(*server));
  published.must_verify();
}

TEST_CASE("a topic that was deleted is not begun anew by itself", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  const auto& cluster = published.cluster;
  auto server = published.serve();
  Office office(*server);
  REQUIRE(caught_up(*server));
  const auto token = office.signed_in("olga@gx624.example");
  REQUIRE(caught_up(*server));
  const auto rows = published.data / "kafka" / published.events;

  SECTION("while it is published to") {
    cluster.meddle({"delete", published.events});
    cluster.meddle({"create", published.events, "4"});
    Guest owner(server->url(), token);
    invite(owner, "late");
    CHECK_THAT(stop_of(*server), Catch::Contains("to begin it anew, stop the server and remove " + rows.string()));
    CHECK(cluster.read(published.events).empty());
    CHECK(server->stop() == 0);
    server = published.serve();  // what it left there, uncommitted, is no history
    CHECK_THAT(stop_of(*server), Catch::Contains(published.events + " is empty, though "));
  }
  SECTION("while nobody publishes") {
    CHECK(server->stop() == 0);
    cluster.meddle({"delete", published.events});
    server = published.serve();
    CHECK_THAT(stop_of(*server), Catch::Contains("there is no topic " + published.events + ", though "));
    CHECK(server->stop() == 0);
    cluster.meddle({"create", published.events, "4"});
    server = published.serve();
    CHECK_THAT(stop_of(*server), Catch::Contains(published.events + " is empty, though "));
  }
  CHECK(server->stop() == 0);
  std::filesystem::remove_all(rows);
  server = published.serve();
  REQUIRE(caught_up(*server));
  published.must_verify();
}

TEST_CASE("a users topic that was deleted is filled again", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto server = published.serve();
  Office office(*server);
  office.partner("pia@agency.example");
  REQUIRE(caught_up(*server));
  CHECK(server->stop() == 0);
  published.cluster.meddle({"delete", published.users});
  server = published.serve();
  REQUIRE(caught_up(*server));
  CHECK(comes_true([&] { return kafka_of(*server).at("state") == "publishing"; }));
  published.must_verify();
}

TEST_CASE("a users topic that is made anew under a running publisher, or whose store is gone, is filled again",
          "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto server = published.serve();
  Office office(*server);
  office.partner("pia@agency.example");
  REQUIRE(caught_up(*server));
  SECTION("made anew") {
    published.cluster.meddle({"delete", published.users});
    published.cluster.meddle({"create", published.users, "4", "cleanup.policy=compact"});
    invite(office.owner, "late");
    REQUIRE(caught_up(*server));
  }
  SECTION("without its store") {
    CHECK(server->stop() == 0);
    std::filesystem::remove_all(published.data / "kafka");
    server = published.serve();
    CHECK(comes_true([&] { return server->said().find("filling " + published.users) != std::string::npos; }));
  }
  REQUIRE(caught_up(*server));
  CHECK(comes_true([&] { return kafka_of(*server).at("state") == "publishing"; }));
  published.must_verify();
}

TEST_CASE("verify --kafka holds beside a server that publishes", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto server = published.serve();
  Office office(*server);
  const auto token = office.signed_in("olga@gx624.example");
  std::atomic<bool> over{false};
  std::vector<std::thread> loads;
  for (int i = 0; i < 3; ++i)
    loads.emplace_back([&, i] {
      Guest owner(server->url(), token);
      for (int n = 0; !over; ++n) invite(owner, "partner" + std::to_string(i) + "-" + std::to_string(n));
    });
  for (int i = 0; i < 6; ++i) {
    const auto verified = published.verify();
    INFO(verified.out << verified.err);
    CHECK(verified.code == 0);
  }
  over = true;
  for (auto& load : loads) load.join();
}

TEST_CASE("clear personal data goes only where it is forgotten in time", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  auto server = published.serve({"--kafka-personal-data", "clear"});
  Office office(*server);
  REQUIRE(caught_up(*server));
  bool found = false;
  for (const auto& record : published.cluster.read(published.events))
    found = found || record.value->find("olga@gx624.example") != std::string::npos;
  CHECK(found);
  CHECK(published.verify({"--kafka-personal-data", "clear"}).code == 0);
  CHECK(published.verify().code == 1);
  CHECK(server->stop() == 0);

  const Published kept(KafkaCluster::shared());
  kept.cluster.meddle({"create", kept.events, "4", "retention.ms=-1"});
  server = kept.serve({"--kafka-personal-data", "clear"});
  CHECK_THAT(stop_of(*server), Catch::Contains("keeps events longer than the 30 days"));
  CHECK(kept.cluster.read(kept.events).empty());
}

TEST_CASE("a topic with dangerous settings is reported, one that cannot hold events is refused", "[process][kafka]") {
  const Published published(KafkaCluster::shared());
  published.cluster.meddle({"create", published.events, "3", "retention.ms=86400000"});
  auto server = published.serve();
  REQUIRE(comes_true([&] { return kafka_of(*server).at("state") == "publishing"; }));
  const auto warnings = json::serialize(kafka_of(*server).at("warnings"));
  CHECK_THAT(warnings, Catch::Contains("forgets events after 1 days"));
  CHECK_THAT(warnings, Catch::Contains("has 3 partitions, not 4"));

  const Published compacted(KafkaCluster::shared());
  compacted.cluster.meddle({"create", compacted.events, "4", "cleanup.policy=compact"});
  server = compacted.serve();
  CHECK_THAT(stop_of(*server), Catch::Contains("is compacted"));
}
