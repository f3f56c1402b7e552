#include "services/gateway/assignments.h"

#include "gtest/gtest.h"
#include "services/testing/systems.h"

namespace mcmig::gateway {
namespace {

using protocol::McService;

class AssignmentsTest : public ::testing::Test {
 protected:
  config::v1::ServerAssignment& Add(config::v1::Service service) {
    config::v1::ServerAssignment& entry = *config_.add_assignments();
    entry.set_service(service);
    return entry;
  }
  std::optional<size_t> ServerFor(const char* id, McService service) {
    absl::StatusOr<Assignments> assignments = Assignments::Create(config_.assignments());
    EXPECT_TRUE(assignments.ok()) << assignments.status();
    return assignments.ok() ? assignments->ServerFor(testing::Id(id), service) : std::nullopt;
  }

  config::v1::GatewayConfig config_;
};

TEST_F(AssignmentsTest, TheFirstEntryThatHoldsUserAndServiceDecides) {
  Add(config::v1::MCPTT).add_mc_service_ids("sip:alice@NORTH.example");
  Add(config::v1::MCPTT).set_domain("north.example");
  Add(config::v1::MCVIDEO).set_domain("north.example");
  EXPECT_EQ(ServerFor("sip:alice@north.example", McService::kMcptt), 0U);
  EXPECT_EQ(ServerFor("sip:Alice@north.example", McService::kMcptt), 1U);
  EXPECT_EQ(ServerFor("sip:bob@North.Example", McService::kMcptt), 1U);
  EXPECT_EQ(ServerFor("sip:alice@north.example", McService::kMcvideo), 2U);
}

TEST_F(AssignmentsTest, AUserInNoEntryHasNoServer) {
  Add(config::v1::MCPTT).set_domain("north.example");
  EXPECT_EQ(ServerFor("sip:alice@sub.north.example", McService::kMcptt), std::nullopt);
  EXPECT_EQ(ServerFor("sip:alice@north.example", McService::kMcdata), std::nullopt);
}

TEST_F(AssignmentsTest, MalformedEntriesAreNamed) {
  Add(config::v1::MCPTT).set_domain("north.example");
  Add(config::v1::MCPTT).add_mc_service_ids("alice");
  const absl::Status status = Assignments::Create(config_.assignments()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("assignments[1].mc_service_ids"), absl::string_view::npos);
}

TEST_F(AssignmentsTest, AnEntryForNobodyOrForUsersAndADomainIsRefused) {
  Add(config::v1::MCPTT);
  EXPECT_FALSE(Assignments::Create(config_.assignments()).ok());
  config_.mutable_assignments(0)->set_domain("north.example");
  EXPECT_TRUE(Assignments::Create(config_.assignments()).ok());
  config_.mutable_assignments(0)->add_mc_service_ids(testing::kAlice);
  EXPECT_FALSE(Assignments::Create(config_.assignments()).ok());
}

}  // namespace
}  // namespace mcmig::gateway
