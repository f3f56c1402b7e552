#ifndef TESTS_BORDER_SIGNING_H_
#define TESTS_BORDER_SIGNING_H_

#include <string>

#include "mcmig/v1/lifecycle.pb.h"
#include "mcmig/v1/migration.pb.h"
#include "tests/devtools/signer.h"

// What north's MC service server would sign with its key, for a test that answers in its place. The messages are
// well-formed.
namespace mcmig::border {

std::string GrantFor(const devtools::Signer& key, const v1::MigrationServiceAuthorizationRequest& request,
                     const v1::MigrationServiceAuthorizationResponse& success);
std::string SignedCancelOf(const devtools::Signer& key, const v1::CancelMigrationRequest& request);

}  // namespace mcmig::border

#endif  // TESTS_BORDER_SIGNING_H_
