#include "common/agreement/agreement.h"

#include <algorithm>

#include "mcmig/config/v1/common.pb.h"

namespace mcmig::agreement {
namespace {

using protocol::McService;

config::v1::Service ConfigService(McService service) {
  switch (service) {
    case McService::kMcptt:
      return config::v1::MCPTT;
    case McService::kMcvideo:
      return config::v1::MCVIDEO;
    case McService::kMcdata:
      return config::v1::MCDATA;
  }
  return config::v1::SERVICE_UNSPECIFIED;
}

bool Lists(const google::protobuf::RepeatedField<int>& services, McService service) {
  return std::find(services.begin(), services.end(), ConfigService(service)) != services.end();
}

}  // namespace

bool VisitorsAllowed(const identity::SystemTable::System& system, McService service) {
  return !system.own && Lists(system.config.agreement().visitors_from(), service);
}

bool OwnUsersAllowed(const identity::SystemTable::System& system, McService service) {
  return !system.own && Lists(system.config.agreement().own_users_to(), service);
}

std::vector<McService> OwnUserServices(const identity::SystemTable::System& system) {
  std::vector<McService> services;
  for (McService service : {McService::kMcptt, McService::kMcvideo, McService::kMcdata}) {
    if (OwnUsersAllowed(system, service)) services.push_back(service);
  }
  return services;
}

bool RequiresPrimaryCredential(const identity::SystemTable::System& system) {
  const config::v1::Agreement& agreement = system.config.agreement();
  return !agreement.has_require_primary_credential() || agreement.require_primary_credential();
}

const std::string& AudienceOf(const identity::SystemTable::System& system) {
  return system.config.credential_audience().empty() ? system.config.name() : system.config.credential_audience();
}

}  // namespace mcmig::agreement
