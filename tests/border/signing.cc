#include "tests/border/signing.h"

#include "absl/time/clock.h"
#include "common/protocol/timestamp.h"
#include "common/token/grant.h"
#include "nlohmann/json.hpp"

namespace mcmig::border {
namespace {

const token::TokenOrigin& NorthToSouth() {
  static const auto& origin = *new token::TokenOrigin{.issuer = "https://mc.north.example", .audience = "south"};
  return origin;
}

std::string Sign(const devtools::Signer& key, absl::string_view type, const std::string& payload) {
  nlohmann::json header = key.Header();
  header["typ"] = std::string(type);
  return *key.SignCompact(header.dump(), payload);
}

absl::Time WholeSecond() { return absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())); }

}  // namespace

std::string GrantFor(const devtools::Signer& key, const v1::MigrationServiceAuthorizationRequest& request,
                     const v1::MigrationServiceAuthorizationResponse& success) {
  const protocol::AuthorizationRequest asked{
      .partner_mc_service_id = *identity::McServiceId::Parse(request.partner_mc_service_id()),
      .primary_mc_service_id = *identity::McServiceId::Parse(request.primary_mc_service_id()),
      .profile_index = static_cast<uint8_t>(request.mc_service_user_profile_index()),
      .service = *protocol::ParseMcService(request.mc_service(), "mc_service"),
      .request_id = *protocol::RequestId::Of(request.request_id())};
  token::Grant grant{.primary_mc_service_id = asked.primary_mc_service_id,
                     .partner_mc_service_id = asked.partner_mc_service_id,
                     .service = asked.service,
                     .profile_index = asked.profile_index,
                     .epoch = protocol::FromProto(success.epoch()),
                     .request_id = *asked.request_id,
                     .request_digest = DigestOf(asked, NorthToSouth().audience),
                     .issued = WholeSecond()};
  if (success.has_authorized_until()) {
    const auto until = protocol::ParseTimestamp(success.authorized_until(), "authorized_until");
    if (until.ok()) grant.authorized_until = *until;
  }
  return Sign(key, token::kGrantType, WriteClaims(grant, NorthToSouth()));
}

std::string SignedCancelOf(const devtools::Signer& key, const v1::CancelMigrationRequest& request) {
  const token::SignedCancel cancel{
      .primary_mc_service_id = *identity::McServiceId::Parse(request.primary_mc_service_id()),
      .service = *protocol::ParseMcService(request.mc_service(), "mc_service"),
      .epoch = protocol::FromProto(request.epoch()),
      .issued = WholeSecond()};
  return Sign(key, token::kCancelType, WriteClaims(cancel, NorthToSouth()));
}

}  // namespace mcmig::border
