#include "services/client/users.h"

#include <limits>

#include "absl/strings/str_cat.h"

namespace mcmig::client {
namespace {

using identity::McServiceId;

absl::Status Invalid(absl::string_view path, absl::string_view violation) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", violation));
}

absl::StatusOr<McServiceId> ParseId(const std::string& id, const std::string& path) {
  absl::StatusOr<McServiceId> parsed = McServiceId::Parse(id);
  if (!parsed.ok()) return Invalid(path, parsed.status().message());
  return parsed;
}

absl::Status AddPartners(const config::v1::AgentUser& from, const std::string& path, User& user) {
  for (int i = 0; i < from.partners_size(); ++i) {
    const config::v1::AgentPartner& partner = from.partners(i);
    const std::string partner_path = absl::StrCat(path, ".partners[", i, "]");
    absl::StatusOr<McServiceId> id = ParseId(partner.partner_mc_service_id(), partner_path + ".partner_mc_service_id");
    if (!id.ok()) return id.status();
    if (!user.partners.try_emplace(partner.system(), Partner{*std::move(id), partner}).second) {
      return Invalid(partner_path, "this system is there twice");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Users> Users::Create(const google::protobuf::RepeatedPtrField<config::v1::AgentUser>& configured) {
  absl::flat_hash_map<Key, User> users;
  for (int i = 0; i < configured.size(); ++i) {
    const config::v1::AgentUser& from = configured[i];
    const std::string path = absl::StrCat("users[", i, "]");
    absl::StatusOr<McServiceId> id = ParseId(from.primary_mc_service_id(), path + ".primary_mc_service_id");
    if (!id.ok()) return id.status();
    // The numbers of config.v1.Service are those of v1.McService.
    absl::StatusOr<protocol::McService> service =
        protocol::ParseMcService(static_cast<v1::McService>(from.service()), path + ".service");
    if (!service.ok()) return service.status();
    if (!from.has_default_profile_index() || from.default_profile_index() > std::numeric_limits<uint8_t>::max()) {
      return Invalid(path + ".default_profile_index", "must be 0 to 255");
    }

    const Key key{id->canonical(), *service};
    User user{*std::move(id), static_cast<uint8_t>(from.default_profile_index()), {}};
    if (absl::Status added = AddPartners(from, path, user); !added.ok()) return added;
    if (!users.try_emplace(key, std::move(user)).second) return Invalid(path, "this user and service are there twice");
  }
  return Users(std::move(users));
}

absl::StatusOr<Users::Found> Users::Find(const McServiceId& primary_mc_service_id, protocol::McService service,
                                         absl::string_view partner_system) const {
  const auto user = users_.find(Key{primary_mc_service_id.canonical(), service});
  if (user == users_.end()) return absl::NotFoundError("primary_mc_service_id: no user of this agent for this service");
  const auto partner = user->second.partners.find(partner_system);
  if (partner == user->second.partners.end()) {
    return absl::NotFoundError("partner_system: not configured for this user");
  }
  return Found{user->second, partner->second};
}

}  // namespace mcmig::client
