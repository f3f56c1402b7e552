#include "common/admin/register_admin.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/async/cancel.h"
#include "common/async/manual_executor.h"
#include "common/register/testing/memory_database.h"
#include "common/register/testing/visitor_store_values.h"
#include "gtest/gtest.h"

namespace mcmig::admin {
namespace {

constexpr int kVisitors = 700;

class RegisterAdminTest : public ::testing::Test {
 protected:
  void SetUp() override {
    call_.executor = &executor_;
    call_.cancel = &cancel_;
    std::vector<migration::VisitorChange> visits;
    visits.reserve(kVisitors);
    for (int i = 0; i < kVisitors; ++i) visits.emplace_back(migration::VisitOf("user" + std::to_string(i), 1, 1));
    ASSERT_TRUE(store_->Apply(visits).ok());
  }
  absl::StatusOr<v1::VerifyRegisterResponse> Verify(const std::string& token) {
    v1::VerifyRegisterRequest request;
    request.set_page_token(token);
    return *executor_.Run(admin_.VerifyRegister(call_, request));
  }
  absl::StatusOr<v1::ExportBackupResponse> Export(const std::string& token) {
    v1::ExportBackupRequest request;
    request.set_page_token(token);
    return *executor_.Run(admin_.ExportBackup(call_, request));
  }

  migration::MemoryDisk disk_;
  std::unique_ptr<migration::VisitorStore> store_ = *disk_.OpenVisitors();
  async::ManualExecutor executor_;
  async::CancelSignal cancel_;
  protocol::Call call_;
  RegisterAdmin admin_{{.system = "south",
                        .freeze = [this] { return store_->Freeze(); },
                        .clock = &executor_,
                        .clock_skew = absl::Seconds(30)}};
};

TEST_F(RegisterAdminTest, PagesOfAVerificationCoverTheRegisterOnce) {
  uint64_t rows = 0;
  int pages = 0;
  std::string token;
  do {
    const auto page = Verify(token);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->system(), "south");
    EXPECT_EQ(page->kind(), v1::REGISTER_KIND_VISITORS);
    EXPECT_EQ(page->findings_size(), 0);
    rows += page->rows();
    ++pages;
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(rows, static_cast<uint64_t>(kVisitors));
  EXPECT_GT(pages, 2);
}

TEST_F(RegisterAdminTest, FindingsAreNamed) {
  migration::Visit late = migration::VisitOf("late", 1, 1);
  late.visitor.authorized_until = executor_.Now() - absl::Hours(1);
  ASSERT_TRUE(store_->Apply({late}).ok());
  std::vector<v1::RegisterFinding> findings;
  std::string token;
  do {
    const auto page = Verify(token);
    ASSERT_TRUE(page.ok()) << page.status();
    findings.insert(findings.end(), page->findings().begin(), page->findings().end());
    token = page->next_page_token();
  } while (!token.empty());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule(), "visitors.expired");
  EXPECT_EQ(findings[0].place(), "sip:late@north.example MCPTT of north");
}

TEST_F(RegisterAdminTest, OneAtATimeAndItsPagesInOrder) {
  const std::string second = Verify("")->next_page_token();
  EXPECT_EQ(Verify("").status().code(), absl::StatusCode::kUnavailable);
  // A backup is another thing.
  EXPECT_TRUE(Export("").ok());
  const auto page = Verify(second);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(Verify(second).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Verify(page->next_page_token()).ok());
  EXPECT_EQ(Verify("not a token").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RegisterAdminTest, WhoDoesNotAskForTheNextPageGivesUpTheWork) {
  std::string token = Verify("")->next_page_token();
  executor_.AdvanceBy(absl::Seconds(59));
  token = Verify(token)->next_page_token();
  executor_.AdvanceBy(absl::Seconds(59));
  EXPECT_EQ(Verify("").status().code(), absl::StatusCode::kUnavailable);
  executor_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(Verify(token).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Verify("").ok());
  EXPECT_EQ(executor_.live(), 1U);
  executor_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(executor_.live(), 0U);
}

TEST_F(RegisterAdminTest, BackupHasEverythingOfItsMomentOnceAndSaysWhatItIs) {
  ASSERT_TRUE(store_->Apply({migration::CancelOf("gone", 1, 3)}).ok());
  auto page = Export("");
  ASSERT_TRUE(page.ok()) << page.status();
  const v1::BackupDescription& description = page->page().description();
  EXPECT_EQ(description.kind(), v1::REGISTER_KIND_VISITORS);
  EXPECT_EQ(description.incarnation(), 1U);
  EXPECT_EQ(description.system(), "south");
  EXPECT_EQ(description.families_size(), 3);
  ASSERT_TRUE(store_->Apply({migration::VisitOf("later", 1, 1)}).ok());
  std::map<std::pair<uint32_t, std::string>, std::string> rows;
  for (;;) {
    for (const v1::BackupRow& row : page->page().rows()) {
      EXPECT_TRUE(rows.emplace(std::pair(row.family(), row.key()), row.value()).second);
    }
    const std::string token = page->next_page_token();
    if (token.empty()) break;
    page = Export(token);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_FALSE(page->page().has_description());
  }
  // Visitors, the cancelled epoch, and the count.
  EXPECT_EQ(rows.size(), static_cast<size_t>(kVisitors) + 2);
}

}  // namespace
}  // namespace mcmig::admin
