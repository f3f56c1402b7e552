#ifndef COMMON_AGREEMENT_AGREEMENT_H_
#define COMMON_AGREEMENT_AGREEMENT_H_

#include <string>
#include <vector>

#include "common/identity/system_table.h"
#include "common/protocol/authorization.h"

// What was agreed with another MC system, as the rules of steps 2, 4, 5 and 6 read it. Agreements are per direction and
// service, unilateral or bilateral (TS 23.280 clause 5.2.9). Pure; thread-safe; deny by default: no agreement and an
// empty list both mean nothing.
namespace mcmig::agreement {

// True where users of `system` may migrate to the own system.
bool VisitorsAllowed(const identity::SystemTable::System& system, protocol::McService service);

// True where users of the own system may migrate to `system`.
bool OwnUsersAllowed(const identity::SystemTable::System& system, protocol::McService service);

// All services for which OwnUsersAllowed, each once.
std::vector<protocol::McService> OwnUserServices(const identity::SystemTable::System& system);

// True unless the agreement trusts `system` to speak for own users: then they need no primary credential to migrate
// there. An extension.
bool RequiresPrimaryCredential(const identity::SystemTable::System& system);

// How tokens for `system` name it: `aud` of primary credentials, grants and cancels. An extension.
const std::string& AudienceOf(const identity::SystemTable::System& system);

}  // namespace mcmig::agreement

#endif  // COMMON_AGREEMENT_AGREEMENT_H_
