#ifndef SERVICES_MCMIG_BUNDLE_BUNDLE_TEST_ISSUER_H_
#define SERVICES_MCMIG_BUNDLE_BUNDLE_TEST_ISSUER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/testing/certificates.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::bundle::testing {

// Issues the bundles of MC system "north", right or wrong. Keys and roots are new in each object.
class BundleIssuer {
 public:
  BundleIssuer();

  // A bundle that is right: issued at `now()`, for 90 days, with `key`, `root` and `grant_key`. Tests change it.
  [[nodiscard]] nlohmann::json Content(uint32_t version = 1) const;
  // With a right header; by `key`, or another one.
  [[nodiscard]] std::string Sign(const nlohmann::json& content) const { return SignText(content.dump(), key); }
  [[nodiscard]] static std::string SignText(absl::string_view payload, const devtools::Signer& signer);
  // What the header of a bundle by `signer` is.
  [[nodiscard]] static nlohmann::json Header(const devtools::Signer& signer);
  [[nodiscard]] static absl::Time now();

  // The fingerprint of a bundle, as its operators read it out.
  [[nodiscard]] static std::string FingerprintOf(const std::string& text);

  const devtools::Signer key;
  const devtools::Signer next_key;
  const devtools::Signer grant_key;
  const devtools::Signer next_grant_key;
  const identity::testing::CertificateAuthority root;
  const identity::testing::CertificateAuthority next_root;
};

}  // namespace mcmig::bundle::testing

#endif  // SERVICES_MCMIG_BUNDLE_BUNDLE_TEST_ISSUER_H_
