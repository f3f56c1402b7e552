#include "common/identity/mc_service_id.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

using std::string_literals::operator""s;

struct Accepted {
  std::string received;
  std::string canonical;
  std::string domain;
};

TEST(McServiceIdTest, AcceptedIdsHaveCanonicalFormAndDomain) {
  const std::string label(63, 'a');
  const std::vector<Accepted> cases = {
      {"sip:alice@primary.example", "sip:alice@primary.example", "primary.example"},
      {"sips:alice@primary.example", "sips:alice@primary.example", "primary.example"},
      {"SIP:Alice@PRIMARY.Example", "sip:Alice@primary.example", "primary.example"},
      {"sip:alice@primary.example.", "sip:alice@primary.example", "primary.example"},
      {"sip:alice@localhost", "sip:alice@localhost", "localhost"},
      {"sip:a@x", "sip:a@x", "x"},
      {"sip:a@1and1.example", "sip:a@1and1.example", "1and1.example"},
      {"sip:a@1.2.3.x4", "sip:a@1.2.3.x4", "1.2.3.x4"},
      {"sip:a@xn--bcher-kva.example", "sip:a@xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"sip:a@" + label + ".example", "sip:a@" + label + ".example", label + ".example"},
      // RFC 3261 clause 25.1, user
      {"sip:-_.!~*'()&=+$,;?/a@north.example", "sip:-_.!~*'()&=+$,;?/a@north.example", "north.example"},
      {"sip:+15551234;ext=5@north.example", "sip:+15551234;ext=5@north.example", "north.example"},
      // unreserved characters are decoded, others stay encoded, in upper case, and are never decoded twice
      {"sip:%61lice@north.example", "sip:alice@north.example", "north.example"},
      {"sip:%41%7e%2D@north.example", "sip:A~-@north.example", "north.example"},
      {"sip:%21%2a%27%28%29@north.example", "sip:!*'()@north.example", "north.example"},
      {"sip:a%40b%3b%2f%c3%a9@north.example", "sip:a%40b%3B%2F%C3%A9@north.example", "north.example"},
      {"sip:%2561@north.example", "sip:%2561@north.example", "north.example"},
      // other hierarchical URIs, by RFC 3986
      {"mcptt://alice@north.example", "mcptt://alice@north.example", "north.example"},
      {"MC+v1.0-x://Al%69ce@North.Example.", "mc+v1.0-x://Alice@north.example", "north.example"},
      {"https://alice@north.example/mcptt/Unit%2d7", "https://alice@north.example/mcptt/Unit-7", "north.example"},
      {"https://a%21!$&'()*+,;=@north.example/p:@%2f", "https://a%21!$&'()*+,;=@north.example/p:@%2F", "north.example"},
      {"https://a@north.example/...", "https://a@north.example/...", "north.example"},
  };
  for (const Accepted& c : cases) {
    const auto id = McServiceId::Parse(c.received);
    ASSERT_TRUE(id.ok()) << c.received << ": " << id.status();
    EXPECT_EQ(id->received(), c.received);
    EXPECT_EQ(id->canonical(), c.canonical);
    EXPECT_EQ(id->domain(), c.domain);
  }
}

TEST(McServiceIdTest, CanonicalFormIsItsOwnCanonicalForm) {
  for (const char* received :
       {"SIP:%61%40%2f@North.Example.", "X://%61%21%3a@North.Example/%7Ea/%2f", "sips:a;b?c/d@x"}) {
    const auto id = McServiceId::Parse(received);
    ASSERT_TRUE(id.ok()) << received;
    const auto again = McServiceId::Parse(id->canonical());
    ASSERT_TRUE(again.ok()) << id->canonical();
    EXPECT_EQ(again->canonical(), id->canonical());
    EXPECT_EQ(*again, *id);
  }
}

TEST(McServiceIdTest, SpellingsOfOneUserAreEqual) {
  const auto alice = McServiceId::Parse("sip:alice@north.example");
  ASSERT_TRUE(alice.ok());
  for (const char* same : {"SIP:alice@north.example", "sip:alice@NORTH.example", "sip:alice@north.example.",
                           "sip:%61lice@north.example", "sip:%61%6C%69%63%65@north.example"}) {
    const auto id = McServiceId::Parse(same);
    ASSERT_TRUE(id.ok()) << same;
    EXPECT_EQ(*id, *alice) << same;
  }
}

TEST(McServiceIdTest, DifferentUsersAreNotEqual) {
  const auto alice = McServiceId::Parse("sip:alice@north.example");
  ASSERT_TRUE(alice.ok());
  for (const char* other :
       {"sip:Alice@north.example", "sips:alice@north.example", "sip:alice@sub.north.example", "sip:alice@south.example",
        "sip:alic%65%2f@north.example", "sip:alice;x=y@north.example", "mcptt://alice@north.example"}) {
    const auto id = McServiceId::Parse(other);
    ASSERT_TRUE(id.ok()) << other;
    EXPECT_FALSE(*id == *alice) << other;
  }
}

TEST(McServiceIdTest, EverythingElseIsRefusedWithoutRepeatingIt) {
  const std::vector<std::string> cases = {
      "",
      "alice",
      "alice@north.example",
      ":alice@north.example",
      "1sip:alice@north.example",
      "s_ip:alice@north.example",
      " sip:alice@north.example",
      "<sip:alice@north.example>",
      // no user or no host
      "sip:",
      "sip:north.example",
      "sip:@north.example",
      "sip:alice@",
      "sip:alice@.",
      "mcptt://north.example",
      "mcptt://@north.example",
      "mcptt://alice@",
      "mcptt://alice@/path",
      "mcptt:///alice@north.example",
      // schemes without a host, and the wrong form for the scheme
      "tel:+15551234",
      "tel:alice@north.example",
      "tel://alice@north.example",
      "urn:alice@north.example",
      "mailto:alice@north.example",
      "im:alice@north.example",
      "sip://alice@north.example",
      "SIPS://alice@north.example",
      // hosts that are no domain names
      "sip:alice@[::1]",
      "sip:alice@[2001:db8::1]",
      "sip:alice@::1",
      "sip:alice@1.2.3.4",
      "sip:alice@1.2.3.4.",
      "sip:alice@2130706433",
      "sip:alice@0x7f000001",
      "sip:alice@127.0.0.0x1",
      "sip:alice@north.123",
      "sip:alice@north.4g",
      "sip:alice@north..example",
      "sip:alice@.north.example",
      "sip:alice@north.example..",
      "sip:alice@-north.example",
      "sip:alice@north-.example",
      "sip:alice@north_1.example",
      "sip:alice@*.example",
      "sip:alice@north%2eexample",
      "sip:alice@n%6frth.example",
      "sip:alice@north.example ",
      "sip:alice@" + std::string(64, 'a') + ".example",
      "https://alice@[v1.x]/",
      "https://alice@1.2.3.4/x",
      // what does not identify a user
      "sip:alice@north.example:5060",
      "sip:alice@north.example:",
      "sip:alice@north.example;transport=tcp",
      "sip:alice@north.example;user=phone",
      "sip:alice@north.example;",
      "sip:alice@north.example?subject=x",
      "sip:alice@north.example?",
      "sip:alice@north.example#x",
      "sip:alice@north.example/x",
      "https://alice@north.example:443",
      "https://alice@north.example?x=y",
      "https://alice@north.example#x",
      "https://alice@north.example/x?y",
      "https://alice@north.example/x#y",
      // passwords, two users
      "sip:alice:secret@north.example",
      "sip:alice:@north.example",
      "https://alice:secret@north.example",
      "sip:alice@evil.example@north.example",
      "https://alice@evil.example@north.example",
      // characters that need encoding
      "sip:al ice@north.example",
      "sip:al\"ice@north.example",
      "sip:al<ice@north.example",
      "sip:al#ice@north.example",
      "sip:al[ice@north.example",
      "sip:al\\ice@north.example",
      "sip:al^ice@north.example",
      "sip:al`ice@north.example",
      "sip:al{ice@north.example",
      "sip:al|ice@north.example",
      "https://al?ice@north.example",
      "https://al/ice@north.example",
      "https://al|ice@north.example",
      "https://alice@north.example/a b",
      "https://alice@north.example/a|b",
      // percent-encoding
      "sip:%@north.example",
      "sip:%4@north.example",
      "sip:%4g@north.example",
      "sip:%g4@north.example",
      "sip:%%41@north.example",
      "sip:alice%@north.example",
      "https://alice@north.example/%",
      "https://alice@north.example/%4",
      "https://alice@north.example/%zz",
      // control and non-ASCII bytes, plain and encoded
      "sip:al\tice@north.example",
      "sip:al\nice@north.example",
      "sip:alice@north.example\n",
      "sip:alice@north.example\r\n",
      "sip:al\x7fice@north.example",
      "sip:al\0ice@north.example"s,
      "sip:alice@north.example\0"s,
      "sip:al\xc3\xa9@north.example",
      "sip:alice@n\xc3\xb6rth.example",
      "s\xc3\xacp:alice@north.example",
      "sip:al%00ice@north.example",
      "sip:al%0d%0aice@north.example",
      "sip:al%7Fice@north.example",
      "https://alice@north.example/%00",
      // several names of one path
      "https://alice@north.example/",
      "https://alice@north.example//a",
      "https://alice@north.example/a/",
      "https://alice@north.example/a//b",
      "https://alice@north.example/./a",
      "https://alice@north.example/a/..",
      "https://alice@north.example/%2e%2E/a",
  };
  for (const std::string& bytes : cases) {
    const auto id = McServiceId::Parse(bytes);
    ASSERT_FALSE(id.ok()) << bytes;
    EXPECT_EQ(id.status().code(), absl::StatusCode::kInvalidArgument) << bytes;
    EXPECT_FALSE(id.status().message().empty());
    EXPECT_FALSE(absl::StrContains(id.status().message(), "alice")) << bytes;
    EXPECT_FALSE(absl::StrContains(id.status().message(), "north")) << bytes;
  }
}

TEST(McServiceIdTest, LengthIsBounded) {
  const std::string host = "@north.example";
  const std::string longest = absl::StrCat("sip:", std::string(McServiceId::kMaxBytes - 4 - host.size(), 'a'), host);
  ASSERT_EQ(longest.size(), McServiceId::kMaxBytes);
  EXPECT_TRUE(McServiceId::Parse(longest).ok());
  EXPECT_FALSE(McServiceId::Parse(longest + "x").ok());
  EXPECT_FALSE(McServiceId::Parse(std::string(1U << 20U, 'a')).ok());
}

// 253 bytes are the longest domain name (RFC 1035); the bound on the whole ID would let none longer than 250 through,
// so the longest that fits must still pass.
TEST(McServiceIdTest, LongestHostThatFitsIsAccepted) {
  const std::string label = std::string(61, 'a') + ".";
  const std::string host = label + label + label + label + "ab";
  ASSERT_EQ(host.size(), 250U);
  EXPECT_TRUE(McServiceId::Parse("sip:u@" + host).ok());
}

// Whatever byte stands at whatever place, the answer is a refusal or an ID whose forms hold only what they may.
TEST(McServiceIdTest, EveryByteAtEveryPlaceIsHandled) {
  for (const std::string base : {"sip:alice@north.example", "https://alice@north.example/a/b"}) {
    for (size_t place = 0; place <= base.size(); ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string bytes = base;
        bytes.insert(place, 1, static_cast<char>(byte));
        const auto id = McServiceId::Parse(bytes);
        if (!id.ok()) continue;
        EXPECT_EQ(id->received(), bytes);
        for (const char c : id->canonical()) EXPECT_TRUE(c > 0x20 && c < 0x7f) << bytes;
        EXPECT_EQ(id->domain().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."), std::string::npos) << bytes;
        EXPECT_TRUE(absl::StrContains(id->canonical(), "@" + id->domain())) << bytes;
      }
    }
  }
}

}  // namespace
}  // namespace mcmig::identity
