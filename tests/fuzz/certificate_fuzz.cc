// A peer's certificate: identity::CertificateChain and SystemTable::Identify.
//
// Text: who issues ("north", "south", or anything else for itself), then the names of the certificate, a line each,
// with "dns " or "uri " before it and C escapes in it. The names may hold any bytes; the certificate is issued with a
// key of this process. Edits: of the PEM.
#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/identity/certificate.h"
#include "common/identity/system_table.h"
#include "common/identity/testing/certificates.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using identity::CertificateChain;
using identity::Peer;
using identity::SystemTable;
using identity::testing::CertificateAuthority;

struct Systems {
  CertificateAuthority north = CertificateAuthority::Make("north");
  CertificateAuthority south = CertificateAuthority::Make("south");
  std::shared_ptr<const SystemTable> table;
};

constexpr std::pair<const char*, config::v1::Role> kNames[] = {{"gateway", config::v1::ROLE_GATEWAY},
                                                               {"primary", config::v1::ROLE_PRIMARY_SERVER}};

void AddSystem(const std::string& name, const CertificateAuthority& authority, config::v1::SystemTable& table) {
  config::v1::System& system = *table.add_systems();
  system.set_name(name);
  system.add_id_domains(name + ".example");
  WriteFile(absl::StrCat(Directory(), "/", name, ".pem"), authority.cert());
  system.add_root_certificate_files(name + ".pem");
  for (const auto& [stem, role] : kNames) {
    config::v1::Identity& identity = *system.add_identities();
    identity.set_san(absl::StrCat(stem, ".", name, ".example"));
    identity.set_role(role);
  }
  config::v1::Identity& identity = *system.add_identities();
  identity.set_san(absl::StrCat("spiffe://", name, ".example/operator"));
  identity.set_role(config::v1::ROLE_OPERATOR);
}

const Systems& TheSystems() {
  static const Systems& systems = *[] {
    auto* made = new Systems;
    config::v1::SystemTable table;
    table.set_own_system("north");
    AddSystem("north", made->north, table);
    AddSystem("south", made->south, table);
    made->table = *SystemTable::Create(table, Directory());
    return made;
  }();
  return systems;
}

// The authority of that name; null where there is none, and whoever asks signs for itself.
const CertificateAuthority* IssuedBy(const std::string& issuer) {
  if (issuer == "north") return &TheSystems().north;
  return issuer == "south" ? &TheSystems().south : nullptr;
}

struct Names {
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  // As the chain is to show them.
  std::vector<std::string> keys;
};

Names NamesOf(absl::string_view text) {
  Names names;
  while (!text.empty() && names.dns.size() + names.uris.size() < 2 * CertificateChain::kMaxNames) {
    absl::string_view line = TakeLine(text);
    const bool uri = absl::ConsumePrefix(&line, "uri ");
    if (!uri) absl::ConsumePrefix(&line, "dns ");
    std::string name;
    if (!absl::CUnescape(line, &name)) continue;
    (uri ? names.uris : names.dns).push_back(name);
  }
  for (const std::string& name : names.dns) names.keys.push_back(identity::DnsNameKey(name));
  for (const std::string& name : names.uris) names.keys.push_back(identity::UriNameKey(name));
  return names;
}

// The system and role that exactly these names stand for; empty where it is none or several.
std::string ClaimOf(const Names& names, const std::string& issuer) {
  std::vector<std::string> claims;
  for (const auto& [stem, role] : kNames) {
    for (const std::string& name : names.dns) {
      if (absl::AsciiStrToLower(name) == absl::StrCat(stem, ".", issuer, ".example")) claims.emplace_back(stem);
    }
  }
  for (const std::string& name : names.uris) {
    if (name == absl::StrCat("spiffe://", issuer, ".example/operator")) claims.emplace_back("operator");
  }
  std::sort(claims.begin(), claims.end());
  claims.erase(std::unique(claims.begin(), claims.end()), claims.end());
  return claims.size() == 1 ? claims.front() : "";
}

std::string ClaimOf(const Peer& peer) {
  return peer.role == identity::Role::kPrimaryServer ? "primary" : std::string(RoleName(peer.role));
}

// Who is identified is vouched for by the own roots, and is what exactly one name stands for.
void RequireRight(const Peer& peer, const Names& names, const std::string& issuer) {
  Require(peer.system == issuer, "only a system's own roots vouch for it");
  Require(ClaimOf(names, issuer) == ClaimOf(peer), "a peer is what exactly one name stands for");
  Require(peer.own == (issuer == "north"), "the own system is the own one");
}

void CheckDamaged(const std::string& pem, const Names& names, const std::string& issuer) {
  const absl::StatusOr<CertificateChain> chain = CertificateChain::Parse(pem);
  if (!chain.ok()) {
    RequireRefusal(chain.status(), absl::StatusCode::kUnauthenticated, pem);
  } else {
    Require(!chain->names().empty() && chain->names().size() <= CertificateChain::kMaxNames, "names keep their limit");
  }
  const absl::StatusOr<Peer> peer = TheSystems().table->Identify(pem);
  Require(!peer.ok() || chain.ok(), "who cannot be read is nobody");
  if (peer.ok()) RequireRight(*peer, names, issuer);
  const absl::StatusOr<absl::Time> expiry = identity::EarliestExpiry(pem);
  if (!expiry.ok()) RequireRefusal(expiry.status(), absl::StatusCode::kInvalidArgument, pem);
  const absl::StatusOr<identity::TrustRoots> roots = identity::TrustRoots::Parse(pem);
  if (!roots.ok()) RequireRefusal(roots.status(), absl::StatusCode::kInvalidArgument, pem);
}

void CheckWhole(const std::string& pem, const Names& names, const std::string& issuer) {
  const absl::StatusOr<CertificateChain> chain = CertificateChain::Parse(pem);
  if (chain.ok()) {
    Require(chain->names() == names.keys && !names.keys.empty(), "the names are those of the certificate");
  } else {
    Require(names.keys.empty() || names.keys.size() > CertificateChain::kMaxNames ||
                pem.size() > CertificateChain::kMaxBytes,
            "a certificate with names is read");
  }
  const absl::StatusOr<Peer> peer = TheSystems().table->Identify(pem);
  if (peer.ok()) return RequireRight(*peer, names, issuer);
  Require(absl::IsUnauthenticated(peer.status()) && !peer.status().message().empty(), "nobody, with a reason");
  Require(!chain.ok() || ClaimOf(names, issuer).empty() || IssuedBy(issuer) == nullptr,
          "who is in the table is identified");
}

void Check(Input input) {
  const std::string issuer(TakeLine(input.text));
  const Names names = NamesOf(input.text);
  if (issuer.empty()) return CheckDamaged(std::string(input.edits), names, issuer);
  const identity::testing::Subject subject{.dns = names.dns, .uris = names.uris};
  const CertificateAuthority* const authority = IssuedBy(issuer);
  const std::string pem = (authority != nullptr ? authority->Issue(subject) : SelfSigned(subject)).chain_pem;
  const std::string shown = Edited(pem, input.edits);
  if (shown == pem) return CheckWhole(pem, names, issuer);
  CheckDamaged(shown, names, issuer);
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
