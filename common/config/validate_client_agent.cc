#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/config/checks.h"
#include "common/config/validate.h"
#include "common/identity/mc_service_id.h"

namespace mcmig::config {
namespace {

constexpr v1::Role kApplications[] = {v1::ROLE_APPLICATION};
constexpr v1::Role kPartnerServers[] = {v1::ROLE_PARTNER_SERVER};
constexpr uint32_t kGreatestIndex = 255;

void CheckPartner(const std::string& path, const v1::AgentPartner& partner, Checks& checks) {
  const v1::System* system = checks.KnownSystem(path + ".system", partner.system());
  const absl::StatusOr<identity::McServiceId> id = identity::McServiceId::Parse(partner.partner_mc_service_id());
  if (!id.ok()) checks.Add(path + ".partner_mc_service_id", std::string(id.status().message()));
  checks.Endpoint(path + ".server", partner.server(), system, kPartnerServers);
  checks.File(path + ".access_token_file", partner.access_token_file());
}

void CheckUser(const std::string& path, const v1::AgentUser& user, Checks& checks) {
  checks.Service(path + ".service", user.service());
  if (checks.Required(path + ".default_profile_index", user.has_default_profile_index()) &&
      user.default_profile_index() > kGreatestIndex) {
    checks.Add(path + ".default_profile_index", absl::StrCat("must be at most ", kGreatestIndex));
  }
  absl::flat_hash_set<std::string> systems;
  for (int i = 0; i < user.partners_size(); ++i) {
    const std::string partner_path = absl::StrCat(path, ".partners[", i, "]");
    CheckPartner(partner_path, user.partners(i), checks);
    if (!systems.insert(user.partners(i).system()).second) {
      checks.Add(partner_path + ".system", "has a partner entry of this user already");
    }
  }
}

}  // namespace

void Validate(const v1::ClientAgentConfig& config, const identity::SystemTable* systems, Violations& violations) {
  Checks checks(systems, violations);
  if (checks.Required("client_listener", config.has_client_listener())) {
    checks.Listener("client_listener", config.client_listener(), {.own_system = true, .roles = kApplications});
  }
  checks.HealthAddress(config.health_address());
  checks.MetricsAddress(config.metrics_address());
  checks.Audit(config.has_audit(), config.audit());
  checks.DrainGrace(config.has_drain_grace() ? &config.drain_grace() : nullptr);

  checks.Required("users", config.users_size() > 0);
  absl::flat_hash_map<std::pair<std::string, int>, int> first;
  for (int i = 0; i < config.users_size(); ++i) {
    const std::string path = absl::StrCat("users[", i, "]");
    const v1::AgentUser& user = config.users(i);
    CheckUser(path, user, checks);
    const absl::StatusOr<identity::McServiceId> id = identity::McServiceId::Parse(user.primary_mc_service_id());
    if (!id.ok()) {
      checks.Add(path + ".primary_mc_service_id", std::string(id.status().message()));
      continue;
    }
    const auto [known, added] = first.try_emplace({id->canonical(), user.service()}, i);
    if (!added) {
      checks.Add(path + ".primary_mc_service_id",
                 absl::StrCat("is the same user and service as users[", known->second, "]"));
    }
  }
  checks.Certificate(config.has_certificate(), config.certificate(), /*also_needed=*/false);
}

}  // namespace mcmig::config
