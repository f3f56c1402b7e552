// Every configuration file of deploy/k8s passes `mcmig check-config`, beside what Kubernetes mounts next to it.
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/devtools/signer.h"
#include "tests/harness/pki.h"
#include "tests/harness/process.h"

namespace mcmig {
namespace {

namespace fs = std::filesystem;

constexpr char kBinary[] = "services/mcmig/mcmig";
constexpr char kOverlays[] = "deploy/k8s/overlays";

// What is at /etc/mcmig in a pod of the overlay whose `config` directory this is: config, roots, tls, jwks, grants,
// tokens. One certificate does for all roles: check-config compares it with its key only.
fs::path Mount(const fs::path& config) {
  fs::path root = fs::path(testing::TempDir()) / config.parent_path();
  for (const char* name : {"config", "roots", "tls", "jwks", "grants", "tokens"}) fs::create_directories(root / name);
  for (const fs::directory_entry& file : fs::directory_iterator(config)) {
    harness::WriteFile(root / "config" / file.path().filename(), harness::ReadFile(file.path()));
  }
  harness::Pki north("north", root / "roots");
  const harness::Pki south("south", root / "roots");
  for (const char* system : {"north", "south"}) {
    fs::rename(root / "roots" / absl::StrCat(system, "-ca.pem"), root / "roots" / absl::StrCat(system, ".pem"));
  }
  const harness::Credential& credential = north.Issue("pod.north.example");
  harness::WriteFile(root / "tls/tls.crt", credential.chain_pem);
  harness::WriteFile(root / "tls/tls.key", credential.key_pem);
  const devtools::Signer signer = *devtools::Signer::Generate(token::Algorithm::kEs256, "1");
  harness::WriteFile(root / "jwks/jwks.json", devtools::KeySetOf({*signer.PublicJwk()}));
  harness::WriteFile(root / "grants/grant.key", *signer.ToPem());
  for (const char* system : {"north", "south"}) {
    harness::WriteFile(root / "grants" / absl::StrCat(system, ".json"), devtools::KeySetOf({*signer.PublicJwk()}));
  }
  for (const char* user : {"alice", "bob"}) harness::WriteFile(root / "tokens" / absl::StrCat(user, ".token"), "token");
  return root / "config";
}

std::string RoleOf(const fs::path& file) { return file.stem() == "systems" ? "system-table" : file.stem().string(); }

TEST(Configurations, PassCheckConfig) {
  int files = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kOverlays)) {
    if (entry.path().filename() != "config") continue;
    for (const fs::directory_entry& file : fs::directory_iterator(Mount(entry.path()))) {
      const harness::CommandResult checked =
          harness::RunCommand({kBinary, "check-config", "--role", RoleOf(file.path()), file.path()});
      EXPECT_EQ(checked.exit_code, 0) << entry.path() << ": " << checked.out << checked.err;
      ++files;
    }
  }
  EXPECT_GE(files, 15) << "the overlays' files are not there";
}

}  // namespace
}  // namespace mcmig
