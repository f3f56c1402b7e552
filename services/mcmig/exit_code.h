#ifndef SERVICES_MCMIG_EXIT_CODE_H_
#define SERVICES_MCMIG_EXIT_CODE_H_

namespace mcmig::cli {

// How mcmig ends; part of the command contract (docs/configuration.md).
enum ExitCode : int {
  kSuccess = 0,
  // Wrong usage, a configuration or line that is refused, or a call that failed.
  kFailed = 1,
  // `mcmig migrate`, `end`, `status`: the request was refused, or there is nothing to end; it changed nothing.
  kRefused = 2,
  // `mcmig migrate`, `end`: it is not known whether the request changed something; repeat it.
  kOutcomeUnknown = 3,
};

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_EXIT_CODE_H_
