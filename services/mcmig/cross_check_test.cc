#include "services/mcmig/cross_check.h"

#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace mcmig::cli {
namespace {

TEST(CrossCheckTest, EachVisitorHasARecordAtThatEpochAndEachRecordAVisitor) {
  const Epochs records = {{"a", "1.1"}, {"b", "1.2"}, {"c", "1.3"}};
  const std::vector<v1::RegisterFinding> found = Compare(records, {{"a", "1.1"}, {"b", "1.1"}, {"d", "1.9"}});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].place(), "b");
  EXPECT_EQ(found[0].rule(), "cross.visitor_without_record");
  EXPECT_EQ(found[1].place(), "d");
  EXPECT_EQ(found[1].rule(), "cross.visitor_without_record");
  EXPECT_EQ(found[2].place(), "c");
  EXPECT_EQ(found[2].rule(), "cross.record_without_visitor");
  EXPECT_TRUE(Compare(records, records).empty());
}

TEST(CrossCheckTest, IdsAreComparedInTheirCanonicalForm) {
  EXPECT_EQ(UserText("sip:alice@NORTH.example", v1::MC_SERVICE_MCPTT), "sip:alice@north.example MCPTT");
  EXPECT_EQ(UserText("no id", v1::MC_SERVICE_MCDATA), "no id MCDATA");
}

TEST(CrossCheckTest, OnlyWhatStaysIsFound) {
  int round = 0;
  int pauses = 0;
  const auto found = CompareUntilSteady(
      [&]() -> absl::StatusOr<Epochs> { return Epochs{{"moving", "1.5"}, {"lost", "1.1"}}; },
      [&]() -> absl::StatusOr<Epochs> { return ++round == 1 ? Epochs{{"moving", "1.4"}} : Epochs{{"moving", "1.5"}}; },
      3, [&pauses] { ++pauses; });
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().place(), "lost");
  EXPECT_EQ(pauses, 2);
}

TEST(CrossCheckTest, WhatCannotBeReadIsAnErrorAndNoAgreement) {
  const auto found =
      CompareUntilSteady([]() -> absl::StatusOr<Epochs> { return Epochs{}; },
                         []() -> absl::StatusOr<Epochs> { return absl::UnavailableError("away"); }, 3, [] {});
  EXPECT_EQ(found.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace mcmig::cli
