#include "services/mcmig/service_option.h"

namespace mcmig::cli {

void AddServiceOption(CLI::App& command, std::string& service) {
  command.add_option("--service", service, "MC service: MCPTT, MCVIDEO or MCDATA")
      ->required()
      ->transform(CLI::IsMember({"MCPTT", "MCVIDEO", "MCDATA"}, CLI::ignore_case));
}

v1::McService ServiceOf(const std::string& service) {
  v1::McService parsed = v1::MC_SERVICE_UNSPECIFIED;
  v1::McService_Parse("MC_SERVICE_" + service, &parsed);
  return parsed;
}

}  // namespace mcmig::cli
