#ifndef SERVICES_PARTNER_SERVER_GRANT_CHECK_H_
#define SERVICES_PARTNER_SERVER_GRANT_CHECK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/authorization.h"
#include "common/token/grant.h"

namespace mcmig::partner_server {

// What came with an answer or with a cancel, signed by the primary MC system.
template <class Signed>
struct Presented {
  // False: nothing.
  bool presented = false;
  // The verifier's answer; any error means: not signed by that primary MC system for this one.
  const absl::StatusOr<Signed>& claims;
};

// Whether something stands, and the rule that says so: a literal such as "grant.epoch".
struct Standing {
  bool stands = false;
  const char* rule = "";
};

// When an answer was asked for and came.
struct AnswerTimes {
  absl::Time asked;  // before the first attempt
  absl::Time now;
  // How far clocks of other MC systems may be apart; not negative.
  absl::Duration clock_skew;
};

// Before step 11 of clause 10.6.3.3, an extension: whether the grant stands for this success in answer to this request.
// In this order: there is one; it is valid; it was not issued before the request was asked, so that no earlier one is
// told again, nor later than now, both within the clock skew and whole seconds; it is for these MC service IDs
// (canonical forms), MC service, profile, request_id and digest; it says the epoch and the end that the message says.
// `audience` is how the primary MC system names this one. Pure; total; thread-safe.
Standing CheckGrant(const Presented<token::Grant>& grant, const protocol::AuthorizationRequest& request,
                    const std::string& audience, const protocol::Decision& success, const AnswerTimes& times);

// Whether the grant's epoch is one that this user had, in this MC service and for this request, whatever else is wrong
// with it: then it can be ended, and nobody later is kept out. Pure; total; thread-safe.
bool IsEpochOf(const token::Grant& grant, const protocol::AuthorizationRequest& request);

// Whose migration a cancel is about.
struct Cancelled {
  const identity::McServiceId& primary_mc_service_id;
  protocol::McService service = protocol::McService::kMcptt;
  protocol::Epoch epoch;
};

// Whether a signed cancel stands for this one: it is there, valid, and for this user, MC service and epoch. An old one
// stands as a new one does: what it ends has ended for ever. Pure; total; thread-safe.
Standing CheckSignedCancel(const Presented<token::SignedCancel>& cancel, const Cancelled& cancelled);

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_GRANT_CHECK_H_
