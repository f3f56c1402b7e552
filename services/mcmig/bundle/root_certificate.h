#ifndef SERVICES_MCMIG_BUNDLE_ROOT_CERTIFICATE_H_
#define SERVICES_MCMIG_BUNDLE_ROOT_CERTIFICATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mcmig::bundle {

// The certificate of an authority, as operators see it.
struct RootCertificate {
  // As OpenSSL writes it: the one text of these bytes, without anything around it.
  std::string pem;
  // RFC 2253, control and other characters beyond ASCII escaped: it can be printed whoever chose it.
  std::string subject;
  // Of the DER bytes, so that two with one subject can be told apart.
  std::string fingerprint;
  absl::Time expires;

  friend bool operator==(const RootCertificate& a, const RootCertificate& b) { return a.pem == b.pem; }
};

// All certificates of `pem`, in order. INVALID_ARGUMENT, with a reason that repeats nothing, where there is none, one
// cannot be read or is that of no authority, or there are more than a system can have (identity::TrustRoots).
absl::StatusOr<std::vector<RootCertificate>> ReadRoots(const std::string& pem);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_ROOT_CERTIFICATE_H_
