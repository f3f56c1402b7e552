#ifndef COMMON_ADMIN_PLACE_H_
#define COMMON_ADMIN_PLACE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/register/migration.h"

namespace mcmig::admin {

// A place in a list of users, for PageToken, and back; INVALID_ARGUMENT where it is none of such a list. Of several
// registers that are read as one list, each continues after the place, whoever of them holds that user. Pure;
// thread-safe.
std::string PlaceOf(const migration::UserKey& key);
absl::StatusOr<migration::UserKey> KeyOfPlace(absl::string_view place);
// Of a whole page_token. INVALID_ARGUMENT also where it is empty.
absl::StatusOr<migration::UserKey> UserOfToken(absl::string_view page_token);

}  // namespace mcmig::admin

#endif  // COMMON_ADMIN_PLACE_H_
