// mcmig grant: keys and what they signed, by files.
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/testing/run_command.h"
#include "services/testing/grant_authority.h"
#include "services/testing/systems.h"

namespace mcmig::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Result;
using Json = nlohmann::json;

class GrantCommandTest : public ::testing::Test {
 protected:
  GrantCommandTest() {
    Write("grant.key", *authority_.key().ToPem());
    Write("grant", *authority_.signer().Sign(Granted(), "south") + "\n");
    Write("cancel",
          *authority_.signer().Sign(
              token::SignedCancel{.primary_mc_service_id = mcmig::testing::Id(mcmig::testing::kAlice), .epoch = {1, 7}},
              "south"));
    Write("jwks.json", Run({"grant", "jwks", "--key", Path("grant.key"), "--key-id", "grants-1"}).out);
  }
  static token::Grant Granted() {
    return {.primary_mc_service_id = mcmig::testing::Id(mcmig::testing::kAlice),
            .partner_mc_service_id = mcmig::testing::Id(mcmig::testing::kVisitor),
            .profile_index = 3,
            .epoch = {1, 42},
            .authorized_until = absl::FromUnixSeconds(1'900'000'000)};
  }
  static std::string Path(const std::string& name) { return ::testing::TempDir() + "/" + name; }
  static void Write(const std::string& name, const std::string& text) { std::ofstream(Path(name)) << text; }
  static Result Run(std::vector<std::string> arguments) {
    return testing::RunCommand({AddGrant}, std::move(arguments));
  }
  static Result Verify(const std::string& file, const std::string& audience = "south") {
    return Run({"grant", "verify", "--jwks", Path("jwks.json"), "--issuer", "https://mc.north.example", "--audience",
                audience, "--json", Path(file)});
  }

  mcmig::testing::GrantAuthority authority_;
};

TEST_F(GrantCommandTest, PrintsThePublicPartOfAKey) {
  const Result printed = Run({"grant", "jwks", "--key", Path("grant.key"), "--key-id", "2026-1"});
  EXPECT_EQ(printed.exit_code, kSuccess);
  EXPECT_EQ(Json::parse(printed.out)["keys"][0]["kid"], "2026-1");
  EXPECT_FALSE(Json::parse(printed.out)["keys"][0].contains("d"));
  EXPECT_EQ(Run({"grant", "jwks", "--key", Path("absent"), "--key-id", "1"}).exit_code, kFailed);
  EXPECT_EQ(Run({"grant", "jwks", "--key", Path("grant"), "--key-id", "1"}).exit_code, kFailed);
}

TEST_F(GrantCommandTest, SaysWhatAGrantSays) {
  const Result grant = Verify("grant");
  EXPECT_EQ(grant.exit_code, kSuccess);
  EXPECT_EQ(Json::parse(grant.out), Json({{"verified", true},
                                          {"kind", "grant"},
                                          {"primary_mc_service_id", mcmig::testing::kAlice},
                                          {"partner_mc_service_id", mcmig::testing::kVisitor},
                                          {"mc_service", "MCPTT"},
                                          {"profile_index", 3},
                                          {"epoch", "1.42"},
                                          {"issued", "1970-01-01T00:00:00+00:00"},
                                          {"authorized_until", "2030-03-17T17:46:40+00:00"},
                                          {"request_id", std::string(32, '0')}}));
  EXPECT_EQ(Json::parse(Verify("cancel").out)["kind"], "cancel");
  const Result text = Run({"grant", "verify", "--jwks", Path("jwks.json"), "--issuer", "https://mc.north.example",
                           "--audience", "south", Path("cancel")});
  EXPECT_THAT(text.out, HasSubstr("epoch: 1.7\n"));
}

TEST_F(GrantCommandTest, EndsWithOneWhereItDoesNotVerify) {
  const Result other = Verify("grant", "east");
  EXPECT_EQ(other.exit_code, kFailed);
  EXPECT_EQ(Json::parse(other.out)["verified"], false);
  EXPECT_THAT(other.out, Not(HasSubstr("alice")));
  EXPECT_EQ(Verify("grant.key").exit_code, kFailed);
  EXPECT_EQ(Verify("absent").exit_code, kFailed);
}

}  // namespace
}  // namespace mcmig::cli
