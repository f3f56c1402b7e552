#ifndef COMMON_CONFIG_VALIDATE_H_
#define COMMON_CONFIG_VALIDATE_H_

#include "common/config/violations.h"
#include "common/identity/system_table.h"
#include "mcmig/config/v1/common.pb.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::config {

// Each adds everything that contradicts the comments of proto/mcmig/config/v1. File names must be absolute or meant
// from the working directory; the files are read. Blocking.
void Validate(const v1::SystemTable& table, Violations& violations);

// `systems` is null where the table is refused: then what depends on it is not checked.
void Validate(const v1::ClientAgentConfig& config, const identity::SystemTable* systems, Violations& violations);
void Validate(const v1::PartnerServerConfig& config, const identity::SystemTable* systems, Violations& violations);
void Validate(const v1::GatewayConfig& config, const identity::SystemTable* systems, Violations& violations);
void Validate(const v1::PrimaryServerConfig& config, const identity::SystemTable* systems, Violations& violations);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_VALIDATE_H_
