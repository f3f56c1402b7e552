// Everything that can change while the processes run does, again and again, during a load of a minute: each process'
// certificate, the revocation lists, the names in the system tables, the keys of both identity management servers and
// the key of grants. Each call has a new request, access token and primary credential.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/mutex.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/metrics/scrape.h"
#include "tests/rotation/handshake.h"
#include "tests/rotation/load.h"
#include "tests/rotation/rotation_test_fixture.h"

namespace mcmig::rotation {
namespace {

using devtools::Signer;
using harness::LoadUser;
using metrics::Eventually;

constexpr int kClients = 4;
// So many that nobody reaches the request memory's limit within the replay window (docs/register.md).
constexpr int kUsers = 4000;
// After a change: more than were on their way.
constexpr int kCalls = 100;
constexpr absl::Duration kLoad = absl::Seconds(60);

class RotationUnderLoadTest : public RotationTest {
 protected:
  RotationUnderLoadTest()
      : RotationTest({.load_users = kUsers,
                      .require_primary_credential = true,
                      .primary_server_config = "replay_window: 10s\nclock_skew: 0s\n",
                      .grant_key_id = ""}),
        load_(*deployment_, kClients, kUsers, [this](const auto& channel, int user) { return Migrate(channel, user); }),
        grant_key_(*Signer::FromPem(*deployment_->grant_key.ToPem(), token::Algorithm::kEs256, "")) {}

  harness::Answer Migrate(const std::shared_ptr<grpc::Channel>& channel, int number) {
    const harness::User user = LoadUser(number);
    auto request = harness::RequestOf(user);
    std::string access_token;
    {
      const async::MutexLock lock(issuing_);
      access_token = deployment_->TokenOf(user);
      request.set_primary_credential(deployment_->PrimaryCredential({.primary_id = user.PrimaryId()}));
    }
    return harness::Ask<v1::PartnerMcServiceServer>(channel, request, access_token);
  }

  // The old ones are revoked. Clients go on as who they were.
  void RenewCertificates() {
    for (const Place& place : Places()) {
      if (place.name == harness::kClient) continue;
      std::vector<std::string>& old = &place.pki == &deployment_->north ? old_north_ : old_south_;
      old.push_back(place.pki.Issue(place.name).chain_pem);
      const std::string renewed = place.pki.Renew(place.name).chain_pem;
      EXPECT_TRUE(Eventually([&] { return ShownCertificate(place.address, place.caller) == renewed; })) << place.name;
    }
    load_.Await(kCalls);
    // Whoever still showed an old one, to a server or to a client, would be refused now.
    deployment_->north.Revoke(old_north_);
    deployment_->south.Revoke(old_south_);
  }

  // Peers come and go, with the table that names them.
  void ReloadTables(int pass) {
    if (pass == 1) NameRevocationLists();
    for (const char* table : {"north", "south"}) {
      const std::string name = "partner-server.south.example, role: ROLE_PARTNER_SERVER}\n";
      const std::string last = absl::StrCat("      - {san: spare-", pass - 1, ".south.example, role: ROLE_GATEWAY}\n");
      const std::string next = absl::StrCat("      - {san: spare-", pass, ".south.example, role: ROLE_GATEWAY}\n");
      if (pass > 1) EditTable(table, {{last, ""}});
      EditTable(table, {{name, absl::StrCat(name, next)}});
    }
  }

  // First whoever verifies knows the next key, then it signs, then the last one goes.
  void RotateIdentityKeys(int pass) {
    Signer token_key = *Signer::Generate(token::Algorithm::kEs256, absl::StrCat("south-next-", pass));
    Signer credential_key = *Signer::Generate(token::Algorithm::kEs256, absl::StrCat("north-next-", pass));
    EXPECT_TRUE(Takes(*deployment_->partner_server, "access_tokens",
                      [&] { WriteKeys("south", {&deployment_->token_key, &token_key}); }));
    EXPECT_TRUE(Takes(*deployment_->primary_server_a, "primary_credentials",
                      [&] { WriteKeys("north", {&deployment_->home_token_key, &credential_key}); }));
    {
      const async::MutexLock lock(issuing_);
      std::swap(deployment_->token_key, token_key);
      std::swap(deployment_->home_token_key, credential_key);
    }
    load_.Await(kCalls);
    EXPECT_TRUE(
        Takes(*deployment_->partner_server, "access_tokens", [&] { WriteKeys("south", {&deployment_->token_key}); }));
    EXPECT_TRUE(Takes(*deployment_->primary_server_a, "primary_credentials",
                      [&] { WriteKeys("north", {&deployment_->home_token_key}); }));
  }

  void RotateGrantKey() {
    Signer next = *Signer::Generate(token::Algorithm::kEs256, "");
    EXPECT_TRUE(Takes(*deployment_->partner_server, "grant_keys", [&] { WriteGrantKeys({&grant_key_, &next}); }));
    EXPECT_TRUE(Takes(*deployment_->primary_server_a, "grant_signing_key", [&] { WriteGrantSigningKey(next); }));
    load_.Await(kCalls);
    EXPECT_TRUE(Takes(*deployment_->partner_server, "grant_keys", [&] { WriteGrantKeys({&next}); }));
    std::swap(grant_key_, next);
  }

  // Held while tokens are issued, and while their keys change.
  async::Mutex issuing_;
  Load load_;
  Signer grant_key_;
  std::vector<std::string> old_north_;
  std::vector<std::string> old_south_;
};

TEST_F(RotationUnderLoadTest, EverythingRotatesAgainAndAgainWithoutAFailedCall) {
  const absl::Time end = absl::Now() + kLoad;
  load_.Await(kCalls);
  int passes = 0;
  do {
    ++passes;
    RotateIdentityKeys(passes);
    RotateGrantKey();
    RenewCertificates();
    ReloadTables(passes);
    for (const Place& place : Places()) EXPECT_TRUE(Took(place.process, "system_table", passes)) << place.name;
  } while (absl::Now() < end && load_.failures().empty());
  load_.Await(kCalls);
  load_.Stop();
  EXPECT_EQ(load_.failures(), std::vector<std::string>());
  RecordProperty("calls", load_.asked());
  RecordProperty("passes", passes);
  for (const Place& place : Places()) {
    for (const char* files : {"certificate", "system_table"})
      EXPECT_EQ(Metric(place.process, "failures_total", files), 0);
  }
  EXPECT_EQ(deployment_->VerifyBoth().exit_code, 0);
}

}  // namespace
}  // namespace mcmig::rotation
