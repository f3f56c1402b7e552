#ifndef SERVICES_MCMIG_BUNDLE_FINGERPRINT_H_
#define SERVICES_MCMIG_BUNDLE_FINGERPRINT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mcmig::bundle {

// SHA-256 as people read it to each other: 16 groups of four hex digits, "4f2a-91c0-...".
std::string Fingerprint(absl::string_view bytes);
// The same from what somebody typed: in either case, with or without '-', ':' and spaces. INVALID_ARGUMENT for anything
// but 64 hex digits: a part of a fingerprint is none.
absl::StatusOr<std::string> ParseFingerprint(absl::string_view text);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_FINGERPRINT_H_
