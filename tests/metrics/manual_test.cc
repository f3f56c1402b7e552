// docs/metrics.md: Prometheus understands every question and every alert.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/harness/process.h"

namespace mcmig::metrics {
namespace {

// Indented lines that are no commands, and what stands first in the table of alerts.
std::vector<std::string> Expressions() {
  std::vector<std::string> expressions;
  std::string section;
  for (absl::string_view line : absl::StrSplit(harness::ReadFile("docs/metrics.md"), '\n')) {
    if (absl::ConsumePrefix(&line, "## ")) section = std::string(line);
    if (section == "Questions" && absl::ConsumePrefix(&line, "    ")) expressions.emplace_back(line);
    if (section == "Alerts" && absl::ConsumePrefix(&line, "| `")) {
      expressions.push_back(absl::StrReplaceAll(line.substr(0, line.find('`')), {{"\\|", "|"}}));
    }
  }
  return expressions;
}

TEST(MetricsManual, EveryQuestionAndAlertIsUnderstood) {
  nlohmann::json rules = nlohmann::json::array();
  for (const std::string& expression : Expressions()) {
    rules.push_back({{"alert", absl::StrCat("Rule", rules.size())}, {"expr", expression}});
  }
  ASSERT_GE(rules.size(), 20U);
  const std::string file = testing::TempDir() + "/rules.yml";
  harness::WriteFile(file, nlohmann::json{{"groups", {{{"name", "manual"}, {"rules", rules}}}}}.dump(1));
  const harness::CommandResult checked = harness::RunCommand({"/usr/bin/promtool", "check", "rules", file});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
}

}  // namespace
}  // namespace mcmig::metrics
