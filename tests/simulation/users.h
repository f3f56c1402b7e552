#ifndef TESTS_SIMULATION_USERS_H_
#define TESTS_SIMULATION_USERS_H_

#include <string>
#include <vector>

#include "common/register/migration_store.h"
#include "common/register/visitor_store.h"
#include "tests/simulation/model.h"

// Who is in the simulated worlds. All pure but ExpectedAt, which tells the model, too.
namespace mcmig::simulation {

// Of north: alice and bob for MCPTT, alice for MCVideo, and carol, who is expected nowhere.
inline constexpr size_t kUsers = 4;
UserKey User(size_t which);
// As a client writes it.
std::string PrimaryIdOf(size_t which);
// One of two identities of that user at `partner`.
std::string PartnerIdOf(size_t which, const std::string& partner, bool second);

// Profile 0 and 1 are valid at both partners, 2 at south, 3 nowhere.
inline constexpr uint8_t kProfiles = 4;
migration::MigrationStore::ProfileEntry ProfileOf(size_t which, uint8_t index, bool enabled,
                                                  const std::vector<std::string>& partners);
std::vector<migration::MigrationStore::ProfileEntry> InitialProfiles();
std::vector<migration::ExpectedVisitor> ExpectedAt(const std::string& partner, Model& model);

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_USERS_H_
