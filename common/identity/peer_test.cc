#include "common/identity/peer.h"

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

TEST(PeerTest, EveryConfiguredRoleHasItsOwnRoleOfTheSameName) {
  std::set<Role> seen;
  const google::protobuf::EnumDescriptor& roles = *config::v1::Role_descriptor();
  for (int i = 0; i < roles.value_count(); ++i) {
    const auto configured = static_cast<config::v1::Role>(roles.value(i)->number());
    const Role role = RoleOf(configured);
    EXPECT_TRUE(seen.insert(role).second);
    if (configured == config::v1::ROLE_UNSPECIFIED) {
      EXPECT_EQ(role, Role::kNone);
    } else {
      EXPECT_EQ(absl::StrCat("ROLE_", absl::AsciiStrToUpper(RoleName(role))), roles.value(i)->name());
    }
  }
}

TEST(PeerTest, UnknownConfiguredRoleIsNone) { EXPECT_EQ(RoleOf(static_cast<config::v1::Role>(99)), Role::kNone); }

TEST(PeerTest, ListenersHaveNames) {
  EXPECT_EQ(ListenerName(Listener::kClient), "client");
  EXPECT_EQ(ListenerName(Listener::kInside), "inside");
  EXPECT_EQ(ListenerName(Listener::kOutside), "outside");
  EXPECT_EQ(ListenerName(Listener::kOperators), "operators");
}

}  // namespace
}  // namespace mcmig::identity
