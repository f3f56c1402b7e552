#include "common/protocol/service_authorization.h"

#include <utility>

#include "common/protocol/fields.h"

namespace mcmig::protocol {

absl::StatusOr<ServiceAuthorizationRequest> ParseServiceAuthorizationRequest(
    const v1::ServiceAuthorizationRequest& message) {
  absl::StatusOr<identity::McServiceId> id = ParseId(message.primary_mc_service_id(), "primary_mc_service_id");
  if (!id.ok()) return id.status();
  const absl::StatusOr<McService> service = ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();
  ServiceAuthorizationRequest request{
      .primary_mc_service_id = *std::move(id), .service = *service, .return_home = message.return_home()};
  if (message.has_return_from()) {
    if (!message.return_home()) return Violation("return_from", "is for return_home, which is not set");
    request.return_from = FromProto(message.return_from());
    if (request.return_from->incarnation == 0 || request.return_from->counter == 0) {
      return Violation("return_from", "both parts must be at least 1");
    }
  }
  if (!message.request_id().empty()) {
    const absl::StatusOr<RequestId> request_id = RequestId::Of(message.request_id());
    if (!request_id.ok()) return Violation("request_id", request_id.status().message());
    request.request_id = *request_id;
  }
  return request;
}

v1::ServiceAuthorizationResponse ToProto(const ServiceAuthorizationAnswer& answer,
                                         const ServiceAuthorizationRequest& request) {
  v1::ServiceAuthorizationResponse message;
  message.set_primary_mc_service_id(request.primary_mc_service_id.received());
  const bool permitted = answer.cause == Cause::kNone;
  message.set_result(permitted ? v1::SERVICE_AUTHORIZATION_RESULT_SUCCESS : v1::SERVICE_AUTHORIZATION_RESULT_FAILURE);
  if (!permitted) message.set_refusal_cause(static_cast<v1::RefusalCause>(InfoOf(answer.cause).number));
  message.set_returned_home(answer.returned_home);
  if (answer.migration_epoch) *message.mutable_migration_epoch() = ToProto(*answer.migration_epoch);
  if (request.request_id) message.set_request_id(request.request_id->ToBytes());
  return message;
}

}  // namespace mcmig::protocol
