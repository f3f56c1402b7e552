#ifndef COMMON_PROTOCOL_SERVICE_AUTHORIZATION_H_
#define COMMON_PROTOCOL_SERVICE_AUTHORIZATION_H_

#include <optional>

#include "absl/status/statusor.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/authorization.h"
#include "common/protocol/cause.h"
#include "mcmig/v1/service_authorization.pb.h"

// Service authorization at home, clause 10.6.2 (service_authorization.proto). As in authorization.h: parsed once,
// INVALID_ARGUMENT "<field path>: <violation>", and messages are built from known fields. Pure; thread-safe.
namespace mcmig::protocol {

struct ServiceAuthorizationRequest {
  identity::McServiceId primary_mc_service_id;
  McService service = McService::kMcptt;
  bool return_home = false;
  // Only with return_home; both parts at least 1.
  std::optional<Epoch> return_from = std::nullopt;
  std::optional<RequestId> request_id = std::nullopt;
};
absl::StatusOr<ServiceAuthorizationRequest> ParseServiceAuthorizationRequest(
    const v1::ServiceAuthorizationRequest& message);

struct ServiceAuthorizationAnswer {
  // kNone exactly where permitted.
  Cause cause = Cause::kNone;
  // The rule that decided, for operators. Never crosses a process border.
  const char* rule = "";
  bool returned_home = false;
  // Where kMigratedElsewhere: of the migration on record.
  std::optional<Epoch> migration_epoch = std::nullopt;

  // For the decision log.
  [[nodiscard]] Decision decision() const { return {.cause = cause, .rule = rule}; }
};
v1::ServiceAuthorizationResponse ToProto(const ServiceAuthorizationAnswer& answer,
                                         const ServiceAuthorizationRequest& request);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_SERVICE_AUTHORIZATION_H_
