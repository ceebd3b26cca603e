// A CRM's export taken apart: columns by name, owners by address, batches by kind, owner and status, and a reason for
// every row that cannot be imported.
#include "tools/client/records_csv.hpp"

#include <deque>

#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::tools;
using Catch::Contains;

namespace {

MembershipId user(std::uint8_t number) {
  MembershipId id;
  id.bytes.back() = number;
  return id;
}

ImportRules rules() {
  ImportRules rules;
  rules.owners = {{"ada@gx.example", user(1)}, {"ben@gx.example", user(2)}};
  return rules;
}

// The plan points into the text, which has to stay.
const CsvText& kept(std::string_view csv) {
  static std::deque<CsvText> all;
  auto text = csv_text(csv, {});
  if (!text) FAIL(text.error());
  return all.emplace_back(std::move(*text));
}

ImportPlan plan(std::string_view csv, const ImportRules& with = rules()) {
  auto made = plan_import(kept(csv), with);
  if (!made) FAIL(made.error().detail);
  return std::move(*made);
}

std::string refusal(std::string_view csv, const ImportRules& with = rules()) {
  const auto made = plan_import(kept(csv), with);
  REQUIRE(!made);
  return made.error().detail;
}

std::vector<std::string> ids(const ImportBatch& batch) {
  std::vector<std::string> ids;
  for (const auto& record : batch.records) ids.push_back(record.str());
  return ids;
}

}  // namespace

TEST_CASE("--map says which column is what") {
  const auto names = parse_column_map("id=Contact Id, owner = Owner Email ,kind=Type");
  REQUIRE(names);
  CHECK(names->id == "Contact Id");
  CHECK(names->owner == "Owner Email");
  CHECK(names->kind == "Type");
  CHECK(!names->status);
}

TEST_CASE("a column's name may hold a comma or an equals sign, and may be none") {
  const auto names = parse_column_map("id=Id, unique,owner=,status=a=b");
  REQUIRE(names);
  CHECK(names->id == "Id, unique");
  CHECK(names->owner == "");
  CHECK(names->status == "a=b");
}

TEST_CASE("--map refuses what it does not understand") {
  CHECK_THAT(parse_column_map("onwer=Owner").error(), Contains("onwer"));
  CHECK_THAT(parse_column_map("Contact Id").error(), Contains("id=Contact Id"));
  CHECK_THAT(parse_column_map("id=A,id=B").error(), Contains("twice"));
  CHECK(!parse_column_map(""));
}

TEST_CASE("the usual column names are found without being told, however they are written") {
  const auto made = plan("Contact ID,Name,owner_e-mail,Kind\n17,Joe,ada@gx.example,Contact\n");
  REQUIRE(made.batches.size() == 1);
  CHECK(ids(made.batches[0]) == std::vector<std::string>{"17"});
  CHECK(made.batches[0].owner == user(1));
}

TEST_CASE("a file that lacks a column is refused as a whole, with what to do about it") {
  CHECK_THAT(refusal("name,owner,kind\n"), Contains("--map \"id="));
  CHECK_THAT(refusal("id,owner\n"), Contains("--kind"));
  CHECK_THAT(refusal("id,kind\n"), Contains("--map owner="));
  CHECK_THAT(refusal("id,Id,kind,owner\n"), Contains("two columns"));
  CHECK_THAT(refusal("name,owner,kind\n"), Contains("the columns are: name, owner, kind"));
  CHECK_THAT(refusal(""), Contains("empty"));
  auto named = rules();
  named.columns.id = "Number";
  CHECK_THAT(refusal("id,kind,owner\n", named), Contains("no column is called Number; there are: id, kind, owner"));
}

