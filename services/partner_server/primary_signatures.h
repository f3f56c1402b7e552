#ifndef SERVICES_PARTNER_SERVER_PRIMARY_SIGNATURES_H_
#define SERVICES_PARTNER_SERVER_PRIMARY_SIGNATURES_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/identity/system_table.h"
#include "common/protocol/authorization.h"
#include "common/token/grant_verifier.h"
#include "services/partner_server/grant_check.h"

// What primary MC systems sign, as this MC system believes it: with the keys that the system table names for each.
// Without keys nothing of that system stands, unless the agreement has unsigned_grants. Thread-safe.
namespace mcmig::partner_server {

// By primary MC system.
using GrantVerifiers = absl::flat_hash_map<identity::SystemName, std::shared_ptr<token::GrantVerifier>>;

// Of all systems with `grants` in the table. INVALID_ARGUMENT and NOT_FOUND as GrantVerifier::Create, naming the
// system. `directory` is where relative file names start. Blocking.
absl::StatusOr<GrantVerifiers> LoadGrantVerifiers(const identity::SystemTable& systems, const std::string& directory);

// Whether success.grant stands for this success of `primary` (CheckGrant).
Standing GrantStands(const GrantVerifiers& verifiers, const identity::SystemTable::System& primary,
                     const protocol::AuthorizationRequest& request, const protocol::Decision& success,
                     const AnswerTimes& times);

// The epoch that was granted in answer to this request (IsEpochOf), whatever the message beside the grant says: what
// has to be ended where the success does not stand. Nothing where no grant says so.
std::optional<protocol::Epoch> EpochGranted(const GrantVerifiers& verifiers,
                                            const identity::SystemTable::System& primary,
                                            const protocol::AuthorizationRequest& request, const std::string& grant);

// Whether `signed_cancel` stands for this cancel of `primary` (CheckSignedCancel).
Standing CancelStands(const GrantVerifiers& verifiers, const identity::SystemTable::System& primary,
                      const Cancelled& cancelled, const std::string& signed_cancel);

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_PRIMARY_SIGNATURES_H_
