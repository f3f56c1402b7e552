#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/config/checks.h"
#include "common/config/validate.h"
#include "common/identity/mc_service_id.h"

namespace mcmig::config {
namespace {

constexpr v1::Role kServers[] = {v1::ROLE_PARTNER_SERVER, v1::ROLE_PRIMARY_SERVER};
constexpr v1::Role kPartnerServers[] = {v1::ROLE_PARTNER_SERVER};
constexpr v1::Role kPeers[] = {v1::ROLE_GATEWAY, v1::ROLE_PARTNER_SERVER, v1::ROLE_PRIMARY_SERVER};
constexpr v1::Role kPrimaryServers[] = {v1::ROLE_PRIMARY_SERVER};

class AssignmentChecks {
 public:
  explicit AssignmentChecks(Checks& checks) : checks_(checks) {}

  void Run(int index, const v1::ServerAssignment& assignment) {
    path_ = absl::StrCat("assignments[", index, "]");
    checks_.Service(path_ + ".service", assignment.service());
    if ((assignment.mc_service_ids_size() > 0) == !assignment.domain().empty()) {
      checks_.Add(path_, "needs exactly one of mc_service_ids and domain");
    }
    for (int i = 0; i < assignment.mc_service_ids_size(); ++i) {
      Id(absl::StrCat(path_, ".mc_service_ids[", i, "]"), assignment.service(), assignment.mc_service_ids(i));
    }
    if (!assignment.domain().empty()) Domain(path_ + ".domain", assignment.service(), assignment.domain());
    checks_.Endpoint(path_ + ".server", assignment.server(), checks_.OwnSystem(), kPrimaryServers);
  }

 private:
  void Id(const std::string& path, v1::Service service, const std::string& text) {
    const absl::StatusOr<identity::McServiceId> id = identity::McServiceId::Parse(text);
    if (!id.ok()) return checks_.Add(path, std::string(id.status().message()));
    const identity::SystemTable* systems = checks_.systems();
    if (systems != nullptr && systems->SystemOf(*id) != systems->own()) {
      checks_.Add(path, "does not belong to the own MC system");
    }
    // A user of a domain that an earlier entry holds as a whole is never looked for here.
    const auto domain = domains_.find({id->domain(), service});
    if (domain != domains_.end())
      return checks_.Add(path, absl::StrCat("is never reached, because of ", domain->second));
    First(ids_, id->canonical(), service, path);
  }

  void Domain(const std::string& path, v1::Service service, const std::string& domain) {
    const identity::SystemTable* systems = checks_.systems();
    if (systems != nullptr && systems->SystemOfDomain(domain) != systems->own()) {
      checks_.Add(path, "does not belong to the own MC system");
    }
    First(domains_, domain, service, path);
  }

  using Seen = absl::flat_hash_map<std::pair<std::string, int>, std::string>;
  void First(Seen& seen, const std::string& what, v1::Service service, const std::string& path) {
    const auto [first, added] = seen.try_emplace({what, service}, path);
    if (!added) checks_.Add(path, absl::StrCat("is never reached, because of ", first->second));
  }

  Checks& checks_;
  std::string path_;
  Seen ids_;
  Seen domains_;
};

}  // namespace

void Validate(const v1::GatewayConfig& config, const identity::SystemTable* systems, Violations& violations) {
  Checks checks(systems, violations);
  if (!config.has_inside_listener() && !config.has_outside_listener()) {
    checks.Add("", "inside_listener or outside_listener is missing; at least one is needed");
  }
  if (config.has_inside_listener()) {
    checks.Listener("inside_listener", config.inside_listener(), {.own_system = true, .roles = kServers});
  }
  if (config.has_outside_listener()) {
    checks.Listener("outside_listener", config.outside_listener(), {.other_systems = true, .roles = kPeers});
    if (config.assignments_size() == 0 && !config.has_partner_server()) {
      checks.Add("", "assignments or partner_server is missing; outside_listener needs at least one");
    }
  } else {
    if (config.assignments_size() > 0) checks.Add("assignments", "have no meaning without outside_listener");
    if (config.has_partner_server()) checks.Add("partner_server", "has no meaning without outside_listener");
  }
  checks.OperatorsListener(config.has_operators_listener(), config.operators_listener());
  checks.HealthAddress(config.health_address());
  checks.MetricsAddress(config.metrics_address());
  checks.Audit(config.has_audit(), config.audit());
  AssignmentChecks assignments(checks);
  for (int i = 0; i < config.assignments_size(); ++i) assignments.Run(i, config.assignments(i));
  if (config.has_partner_server()) {
    checks.Endpoint("partner_server", config.partner_server(), checks.OwnSystem(), kPartnerServers);
  }
  checks.DrainGrace(config.has_drain_grace() ? &config.drain_grace() : nullptr);

  bool secure_entry = false;
  if (config.has_inside_listener() && systems != nullptr) {
    for (const auto& system : systems->systems()) {
      secure_entry = secure_entry || (system.config.has_entry() && !system.config.entry().insecure());
    }
  }
  checks.Certificate(config.has_certificate(), config.certificate(), secure_entry);
}

}  // namespace mcmig::config
