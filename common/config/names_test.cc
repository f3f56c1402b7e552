#include "common/config/names.h"

#include <string>

#include "gtest/gtest.h"

namespace mcmig::config {
namespace {

TEST(NamesTest, ASystemHasAShortNameInLowerCase) {
  for (const char* name : {"n", "north", "north-2.example"}) EXPECT_TRUE(IsSystemName(name)) << name;
  for (const char* name : {"", "North", "nor th", "north_2", "n\xc3\xb6rd"}) EXPECT_FALSE(IsSystemName(name)) << name;
  EXPECT_TRUE(IsSystemName(std::string(64, 'n')));
  EXPECT_FALSE(IsSystemName(std::string(65, 'n')));
}

TEST(NamesTest, ADomainIsAHostNameOrWhatIsBelowIt) {
  for (const char* domain : {"north.example", "*.north.example", "n", "4.north"}) {
    EXPECT_TRUE(IsIdDomain(domain)) << domain;
  }
  for (const char* domain :
       {"", "*.", "*", "*.*.north.example", "North.example", "192.0.2.1", "-n.example", "n..example"}) {
    EXPECT_FALSE(IsIdDomain(domain)) << domain;
  }
}

TEST(NamesTest, DomainsOverlapWhereOneHostIsOfBoth) {
  EXPECT_TRUE(IdDomainsOverlap("north.example", "north.example"));
  EXPECT_TRUE(IdDomainsOverlap("*.north.example", "fire.north.example"));
  EXPECT_TRUE(IdDomainsOverlap("a.fire.north.example", "*.north.example"));
  EXPECT_TRUE(IdDomainsOverlap("*.fire.north.example", "*.north.example"));
  EXPECT_TRUE(IdDomainsOverlap("*.north.example", "*.north.example"));
  EXPECT_FALSE(IdDomainsOverlap("*.north.example", "north.example"));
  EXPECT_FALSE(IdDomainsOverlap("north.example", "south.example"));
  EXPECT_FALSE(IdDomainsOverlap("*.north.example", "farnorth.example"));
  EXPECT_FALSE(IdDomainsOverlap("north.example", "fire.north.example"));
}

}  // namespace
}  // namespace mcmig::config
