#include "services/mcmig/bundle/content.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "common/config/address.h"
#include "common/config/names.h"
#include "common/config/tree.h"
#include "common/config/typed.h"
#include "common/config/violations.h"
#include "common/token/json_object.h"
#include "google/protobuf/util/json_util.h"
#include "services/mcmig/bundle/public_keys.h"
#include "services/mcmig/bundle/root_certificate.h"

namespace mcmig::bundle {
namespace {

using namespace config::v1;  // NOLINT(google-build-using-namespace): a file about one schema
using config::Violations;

constexpr size_t kLongestText = 256;
constexpr int64_t kLongestLife = int64_t{400} * 24 * 60 * 60;
constexpr Role kEntryRoles[] = {ROLE_GATEWAY, ROLE_PRIMARY_SERVER};
constexpr Role kVisitorsEntryRoles[] = {ROLE_GATEWAY, ROLE_PARTNER_SERVER};

class ContentChecks {
 public:
  explicit ContentChecks(Violations& violations) : violations_(violations) {}

  void Run(const TrustBundle& bundle) {
    if (bundle.format() != kFormat) violations_.Add("format", "is none that is understood here");
    if (!config::IsSystemName(bundle.system())) {
      violations_.Add("system", "must be 1 to 64 characters of a-z, 0-9, '.', '-'");
    }
    if (bundle.version() == 0) violations_.Add("version", "must be at least 1");
    Times(bundle);
    Domains(bundle);
    Roots(bundle);
    Keys("bundle_keys", bundle.bundle_keys(), OwnAlgorithms());
    if (bundle.has_grants()) {
      Text("grants.issuer", bundle.grants().issuer());
      Keys("grants.jwks", bundle.grants().jwks(), OwnAlgorithms());
    }
    if (bundle.has_identity_server()) IdentityServer(bundle.identity_server());
    if (bundle.has_entry()) Entry("entry", bundle.entry(), kEntryRoles);
    if (bundle.has_visitors_entry()) Entry("visitors_entry", bundle.visitors_entry(), kVisitorsEntryRoles);
  }

 private:
  // Whether `count` is of 1 to `most`.
  bool Count(const std::string& path, int count, int most) {
    if (count >= 1 && count <= most) return true;
    violations_.Add(path, absl::StrCat("must be 1 to ", most));
    return false;
  }

  // Whoever wrote it, it can be printed at a terminal.
  bool Printable(const std::string& path, const std::string& text) {
    const bool printable = absl::c_all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
    if (printable && text.size() <= kLongestText) return true;
    violations_.Add(path, "must be at most 256 printable characters of ASCII, without quotes and backslashes");
    return false;
  }

  bool Text(const std::string& path, const std::string& text) {
    if (!text.empty()) return Printable(path, text);
    violations_.Add(path, "is missing");
    return false;
  }

  void Times(const TrustBundle& bundle) {
    if (!bundle.has_issued_at()) violations_.Add("issued_at", "is missing");
    const int64_t life = bundle.expires_at().seconds() - bundle.issued_at().seconds();
    if (!bundle.has_expires_at() || life <= 0 || life > kLongestLife) {
      violations_.Add("expires_at", "must be after issued_at, by at most 400 days");
    }
  }

  void Domains(const TrustBundle& bundle) {
    if (!Count("id_domains", bundle.id_domains_size(), kMaxDomains)) return;
    absl::flat_hash_set<std::string> seen;
    for (int i = 0; i < bundle.id_domains_size(); ++i) {
      const std::string path = absl::StrCat("id_domains[", i, "]");
      if (!config::IsIdDomain(bundle.id_domains(i))) {
        violations_.Add(path, "must be a host name in lower case, or one after '*.'");
      } else if (!seen.insert(bundle.id_domains(i)).second) {
        violations_.Add(path, "is there already");
      }
    }
  }

