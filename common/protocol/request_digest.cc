#include <openssl/evp.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
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

  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  RequestDigest digest;
  unsigned int size = 0;
  // Never answers with a digest that two requests could share; without SHA-256 there would be no TLS either.
  if (sha256 == nullptr || EVP_Digest(fields.data(), fields.size(), digest.data(), &size, sha256, nullptr) != 1 ||
      size != digest.size()) {
    std::abort();
  }
  return digest;
}

}  // namespace mcmig::protocol
