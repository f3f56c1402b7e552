#include "services/partner_server/forgetting.h"

#include <memory>
#include <string>
#include <utility>

#include "common/async/manual_executor.h"
#include "common/register/testing/memory_database.h"
#include "gtest/gtest.h"

namespace mcmig::partner_server {
namespace {

TEST(Forgetting, WhatNoAnswerCanBringUpAnyMoreIsForgotten) {
  async::ManualExecutor executor;
  async::CancelSignal stop;
  migration::MemoryDisk disk;
  const std::unique_ptr<migration::VisitorStore> store = *disk.OpenVisitors();
  migration::VisitorRegister visitors(*store, migration::VisitorRegister::kMaxWaiting, nullptr,
                                      [&executor](auto write) { executor.Post(std::move(write)); });
  const auto key = [](int user) {
    return migration::VisitorKey{"north",
                                 {"sip:u" + std::to_string(user) + "@north.example", protocol::McService::kMcptt}};
  };
  // More than two pages of old ones, and one that is not old yet.
  constexpr int kOld = 600;
  for (int user = 0; user <= kOld; ++user) {
    if (user == kOld) executor.AdvanceBy(Forgetting::kKept);
    const migration::CancelVisit cancel{.key = key(user), .epoch = {1, 1}, .at = executor.Now()};
    ASSERT_TRUE(store->Apply({cancel}).ok());
  }
  executor.AdvanceBy(absl::Seconds(1));
  Forgetting forgetting(visitors, executor);
  executor.Spawn(forgetting.Run(executor, stop));
  executor.RunUntilIdle();
  EXPECT_TRUE(store->FindCancelled(key(0))->has_value());
  executor.AdvanceBy(Forgetting::kInterval);
  executor.RunUntilIdle();
  for (const absl::Time end = executor.Now() + absl::Seconds(1); executor.NextTimer() < end;) {
    executor.AdvanceTo(executor.NextTimer());
    executor.RunUntilIdle();
  }
  for (int user = 0; user < kOld; ++user) EXPECT_FALSE(store->FindCancelled(key(user))->has_value()) << user;
  EXPECT_TRUE(store->FindCancelled(key(kOld))->has_value());
  stop.Cancel();
  executor.RunUntilIdle();
  EXPECT_EQ(executor.live(), 0U);
}

}  // namespace
}  // namespace mcmig::partner_server
