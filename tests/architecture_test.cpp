// Dependencies point one way. The build links each room to what it may use; this reads the includes for the rest.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/where.hpp"

namespace rollcall {
namespace {

namespace fs = std::filesystem;
const fs::path root = where::source_folder();

struct Source {
  std::string name;  // from the root, e.g. domain/decide.cpp
  std::string text;
  std::vector<std::string> ours;    // #include "…"
  std::vector<std::string> others;  // #include <…>
};

std::vector<Source> sources_in(const std::string& room) {
  std::vector<Source> sources;
  for (const auto& file : fs::recursive_directory_iterator(root / room)) {
    if (file.path().extension() != ".hpp" && file.path().extension() != ".cpp") continue;
    Source source;
    source.name = fs::relative(file.path(), root).generic_string();
    std::stringstream whole;
    whole << std::ifstream(file.path()).rdbuf();
    source.text = whole.str();
    std::string line;
    while (std::getline(whole, line)) {
      const auto from = line.find_first_of("<\"");
      if (!line.starts_with("#include") || from == std::string::npos) continue;
      const auto to = line.find_first_of(">\"", from + 1);
      (line[from] == '"' ? source.ours : source.others).push_back(line.substr(from + 1, to - from - 1));
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

// Sources of a room include headers of these rooms only.
void check_rooms(const std::string& room, const std::vector<std::string>& allowed) {
  const auto sources = sources_in(room);
  REQUIRE_FALSE(sources.empty());
  for (const auto& source : sources) {
    for (const auto& header : source.ours) {
      INFO(source.name << " includes \"" << header << '"');
      CHECK(std::any_of(allowed.begin(), allowed.end(),
                        [&](auto& may) { return header == may || header.starts_with(may + "/"); }));
    }
  }
}

TEST_CASE("every test that the README names is there", "[architecture]") {
  std::ifstream file(where::source_folder() / "README.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::size_t named = 0;
  for (auto at = text.find("`tests/"); at != text.npos; at = text.find("`tests/", at + 1)) {
    const auto path = text.substr(at + 1, text.find('`', at + 1) - at - 1);
    INFO(path);
    CHECK(fs::exists(where::source_folder() / path));
    ++named;
  }
  CHECK(named > 40);
}

TEST_CASE("facts know nothing of rules, rules and views nothing of each other") {
  check_rooms("events", {"events"});
  check_rooms("domain", {"domain", "events"});
  check_rooms("projections", {"projections", "events"});
}

TEST_CASE("adapters never include each other nor the program") {
  std::size_t adapters = 0;
  for (const auto& folder : fs::directory_iterator(root / "adapters")) {
    if (!folder.is_directory()) continue;
    const auto own = "adapters/" + folder.path().filename().string();
    for (const auto& source : sources_in(own)) {
      ++adapters;
      for (const auto& header : source.ours) {
        INFO(source.name << " includes \"" << header << '"');
        CHECK_FALSE((header.starts_with("adapters/") && !header.starts_with(own + "/")));
        CHECK_FALSE(header.starts_with("tools/"));
        CHECK_FALSE(header.starts_with("tests/"));
      }
    }
  }
  CHECK(adapters > 0);
}

TEST_CASE("the program's rooms: a client never sees the server, the interface never sees Kafka") {
  const std::string lower[] = {"events", "domain", "projections"};
  const auto rooms = [&](std::vector<std::string> more) {
    more.insert(more.end(), std::begin(lower), std::end(lower));
    return more;
  };
  check_rooms("tools/print", {"tools/print", "tools/failure.hpp", "events"});
  check_rooms("tools/installation", rooms({"tools/installation", "adapters/crypto", "adapters/rocksdb"}));
  check_rooms("tools/client", {"tools/client", "tools/print", "tools/failure.hpp", "tools/subcommands.hpp",
                               "adapters/http/client.hpp", "domain", "projections", "events"});
  check_rooms("tools/server/followers",
              rooms({"tools/server/followers", "tools/installation", "adapters/crypto", "adapters/rocksdb",
                     "adapters/writer", "adapters/mail/letter_texts.hpp", "adapters/http/stream.hpp"}));
  check_rooms("tools/server/api", rooms({"tools/server/api", "tools/server/followers", "tools/installation",
                                         "adapters/crypto", "adapters/http", "adapters/writer"}));
  check_rooms("tools/backup",
              rooms({"tools/backup", "tools/installation", "tools/print", "tools/failure.hpp", "tools/subcommands.hpp",
                     "tools/server/followers", "adapters/crypto", "adapters/rocksdb"}));
  check_rooms("tools/town", rooms({"tools/town", "tools/installation", "tools/print", "tools/failure.hpp",
                                   "tools/subcommands.hpp", "adapters/crypto", "adapters/rocksdb"}));
}

// What the pure rooms may use besides the language's own library.
bool is_pure_library(const std::string& room, const std::string& header) {
  if (header.find('/') == std::string::npos && header.find('.') == std::string::npos) return true;  // <vector>
  static const std::map<std::string, std::vector<std::string>> allowed{
      {"events",
       {"boost/json", "boost/pfr", "cereal/", "fmt/", "openssl/", "sodium.h", "tl/expected.hpp", "uninorm.h"}},
      {"domain", {"fmt/", "idn2.h", "sodium.h"}},
      {"projections", {"boost/json", "fmt/", "sodium.h"}}};
  const auto& libraries = allowed.at(room);
  return std::any_of(libraries.begin(), libraries.end(), [&](auto& library) { return header.starts_with(library); });
}

TEST_CASE("facts, rules and views use no storage, network, clock or chance") {
  const std::set<std::string> impure{"random", "filesystem", "fstream", "iostream", "coroutine"};
  for (const std::string room : {"events", "domain", "projections"}) {
    for (const auto& source : sources_in(room)) {
      for (const auto& header : source.others) {
        INFO(source.name << " includes <" << header << '>');
        CHECK(is_pure_library(room, header));
        CHECK_FALSE(impure.contains(header));
      }
      for (const auto* word : {"system_clock", "steady_clock", "high_resolution_clock", "utc_clock", "gettimeofday",
                               "clock_gettime", "std::time(", "random_device", "std::rand(", "randombytes", "getenv"}) {
        INFO(source.name << " uses " << word);
        CHECK(source.text.find(word) == std::string::npos);
      }
    }
  }
}

TEST_CASE("facts and rules know no threads") {
  const std::set<std::string> threads{"thread", "mutex", "shared_mutex", "atomic", "condition_variable", "future"};
  for (const std::string room : {"events", "domain"})
    for (const auto& source : sources_in(room))
      for (const auto& header : source.others) {
        INFO(source.name << " includes <" << header << '>');
        CHECK_FALSE(threads.contains(header));
      }
}

TEST_CASE("nobody outside its adapter includes RocksDB, but the bench, which measures RocksDB itself") {
  for (const std::string room : {"events", "domain", "projections", "tools", "adapters"})
    for (const auto& source : sources_in(room))
      for (const auto& header : source.others) {
        INFO(source.name << " includes <" << header << '>');
        CHECK((!header.starts_with("rocksdb/") || source.name.starts_with("adapters/rocksdb/") ||
               source.name == "tools/bench/measure.cpp"));
      }
}

TEST_CASE("every header guards itself") {
  for (const std::string room : {"events", "domain", "projections", "adapters", "tools", "tests"})
    for (const auto& source : sources_in(room)) {
      INFO(source.name);
      if (source.name.ends_with(".hpp")) CHECK(source.text.find("#pragma once\n") != std::string::npos);
    }
}

}  // namespace
}  // namespace rollcall
