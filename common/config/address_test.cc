#include "common/config/address.h"

#include <string>

#include "gtest/gtest.h"

namespace mcmig::config {
namespace {

TEST(Address, HostAndPortAreTakenApart) {
  const absl::StatusOr<Address> address = ParseAddress("server-1.north.example:7000");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->host, "server-1.north.example");
  EXPECT_EQ(address->port, 7000);
  EXPECT_EQ(ParseAddress("[2001:db8::1]:1")->host, "2001:db8::1");
}

TEST(Address, LoopbackIsKnownByItsForm) {
  for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "LOCALHOST:0"}) {
    EXPECT_TRUE(ParseAddress(text)->loopback) << text;
  }
  // A name that only looks like it may resolve to anything.
  for (const char* text : {"127.0.0.1.example:1", "128.0.0.1:1", "0.0.0.0:1", "[::]:1", "[::2]:1", "localhost.x:1"}) {
    EXPECT_FALSE(ParseAddress(text)->loopback) << text;
  }
}

TEST(Address, OtherFormsAreRefused) {
  for (const char* text :
       {"", ":1", "host", "host:", "host:65536", "host:-1", "host:1x", "ho st:1", "::1:1", "[::1]", "[x]:1", "1.2.3:1",
        "256.0.0.1:1", "127.1:1", "http://host:1", "host:1:2", "[127.0.0.1]:1"}) {
    EXPECT_FALSE(ParseAddress(text).ok()) << text;
  }
}

}  // namespace
}  // namespace mcmig::config
