// Two MC systems whose registers are in PostgreSQL, and servers of it that stop, are killed and fail over under a load
// of migrations: what was acknowledged stays, what cannot be done is UNAVAILABLE in time, and service resumes by
// itself.
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/postgresql_server.h"
#include "tests/outages/load.h"
#include "tests/outages/registers.h"

namespace mcmig::outages {
namespace {

using harness::PostgreSqlServer;

// The longest that a call may take: max_deadline of the partner server.
constexpr absl::Duration kLongest = absl::Seconds(10);
constexpr int kUsers = 240;

class PostgreSqlOutageTest : public testing::Test {
 protected:
  // Both registers in `servers`.
  void StartOn(const std::vector<const PostgreSqlServer*>& servers, const std::string& database) {
    const std::string file = testing::TempDir() + "/connection";
    harness::WriteFile(file, PostgreSqlServer::ConnectionString(servers, database));
    ASSERT_EQ(chmod(file.c_str(), 0600), 0);
    const std::string store = absl::StrCat("{postgresql: {connection_string_file: \"", file, "\"}}");
    deployment_ =
        chain::StartDeployment("postgresql", {.load_users = kUsers,
                                              .partner_server_config = "reconcile_interval: 1s\norphan_grace: 1s\n",
                                              .primary_store_a = store,
                                              .partner_store = store});
    load_ = std::make_unique<Load>(*deployment_, LoadOptions{.users = kUsers});
  }
  void MigrateMore(int count) { ASSERT_TRUE(load_->AwaitMigrations(load_->migrations() + count)); }
  // Waits until no client is served any more: each has been refused.
  void Fail() { ASSERT_TRUE(load_->AwaitFailures(load_->failed() + 2 * LoadOptions().clients)); }

  void Check() {
    const std::vector<KnownUser> users = load_->Stop();
    for (const auto& [how, count] : load_->failures()) EXPECT_EQ(how, "UNAVAILABLE") << count;
    EXPECT_LT(load_->longest_failure(), kLongest);
    EXPECT_TRUE(AwaitAgreement(*deployment_));
    EXPECT_EQ(absl::StrJoin(Violations(*deployment_, users), "\n"), "");
  }

  std::unique_ptr<harness::Deployment> deployment_;
  std::unique_ptr<Load> load_;
};

TEST_F(PostgreSqlOutageTest, ServiceResumesAfterTheServerWasStoppedOrKilledAndNothingIsLost) {
  PostgreSqlServer server(PostgreSqlServer::Disk::kSynced);
  StartOn({&server}, server.NewDatabase());
  for (const bool kill : {false, true}) {
    MigrateMore(100);
    kill ? server.Kill() : server.Stop();
    Fail();
    server.Start();
    MigrateMore(100);
  }
  Check();
}

TEST_F(PostgreSqlOutageTest, ServiceResumesOnThePromotedStandbyAndNothingIsLost) {
  PostgreSqlServer primary(PostgreSqlServer::Disk::kSynced);
  const std::string database = primary.NewDatabase();
  PostgreSqlServer standby(&primary);
  primary.Query("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
  primary.Query("postgres", "SELECT pg_reload_conf()::text");
  const auto synchronous = [&] {
    return !primary.Query("postgres", "SELECT 'yes' FROM pg_stat_replication WHERE sync_state = 'sync'").empty();
  };
  for (const absl::Time end = absl::Now() + absl::Seconds(60); !synchronous();) {
    ASSERT_LT(absl::Now(), end);
    absl::SleepFor(absl::Milliseconds(5));
  }
  StartOn({&primary, &standby}, database);
  MigrateMore(200);
  primary.Kill();
  Fail();
  standby.Promote();
  MigrateMore(200);
  Check();
}

}  // namespace
}  // namespace mcmig::outages
