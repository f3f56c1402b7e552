// The keys of identity management servers change while real processes of two MC systems run.
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/devtools/signer.h"
#include "tests/harness/stubs.h"
#include "tests/rotation/rotation_test_fixture.h"

namespace mcmig::rotation {
namespace {

using devtools::Signer;
using harness::LoadUser;

class KeysTest : public RotationTest {
 protected:
  KeysTest() : RotationTest({.load_users = 10, .require_primary_credential = true, .grant_key_id = ""}) {}

  // User `number` migrates, with a token by south's key and a credential by north's.
  std::string Migrate(int number) {
    const harness::User user = LoadUser(number);
    auto request = harness::RequestOf(user);
    request.set_primary_credential(deployment_->PrimaryCredential({.primary_id = user.PrimaryId()}));
    const auto channel = harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                                          deployment_->south, &deployment_->north.Issue(harness::kClient));
    return harness::Ask<v1::PartnerMcServiceServer>(channel, request, deployment_->TokenOf(user)).Outcome();
  }
};

TEST_F(KeysTest, KeysOfBothIdentityManagementServersRotateWithOverlap) {
  ASSERT_EQ(Migrate(0), "SUCCESS");
  Signer& token_key = deployment_->token_key;
  Signer& credential_key = deployment_->home_token_key;
  Signer next_token_key = *Signer::Generate(token::Algorithm::kEs256, "south-2");
  Signer next_credential_key = *Signer::Generate(token::Algorithm::kEs256, "north-2");
  WriteKeys("south", {&token_key, &next_token_key});
  WriteKeys("north", {&credential_key, &next_credential_key});
  ASSERT_TRUE(Took(*deployment_->partner_server, "access_tokens", 1));
  ASSERT_TRUE(Took(*deployment_->primary_server_a, "primary_credentials", 1));
  EXPECT_EQ(Migrate(1), "SUCCESS");
  const std::string old_token = deployment_->TokenOf(LoadUser(1));

  std::swap(token_key, next_token_key);
  EXPECT_EQ(Migrate(2), "SUCCESS");
  std::swap(credential_key, next_credential_key);
  EXPECT_EQ(Migrate(3), "SUCCESS");

  WriteKeys("south", {&token_key});
  ASSERT_TRUE(Took(*deployment_->partner_server, "access_tokens", 2));
  EXPECT_EQ(Migrate(4), "SUCCESS");
  const auto channel = harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                                        deployment_->south, &deployment_->north.Issue(harness::kClient));
  EXPECT_EQ(harness::Ask<v1::PartnerMcServiceServer>(channel, harness::RequestOf(LoadUser(1)), old_token).Outcome(),
            "FAILURE ACCESS_TOKEN_INVALID");
}

TEST_F(KeysTest, TheKeyThatSignsGrantsRotatesWithOverlap) {
  ASSERT_EQ(Migrate(0), "SUCCESS");
  const Signer next = *Signer::Generate(token::Algorithm::kEs256, "");
  // First whoever verifies knows the next key, then it signs, then the last one goes.
  WriteGrantKeys({&deployment_->grant_key, &next});
  ASSERT_TRUE(Took(*deployment_->partner_server, "grant_keys", 1));
  EXPECT_EQ(Migrate(1), "SUCCESS");
  WriteGrantSigningKey(next);
  ASSERT_TRUE(Took(*deployment_->primary_server_a, "grant_signing_key", 1));
  EXPECT_EQ(Migrate(2), "SUCCESS");
  WriteGrantKeys({&next});
  ASSERT_TRUE(Took(*deployment_->partner_server, "grant_keys", 2));
  EXPECT_EQ(Migrate(3), "SUCCESS");
  // Without it, what it signs stands no more.
  WriteGrantKeys({&deployment_->grant_key});
  ASSERT_TRUE(Took(*deployment_->partner_server, "grant_keys", 3));
  EXPECT_EQ(Migrate(4), "UNAVAILABLE");
}

}  // namespace
}  // namespace mcmig::rotation
