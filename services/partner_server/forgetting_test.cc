#include "services/partner_server/forgetting.h"

#include <memory>
#include <string>

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
  migration::VisitorRegister visitors(*store);
  const auto key = [](int user) {
    return migration::VisitorKey{"north",
                                 {"sip:u" + std::to_string(user) + "@north.example", protocol::McService::kMcptt}};
  };
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
  while (store->FindCancelled(key(kOld - 1))->has_value()) {
    ASSERT_TRUE(executor.WaitForWork(absl::Seconds(30)) || executor.NextTimer() < absl::InfiniteFuture());
    executor.RunUntilIdle();
    if (executor.NextTimer() < executor.Now() + absl::Minutes(1)) executor.AdvanceTo(executor.NextTimer());
  }
  EXPECT_FALSE(store->FindCancelled(key(0))->has_value());
  EXPECT_TRUE(store->FindCancelled(key(kOld))->has_value());
  stop.Cancel();
  while (executor.live() > 0) {
    executor.RunUntilIdle();
    if (executor.live() > 0) executor.WaitForWork(absl::Milliseconds(10));
  }
}

}  // namespace
}  // namespace mcmig::partner_server
