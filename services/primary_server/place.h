#ifndef SERVICES_PRIMARY_SERVER_PLACE_H_
#define SERVICES_PRIMARY_SERVER_PLACE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/register/migration.h"

namespace mcmig::primary_server {

// A place in the list of records, for admin::PageToken, and back; INVALID_ARGUMENT where it is none of this list.
std::string PlaceOf(const migration::UserKey& key);
absl::StatusOr<migration::UserKey> KeyOfPlace(absl::string_view place);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PLACE_H_