  void Roots(const TrustBundle& bundle) {
    if (!Count("roots", bundle.roots_size(), kMaxRoots)) return;
    absl::flat_hash_set<std::string> seen;
    for (int i = 0; i < bundle.roots_size(); ++i) {
      const std::string path = absl::StrCat("roots[", i, "]");
      const absl::StatusOr<std::vector<RootCertificate>> read = ReadRoots(bundle.roots(i));
      if (!read.ok()) {
        violations_.Add(path, std::string(read.status().message()));
      } else if (read->size() != 1 || read->front().pem != bundle.roots(i)) {
        violations_.Add(path, "must be one certificate in PEM, as OpenSSL writes it, and nothing else");
      } else if (!seen.insert(bundle.roots(i)).second) {
        violations_.Add(path, "is there already");
      }
    }
  }

  void Keys(const std::string& path, const PublicKeys& keys, const token::Algorithms& allowed) {
    if (!Count(path + ".keys", keys.keys_size(), kMaxKeys)) return;
    bool printable = true;
    for (int i = 0; i < keys.keys_size(); ++i) {
      // The rest of its members is compared with what is known, or decoded.
      printable = Text(absl::StrCat(path, ".keys[", i, "].kid"), keys.keys(i).kid()) && printable;
    }
    if (!printable) return;
    const absl::Status usable = KeySetOf(keys, allowed).status();
    if (usable.ok()) return;
    // token::KeySet names a key by its position: "keys[2]: reason".
    const std::vector<std::string> parts = absl::StrSplit(usable.message(), absl::MaxSplits(": ", 1));
    violations_.Add(absl::StrCat(path, ".", parts.front()), parts.back());
  }

  void IdentityServer(const BundleIdentityServer& server) {
    Text("identity_server.issuer", server.issuer());
    if (server.has_jwks() && !server.jwks_uri().empty()) {
      return violations_.Add("identity_server", "must not have both jwks and jwks_uri");
    }
    if (server.jwks_uri().empty() && !server.has_jwks()) return;
    if (server.has_jwks()) return Keys("identity_server.jwks", server.jwks(), AllAlgorithms());
    if (Printable("identity_server.jwks_uri", server.jwks_uri()) && !absl::StartsWith(server.jwks_uri(), "https://")) {
      violations_.Add("identity_server.jwks_uri", "must begin with https://");
    }
  }

  void Entry(const std::string& path, const BundleEntry& entry, absl::Span<const Role> roles) {
    const absl::StatusOr<config::Address> address = config::ParseAddress(entry.address());
    if (Printable(path + ".address", entry.address()) && (!address.ok() || address->port == 0)) {
      violations_.Add(path + ".address", "must be a host and a port");
    }
    Text(path + ".server_name", entry.server_name());
    if (!absl::c_linear_search(roles, entry.role())) violations_.Add(path + ".role", "is none that can be asked there");
  }

  Violations& violations_;
};

}  // namespace

absl::StatusOr<TrustBundle> ReadContent(absl::string_view json) {
  // The one knows what two readers of JSON could understand differently, the other the schema.
  const absl::Status strict = token::ParseJsonObject(json, kMaxContentBytes).status();
  if (!strict.ok()) return absl::InvalidArgumentError(absl::StrCat("bundle: ", strict.message()));
  const absl::StatusOr<config::Node> tree = config::ParseJson(json);
  if (!tree.ok()) return absl::InvalidArgumentError(absl::StrCat("bundle: ", tree.status().message()));
  TrustBundle bundle;
  Violations violations;
  config::ReadMessage(*tree, bundle, violations);
  if (violations.empty()) ContentChecks(violations).Run(bundle);
  if (!violations.empty()) return absl::InvalidArgumentError(violations.First());
  return bundle;
}

std::string WriteContent(const TrustBundle& content) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  // A time out of range cannot be printed; then this is nothing that could be read.
  if (!google::protobuf::util::MessageToJsonString(content, &json, options).ok()) return "";
  return json;
}

}  // namespace mcmig::bundle
