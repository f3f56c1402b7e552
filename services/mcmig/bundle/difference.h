#ifndef SERVICES_MCMIG_BUNDLE_DIFFERENCE_H_
#define SERVICES_MCMIG_BUNDLE_DIFFERENCE_H_

#include <string>
#include <vector>

#include "mcmig/config/v1/common.pb.h"
#include "mcmig/config/v1/trust_bundle.pb.h"
#include "services/mcmig/bundle/believed.h"

// What an import changes, for the operator who decides on it. Pure; nothing in it needs escaping at a terminal.
namespace mcmig::bundle {

// What a bundle says, a line for each thing that can come or go: "root CN=North sha256 4f2a-... until 2030-...".
std::vector<std::string> Lines(const SignedBundle& bundle);

// Lines of `next` that `in_force` has not, after "+ ", and the other way round, after "- ". `in_force` null: all of
// `next`.
std::vector<std::string> Difference(const SignedBundle* in_force, const SignedBundle& next);

// What is believed beyond the bundle, because earlier ones named it.
std::vector<std::string> Kept(const Believed& believed, const SignedBundle& bundle);

// What no process takes up while it runs: the domains, entries and names of an entry in the system table. Equal where
// nothing has to be edited.
config::v1::System FixedPart(const config::v1::TrustBundle& content);
// Whether the system table's entry says the same.
bool HasFixedPart(const config::v1::System& entry, const config::v1::TrustBundle& content);
// The entry as YAML, for people to put into the system table; `directory` is where its files are.
std::string SystemTableEntry(const config::v1::TrustBundle& content, const std::string& directory);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_DIFFERENCE_H_
