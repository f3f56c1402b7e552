#include "services/mcmig/bundle/bundle_test_issuer.h"

#include "common/token/algorithm.h"
#include "services/mcmig/bundle/fingerprint.h"
#include "services/mcmig/bundle/signed_bundle.h"

namespace mcmig::bundle::testing {
namespace {

using devtools::Signer;
using identity::testing::CertificateAuthority;
using nlohmann::json;

Signer NewKey(const char* id) { return *Signer::Generate(token::Algorithm::kEs256, id); }

std::string TimeText(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); }

}  // namespace

BundleIssuer::BundleIssuer()
    : key(NewKey("bundle-1")),
      next_key(NewKey("bundle-2")),
      grant_key(NewKey("grants-1")),
      next_grant_key(NewKey("grants-2")),
      root(CertificateAuthority::Make("north")),
      next_root(CertificateAuthority::Make("north 2")) {}

absl::Time BundleIssuer::now() { return absl::FromUnixSeconds(1'790'000'000); }

json BundleIssuer::Content(uint32_t version) const {
  return {
      {"format", 1},
      {"system", "north"},
      {"version", version},
      {"issued_at", TimeText(now())},
      {"expires_at", TimeText(now() + absl::Hours(24 * 90))},
      {"id_domains", {"north.example", "*.north.example"}},
      {"roots", {root.cert()}},
      {"bundle_keys", {{"keys", {*key.PublicJwk()}}}},
      {"grants", {{"issuer", "https://mc.north.example"}, {"jwks", {{"keys", {*grant_key.PublicJwk()}}}}}},
      {"identity_server", {{"issuer", "https://id.north.example"}, {"jwks_uri", "https://id.north.example/jwks.json"}}},
      {"entry",
       {{"address", "gateway.north.example:7443"},
        {"server_name", "gateway.north.example"},
        {"role", "ROLE_GATEWAY"}}}};
}

json BundleIssuer::Header(const Signer& signer) {
  json header = signer.Header();
  header["typ"] = std::string(kBundleType);
  return header;
}

std::string BundleIssuer::SignText(absl::string_view payload, const Signer& signer) {
  return *signer.SignCompact(Header(signer).dump(), payload);
}

std::string BundleIssuer::FingerprintOf(const std::string& text) { return Fingerprint(text); }

}  // namespace mcmig::bundle::testing
