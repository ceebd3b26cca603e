// Positions, instants, ids and checked texts: how they are written, and what is not taken for one.
#include "events/values.hpp"

#include <algorithm>

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

namespace rollcall {
namespace {

// ---- ids ----------------------------------------------------------------------------------------------------------

TEST_CASE("an id is its prefix and 26 letters, and is read back") {
  PersonId id;
  CHECK(id.text() == "per_00000000000000000000000000");
  id.bytes.fill(0xff);
  CHECK(id.text() == "per_7zzzzzzzzzzzzzzzzzzzzzzzzz");
  CHECK(PersonId::parse(id.text()) == id);
  CHECK(rc::check([](IdBytes bytes) { return parse_id("usr", id_text("usr", bytes)) == bytes; }));
}

TEST_CASE("ids sort as their texts do") {
  CHECK(rc::check([](IdBytes a, IdBytes b) { return (a < b) == (id_text("evt", a) < id_text("evt", b)); }));
}

TEST_CASE("what is not exactly an id is none") {
  const std::string good = "per_01234567890123456789abcdef";
  REQUIRE(PersonId::parse(good));
  for (const std::string_view bad :
       {"", "per_", "usr_01234567890123456789abcdef", "per-01234567890123456789abcdef", "per_01234567890123456789abcde",
        "per_01234567890123456789abcdef0", "per_01234567890123456789ABCDEF", "per_81234567890123456789abcdef",
        "per_0123456789012345678iabcdef", "per_0123456789012345678labcdef", "per_0123456789012345678oabcdef",
        "per_0123456789012345678uabcdef", "per_ 1234567890123456789abcdef", "per_-1234567890123456789abcdef"}) {
    CAPTURE(bad);
    CHECK_FALSE(PersonId::parse(bad));
  }
}

TEST_CASE("each kind of id has a prefix of its own") {
  const std::array prefixes{LogId::prefix,     EventId::prefix,      CommandId::prefix,
                            PersonId::prefix,  MembershipId::prefix, InvitationId::prefix,
                            SessionId::prefix, CredentialId::prefix, ReassignmentId::prefix};
  for (const auto prefix : prefixes) CHECK(std::count(prefixes.begin(), prefixes.end(), prefix) == 1);
}

// ---- time ---------------------------------------------------------------------------------------------------------

TEST_CASE("an instant is written in UTC to the microsecond") {
  CHECK(Time{}.text() == "1970-01-01T00:00:00.000000Z");
  CHECK(Time{1'772'528'400'000'001}.text() == "2026-03-03T09:00:00.000001Z");
  CHECK(Time{-1}.text() == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("an instant is read with its offset") {
  const Time nine{1'772'528'400'000'000};
  for (const std::string_view text : {"2026-03-03T09:00:00Z", "2026-03-03t09:00:00z", "2026-03-03T09:00:00.000Z",
                                      "2026-03-03T10:30:00+01:30", "2026-03-02T23:00:00-10:00"})
    CHECK(Time::parse(text) == nine);
  CHECK(Time::parse("2026-03-03T09:00:00.5Z") == nine + microseconds(500'000));
  CHECK(Time::parse("2026-03-03T09:00:00.0000019Z") == nine + microseconds(1));
  CHECK(Time::parse("1969-12-31T23:59:59.999999Z") == Time{-1});
  CHECK(Time::parse("2024-02-29T00:00:00Z"));
}

TEST_CASE("what is not an instant with its offset is none") {
  for (const std::string_view bad : {"",
                                     "2026-03-03",
                                     "2026-03-03T09:00:00",
                                     "2026-03-03 09:00:00Z",
                                     "2026-3-03T09:00:00Z",
                                     "2026-02-29T09:00:00Z",
                                     "2026-13-01T09:00:00Z",
                                     "2026-00-01T09:00:00Z",
                                     "2026-03-00T09:00:00Z",
                                     "2026-03-03T24:00:00Z",
                                     "2026-03-03T09:60:00Z",
                                     "2026-03-03T09:00:60Z",
                                     "2026-03-03T09:00:00.Z",
                                     "2026-03-03T09:00:00,5Z",
                                     "2026-03-03T09:00:00+1:00",
                                     "2026-03-03T09:00:00+24:00",
                                     "2026-03-03T09:00:00+01:60",
                                     "2026-03-03T09:00:00+0100",
                                     "2026-03-03T09:00:00ZZ",
                                     " 2026-03-03T09:00:00Z",
                                     "-026-03-03T09:00:00Z",
                                     "2026-03-03T09:00:00UTC"}) {
    CAPTURE(bad);
    CHECK_FALSE(Time::parse(bad));
  }
}

TEST_CASE("every instant of the years 0 to 9999 is read as it was written") {
  const auto first = Time::parse("0000-01-01T00:00:00Z").value().micros;
  const auto last = Time::parse("9999-12-31T23:59:59.999999Z").value().micros;
  CHECK(rc::check([&] {
    const Time time{*rc::gen::inRange(first, last)};
    RC_ASSERT(Time::parse(time.text()) == time);
  }));
}

// ---- digests and texts --------------------------------------------------------------------------------------------

TEST_CASE("a digest is 64 hexadecimal digits") {
  Digest digest;
  digest.bytes[0] = 0x0f;
  digest.bytes[31] = 0xa0;
  const auto text = digest.text();
  CHECK(text == "0f" + std::string(60, '0') + "a0");
  CHECK(Digest::parse(text) == digest);
  CHECK_FALSE(Digest::parse(text + "0"));
  CHECK_FALSE(Digest::parse(text.substr(1)));
  CHECK_FALSE(Digest::parse("-f" + text.substr(2)));
  CHECK_FALSE(Digest::parse("0x" + text.substr(2)));
  CHECK_FALSE(Digest::parse("g0" + text.substr(2)));
}

TEST_CASE("an account's id is 2 to 32 of a-z, 0-9 and -") {
  for (const auto& good : {std::string{"gx624"}, std::string{"a-"}, std::string(32, 'a')})
    CHECK(AccountId::parse(good));
  for (const auto& bad : {std::string{}, std::string{"a"}, std::string(33, 'a'), std::string{"GX"}, std::string{"a b"},
                          std::string{"a_b"}, std::string{"a\0b", 3}, std::string{"ä1"}})
    CHECK_FALSE(AccountId::parse(bad));
}

TEST_CASE("a record's id is 1 to 40 printable ASCII characters, space within only") {
  for (const auto& good : {std::string{"1"}, std::string{"A b/c~!"}, std::string(40, 'x')})
    CHECK(RecordId::parse(good));
  for (const auto& bad : {std::string{}, std::string{" "}, std::string{" a"}, std::string{"a "}, std::string(41, 'x'),
                          std::string{"a\tb"}, std::string{"a\x7f"}, std::string{"ä"}})
    CHECK_FALSE(RecordId::parse(bad));
}

TEST_CASE("a permission is area.verb") {
  for (const auto* good : {"contact.view", "a.b", "edit_all.x_y"}) CHECK(Permission::parse(good));
  for (const auto& bad : {std::string{}, std::string{"."}, std::string{"a."}, std::string{".b"}, std::string{"a.b.c"},
                          std::string{"A.b"}, std::string{"a1.b"}, std::string(60, 'a') + ".verbs"})
    CHECK_FALSE(Permission::parse(bad));
}

}  // namespace
}  // namespace rollcall
