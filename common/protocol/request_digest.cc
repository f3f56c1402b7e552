#include <string>

#include "absl/strings/string_view.h"
#include "common/digest/sha256.h"
#include "common/protocol/authorization.h"

namespace mcmig::protocol {
namespace {

// Tells this digest from every other use of SHA-256, and this set of fields from a later one.
constexpr absl::string_view kDomain = "mcmig.v1.migration-service-authorization";

// The length before each field keeps two different lists of fields from looking alike.
void Append(std::string& to, absl::string_view field) {
  for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<char>(field.size() >> shift));
  to.append(field.data(), field.size());
}

}  // namespace

RequestDigest DigestOf(const AuthorizationRequest& request, const identity::SystemName& partner_system) {
  std::string fields;
  fields.reserve(256);
  Append(fields, kDomain);
  Append(fields, request.partner_mc_service_id.canonical());
  Append(fields, request.primary_mc_service_id.canonical());
  Append(fields, std::string{static_cast<char>(request.profile_index)});
  Append(fields, std::string{static_cast<char>(request.service)});
  Append(fields, partner_system);
  return digest::Sha256Of(fields);
}

}  // namespace mcmig::protocol
