// mcmig bundle: from the configuration of one MC system to the trust of another one.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/config/load.h"
#include "common/identity/testing/certificates.h"
#include "common/token/algorithm.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/testing/run_command.h"
#include "tests/devtools/signer.h"

namespace mcmig::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Result;
using Json = nlohmann::json;

constexpr char kTable[] = R"(own_system: north
systems:
  - name: north
    id_domains: [north.example]
    root_certificate_files: [north.pem]
    identities:
      - {san: gateway.north.example, role: ROLE_GATEWAY}
      - {san: inside.north.example, role: ROLE_PRIMARY_SERVER}
)";
constexpr char kPrimaryServer[] = R"(system_table_file: north.yaml
certificate: {chain_file: process.pem, key_file: process.key}
inside_listener: {address: "127.0.0.1:0"}
client_listener: {address: "127.0.0.1:0"}
access_tokens: {jwks_file: id.json, algorithms: [ES256], issuer: "https://id.north.example"}
store: {directory: store}
grants: {signing_key_file: grant.key, issuer: "https://mc.north.example"}
)";

class BundleCommandTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    fs::create_directories(Path(""));
    const auto north = identity::testing::CertificateAuthority::Make("north");
    const auto south = identity::testing::CertificateAuthority::Make("south");
    const identity::testing::Issued process = north.Issue({.dns = {"inside.north.example"}});
    Write("north.pem", north.cert());
    Write("south.pem", south.cert());
    Write("process.pem", process.chain_pem);
    Write("process.key", process.key_pem);
    for (const char* key : {"bundle.key", "next.key", "grant.key", "next-grant.key"}) Write(key, *NewKey().ToPem());
    Write("id.json", devtools::KeySetOf({*NewKey().PublicJwk()}));
    Write("north.yaml", kTable);
    Write("primary.yaml", kPrimaryServer);
    for (const char* key : {"next", "next-grant"}) {
      Write(absl::StrCat(key, ".json"), Run({"grant", "jwks", "--key", Path(absl::StrCat(key, ".key"))}).out);
    }
  }
  BundleCommandTest() { fs::remove_all(Path("trust")); }

  static devtools::Signer NewKey() { return *devtools::Signer::Generate(token::Algorithm::kEs256, "id-1"); }
  static std::string Path(const std::string& name) {
    return (fs::path(::testing::TempDir()) / "bundle_command" / name).lexically_normal();
  }
  static void Write(const std::string& name, const std::string& text) { std::ofstream(Path(name)) << text; }
  static Result Run(std::vector<std::string> arguments) {
    return testing::RunCommand({AddBundle, AddGrant}, std::move(arguments));
  }
  static Result Export(int version, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "bundle",  "export",         "--key",        Path("bundle.key"),      "--version", absl::StrCat(version),
        "--entry", "192.0.2.1:7443", "--entry-name", "gateway.north.example", "--out",     Path("north.bundle")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(std::move(arguments));
  }
  static Json Inspect() {
    return Json::parse(Run({"bundle", "inspect", "--json", Path("north.bundle")}).out, nullptr, false);
  }
  static Result Import(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"bundle", "import", Path("north.bundle"), "--into", Path("trust/")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(std::move(arguments));
  }
};

TEST_F(BundleCommandTest, ExportsWhatTheConfigurationSaysAndNothingOfTheInside) {
  const Result exported = Export(
      1, {"--config", Path("primary.yaml"), "--next-key", Path("next.json"), "--grants-jwks", Path("next-grant.json")});
  ASSERT_EQ(exported.exit_code, kSuccess) << exported.err;
  EXPECT_THAT(exported.out, HasSubstr("north version 1, until "));
  const Json inspected = Inspect();
  EXPECT_EQ(inspected["verified"], true);
  EXPECT_EQ(inspected["expired"], false);
  EXPECT_THAT(exported.out, HasSubstr(inspected["fingerprint"].get<std::string>()));
  EXPECT_EQ(inspected["roots"][0]["subject"], "CN=north");
  const Json& bundle = inspected["bundle"];
  EXPECT_EQ(bundle["system"], "north");
  EXPECT_EQ(bundle["id_domains"], Json({"north.example"}));
  EXPECT_EQ(bundle["grants"]["issuer"], "https://mc.north.example");
  EXPECT_EQ(bundle["grants"]["jwks"]["keys"].size(), 2);
  EXPECT_EQ(bundle["bundle_keys"]["keys"].size(), 2);
  EXPECT_EQ(bundle["bundle_keys"]["keys"][0]["kid"], inspected["signed_by"]);
  EXPECT_EQ(bundle["identity_server"]["issuer"], "https://id.north.example");
  EXPECT_EQ(bundle["entry"],
            Json({{"address", "192.0.2.1:7443"}, {"server_name", "gateway.north.example"}, {"role", "ROLE_GATEWAY"}}));
  EXPECT_THAT(inspected.dump(), Not(HasSubstr("inside")));
  EXPECT_THAT(inspected.dump(), Not(HasSubstr(::testing::TempDir())));
}

