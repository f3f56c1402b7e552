#include "services/client/users.h"

#include "gtest/gtest.h"
#include "services/testing/systems.h"

namespace mcmig::client {
namespace {

using protocol::McService;

class UsersTest : public ::testing::Test {
 protected:
  UsersTest() { Add(config::v1::MCPTT); }

  config::v1::AgentUser& Add(config::v1::Service service) {
    config::v1::AgentUser& user = *config_.add_users();
    user.set_primary_mc_service_id(testing::kAlice);
    user.set_service(service);
    user.set_default_profile_index(3);
    config::v1::AgentPartner& partner = *user.add_partners();
    partner.set_system("south");
    partner.set_partner_mc_service_id(testing::kVisitor);
    return user;
  }
  // Where the configuration is refused, and why; empty where it is not.
  std::string Refusal() { return std::string(Users::Create(config_.users()).status().message()); }

  config::v1::ClientAgentConfig config_;
};

TEST_F(UsersTest, AUserIsFoundByIdServiceAndPartner) {
  Add(config::v1::MCVIDEO).set_default_profile_index(0);
  const absl::StatusOr<Users> users = Users::Create(config_.users());
  ASSERT_TRUE(users.ok()) << users.status();
  const auto ptt = users->Find(testing::Id("sip:alice@NORTH.example"), McService::kMcptt, "south");
  ASSERT_TRUE(ptt.ok()) << ptt.status();
  EXPECT_EQ(ptt->user.default_profile_index, 3);
  EXPECT_EQ(ptt->partner.partner_mc_service_id.received(), testing::kVisitor);
  const auto video = users->Find(testing::Id(testing::kAlice), McService::kMcvideo, "south");
  ASSERT_TRUE(video.ok()) << video.status();
  EXPECT_EQ(video->user.default_profile_index, 0);
}

TEST_F(UsersTest, NobodyElseIsServed) {
  const absl::StatusOr<Users> users = Users::Create(config_.users());
  ASSERT_TRUE(users.ok()) << users.status();
  EXPECT_TRUE(absl::IsNotFound(users->Find(testing::Id("sip:bob@north.example"), McService::kMcptt, "south").status()));
  EXPECT_TRUE(absl::IsNotFound(users->Find(testing::Id(testing::kAlice), McService::kMcdata, "south").status()));
  EXPECT_TRUE(absl::IsNotFound(users->Find(testing::Id(testing::kAlice), McService::kMcptt, "east").status()));
}

TEST_F(UsersTest, MalformedAndRepeatedEntriesAreNamed) {
  config_.mutable_users(0)->mutable_partners(0)->set_partner_mc_service_id("visitor1");
  EXPECT_NE(Refusal().find("users[0].partners[0].partner_mc_service_id: "), std::string::npos) << Refusal();
  config_.clear_users();
  Add(config::v1::MCPTT).set_primary_mc_service_id("");
  EXPECT_NE(Refusal().find("users[0].primary_mc_service_id: "), std::string::npos) << Refusal();
  config_.clear_users();
  Add(config::v1::MCPTT).set_default_profile_index(256);
  EXPECT_NE(Refusal().find("users[0].default_profile_index: "), std::string::npos) << Refusal();
  config_.clear_users();
  Add(config::v1::SERVICE_UNSPECIFIED);
  EXPECT_NE(Refusal().find("users[0].service"), std::string::npos) << Refusal();
  config_.clear_users();
  Add(config::v1::MCPTT);
  Add(config::v1::MCPTT);
  EXPECT_NE(Refusal().find("users[1]: "), std::string::npos) << Refusal();
  config_.clear_users();
  config::v1::AgentUser& user = Add(config::v1::MCPTT);
  *user.add_partners() = user.partners(0);
  EXPECT_NE(Refusal().find("users[0].partners[1]: "), std::string::npos) << Refusal();
}

}  // namespace
}  // namespace mcmig::client
