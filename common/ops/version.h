#ifndef COMMON_OPS_VERSION_H_
#define COMMON_OPS_VERSION_H_

namespace mcmig::ops {

// The release this program is of, e.g. "0.1.0".
inline constexpr char kVersion[] = "0.1.0";

// The commit it was built from: 40 hex digits, with "-dirty" where the working tree differed. "unknown" in every
// configuration but `release`, so that a new commit does not make tests run again.
extern const char* const kCommit;

}  // namespace mcmig::ops

#endif  // COMMON_OPS_VERSION_H_