TEST_F(BundleCommandTest, AnAddressOfTheInsideOfKeysIsNotGivenAway) {
  std::string fetched = kPrimaryServer;
  fetched.replace(fetched.find("jwks_file: id.json"), 18, "jwks_uri: \"https://inside/id\", jwks_ca_file: north.pem");
  Write("fetched.yaml", fetched);
  ASSERT_EQ(Export(1, {"--config", Path("fetched.yaml")}).exit_code, kSuccess);
  EXPECT_EQ(Inspect()["bundle"]["identity_server"], Json({{"issuer", "https://id.north.example"}}));
  const char* const outside = "https://id.north.example/keys";
  ASSERT_EQ(Export(1, {"--config", Path("fetched.yaml"), "--identity-server-keys-at", outside}).exit_code, kSuccess);
  EXPECT_EQ(Inspect()["bundle"]["identity_server"]["jwks_uri"], outside);
}

TEST_F(BundleCommandTest, TheTableAloneIsEnoughForASystemThatGrantsNothing) {
  EXPECT_EQ(Export(1, {"--system-table", Path("north.yaml"), "--days", "7"}).exit_code, kSuccess);
  EXPECT_FALSE(Inspect()["bundle"].contains("grants"));
}

TEST_F(BundleCommandTest, WhatIsNoBundleIsNotExported) {
  const std::string table = Path("north.yaml");
  EXPECT_EQ(Export(1, {}).exit_code, -1);
  EXPECT_EQ(Export(1, {"--system-table", table, "--config", Path("primary.yaml")}).exit_code, -1);
  EXPECT_EQ(Export(1, {"--system-table", table, "--days", "401"}).exit_code, -1);
  EXPECT_THAT(Export(0, {"--system-table", table}).err, HasSubstr("version: must be at least 1"));
  EXPECT_THAT(Export(1, {"--system-table", table, "--next-key", Path("bundle.key")}).err, HasSubstr("bundle.key: "));
  // Another entry than a gateway or the server that is asked there.
  EXPECT_THAT(Export(1, {"--system-table", table, "--visitors-entry", "192.0.2.1:7444", "--visitors-entry-name",
                         "inside.north.example"})
                  .err,
              HasSubstr("--visitors-entry-name: is no identity of the own MC system"));
  EXPECT_THAT(Export(1, {"--system-table", Path("absent")}).err, HasSubstr("absent"));
}

TEST_F(BundleCommandTest, InspectShowsEverythingAndSaysWhatDoesNotVerify) {
  ASSERT_EQ(Export(3, {"--config", Path("primary.yaml")}).exit_code, kSuccess);
  const Result text = Run({"bundle", "inspect", Path("north.bundle")});
  EXPECT_EQ(text.exit_code, kSuccess);
  for (const char* line :
       {"system       north\n", "version      3\n", "the signature is right\n", "id domain north.example\n",
        "root CN=north until ", "grants issuer https://mc.north.example\n", "identity server key id-1\n",
        "entry 192.0.2.1:7443 gateway.north.example ROLE_GATEWAY\n"}) {
    EXPECT_THAT(text.out, HasSubstr(line));
  }
  const Result other = Run({"bundle", "inspect", Path("north.pem")});
  EXPECT_EQ(other.exit_code, kFailed);
  EXPECT_EQ(other.out, "does not verify: bundle: not a JWS in compact serialization\n");
  EXPECT_EQ(Json::parse(Run({"bundle", "inspect", "--json", Path("north.pem")}).out)["verified"], false);
}

TEST_F(BundleCommandTest, AnotherSystemIsSetUpFromABundle) {
  ASSERT_EQ(Export(1, {"--config", Path("primary.yaml")}).exit_code, kSuccess);
  const Result refused = Import({});
  EXPECT_EQ(refused.exit_code, kFailed);
  EXPECT_THAT(refused.err, HasSubstr("mcmig bundle import: fingerprint: is missing"));
  const std::string fingerprint = Inspect()["fingerprint"];
  const Result preview = Import({"--fingerprint", fingerprint, "--preview"});
  EXPECT_THAT(preview.out, HasSubstr("Nothing was changed."));
  EXPECT_FALSE(fs::exists(Path("trust")));
  const Result imported = Import({"--fingerprint", fingerprint});
  ASSERT_EQ(imported.exit_code, kSuccess) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr(absl::StrCat("north version 1 is in force now in ", Path("trust"), "\n")));

  // What it printed is right in a system table.
  std::string entry = imported.out.substr(imported.out.find("  - name: north"));
  entry.replace(entry.find("audience: \"\""), 12, "audience: \"south\"");
  Write("south.yaml",
        "own_system: south\nsystems:\n  - name: south\n    id_domains: [south.example]\n"
        "    root_certificate_files: [south.pem]\n" +
            entry);
  const auto table = config::LoadSystemTable(Path("south.yaml"));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->SystemOfDomain("north.example"), "north");
  EXPECT_EQ((*table)->Find("north")->config.grants().jwks_file(), Path("trust/current/grants.json"));

  ASSERT_EQ(Export(2, {"--config", Path("primary.yaml"), "--grants-jwks", Path("next-grant.json")}).exit_code,
            kSuccess);
  const Result next = Import({"--system-table", Path("south.yaml")});
  EXPECT_THAT(next.out, HasSubstr("+ grants key "));
  EXPECT_THAT(next.out, Not(HasSubstr("Not taken up by itself")));
  ASSERT_EQ(Export(3, {"--config", Path("primary.yaml")}).exit_code, kSuccess);
  EXPECT_THAT(Import({}).out, HasSubstr(", believed until --drop-old"));
  EXPECT_THAT(Import({"--drop-old"}).out, HasSubstr(", of an earlier version"));
  EXPECT_THAT(Import({"--drop-old"}).out, HasSubstr("is in force already"));
}

}  // namespace
}  // namespace mcmig::cli
