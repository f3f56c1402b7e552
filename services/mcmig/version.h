#ifndef SERVICES_MCMIG_VERSION_H_
#define SERVICES_MCMIG_VERSION_H_

namespace mcmig::cli {

// What `mcmig --version` prints.
inline constexpr char kVersion[] = "mcmig 0.1.0 commit unknown";

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_VERSION_H_
