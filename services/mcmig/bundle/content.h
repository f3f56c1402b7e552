#ifndef SERVICES_MCMIG_BUNDLE_CONTENT_H_
#define SERVICES_MCMIG_BUNDLE_CONTENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mcmig/config/v1/trust_bundle.pb.h"

// What a bundle says, as JSON. Pure; thread-safe.
namespace mcmig::bundle {

// The only value of TrustBundle.format.
inline constexpr uint32_t kFormat = 1;
// Longest payload in bytes, and most keys and roots.
inline constexpr size_t kMaxContentBytes = size_t{180} * 1024;
inline constexpr int kMaxKeys = 16;
inline constexpr int kMaxRoots = 32;
inline constexpr int kMaxDomains = 64;

// Reads it strictly, and checks all that the comments of trust_bundle.proto say. INVALID_ARGUMENT, "FIELD PATH: what is
// wrong", for the first thing that is: no value is repeated, though the path has the name of an unknown member.
absl::StatusOr<config::v1::TrustBundle> ReadContent(absl::string_view json);
// What ReadContent reads as the same.
std::string WriteContent(const config::v1::TrustBundle& content);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_CONTENT_H_
