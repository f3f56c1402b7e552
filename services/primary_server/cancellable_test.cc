#include "services/primary_server/cancellable.h"

#include "gtest/gtest.h"

namespace mcmig::primary_server {
namespace {

using migration::Record;
using migration::State;
using protocol::Epoch;

Record AtSouth(Epoch epoch) { return {.epoch = epoch, .state = State::kMigrated, .partner_system = "south"}; }
Record AtHome(Epoch epoch) { return {.epoch = epoch, .state = State::kAtPrimary}; }

TEST(IsOver, WhatTheRecordHasMovedOnFrom) {
  EXPECT_TRUE(IsOver(AtHome({1, 6}), "south", {1, 5}, 1));
  EXPECT_TRUE(IsOver(AtSouth({1, 7}), "south", {1, 5}, 1));
  EXPECT_TRUE(IsOver(AtSouth({1, 7}), "east", {1, 5}, 1));
  EXPECT_TRUE(IsOver(AtSouth({2, 1}), "south", {1, 5}, 2));
}

TEST(IsOver, NotTheMigrationOnRecord) {
  EXPECT_FALSE(IsOver(AtSouth({1, 5}), "south", {1, 5}, 1));
  EXPECT_FALSE(IsOver(AtSouth({1, 5}), "south", {1, 5}, 2));
}

// Whoever names them could keep the user out for as long as it takes to get there.
TEST(IsOver, NotEpochsThatAreStillToBeGiven) {
  EXPECT_FALSE(IsOver(AtSouth({1, 5}), "south", {1, 6}, 1));
  EXPECT_FALSE(IsOver(AtHome({1, 6}), "south", {1, 6}, 1));
  EXPECT_FALSE(IsOver(AtHome({1, 6}), "south", {1, 1'000'000}, 1));
  EXPECT_FALSE(IsOver(AtHome({1, 6}), "south", {3, 1}, 2));
  EXPECT_FALSE(IsOver(std::nullopt, "south", {1, 1}, 1));
}

TEST(IsOver, WhatARestoreHasLost) {
  EXPECT_TRUE(IsOver(AtSouth({1, 5}), "south", {1, 9}, 2));
  EXPECT_TRUE(IsOver(AtSouth({1, 5}), "east", {1, 5}, 2));
  EXPECT_TRUE(IsOver(AtHome({1, 6}), "south", {1, 9}, 2));
  EXPECT_TRUE(IsOver(std::nullopt, "south", {1, 9}, 2));
}

}  // namespace
}  // namespace mcmig::primary_server
