#ifndef TESTS_OUTAGES_REGISTERS_H_
#define TESTS_OUTAGES_REGISTERS_H_

#include <string>
#include <vector>

#include "tests/harness/deployment.h"
#include "tests/outages/load.h"

// What the registers of primary server a and of the partner server must say after a load. Both servers run.
namespace mcmig::outages {

// Waits until all who are migrated are served, at that epoch, and nobody else is; false where that takes over half a
// minute.
bool AwaitAgreement(harness::Deployment& deployment);

// What they do not say, a line for each user: every acknowledged migration and end is in the history of its user, and
// no record is older than that; of a user of whom all is certain, record and visitor are as the last answer said.
std::vector<std::string> Violations(harness::Deployment& deployment, const std::vector<KnownUser>& users);

}  // namespace mcmig::outages

#endif  // TESTS_OUTAGES_REGISTERS_H_
