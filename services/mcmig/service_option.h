#ifndef SERVICES_MCMIG_SERVICE_OPTION_H_
#define SERVICES_MCMIG_SERVICE_OPTION_H_

#include <CLI/CLI.hpp>
#include <string>

#include "mcmig/v1/migration.pb.h"

namespace mcmig::cli {

// --service MCPTT|MCVIDEO|MCDATA, in any case; mandatory.
void AddServiceOption(CLI::App& command, std::string& service);
// What AddServiceOption let through.
v1::McService ServiceOf(const std::string& service);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_SERVICE_OPTION_H_
