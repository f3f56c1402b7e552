// A configuration file: config::Load of every kind of process, and of the system table.
//
// The file, whose first line says which it is: "# ROLE: ..." as in common/config/testdata, which are the seeds. A file
// that does not say is loaded as each.
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/config/load.h"
#include "common/identity/testing/certificates.h"
#include "common/token/algorithm.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/devtools/signer.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

constexpr char kToken[] = "a-token-that-is-a-secret";
constexpr char kSystems[] = "common/config/testdata/systems.yaml";

std::string Path(absl::string_view name) { return absl::StrCat(Directory(), "/", name); }

// What the seeds name: certificates, keys, a key set and a token. The text is what is secret of it.
std::string MakeFiles() {
  const auto north = identity::testing::CertificateAuthority::Make("north");
  const auto south = identity::testing::CertificateAuthority::Make("south");
  Require(mkdir(Path("pki").c_str(), 0700) == 0, "a directory can be made");
  WriteFile(Path("pki/north-root.pem"), north.cert());
  WriteFile(Path("pki/south-root.pem"), south.cert());
  WriteFile(Path("pki/south-crl.pem"), south.RevocationList({}));
  WriteFile(Path("pki/forged-crl.pem"), identity::testing::CertificateAuthority::Make("south").RevocationList({}));
  const identity::testing::Issued process = north.Issue({.dns = {"process.north.example"}});
  WriteFile(Path("pki/process.pem"), process.chain_pem);
  WriteFile(Path("pki/process.key"), process.key_pem);
  const identity::testing::Issued another = north.Issue({.dns = {"other.north.example"}});
  WriteFile(Path("pki/other.key"), another.key_pem);
  const devtools::Signer signer = *devtools::Signer::Generate(token::Algorithm::kEs256, "key-1");
  WriteFile(Path("jwks.json"), devtools::KeySetOf({*signer.PublicJwk()}));
  WriteFile(Path("alice.token"), kToken);
  std::ifstream systems(kSystems);
  Require(systems.good(), "it runs at the root of the tree");
  WriteFile(Path("systems.yaml"), std::string(std::istreambuf_iterator<char>(systems), {}));
  // Behind the line that all keys begin with.
  const auto body = [](const std::string& pem) { return pem.substr(pem.find('\n') + 64); };
  return absl::StrCat(kToken, body(process.key_pem), body(another.key_pem));
}

const std::string& Secrets() {
  static const std::string& secrets = *new std::string(MakeFiles());
  return secrets;
}

void RequireViolations(const absl::Status& status) {
  Require(absl::IsInvalidArgument(status), "the code of a refusal");
  RequireNothingOf(Secrets(), status.message());
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n')) {
    Require(absl::StartsWith(line, Directory()) || absl::StartsWith(line, "/"), "a violation names its file");
    Require(absl::StrContains(line, ": "), "a violation has a reason");
  }
}

template <class Config>
void Check(const std::string& file) {
  WriteFile(Path("config.yaml"), file);
  const absl::StatusOr<config::Loaded<Config>> loaded = config::Load<Config>(Path("config.yaml"));
  if (!loaded.ok()) return RequireViolations(loaded.status());
  Require(loaded->systems != nullptr && loaded->directory == Directory(), "what was loaded is whole");

  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string printed;
  Require(google::protobuf::util::MessageToJsonString(loaded->config, &printed, options).ok(), "it can be printed");
  WriteFile(Path("config.yaml"), printed);
  const absl::StatusOr<config::Loaded<Config>> again = config::Load<Config>(Path("config.yaml"));
  if (!again.ok()) Require(false, absl::StrCat("what was loaded, printed, is loaded: ", again.status().message()));
  Require(google::protobuf::util::MessageDifferencer::Equals(loaded->config, again->config),
          "what was loaded, printed, is loaded as the same, defaults included");
}

void CheckTable(const std::string& file) {
  WriteFile(Path("config.yaml"), file);
  const auto table = config::LoadSystemTable(Path("config.yaml"));
  if (!table.ok()) return RequireViolations(table.status());
  const identity::SystemTable::System* const own = (*table)->Find((*table)->own());
  Require(own != nullptr && own->own, "the own system is in the table");
  for (const auto& system : (*table)->systems()) {
    for (const std::string& domain : system.config.id_domains()) {
      if (absl::StartsWith(domain, "*.")) continue;
      Require((*table)->SystemOfDomain(domain) == system.config.name(), "a domain is of one system");
    }
  }
}

void CheckAll(const std::string& file) {
  Require(!Secrets().empty(), "there are files");
  bool said = false;
  const auto is = [&file, &said](absl::string_view role) {
    const bool named = absl::StartsWith(file, absl::StrCat("# ", role, ":"));
    said = said || named;
    return named;
  };
  if (is("client-agent")) Check<config::v1::ClientAgentConfig>(file);
  if (is("partner-server")) Check<config::v1::PartnerServerConfig>(file);
  if (is("gateway")) Check<config::v1::GatewayConfig>(file);
  if (is("primary-server")) Check<config::v1::PrimaryServerConfig>(file);
  if (is("system-table")) CheckTable(file);
  if (said) return;
  Check<config::v1::ClientAgentConfig>(file);
  Check<config::v1::PartnerServerConfig>(file);
  Check<config::v1::GatewayConfig>(file);
  Check<config::v1::PrimaryServerConfig>(file);
  CheckTable(file);
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::CheckAll({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
