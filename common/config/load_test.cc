#include "common/config/load.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/identity/testing/certificates.h"
#include "common/token/algorithm.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/devtools/signer.h"

namespace mcmig::config {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void Write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

// A directory with real certificates, keys, a key set and a token, into which configuration files go.
class LoadTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = fs::path(::testing::TempDir()) / "configuration";
    fs::create_directories(directory_ / "pki");
    const auto north = identity::testing::CertificateAuthority::Make("north");
    const auto south = identity::testing::CertificateAuthority::Make("south");
    Write(directory_ / "pki/north-root.pem", north.cert());
    Write(directory_ / "pki/south-root.pem", south.cert());
    Write(directory_ / "pki/south-crl.pem", south.RevocationList({}));
    Write(directory_ / "pki/forged-crl.pem", identity::testing::CertificateAuthority::Make("south").RevocationList({}));
    const identity::testing::Issued process = north.Issue({.dns = {"process.north.example"}});
    Write(directory_ / "pki/process.pem", process.chain_pem);
    Write(directory_ / "pki/process.key", process.key_pem);
    Write(directory_ / "pki/other.key", north.Issue({.dns = {"other.north.example"}}).key_pem);
    const auto signer = devtools::Signer::Generate(token::Algorithm::kEs256, "key-1");
    ASSERT_TRUE(signer.ok()) << signer.status();
    Write(directory_ / "jwks.json", devtools::KeySetOf({*signer->PublicJwk()}));
    Write(directory_ / "grant.key", *signer->ToPem());
    Write(directory_ / "pki/grant.key", *signer->ToPem());
    Write(directory_ / "south-grants.json", devtools::KeySetOf({*signer->PublicJwk()}));
    Write(directory_ / "alice.token", "token\n");
    for (const auto& file : fs::directory_iterator("common/config/testdata")) {
      Write(directory_ / file.path().filename(), Read(file.path()));
    }
  }

  static absl::Status Load(const std::string& role, const std::string& file) {
    const std::string path = directory_ / file;
    if (role == "client-agent") return config::Load<v1::ClientAgentConfig>(path).status();
    if (role == "partner-server") return config::Load<v1::PartnerServerConfig>(path).status();
    if (role == "gateway") return config::Load<v1::GatewayConfig>(path).status();
    if (role == "primary-server") return config::Load<v1::PrimaryServerConfig>(path).status();
    if (role == "system-table") return LoadSystemTable(path).status();
    return absl::UnimplementedError("the first line names no role");
  }

  static fs::path directory_;
};

fs::path LoadTest::directory_;

// The first lines of each file say whose it is and all that is wrong with it: "# ROLE: part of a violation", or "ok".
TEST_F(LoadTest, EveryFileOfTestdataIsAcceptedOrRefusedAsItSays) {
  int files = 0;
  for (const auto& file : fs::directory_iterator("common/config/testdata")) {
    SCOPED_TRACE(file.path().filename());
    ++files;
    std::string role;
    std::vector<std::string> expected;
    for (const absl::string_view line : absl::StrSplit(Read(file.path()), '\n')) {
      if (!absl::StartsWith(line, "# ")) break;
      const std::pair<std::string, std::string> parts = absl::StrSplit(line.substr(2), absl::MaxSplits(": ", 1));
      role = parts.first;
      if (parts.second != "ok") expected.push_back(parts.second);
    }
    EXPECT_EQ(expected.empty(), !absl::StartsWith(file.path().filename().string(), "invalid_"));
    const absl::Status status = Load(role, file.path().filename());
    std::vector<std::string> lines = absl::StrSplit(status.message(), '\n', absl::SkipEmpty());
    EXPECT_THAT(lines, SizeIs(expected.size()));
    for (const std::string& violation : expected) EXPECT_THAT(lines, testing::Contains(HasSubstr(violation)));
    for (const std::string& line : lines) EXPECT_THAT(line, Not(HasSubstr("alice@")));
  }
  EXPECT_GE(files, 50);
}

// docs/configuration.md: each block of YAML starts with its file name.
TEST_F(LoadTest, TheExamplesOfTheManualAreAccepted) {
  std::vector<std::string> names;
  const std::string manual = Read("docs/configuration.md");
  std::vector<absl::string_view> parts = absl::StrSplit(manual, "```yaml\n");
  for (size_t i = 1; i < parts.size(); ++i) {
    const absl::string_view example = parts[i].substr(0, parts[i].find("```"));
    const std::string name(absl::StripPrefix(example.substr(0, example.find('\n')), "# "));
    Write(directory_ / name, std::string(example));
    names.push_back(name);
  }
  ASSERT_THAT(names, testing::ElementsAre("systems.yaml", "client-agent.yaml", "partner-server.yaml", "gateway.yaml",
                                          "primary-server.yaml"));
  EXPECT_EQ(Load("system-table", names[0]), absl::OkStatus());
  for (size_t i = 1; i < names.size(); ++i) {
    EXPECT_EQ(Load(std::string(absl::StripSuffix(names[i], ".yaml")), names[i]), absl::OkStatus());
  }
}

TEST_F(LoadTest, DefaultsAreWrittenDown) {
  const auto primary = config::Load<v1::PrimaryServerConfig>(directory_ / "valid_primary_server.yaml");
  ASSERT_TRUE(primary.ok()) << primary.status();
  EXPECT_EQ(primary->config.inside_listener().max_in_flight(), 1024U);
  EXPECT_EQ(primary->config.inside_listener().max_emergency_in_flight(), 64U);
  EXPECT_EQ(primary->config.inside_listener().max_deadline().seconds(), 10);
  EXPECT_EQ(primary->config.inside_listener().max_connection_age().seconds(), 120);
  EXPECT_EQ(primary->config.move_policy(), v1::REFUSE);
  EXPECT_EQ(primary->config.replay_window().seconds(), 600);
  EXPECT_EQ(primary->config.clock_skew().seconds(), 30);
  EXPECT_EQ(primary->config.drain_grace().seconds(), 10);
  EXPECT_FALSE(primary->config.has_outside_listener());
  EXPECT_FALSE(primary->config.has_operators_listener());
  EXPECT_EQ(primary->systems->own(), "north");
  const auto partner = config::Load<v1::PartnerServerConfig>(directory_ / "valid_partner_server.yaml");
  ASSERT_TRUE(partner.ok()) << partner.status();
  EXPECT_TRUE(partner->config.access_tokens().has_leeway());
  EXPECT_EQ(partner->config.audit().max_segment_bytes(), uint64_t{64} << 20);
}

TEST_F(LoadTest, FileNamesAreRelativeToTheirFile) {
  const auto loaded = config::Load<v1::PartnerServerConfig>(directory_ / "valid_partner_server.yaml");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->directory, fs::absolute(directory_).lexically_normal());
  EXPECT_EQ(loaded->config.store().directory(), fs::path(loaded->directory) / "store");
  EXPECT_EQ(loaded->config.certificate().key_file(), fs::path(loaded->directory) / "pki/process.key");
}

TEST_F(LoadTest, ViolationsSayFileLineAndColumn) {
  const std::string path = directory_ / "invalid_store_is_a_file.yaml";
  const absl::Status status = config::Load<v1::PartnerServerConfig>(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), testing::StartsWith(path + ":6:9: store.directory: is not a directory"));
}

TEST_F(LoadTest, AMissingFileIsRefused) {
  const absl::Status status = config::Load<v1::GatewayConfig>(directory_ / "nosuch.yaml").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("nosuch.yaml: cannot be read"));
}

}  // namespace
}  // namespace mcmig::config
