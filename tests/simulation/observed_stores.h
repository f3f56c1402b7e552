#ifndef TESTS_SIMULATION_OBSERVED_STORES_H_
#define TESTS_SIMULATION_OBSERVED_STORES_H_

#include <memory>

#include "common/identity/peer.h"
#include "common/register/migration_store.h"
#include "common/register/visitor_store.h"
#include "tests/simulation/model.h"

namespace mcmig::simulation {

// The store, of which the model hears every change in the moment that it is made; and all that is in it, now.
// `restored`: it was just put back from a backup.
std::unique_ptr<migration::MigrationStore> Observe(std::unique_ptr<migration::MigrationStore> store, Model& model,
                                                   bool restored);
// Of the partner MC system `partner`.
std::unique_ptr<migration::VisitorStore> Observe(std::unique_ptr<migration::VisitorStore> store, Model& model,
                                                 const identity::SystemName& partner);

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_OBSERVED_STORES_H_
