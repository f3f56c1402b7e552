#include "services/primary_server/partner_system.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/testing/systems.h"

namespace mcmig::primary_server {
namespace {

using identity::Listener;
using identity::Role;

class PartnerSystemOfTest : public ::testing::Test {
 protected:
  absl::StatusOr<identity::SystemName> Of(const char* system, Role role, Listener listener,
                                          std::optional<std::string> claimed = std::nullopt) {
    protocol::Call call;
    call.peer = {.system = system, .role = role, .own = std::string(system) == "north"};
    call.listener = listener;
    return PartnerSystemOf(*systems_, call, claimed, testing::Id(testing::kVisitor));
  }

  std::shared_ptr<const identity::SystemTable> systems_ = testing::MakeSystems(testing::SystemsAt("north"));
};

TEST_F(PartnerSystemOfTest, ADirectPeerIsItself) {
  EXPECT_EQ(*Of("south", Role::kPartnerServer, Listener::kOutside), "south");
  EXPECT_EQ(*Of("south", Role::kGateway, Listener::kOutside), "south");
}

TEST_F(PartnerSystemOfTest, TheOwnGatewaySpeaksForThePeerItAuthenticated) {
  EXPECT_EQ(*Of("north", Role::kGateway, Listener::kInside, "south"), "south");
}

TEST_F(PartnerSystemOfTest, EveryOtherCallerIsRefused) {
  struct Row {
    const char* what;
    const char* system;
    Role role;
    Listener listener;
    std::optional<std::string> claimed;
  };
  const std::vector<Row> rows = {
      {"a peer whose system does not own the partner ID", "east", Role::kGateway, Listener::kOutside, std::nullopt},
      {"a peer that claims the owner in the message", "east", Role::kGateway, Listener::kOutside, "south"},
      {"an unknown system", "west", Role::kGateway, Listener::kOutside, std::nullopt},
      {"the own system on an outside listener", "north", Role::kGateway, Listener::kOutside, "south"},
      {"the own gateway without a peer", "north", Role::kGateway, Listener::kInside, std::nullopt},
      {"the own gateway for the own system", "north", Role::kGateway, Listener::kInside, "north"},
      {"the own gateway for an unknown system", "north", Role::kGateway, Listener::kInside, "west"},
      {"the own gateway for a system that does not own the ID", "north", Role::kGateway, Listener::kInside, "east"},
      {"an own server in the gateway's place", "north", Role::kPartnerServer, Listener::kInside, "south"},
      {"a peer on an inside listener", "south", Role::kGateway, Listener::kInside, "south"},
      {"a peer on the operators' listener", "south", Role::kGateway, Listener::kOperators, "south"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Of(row.system, row.role, row.listener, row.claimed).status().code(), absl::StatusCode::kPermissionDenied)
        << row.what;
  }
}

}  // namespace
}  // namespace mcmig::primary_server
