#ifndef SERVICES_PRIMARY_SERVER_CREDENTIAL_CHECK_H_
#define SERVICES_PRIMARY_SERVER_CREDENTIAL_CHECK_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/protocol/authorization.h"
#include "common/token/primary_credential.h"

namespace mcmig::primary_server {

// Longest time from issue to expiry of a primary credential: as long as a used one has to be remembered.
inline constexpr absl::Duration kMaxCredentialLifetime = absl::Hours(1);

// What travelled beside the elements of the request.
struct PresentedCredential {
  // What the agreement with the partner MC system says.
  bool required = true;
  // False: none.
  bool presented = false;
  // The verifier's answer; any error means: not one of the own identity management server for that MC system.
  const absl::StatusOr<token::PrimaryCredential>& credential;
  // Tolerance of the clocks; more than token::kMaxLeeway counts as that, less than 0 as 0.
  absl::Duration leeway;
};

// Step 6 of clause 10.6.3.3, an extension: whether the user agrees to this migration. In this order: a credential was
// presented, where the agreement requires one; it is valid; it lives no longer than kMaxCredentialLifetime; it is in
// time (now < exp + leeway, now ≥ nbf - leeway, now ≥ iat - leeway); its service ID claim is the primary MC service ID;
// it names this profile, or none. IDs are equal where their canonical forms are. One that is presented has to be right,
// also where none is required. Cause kNone: nothing is against it. Pure; total; thread-safe.
protocol::Decision CheckCredential(const PresentedCredential& presented, const protocol::AuthorizationRequest& request,
                                   absl::Time now);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_CREDENTIAL_CHECK_H_
