#ifndef SERVICES_MCMIG_BUNDLE_ADMISSION_H_
#define SERVICES_MCMIG_BUNDLE_ADMISSION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/identity/system_table.h"
#include "services/mcmig/bundle/signed_bundle.h"

// Whether a bundle is put into force. Pure: what is refused is refused before anything is written.
namespace mcmig::bundle {

// How far ahead the clock of whoever issues bundles may be.
inline constexpr absl::Duration kClockSkew = absl::Minutes(5);

// What there is to decide on.
struct Offer {
  const SignedBundle& bundle;
  // The one in force; null for the first of a system.
  const SignedBundle* in_force = nullptr;
  // As ParseFingerprint gives it; empty: none was given.
  std::string fingerprint;
  absl::Time now;
};

enum class Admitted {
  kFirst,
  kNext,
  // The one in force again, byte for byte of its content.
  kSame,
};

// The first bundle of a system needs the fingerprint that its operators read out over another channel. Each later one
// is of the same system, has a higher version and is signed by a key that the bundle in force names. A fingerprint that
// is given has to be right in any case. PERMISSION_DENIED where nothing vouches for it, FAILED_PRECONDITION where it is
// out of time, of another system, or no newer than the one in force; with a reason for people.
absl::StatusOr<Admitted> CheckOffer(const Offer& offer);

// The own system's table has room for it: it is not the own system's, and no host of its ID domains can be another
// system's, which a wildcard would hide. FAILED_PRECONDITION, "FIELD PATH: reason".
absl::Status CheckTable(const config::v1::TrustBundle& content, const identity::SystemTable& systems);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_ADMISSION_H_
