#ifndef COMMON_CONFIG_NAMES_H_
#define COMMON_CONFIG_NAMES_H_

#include "absl/strings/string_view.h"

// The names of MC systems and the domains of their MC service IDs, as common.proto has them. Pure.
namespace mcmig::config {

// 1 to 64 characters of a-z, 0-9, '.', '-'.
bool IsSystemName(absl::string_view name);
// A host name in lower case with a letter, as McServiceId::domain() has it, or one behind "*.".
bool IsIdDomain(absl::string_view domain);
// Whether one host can be of both: equal, or a wildcard and what is below it. Of two names that IsIdDomain takes.
bool IdDomainsOverlap(absl::string_view a, absl::string_view b);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_NAMES_H_
