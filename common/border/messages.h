#ifndef COMMON_BORDER_MESSAGES_H_
#define COMMON_BORDER_MESSAGES_H_

#include "absl/status/statusor.h"
#include "common/protocol/authorization.h"
#include "common/protocol/lifecycle.h"

// What of a request and of an answer may cross the border between two MC systems. Each function builds anew from a list
// of what is allowed; whatever is added to a message later stays inside until it is added here. Pure; thread-safe.
namespace mcmig::border {

// The request as another MC system may see it (step 4, or step 3 without a gateway): both MC service IDs as received,
// profile index, MC service, request_id, issued_at and the primary credential, which is for the primary MC system (of
// its claims the partner's side can see who issued it and for whom; it holds nothing of the inside). Nothing else;
// above all not authenticated_peer_system.
protocol::AuthorizationRequest RequestForOutside(const protocol::AuthorizationRequest& request);

// What follows a migration: both MC service IDs or the one there is, MC service, epoch and request_id, or the page;
// nothing of the inside. A signed cancel is for the partner MC system; it names what the message names.
protocol::EndRequest RequestForOutside(const protocol::EndRequest& request);
protocol::CancelRequest RequestForOutside(const protocol::CancelRequest& request);
protocol::ReconcileRequest RequestForOutside(const protocol::ReconcileRequest& request);

// The decision as another MC system may see it (step 9, or step 8 without a gateway): the cause in its public form, or
// the epoch, the end and the grant of a success. The rule stays inside and reads "border.public_form": log the decision
// first.
protocol::Decision DecisionForOutside(const protocol::Decision& decision);

// The decision as believed from another MC system: only what a primary MC system may say there. Any other cause, such
// as an inside-only one or one of step 2, becomes kNotAuthorizedByPrimary, so that a peer cannot speak for this MC
// system.
protocol::Decision DecisionFromOutside(const protocol::Decision& decision);

// The answer as believed from a primary MC system. INTERNAL where it says that a token does not stand for its user:
// that is no primary MC system's to say.
absl::StatusOr<protocol::EndAnswer> AnswerFromOutside(const protocol::EndAnswer& answer);

}  // namespace mcmig::border

#endif  // COMMON_BORDER_MESSAGES_H_
