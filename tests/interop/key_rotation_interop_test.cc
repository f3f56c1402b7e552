// The keys of real identity management servers rotate, and mcmig has the new ones from where these publish them.
#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/harness/stubs.h"
#include "tests/interop/interop_fixture.h"
#include "tests/metrics/scrape.h"

namespace mcmig::interop {
namespace {

using harness::kAlice;
using harness::LoadUser;
using harness::Process;
using harness::User;
using metrics::Eventually;
using Server = IdentityServers::Server;

// Users who get all their tokens anew and migrate, one after the other, until it ends.
class Load {
 public:
  explicit Load(std::function<std::string(const User&)> migrate)
      : migrate_(std::move(migrate)), thread_([this] { Run(); }) {}
  ~Load() {
    stop_ = true;
    thread_.join();
    EXPECT_EQ(failed_, 0) << first_failure_;
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Waits until so many that began from now on have ended.
  [[nodiscard]] bool Pass(int migrations) const {
    const int until = done_ + 1 + migrations;
    return Eventually([&] { return done_ >= until; });
  }

 private:
  void Run() {
    for (; !stop_ && done_ < 15 * kLoadUsers; ++done_) {
      const std::string outcome = migrate_(LoadUser(done_ % kLoadUsers));
      if (outcome == "SUCCESS") continue;
      if (failed_++ == 0) first_failure_ = outcome;
    }
  }

  const std::function<std::string(const User&)> migrate_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> done_ = 0;
  int failed_ = 0;
  std::string first_failure_;
  std::thread thread_;
};

class KeyRotationInteropTest : public InteropTest {
 protected:
  // The published keys of a server become those that the product reads, which takes them up as change `number`.
  [[nodiscard]] bool TakeUpKeys(Server server, double number) const {
    const bool primary = server == Server::kPrimary;
    const std::string file = absl::StrCat(directory_, primary ? "/north" : "/south", "-jwks.json");
    harness::WriteFile(file + ".new", Keys(server));
    std::filesystem::rename(file + ".new", file);
    const Process& reader = primary ? *deployment_->primary_server_a : *deployment_->partner_server;
    const std::string files = primary ? "primary_credentials" : "access_tokens";
    return Eventually([&] {
      return metrics::Scrape(reader).Sum("mcmig_reload_changes_total", {{"files", files}}).value_or(-1) == number;
    });
  }
};

TEST_F(KeyRotationInteropTest, KeysOfBothServersRotateUnderLoad) {
  constexpr int kMigrations = 5;
  const Tokens old = TokensOf(kAlice);
  {
    const Load load([this](const User& user) { return Migrate(user); });
    EXPECT_TRUE(load.Pass(kMigrations));
    for (const Server server : {Server::kPartner, Server::kPrimary}) {
      ASSERT_TRUE(servers_->Rotate(server, "publish").ok());
      ASSERT_TRUE(TakeUpKeys(server, 1));
      ASSERT_TRUE(servers_->Rotate(server, "sign").ok());
      ASSERT_TRUE(load.Pass(kMigrations));
      // No token by the old key is in use any more.
      ASSERT_TRUE(servers_->Rotate(server, "retire").ok());
      ASSERT_TRUE(TakeUpKeys(server, 2));
      ASSERT_TRUE(load.Pass(kMigrations));
    }
  }
  const Tokens fresh = TokensOf(kAlice);
  EXPECT_EQ(Ask(kAlice, old.partner, fresh.credential).Outcome(), "FAILURE ACCESS_TOKEN_INVALID");
  EXPECT_EQ(Ask(kAlice, fresh.partner, old.credential).Outcome(), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
  EXPECT_EQ(servers_->PartnerToken(old.security).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Ask(kAlice, fresh.partner, fresh.credential).Outcome(), "SUCCESS");
}

class FetchedKeysInteropTest : public InteropTest {
 protected:
  void ChooseKeySource(harness::DeploymentOptions& options) const override {
    options.primary_key_source = servers_->KeySource(Server::kPrimary);
    options.partner_key_source = servers_->KeySource(Server::kPartner);
  }
};

TEST_F(FetchedKeysInteropTest, KeysAreFetchedFromBothServers) {
  // Until they are there, every token is refused.
  EXPECT_TRUE(Eventually([this] { return Migrate(kAlice) == "SUCCESS"; }));
}

}  // namespace
}  // namespace mcmig::interop
