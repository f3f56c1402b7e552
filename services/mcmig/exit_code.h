#ifndef SERVICES_MCMIG_EXIT_CODE_H_
#define SERVICES_MCMIG_EXIT_CODE_H_

namespace mcmig::cli {

// How mcmig ends; part of the command contract (docs/configuration.md).
enum ExitCode : int {
  kSuccess = 0,
  // Wrong usage, a configuration or line that is refused, or a call that failed.
  kFailed = 1,
  // `mcmig migrate`: the migration was refused; this request recorded nothing.
  kRefused = 2,
  // `mcmig migrate`: it is not known whether the migration was recorded; repeat the request.
  kOutcomeUnknown = 3,
};

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_EXIT_CODE_H_
