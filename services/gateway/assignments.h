#ifndef SERVICES_GATEWAY_ASSIGNMENTS_H_
#define SERVICES_GATEWAY_ASSIGNMENTS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/authorization.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::gateway {

// Which MC service server holds which users of the own MC system (step 5). Immutable; thread-safe.
class Assignments {
 public:
  // INVALID_ARGUMENT, with the entry's path, where an ID, service or domain is malformed.
  static absl::StatusOr<Assignments> Create(
      const google::protobuf::RepeatedPtrField<config::v1::ServerAssignment>& configured);

  // Position in the configuration of the first entry that holds this user for this service; unset where none does:
  // deny.
  [[nodiscard]] std::optional<size_t> ServerFor(const identity::McServiceId& user, protocol::McService service) const;

 private:
  struct Entry {
    protocol::McService service = protocol::McService::kMcptt;
    absl::flat_hash_set<std::string> canonical_ids;  // or:
    std::string domain;
  };
  explicit Assignments(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  std::vector<Entry> entries_;
};

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_ASSIGNMENTS_H_
