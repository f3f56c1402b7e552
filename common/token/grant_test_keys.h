#ifndef COMMON_TOKEN_GRANT_TEST_KEYS_H_
#define COMMON_TOKEN_GRANT_TEST_KEYS_H_

#include <string>

#include "absl/time/time.h"
#include "common/identity/mc_service_id.h"
#include "common/token/grant.h"
#include "common/token/grant_signer.h"
#include "common/token/grant_verifier.h"
#include "tests/devtools/signer.h"

// What the tests of grants share: the key of one primary MC system, "north", and what it signs for "south".
namespace mcmig::token {

inline const TokenOrigin kNorthToSouth{.issuer = "north", .audience = "south"};

// One key, made once per process; devtools signs with it what the product would not.
inline const devtools::Signer& GrantKey() {
  static const devtools::Signer& signer = *new devtools::Signer(*devtools::Signer::Generate(Algorithm::kEs256, "g-1"));
  return signer;
}

inline GrantSigner NorthSigner() { return {*SigningKey::FromPem(*GrantKey().ToPem(), "g-1"), "north"}; }

inline GrantVerifier SouthVerifier() {
  return {*KeySet::Parse(devtools::KeySetOf({*GrantKey().PublicJwk()}), {Algorithm::kEs256}), kNorthToSouth};
}

inline Grant AliceGrant() {
  Grant grant{.primary_mc_service_id = *identity::McServiceId::Parse("sip:alice@north.example"),
              .partner_mc_service_id = *identity::McServiceId::Parse("sip:visitor1@south.example"),
              .service = protocol::McService::kMcvideo,
              .profile_index = 255,
              .epoch = {.incarnation = 2, .counter = 18'446'744'073'709'551'615U},
              .authorized_until = absl::FromUnixNanos(1'900'000'000'123'456'789),
              .issued = absl::FromUnixSeconds(1'800'000'000)};
  grant.request_id.bytes.fill(0xab);
  grant.request_digest.fill(0xcd);
  return grant;
}

inline SignedCancel AliceCancel() {
  return {.primary_mc_service_id = *identity::McServiceId::Parse("sip:alice@north.example"),
          .service = protocol::McService::kMcdata,
          .epoch = {.incarnation = 1, .counter = 42},
          .issued = absl::FromUnixSeconds(1'800'000'000)};
}

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_GRANT_TEST_KEYS_H_
