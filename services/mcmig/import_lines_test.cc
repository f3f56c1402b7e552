#include "services/mcmig/import_lines.h"

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Line(int i) { return absl::StrCat(R"({"profile_name":")", i, "\"}\n"); }

// Takes every entry but those that are named "bad"; remembers what came in which batch.
struct Server {
  std::vector<std::vector<std::string>> batches;
  int fail_at = -1;

  absl::StatusOr<v1::ImportResponse> Apply(const google::protobuf::Message& message) {
    const auto& request = dynamic_cast<const v1::ImportUserProfilesRequest&>(message);
    if (fail_at == static_cast<int>(batches.size())) return absl::UnavailableError("gone");
    v1::ImportResponse response;
    batches.emplace_back();
    for (int i = 0; i < request.profiles_size(); ++i) {
      const std::string& name = request.profiles(i).profile_name();
      batches.back().push_back(name);
      if (name == "bad") {
        response.add_errors()->set_index(static_cast<uint32_t>(i));
        response.mutable_errors()->rbegin()->set_reason("profile_name: is bad");
      } else {
        response.set_applied(response.applied() + 1);
      }
    }
    return response;
  }
};

struct Outcome {
  ImportResult result;
  std::string errors;
};

Outcome Import(const std::string& text, Server& server) {
  std::istringstream lines(text);
  std::ostringstream errors;
  Outcome outcome;
  outcome.result = ImportLines(
      {lines, "p.jsonl"}, v1::ImportUserProfilesRequest::default_instance(),
      [&](const google::protobuf::Message& request) { return server.Apply(request); }, errors);
  outcome.errors = errors.str();
  return outcome;
}

TEST(ImportLines, BatchesHoldThousandLinesInOrder) {
  std::string text;
  for (int i = 0; i < 2500; ++i) text += Line(i);
  Server server;
  const Outcome outcome = Import(text, server);
  EXPECT_TRUE(outcome.result.status.ok());
  EXPECT_EQ(outcome.result.applied, 2500U);
  EXPECT_EQ(outcome.result.refused, 0U);
  ASSERT_EQ(server.batches.size(), 3U);
  EXPECT_EQ(server.batches[0].size(), 1000U);
  EXPECT_EQ(server.batches[1].front(), "1000");
  EXPECT_EQ(server.batches[2].back(), "2499");
}

TEST(ImportLines, BadLinesAreReportedByNumberAndHoldUpNoOther) {
  Server server;
  const Outcome outcome = Import(
      "{\"profile_name\":\"1\"}\n"
      "\n"
      "not json\n"
      "{\"profile_nam\":\"4\"}\n"
      "{\"profile_name\":\"bad\"}\r\n"
      "{\"profile_name\":\"6\"}",
      server);
  EXPECT_TRUE(outcome.result.status.ok());
  EXPECT_EQ(outcome.result.applied, 2U);
  EXPECT_EQ(outcome.result.refused, 3U);
  EXPECT_THAT(server.batches, ElementsAre(ElementsAre("1", "bad", "6")));
  EXPECT_THAT(outcome.errors, HasSubstr("p.jsonl:3: at byte "));
  EXPECT_THAT(outcome.errors, HasSubstr("p.jsonl:4: profile_nam: unknown key, did you mean profile_name?\n"));
  EXPECT_THAT(outcome.errors, HasSubstr("p.jsonl:5: profile_name: is bad\n"));
}

TEST(ImportLines, ABatchThatCannotBeAppliedEndsTheImport) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += Line(i);
  Server server;
  server.fail_at = 1;
  const Outcome outcome = Import(text, server);
  EXPECT_EQ(outcome.result.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(outcome.result.status.message(), HasSubstr("p.jsonl:1001-2000: may not be applied: gone"));
  EXPECT_EQ(outcome.result.applied, 1000U);
  EXPECT_EQ(server.batches.size(), 1U);
}

TEST(ImportLines, NothingIsAppliedOfAnEmptyFile) {
  Server server;
  const Outcome outcome = Import("", server);
  EXPECT_TRUE(outcome.result.status.ok());
  EXPECT_TRUE(server.batches.empty());
}

}  // namespace
}  // namespace mcmig::cli
