// Where `rollcall serve` takes its options from, shown by what it would run with.
#include <sstream>

#include <boost/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/where.hpp"
#include "tests/tools/program.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;
namespace json = boost::json;

TEST_CASE("an option is what the command line says, then the environment, then the file, then the default",
          "[process]") {
  const Folder folder;
  folder.write("file.toml", "# ours\ndata = \"of-the-file\"\nlisten = \"127.0.0.1:1\"\nqueue = 11\n");
  Program program(folder);
  program.environment["ROLLCALL_LISTEN"] = "127.0.0.1:2";
  const auto shown = program.run({"serve", "--config", "file.toml", "--queue", "13", "--print-config"});
  CHECK(shown.code == 0);
  CHECK_THAT(shown.out, Contains("data=\"of-the-file\""));
  CHECK_THAT(shown.out, Contains("listen=\"127.0.0.1:2\""));
  CHECK_THAT(shown.out, Contains("queue=13"));
  CHECK_THAT(shown.out, Contains("io-threads=2"));

  SECTION("a value in quotes is taken as it is") {
    folder.write("file.toml", "link-base = \"https://crm.example/#/x\"  # ours\n");
    CHECK_THAT(Program(folder).run({"serve", "--config", "file.toml", "--print-config"}).out,
               Contains("link-base=\"https://crm.example/#/x\""));
  }
  SECTION("a password is not printed") {
    folder.write("file.toml", "smtp-password = \"of-the-file\"\n");
    CHECK_THAT(Program(folder).run({"serve", "--config", "file.toml", "--print-config"}).out, !Contains("of-the-file"));
    program.environment["ROLLCALL_SMTP_PASSWORD"] = "of-the-environment";
    CHECK_THAT(program.run({"serve", "--print-config"}).out, !Contains("of-the-environment"));
  }
  SECTION("settings of librdkafka may be several, and those that open a cluster are not printed") {
    folder.write(
        "file.toml",
        "kafka-set = [\"sasl.username=rollcall\", \"sasl.password=of-the-file\", \"security.protocol=SASL_SSL\"]\n");
    const auto printed = Program(folder).run({"serve", "--config", "file.toml", "--print-config"});
    CHECK_THAT(printed.out, Contains("sasl.username=rollcall"));
    CHECK_THAT(printed.out, Contains("security.protocol=SASL_SSL"));
    CHECK_THAT(printed.out, !Contains("of-the-file"));
    CHECK_THAT(printed.out, Catch::StartsWith("# kafka-set sasl.password is set, and not printed"));
    folder.write("printed.toml", printed.out);
    const auto again = Program(folder).run({"serve", "--config", "printed.toml", "--print-config"}).out;
    CHECK_THAT(again, Contains("data="));
    CHECK_THAT(printed.out, Catch::EndsWith(again));
    const auto refused = Program(folder).run({"serve", "--kafka", "x:1", "--kafka-set", "acks=0"});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("acks is set by Rollcall"));
  }
  SECTION("and what is printed can be read again") {
    folder.write("printed.toml", shown.out);
    CHECK(Program(folder).run({"serve", "--config", "printed.toml", "--print-config"}).out == shown.out);
  }
}

TEST_CASE("what would fail later, or lead people astray, is refused by the option's name", "[process]") {
  const Folder folder;
  const Program program(folder);
  const auto check_refused = [&](const std::string& option, const std::string& value) {
    const auto outcome = program.run({"serve", option, value, "--print-config"});
    CAPTURE(option, value);
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains(option));
  };
  for (const std::string number : {"-1", "0", "1.5", "x", "99999999999999999999"}) {
    check_refused("--queue", number);
    check_refused("--max-connections", number);
    check_refused("--max-body-kib", number);
    check_refused("--io-threads", number);
  }
  check_refused("--free-floor-mib", "-1");
  check_refused("--shutdown-seconds", "-1");
  for (const std::string smtp :
       {"foo", "http://relay.example", "smtp://", "smtp:///x", "smtp://relay example", "smtp://relay:"})
    check_refused("--smtp", smtp);
  check_refused("--mail-language", "fr");
  check_refused("--mail-texts", "not-there");
  for (const std::string from :
       {"", "x", "@x", "x@", "a@b@c", "a b@c.example", "a@b.example\r\nBcc: c@d.example", "Rollcall <a@b.example>"})
    check_refused("--mail-from", from);
  for (const std::string base : {"javascript:alert(1)", "rollcall.example", "https://", "https:///x", "https://a b",
                                 "https://a\"b", "ftp://rollcall.example"})
    check_refused("--link-base", base);
  for (const std::string address : {"", "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "example.com:80"})
    check_refused("--listen", address);
  check_refused("--data", "");
  for (const std::string everywhere : {"0.0.0.0:8080", "[::]:8080"}) {
    const auto outcome = program.run({"serve", "--listen", everywhere, "--print-config"});
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("--link-base"));
    CHECK(program.run({"serve", "--listen", everywhere, "--link-base", "https://r.example", "--print-config"}).code ==
          0);
  }
}

TEST_CASE("a file with a mistake in it is refused by name", "[process]") {
  const Folder folder;
  const Program program(folder);
  const auto refused = [&](const std::string& text) {
    folder.write("file.toml", text);
    const auto outcome = program.run({"serve", "--config", "file.toml", "--print-config"});
    CHECK(outcome.code == 2);
    return outcome.err;
  };
  CHECK_THAT(refused("dada = \"x\"\n"), Contains("dada"));
  CHECK_THAT(refused("[serve]\ndata = \"x\"\n"), Contains("section serve"));
  CHECK_THAT(refused("print-config = true\n"), Contains("print-config"));
  CHECK_THAT(refused("io-threads = 1000\n"), Contains("io-threads"));
  CHECK_THAT(refused("tls-cert = \"cert.pem\"\n"), Contains("--tls-cert requires --tls-key"));
  CHECK_THAT(refused("tls-key = \"key.pem\"\n"), Contains("--tls-key requires --tls-cert"));
  CHECK_THAT(refused("queue = 1\nlisten = \"127.0.0.1:1\"\nqueue = 2\n"), Contains("line 3"));
  CHECK_THAT(refused("queue = 1.5\n"), Contains("whole number"));
  const auto missing = program.run({"serve", "--config", "nowhere.toml", "--print-config"});
  CHECK(missing.code == 2);
  CHECK_THAT(missing.err, Contains("nowhere.toml"));
}

TEST_CASE("a server says what happens to it as JSON where that is asked for", "[process]") {
  const Folder folder;
  const auto outcome = run_command({"/usr/bin/timeout", "--signal=TERM", "4", where::program().string(), "serve",
                                    "--data", "data", "--create", "--listen", "127.0.0.1:0", "--json"},
                                   where::program_environment(), folder.path(), {});
  INFO(outcome.err);
  std::istringstream lines(outcome.out);
  std::vector<std::string> told;
  for (std::string line; std::getline(lines, line);) {
    const auto object = json::parse(line);
    told.emplace_back(object.at("is").as_string());
    if (told.back() == "serving") CHECK(object.at("url").as_string().starts_with("http://127.0.0.1:"));
    if (told.back() == "begun") CHECK(object.at("vkey").as_string().find('+') != json::string::npos);
  }
  CHECK(told == std::vector<std::string>{"begun", "serving", "stopping", "stopped"});
}