TEST_CASE("records nobody owns are imported when the map says that there is no owner, or the cell is empty") {
  auto nobody = rules();
  nobody.columns.owner = "";
  const auto without_column = plan("id,kind,owner\n1,contact,somebody\n", nobody);
  REQUIRE(without_column.batches.size() == 1);
  CHECK(!without_column.batches[0].owner);
  const auto empty_cell = plan("id,kind,owner\n1,contact, \n");
  REQUIRE(empty_cell.batches.size() == 1);
  CHECK(!empty_cell.batches[0].owner);
}

TEST_CASE("rows are dealt into batches of one kind, owner and status") {
  const auto made = plan(
      "id,kind,owner,status\n"
      "1,contact,ada@gx.example,Customer\n"
      "2,Contacts,ADA@gx.example ,\n"
      "3,lead,ben@gx.example,\n"
      "4,task,ben@gx.example,open\n"
      "5,task,ben@gx.example,Completed\n"
      "6,opportunity,ben@gx.example,\n");
  CHECK(made.rejected.empty());
  CHECK(made.rows == 6);
  REQUIRE(made.batches.size() == 4);
  CHECK(ids(made.batches[0]) == std::vector<std::string>{"1", "2"});
  CHECK(made.batches[1].kind == RecordKind::lead);
  CHECK(ids(made.batches[1]) == std::vector<std::string>{"3", "6"});
  CHECK(made.batches[2].status == RecordStatus::open);
  CHECK(made.batches[3].status == RecordStatus::completed);
}

TEST_CASE("--kind is the kind of all rows, whatever a column says") {
  auto leads = rules();
  leads.kind = RecordKind::lead;
  const auto made = plan("id,type,owner\n1,Customer,ada@gx.example\n", leads);
  REQUIRE(made.batches.size() == 1);
  CHECK(made.batches[0].kind == RecordKind::lead);
}

TEST_CASE("no batch is larger than allowed") {
  auto small = rules();
  small.batch_max = 2;
  const auto made = plan("id,kind,owner\n1,task,\n2,task,\n3,task,\n4,task,\n5,task,\n", small);
  REQUIRE(made.batches.size() == 3);
  CHECK(ids(made.batches[0]) == std::vector<std::string>{"1", "2"});
  CHECK(ids(made.batches[2]) == std::vector<std::string>{"5"});
  CHECK(made.batches[2].rows[0].line == 6);
}

TEST_CASE("every row that cannot be imported has its line and its reason") {
  const auto made = plan(
      "id,kind,owner,status\n"
      "1,contact,eve@gx.example,\n"
      "2,contact,no address,\n"
      ",contact,ada@gx.example,\n"
      "4,note,ada@gx.example,\n"
      "5,task,ada@gx.example,later\n"
      "6,contact\n"
      "7,contact,ada@gx.example,,extra\n"
      "8,contact,ada@gx.example,\n");
  REQUIRE(made.rejected.size() == 7);
  const std::string reasons[] = {"no active user has the address eve@gx.example",
                                 "is not an e-mail address",
                                 "the id has to be",
                                 "\"note\" is not contact, lead or task",
                                 "\"later\" is not open or completed",
                                 "2 cells where the header has 4",
                                 "5 cells where the header has 4"};
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(made.rejected[i].row.line == i + 2);
    CHECK_THAT(made.rejected[i].reason, Contains(reasons[i]));
  }
  REQUIRE(made.batches.size() == 1);
  CHECK(ids(made.batches[0]) == std::vector<std::string>{"8"});
}

TEST_CASE("a row that repeats one before is passed over, one that contradicts it is rejected") {
  const auto made = plan(
      "id,kind,owner\n"
      "1,contact,ada@gx.example\n"
      "1,contact,ada@gx.example\n"
      "1,lead,ada@gx.example\n"
      "1,contact,ben@gx.example\n");
  CHECK(made.repeated == 1);
  REQUIRE(made.rejected.size() == 1);
  CHECK(made.rejected[0].row.line == 5);
  CHECK_THAT(made.rejected[0].reason, Contains("line 2 has the same contact"));
  CHECK(made.batches.size() == 2);
}

