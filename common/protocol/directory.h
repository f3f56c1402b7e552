#ifndef COMMON_PROTOCOL_DIRECTORY_H_
#define COMMON_PROTOCOL_DIRECTORY_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/authorization.h"
#include "mcmig/v1/migration_directory.pb.h"

// What is asked of a migration directory (migration_directory.proto); an extension. As in authorization.h: parsed once,
// INVALID_ARGUMENT "<field path>: <violation>". Pure; thread-safe.
namespace mcmig::protocol {

constexpr size_t kMaxLookups = 100;

struct LookupRequest {
  std::vector<identity::McServiceId> primary_mc_service_ids;  // 1 to kMaxLookups
  McService service = McService::kMcptt;
};
absl::StatusOr<LookupRequest> ParseLookupRequest(const v1::LookupServingSystemRequest& message);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_DIRECTORY_H_
