#include "services/primary_server/cancellable.h"

#include <vector>

#include "gtest/gtest.h"

namespace mcmig::primary_server {
namespace {

using migration::Record;
using migration::State;
using protocol::Epoch;

Record At(State state, const char* partner, Epoch epoch) {
  Record record;
  record.epoch = epoch;
  record.state = state;
  record.partner_system = partner;
  return record;
}
migration::JournalEntry Move(Epoch epoch, const char* from, const char* to) {
  migration::JournalEntry entry;
  entry.epoch = epoch;
  entry.before = from;
  entry.after = to;
  return entry;
}
Record AtSouth(Epoch epoch) { return At(State::kMigrated, "south", epoch); }
Record AtHome(Epoch epoch) { return At(State::kAtPrimary, "", epoch); }

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

TEST(WasGivenTo, OnlyToThePartnerOfThatChange) {
  const std::vector<migration::JournalEntry> history = {Move({1, 7}, "south", ""), Move({1, 6}, "", "south"),
                                                        Move({1, 3}, "", "east")};
  EXPECT_TRUE(WasGivenTo("south", {1, 6}, history));
  EXPECT_TRUE(WasGivenTo("east", {1, 3}, history));
  EXPECT_FALSE(WasGivenTo("east", {1, 6}, history));
  EXPECT_FALSE(WasGivenTo("south", {1, 7}, history));
  EXPECT_FALSE(WasGivenTo("south", {2, 6}, history));
  EXPECT_FALSE(WasGivenTo("south", {1, 5}, history));
  EXPECT_FALSE(WasGivenTo("south", {1, 6}, {}));
}

}  // namespace
}  // namespace mcmig::primary_server