TEST_CASE("the rejected rows are written as they were, with line and reason behind them") {
  const auto made = plan("id,kind,owner\n1,contact,\"eve, \"\"E\"\"\"\n2,contact\n");
  CHECK(rejected_csv(made) ==
        "id,kind,owner,rejected line,rejected because\r\n"
        "1,contact,\"eve, \"\"E\"\"\",2,\"the owner \"\"eve, \"\"E\"\"\"\" is not an e-mail address\"\r\n"
        "2,contact,,3,2 cells where the header has 3\r\n");
}

TEST_CASE("rejected rows that were mended can be imported") {
  const auto first = plan("id,kind,owner\n1,contact,eve@gx.example\n");
  auto mended = rejected_csv(first);
  mended.replace(mended.find("eve@"), 4, "ada@");
  const auto second = plan(mended);
  CHECK(second.rejected.empty());
  REQUIRE(second.batches.size() == 1);
  CHECK(second.batches[0].owner == user(1));
}

// ---- files people really have -------------------------------------------------------------------------------------

TEST_CASE("what a spreadsheet of another country writes is read as what it is") {
  const auto german = plan("id;kind;owner\r\n1,5;contact;ada@gx.example\r\n2;lead;\r\n");
  CHECK(german.rejected.empty());
  CHECK(german.separator == ';');
  const auto tabs = plan("id\tkind\towner\n1\tcontact\tada@gx.example\n");
  CHECK(ids(tabs.batches.at(0)) == std::vector<std::string>{"1"});
  const auto said = plan("sep=|\nid|kind|owner\n1|contact|ada@gx.example\n2|nothing|\n");
  CHECK(ids(said.batches.at(0)) == std::vector<std::string>{"1"});
  CHECK(said.rejected.at(0).row.line == 4);
}

TEST_CASE("what shows nothing is no part of a cell, and a row of nothing is none") {
  const auto made = plan(
      "\ufeffid,kind,owner\n\u00a0 1\u200b,contact\u00a0,\u2060ada@gx.example \n,,\n , "
      "\u00a0,\n2,contact,ben@gx.example\n");
  CHECK(made.rows == 2);
  CHECK(made.rejected.empty());
  CHECK(ids(made.batches.at(0)) == std::vector<std::string>{"1"});
}

TEST_CASE("what a spreadsheet shows instead of an id is none, and an id whose last digits went is refused") {
  const auto made = plan(
      "id,kind,owner\n#REF!,contact,ada@gx.example\n#N/A,contact,ada@gx.example\n########,contact,ada@gx.example\n"
      "#NAME?,contact,\n123456789012345000,contact,ada@gx.example\n123456789012345678,contact,ada@gx.example\n"
      "#7,contact,ada@gx.example\n1000,contact,ada@gx.example\n");
  CHECK(made.rejected.size() == 5);
}

TEST_CASE("an id that keeps its zeros by a formula is read, one that was rounded is refused") {
  const auto made = plan(
      "id,kind,owner\n=\"000417\",contact,ada@gx.example\n\"=\"\"000418\"\"\",contact,ada@gx.example\n"
      "7.001E+10,contact,ada@gx.example\n\"7,001E+10\",contact,ada@gx.example\n1E+5,contact,\nE+5,contact,ada@gx."
      "example\n");
  CHECK(ids(made.batches.at(0)) == std::vector<std::string>{"000417", "000418", "E+5"});
  REQUIRE(made.rejected.size() == 3);
  for (const auto& one : made.rejected) CHECK_THAT(one.reason, Contains("rounded"));
}

TEST_CASE("a column that happens to be called Type is no kind") {
  CHECK_THAT(refusal("id,type,owner\n1,Customer,ada@gx.example\n"), Contains("no column for the kind"));
}

