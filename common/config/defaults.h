#ifndef COMMON_CONFIG_DEFAULTS_H_
#define COMMON_CONFIG_DEFAULTS_H_

#include "mcmig/config/v1/process.pb.h"

namespace mcmig::config {

// Writes down what absent fields mean, as the comments of proto/mcmig/config/v1 say. Absent listeners stay absent.
void ApplyDefaults(v1::ClientAgentConfig& config);
void ApplyDefaults(v1::PartnerServerConfig& config);
void ApplyDefaults(v1::GatewayConfig& config);
void ApplyDefaults(v1::PrimaryServerConfig& config);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_DEFAULTS_H_
