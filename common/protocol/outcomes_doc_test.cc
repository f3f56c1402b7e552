#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/protocol/cause.h"
#include "gtest/gtest.h"

namespace mcmig::protocol {
namespace {

// The rows of docs/outcomes.md whose first cell is a number, by that number.
std::map<int, std::vector<std::string>> Rows() {
  std::map<int, std::vector<std::string>> rows;
  std::ifstream file("docs/outcomes.md");
  for (std::string line; std::getline(file, line);) {
    absl::string_view inner = line;
    if (!absl::ConsumePrefix(&inner, "| ") || !absl::ConsumeSuffix(&inner, " |")) continue;
    std::vector<std::string> cells = absl::StrSplit(inner, " | ");
    int number = 0;
    if (!absl::SimpleAtoi(cells[0], &number)) continue;
    EXPECT_TRUE(rows.emplace(number, cells).second) << "twice: " << line;
  }
  return rows;
}

TEST(OutcomesPage, ShowsTheTableOfCauses) {
  const std::map<int, std::vector<std::string>> rows = Rows();
  EXPECT_EQ(rows.size(), AllCauses().size());
  for (const CauseInfo& info : AllCauses()) {
    const auto row = rows.find(info.number);
    ASSERT_NE(row, rows.end()) << info.name;
    ASSERT_EQ(row->second.size(), 6U) << info.name;
    EXPECT_EQ(row->second[1], info.name);
    EXPECT_EQ(row->second[2], info.steps) << info.name;
    EXPECT_EQ(row->second[3], InfoOf(info.public_form).name) << info.name;
    EXPECT_EQ(row->second[4], info.text);
    EXPECT_FALSE(row->second[5].empty()) << info.name;
  }
}

}  // namespace
}  // namespace mcmig::protocol