TEST_CASE("words for the states of tasks are explained, and those that are not are told once") {
  auto with = rules();
  with.completed = {"Closed won", "erledigt"};
  with.open = {"Later"};
  const auto made = plan(
      "id,kind,owner,status\n1,task,ada@gx.example,ERLEDIGT\n2,task,ada@gx.example,closed  won\n3,task,ada@gx.example,"
      "later\n4,task,ada@gx.example,Waiting\n5,task,ada@gx.example,Waiting\n",
      with);
  CHECK(ids(made.batches.at(0)) == std::vector<std::string>{"3"});
  CHECK(ids(made.batches.at(1)) == std::vector<std::string>{"1", "2"});
  CHECK(made.unknown_states == std::map<std::string, std::size_t>{{"Waiting", 2}});
}

TEST_CASE("owners may be given by names, where these are unique") {
  auto with = rules();
  with.owners_by_name = {{plain_name("Ada Owner"), {user(1)}}, {plain_name("Ben"), {user(2), user(3)}}};
  const auto made = plan("id,kind,owner\n1,contact,ada OWNER \n2,contact,Ben\n3,contact,Eve\n", with);
  CHECK(made.batches.at(0).owner == user(1));
  REQUIRE(made.rejected.size() == 2);
  CHECK_THAT(made.rejected[0].reason, Contains("2 active users are called Ben"));
  CHECK_THAT(made.rejected[1].reason, Contains("no active user is called Eve"));
}

TEST_CASE("when every row is rejected the file is told once what would help") {
  const auto made = plan("id,kind,owner\n1,contact,Ada\n2,contact,Ben\n");
  CHECK(made.rejected.size() == 2);
  CHECK_THAT(made.help, Contains("id, kind, owner") && Contains("--owner-by name"));
  CHECK(plan("id,kind,owner\n1,contact,Ada\n2,contact,\n").help.empty());
}

TEST_CASE("a file's encoding is found by looking, or said") {
  const auto text = [](std::string_view bytes, CsvChoices choices = {}) { return csv_text(bytes, choices).value(); };
  using namespace std::string_view_literals;
  CHECK(text("\xEF\xBB\xBFid,name\n").text == "id,name\n");
  CHECK(text("id,name\n1,J\xC3\xBCrgen\n").assumed.empty());
  const auto windows = text("id,name\n1,J\xFCrgen \x80\n");
  CHECK(windows.text == "id,name\n1,Jürgen €\n");
  CHECK_THAT(windows.assumed.at(0), Contains("Windows-1252"));
  for (const auto bytes : {"\xFF\xFEi\0d\0\xFC\0"sv, "\xFE\xFF\0i\0d\0\xFC"sv, "i\0d\0\xFC\0"sv}) {
    const auto sixteen = text(bytes);
    CHECK(sixteen.text == "idü");
    CHECK_THAT(sixteen.assumed.at(0), Contains("UTF-16"));
  }
  CsvChoices utf8_said{CsvEncoding::utf_8, {}};
  CHECK_FALSE(csv_text("J\xFCrgen", utf8_said).has_value());
  CHECK(text("\xC3\xBC", {CsvEncoding::windows_1252, {}}).text == "Ã¼");
  CHECK_FALSE(csv_text("\xFF\xFEi"sv, {}).has_value());  // half a letter
  CHECK_FALSE(csv_text("\x81\x8d", {}).has_value());     // nothing in Windows-1252
}

TEST_CASE("a separator is found by what explains the file, or said") {
  const auto separator = [](std::string_view bytes, CsvChoices choices = {}) {
    return csv_text(bytes, choices).value().separator;
  };
  CHECK(separator("id,name\n1,a;b\n2,c;d\n") == ',');
  CHECK(separator("id;name\n1;a,b\n2;c,d\n") == ';');
  CHECK(separator("id;\"a,b,c\"\n1;x\n") == ';');
  CHECK(separator("id\n1\n") == ',');
  CHECK(separator("") == ',');
  CHECK(separator("a;b\n1;2\n", {{}, ','}) == ',');
  CHECK(separator("sep=;\na,b\n") == ';');
}
