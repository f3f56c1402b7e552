#include "common/admin/reconcile_admin.h"

#include <string>

#include "absl/time/time.h"
#include "common/async/manual_executor.h"
#include "common/async/sleep.h"
#include "gtest/gtest.h"

namespace mcmig::admin {
namespace {

class ReconcileAdminTest : public ::testing::Test {
 protected:
  void SetUp() override {
    call_.executor = &executor_;
    gate_.WaitFor({"south", "west"});
  }
  absl::StatusOr<v1::ReconcileRegisterResponse> Ask(const std::string& system, uint64_t run = 0,
                                                    bool without_comparison = false) {
    v1::ReconcileRegisterRequest request;
    request.set_system(system);
    request.set_run(run);
    request.set_without_comparison(without_comparison);
    return *executor_.Run(admin_.ReconcileRegister(call_, request));
  }
  async::Task<absl::StatusOr<v1::ReconcileRegisterResponse>> Compare() {
    ++comparisons_;
    EXPECT_TRUE(co_await async::Sleep(executor_, executor_.Now() + absl::Seconds(1), nullptr));
    co_return result_;
  }
  async::Task<absl::Status> Pass(identity::SystemName system) {
    gate_.Pass(system);
    co_return absl::OkStatus();
  }

  async::ManualExecutor executor_;
  protocol::Call call_;
  migration::ReconciliationGate gate_{true};
  int comparisons_ = 0;
  absl::StatusOr<v1::ReconcileRegisterResponse> result_ = v1::ReconcileRegisterResponse();
  ReconcileAdmin admin_{{.systems = {"south", "west"},
                         .compare = [this](auto&, auto&, const auto&) { return Compare(); },
                         .pass = [this](auto&, auto system) { return Pass(system); },
                         .gate = &gate_}};
};

TEST_F(ReconcileAdminTest, AComparisonIsBegunOnceAndItsResultIsAskedForByItsRun) {
  result_->set_ended_here(3);
  const auto begun = Ask("south");
  ASSERT_TRUE(begun.ok()) << begun.status();
  EXPECT_FALSE(begun->done());
  EXPECT_EQ(Ask("south")->run(), begun->run());
  EXPECT_FALSE(Ask("south", begun->run())->done());
  executor_.AdvanceBy(absl::Seconds(1));
  executor_.RunUntilIdle();
  const auto done = Ask("south", begun->run());
  EXPECT_TRUE(done->done());
  EXPECT_EQ(done->ended_here(), 3U);
  EXPECT_EQ(comparisons_, 1);
  EXPECT_EQ(done->unreconciled_systems_size(), 2);
  EXPECT_TRUE(absl::IsNotFound(Ask("south", begun->run() + 1).status()));
}

TEST_F(ReconcileAdminTest, AFailureIsTheResult) {
  result_ = absl::UnavailableError("away");
  const uint64_t run = Ask("south")->run();
  executor_.AdvanceBy(absl::Seconds(1));
  executor_.RunUntilIdle();
  EXPECT_TRUE(absl::IsUnavailable(Ask("south", run).status()));
  EXPECT_GT(Ask("south")->run(), run);
  executor_.AdvanceBy(absl::Seconds(1));
  executor_.RunUntilIdle();
}

TEST_F(ReconcileAdminTest, AnMcSystemThatIsGoneIsWaitedForNoMore) {
  const auto passed = Ask("west", 0, true);
  ASSERT_TRUE(passed.ok());
  ASSERT_EQ(passed->unreconciled_systems_size(), 1);
  EXPECT_EQ(passed->unreconciled_systems(0), "south");
  EXPECT_EQ(comparisons_, 0);
}

TEST_F(ReconcileAdminTest, UnknownSystemsAreNotFound) {
  EXPECT_TRUE(absl::IsNotFound(Ask("east").status()));
  EXPECT_TRUE(absl::IsNotFound(Ask("", 0, true).status()));
}

}  // namespace
}  // namespace mcmig::admin
