// The life of an MC system's trust: first bundle, overlap, new keys, and what a crash leaves.
#include "services/mcmig/bundle/import_bundle.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/identity/testing/certificates.h"
#include "common/token/algorithm.h"
#include "common/token/jws.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/bundle/bundle_test_issuer.h"
#include "services/mcmig/bundle/fingerprint.h"
#include "services/mcmig/bundle/public_keys.h"
#include "services/mcmig/bundle/root_certificate.h"
#include "services/mcmig/bundle/trust_directory.h"
#include "tests/devtools/signer.h"

namespace mcmig::bundle {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using testing::BundleIssuer;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const BundleIssuer& North() {
  static const BundleIssuer& north = *new BundleIssuer;
  return north;
}

class ImportBundleTest : public ::testing::Test {
 protected:
  ImportBundleTest() { fs::create_directories(Path("")); }
  void TearDown() override { fs::remove_all(Path("")); }

  static std::string Path(const std::string& name) {
    return absl::StrCat(::testing::TempDir(), "/import_bundle/", name);
  }
  static ImportRequest RequestOf(const std::string& text) {
    std::ofstream(Path("bundle")) << text << '\n';
    return {.file = Path("bundle"),
            .directory = Path("trust"),
            .fingerprint = "",
            .system_table_file = "",
            .now = BundleIssuer::now()};
  }
  static ImportReport Import(const ImportRequest& request) {
    const absl::StatusOr<ImportReport> report = ImportBundle(request);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(ImportReport());
  }
  static ImportReport ImportFirst() {
    const std::string text = North().Sign(North().Content());
    ImportRequest request = RequestOf(text);
    request.fingerprint = Fingerprint(text);
    return Import(request);
  }
  // Version 2: another root, grant key and entry; the next bundle key is named.
  static json Second() {
    json content = North().Content(2);
    content["roots"] = json::array({North().next_root.cert()});
    content["grants"]["jwks"]["keys"] = json::array({*North().next_grant_key.PublicJwk()});
    content["bundle_keys"]["keys"].push_back(*North().next_key.PublicJwk());
    content["entry"]["address"] = "other.north.example:7443";
    return content;
  }
  static std::string Read(const std::string& name) {
    std::ifstream file(Path("trust/current/" + name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::vector<std::string> KeysOf(const std::string& name) {
    std::vector<std::string> ids;
    const json set = json::parse(Read(name), nullptr, false);
    for (const json& key : set["keys"]) ids.push_back(key["kid"]);
    return ids;
  }
};

TEST_F(ImportBundleTest, TheFirstBundleBringsItsFilesAndTheEntryToWrite) {
  const ImportReport report = ImportFirst();
  EXPECT_EQ(report.admitted, Admitted::kFirst);
  EXPECT_TRUE(report.changed);
  EXPECT_EQ(Read("roots.pem"), North().root.cert());
  EXPECT_THAT(KeysOf("grants.json"), ElementsAre("grants-1"));
  EXPECT_FALSE(fs::exists(Path("trust/current/identity-server.json")));
  EXPECT_THAT(report.differences, Contains(AllOf(StartsWith("+ root CN=north until "), HasSubstr(" sha256 "))));
  EXPECT_THAT(report.differences, Contains("+ grants key grants-1"));
  EXPECT_THAT(report.differences, Contains("+ entry gateway.north.example:7443 gateway.north.example ROLE_GATEWAY"));
  EXPECT_THAT(report.table_entry, HasSubstr("id_domains: [\"north.example\", \"*.north.example\"]"));
  EXPECT_THAT(report.table_entry, HasSubstr("/trust/current/grants.json"));
}

TEST_F(ImportBundleTest, OldRootsAndKeysStayBesideTheNewOnesUntilTheyAreDropped) {
  ImportFirst();
  ImportRequest request = RequestOf(North().Sign(Second()));
  const ImportReport overlapping = Import(request);
  EXPECT_EQ(overlapping.admitted, Admitted::kNext);
  EXPECT_EQ(Read("roots.pem"), North().next_root.cert() + North().root.cert());
  EXPECT_THAT(KeysOf("grants.json"), ElementsAre("grants-2", "grants-1"));
  EXPECT_THAT(overlapping.differences, Contains("- grants key grants-1"));
  EXPECT_THAT(overlapping.differences, Contains("+ grants key grants-2"));
  EXPECT_THAT(overlapping.kept, ElementsAre(StartsWith("root CN=north until "), "grants key grants-1"));
  EXPECT_THAT(overlapping.table_entry, HasSubstr("other.north.example:7443"));

  const ImportReport same = Import(request);
  EXPECT_EQ(same.admitted, Admitted::kSame);
  EXPECT_FALSE(same.changed);
  EXPECT_THAT(same.differences, IsEmpty());
  EXPECT_EQ(same.table_entry, "");
  EXPECT_THAT(KeysOf("grants.json"), ElementsAre("grants-2", "grants-1"));

  request.drop_old = true;
  // It is in force already; that it expires meanwhile does not keep what is old.
  request.now = BundleIssuer::now() + absl::Hours(24 * 365);
  const ImportReport dropped = Import(request);
  EXPECT_TRUE(dropped.changed);
  EXPECT_THAT(dropped.dropped, ElementsAre(StartsWith("root CN=north until "), "grants key grants-1"));
  EXPECT_THAT(dropped.kept, IsEmpty());
  EXPECT_EQ(Read("roots.pem"), North().next_root.cert());
  EXPECT_THAT(KeysOf("grants.json"), ElementsAre("grants-2"));
  EXPECT_FALSE(Import(request).changed);
}

TEST_F(ImportBundleTest, OldOnesOfSeveralVersionsAreDroppedTogether) {
  ImportFirst();
  Import(RequestOf(North().Sign(Second())));
  json third = Second();
  third["version"] = 7;
  third.erase("grants");
  ImportRequest request = RequestOf(North().Sign(third));
  request.preview = true;
  request.drop_old = true;
  EXPECT_THAT(Import(request).dropped,
              ElementsAre(StartsWith("root CN=north until"), "grants key grants-2", "grants key grants-1"));
  request.preview = false;
  request.drop_old = false;
  Import(request);
  EXPECT_THAT(KeysOf("grants.json"), ElementsAre("grants-2", "grants-1"));
  request.drop_old = true;
  Import(request);
  EXPECT_FALSE(fs::exists(Path("trust/current/grants.json")));
}

TEST_F(ImportBundleTest, TheKeyThatSignsChangesWithOverlap) {
  ImportFirst();
  json third = Second();
  third["version"] = 3;
  third["bundle_keys"]["keys"] = json::array({*North().next_key.PublicJwk()});
  const std::string by_next = BundleIssuer::SignText(third.dump(), North().next_key);
  EXPECT_THAT(ImportBundle(RequestOf(by_next)).status().message(), HasSubstr("import the versions in between first"));
  Import(RequestOf(North().Sign(Second())));
  EXPECT_EQ(Import(RequestOf(by_next)).version, 3);
}

TEST_F(ImportBundleTest, ABundleMayBeLargerThanATokenAndHaveEveryKindOfKey) {
  json content = North().Content();
  for (int i = 0; i < 20; ++i) {
    content["roots"].push_back(identity::testing::CertificateAuthority::Make(absl::StrCat("north ", i)).cert());
  }
  json keys = json::array();
  for (const auto algorithm : AllAlgorithms()) {
    keys.push_back(*devtools::Signer::Generate(algorithm, std::string(AlgorithmName(algorithm)))->PublicJwk());
  }
  content["identity_server"] = {{"issuer", "https://id.north.example"}, {"jwks", {{"keys", keys}}}};
  const std::string text = North().Sign(content);
  EXPECT_GT(text.size(), token::kMaxTokenBytes);
  ImportRequest request = RequestOf(text);
  request.fingerprint = Fingerprint(text);
  Import(request);
  EXPECT_THAT(KeysOf("identity-server.json"), ElementsAre("ES256", "RS256", "PS256", "EdDSA"));
  EXPECT_EQ(ReadRoots(Read("roots.pem"))->size(), 21);
}

TEST_F(ImportBundleTest, APreviewSaysTheSameAndChangesNothing) {
  const std::string text = North().Sign(North().Content());
  ImportRequest request = RequestOf(text);
  request.fingerprint = Fingerprint(text);
  request.preview = true;
  const ImportReport preview = Import(request);
  EXPECT_TRUE(preview.changed);
  EXPECT_FALSE(fs::exists(Path("trust")));
  EXPECT_EQ(ImportFirst().differences, preview.differences);
  const std::string in_force = Read("bundle.jws");
  request = RequestOf(North().Sign(Second()));
  request.preview = true;
  EXPECT_THAT(Import(request).differences, Contains("+ grants key grants-2"));
  EXPECT_EQ(Read("roots.pem"), North().root.cert());
  EXPECT_EQ(Read("bundle.jws"), in_force);
}

TEST_F(ImportBundleTest, AnEntryThatTheTableHasAlreadyIsNotPrinted) {
  ImportFirst();
  std::ofstream(Path("south.pem")) << North().next_root.cert();
  const auto import_beside = [](const std::string& more) {
    std::ofstream(Path("systems.yaml")) << absl::StrCat(
        "own_system: south\nsystems:\n  - name: south\n    id_domains: [south.example]\n",
        "    root_certificate_files: [south.pem]\n", more);
    ImportRequest request = RequestOf(North().Sign(North().Content()));
    request.system_table_file = Path("systems.yaml");
    return Import(request).table_entry;
  };
  std::string entry = import_beside("");
  ASSERT_NE(entry, "");
  // As the operator completes it.
  entry.replace(entry.find("audience: \"\""), 12, "audience: \"south\"");
  EXPECT_EQ(import_beside(entry), "");
  entry.replace(entry.find(":7443"), 5, ":7444");
  EXPECT_THAT(import_beside(entry), HasSubstr(":7443"));
}

TEST_F(ImportBundleTest, OnlyTheLastGenerationsAreKept) {
  ImportFirst();
  for (const uint32_t version : {2, 3, 4}) Import(RequestOf(North().Sign(North().Content(version))));
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(Path("trust"))) names.push_back(entry.path().filename());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("current", "generation-3", "generation-4"));
  EXPECT_EQ(fs::read_symlink(Path("trust/current")), "generation-4");
}

TEST_F(ImportBundleTest, OneImportAtATime) {
  ImportFirst();
  const absl::StatusOr<TrustDirectory> other = TrustDirectory::Lock(Path("trust"));
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_THAT(ImportBundle(RequestOf(North().Sign(Second()))).status().message(),
              HasSubstr("another import is at work"));
}

TEST_F(ImportBundleTest, ACrashAtAnyStepLeavesAllOfTheOldOrAllOfTheNew) {
  int new_after = 0;
  bool finished = false;
  for (int die_at = 1; !finished; ++die_at) {
    ASSERT_LT(die_at, 100);
    fs::remove_all(Path("trust"));
    ImportFirst();
    ImportRequest request = RequestOf(North().Sign(Second()));
    const pid_t child = fork();
    if (child == 0) {
      int steps = 0;
      request.after_step = [&] {
        if (++steps == die_at) _exit(1);
      };
      _exit(ImportBundle(request).ok() ? 0 : 2);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 2);
    finished = WEXITSTATUS(status) == 0;

    const absl::StatusOr<std::optional<Files>> files = TrustDirectory::Read(Path("trust"));
    ASSERT_TRUE(files.ok() && files->has_value()) << files.status();
    const bool is_new = KeysOf("grants.json").size() == 2;
    if (is_new) ++new_after;
    EXPECT_EQ((*files)->size(), 3) << die_at;
    EXPECT_EQ(Read("roots.pem"), is_new ? North().next_root.cert() + North().root.cert() : North().root.cert())
        << die_at;
    // Whatever was left, the next import ends it.
    request.after_step = [] {};
    EXPECT_EQ(Import(request).changed, !is_new) << die_at;
    EXPECT_THAT(KeysOf("grants.json"), ElementsAre("grants-2", "grants-1"));
  }
  // The steps after the link has changed, and no other.
  EXPECT_EQ(new_after, 3);
}

}  // namespace
}  // namespace mcmig::bundle
