#ifndef SERVICES_TESTING_SYSTEMS_H_
#define SERVICES_TESTING_SYSTEMS_H_

#include <memory>
#include <string>

#include "common/identity/mc_service_id.h"
#include "common/identity/system_table.h"
#include "common/protocol/authorization.h"
#include "mcmig/config/v1/common.pb.h"
#include "mcmig/v1/migration.pb.h"

// The MC systems of the services' tests: alice of north.example migrates to south, where she is visitor1@south.example.
// east is a third system. Each has a root certificate of its own. north and south agreed on MCPTT and MCVideo for
// north's users at south; north and east on MCPTT for north's users at east; nothing else, and without primary
// credentials and signed grants.
namespace mcmig::testing {

inline constexpr char kAlice[] = "sip:alice@north.example";
inline constexpr char kVisitor[] = "sip:visitor1@south.example";

// The table as `own` sees it; tests change it before MakeSystems. Files are under the test's temporary directory.
config::v1::SystemTable SystemsAt(const std::string& own);
std::shared_ptr<const identity::SystemTable> MakeSystems(const config::v1::SystemTable& table);
// The entry of a system that is there.
config::v1::System& SystemIn(config::v1::SystemTable& table, const std::string& name);

identity::McServiceId Id(const std::string& bytes);

// alice to south as visitor1, MCPTT, profile 1, request ID of 16 bytes `seed`, issued at `issued_at`.
protocol::AuthorizationRequest AliceToSouth(char seed = 'r', absl::Time issued_at = absl::UnixEpoch());

}  // namespace mcmig::testing

#endif  // SERVICES_TESTING_SYSTEMS_H_
