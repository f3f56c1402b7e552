#ifndef SERVICES_MCMIG_LOAD_USERS_H_
#define SERVICES_MCMIG_LOAD_USERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/mcmig/load/exchange.h"

namespace mcmig::cli {

// The users of a file, one mcmig.config.v1.LoadUser in protobuf's JSON form a line; empty lines are skipped.
// INVALID_ARGUMENT, "FILE:LINE: FIELD: reason" without what was read, for the first line that is wrong, for none, and
// for more than a million.
absl::StatusOr<std::vector<load::Visit>> ReadLoadUsers(const std::string& file);

// The users of a client agent's configuration, each once for each of its partner MC systems. INVALID_ARGUMENT as
// config::Load, and where no user has a partner.
absl::StatusOr<std::vector<load::AgentMigration>> ReadAgentUsers(const std::string& config_file);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_LOAD_USERS_H_
