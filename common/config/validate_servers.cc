#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/agreement/agreement.h"
#include "common/config/checks.h"
#include "common/config/validate.h"
#include "common/token/claims.h"
#include "common/token/configured_keys.h"
#include "common/token/grant_in_tree.h"
#include "common/token/grant_verifier.h"
#include "common/token/signing_key.h"

namespace mcmig::config {
namespace {

constexpr v1::Role kClients[] = {v1::ROLE_CLIENT};
constexpr v1::Role kGateways[] = {v1::ROLE_GATEWAY};
constexpr v1::Role kInsideCallers[] = {v1::ROLE_GATEWAY, v1::ROLE_DIRECTORY_READER};
constexpr v1::Role kPeersOfPartner[] = {v1::ROLE_GATEWAY, v1::ROLE_PRIMARY_SERVER};
constexpr v1::Role kPeersOfPrimary[] = {v1::ROLE_GATEWAY, v1::ROLE_PARTNER_SERVER};
constexpr uint32_t kMaxWatchers = 1'000;

// `config`: AccessTokens or PrimaryCredentials, at `field`.
template <class Keys>
void CheckKeys(const std::string& field, const Keys& config, Checks& checks) {
  const bool fetched = !config.jwks_uri().empty();
  const std::string jwks_path = field + (fetched ? ".jwks_uri" : ".jwks_file");
  bool jwks = true;
  if (fetched && !config.jwks_file().empty()) {
    checks.Add(field, "has both jwks_file and jwks_uri; exactly one is needed");
    jwks = false;
  } else if (fetched) {
    jwks = !checks.File(field + ".jwks_ca_file", config.jwks_ca_file()).empty();
  } else {
    jwks = !checks.File(jwks_path, config.jwks_file()).empty();
    if (!config.jwks_ca_file().empty()) checks.Add(field + ".jwks_ca_file", "is for jwks_uri only");
  }
  bool algorithms = checks.Required(field + ".algorithms", config.algorithms_size() > 0);
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < config.algorithms_size(); ++i) {
    const std::string path = absl::StrCat(field, ".algorithms[", i, "]");
    const std::string& name = config.algorithms(i);
    if (name != "ES256" && name != "RS256" && name != "PS256" && name != "EdDSA") {
      checks.Add(path, "must be ES256, RS256, PS256 or EdDSA");
      algorithms = false;
    } else if (!seen.insert(name).second) {
      checks.Add(path, "is there already");
      algorithms = false;
    }
  }
  checks.Within(field + ".leeway", config.has_leeway() ? &config.leeway() : nullptr, absl::ZeroDuration(),
                absl::Seconds(30));
  if (!jwks || !algorithms || (!fetched && !config.jwks_ca_file().empty())) return;
  // The key set is read by the same code as at the start; the leeway has its own violation above.
  const google::protobuf::Duration no_leeway;
  const auto keys = token::OpenConfiguredKeys({.jwks_file = config.jwks_file(),
                                               .jwks_uri = config.jwks_uri(),
                                               .jwks_ca_file = config.jwks_ca_file(),
                                               .algorithms = config.algorithms(),
                                               .leeway = no_leeway},
                                              "/");
  if (!keys.ok()) checks.Add(jwks_path, absl::StrCat("is refused: ", keys.status().message()));
}

void CheckAccessTokens(bool present, const v1::AccessTokens& tokens, Checks& checks) {
  if (checks.Required("access_tokens", present)) CheckKeys("access_tokens", tokens, checks);
}

void CheckPrimaryCredentials(const v1::PrimaryServerConfig& config, const identity::SystemTable* systems,
                             Checks& checks) {
  const auto requires_them = [](const identity::SystemTable::System& system) {
    return system.config.agreement().own_users_to_size() > 0 && agreement::RequiresPrimaryCredential(system);
  };
  if (!config.has_primary_credentials()) {
    if (systems != nullptr && absl::c_any_of(systems->systems(), requires_them)) {
      checks.Add("primary_credentials",
                 "is missing; an agreement requires them, which require_primary_credential: false would change");
    }
    return;
  }
  checks.Required("primary_credentials.issuer", !config.primary_credentials().issuer().empty());
  CheckKeys("primary_credentials", config.primary_credentials(), checks);
}

void CheckGrantSigning(const v1::PrimaryServerConfig& config, const identity::SystemTable* systems, Checks& checks) {
  const auto needs_signed_ones = [](const identity::SystemTable::System& system) {
    const v1::Agreement& agreement = system.config.agreement();
    return agreement.own_users_to_size() > 0 && !agreement.unsigned_grants();
  };
  if (!config.has_grants()) {
    if (systems != nullptr && absl::c_any_of(systems->systems(), needs_signed_ones)) {
      checks.Add("grants", "is missing; an agreement needs signed grants, which unsigned_grants: true would change");
    }
    return;
  }
  const v1::GrantSigning& grants = config.grants();
  if (checks.Required("grants.issuer", !grants.issuer().empty()) && grants.issuer().size() > token::kMaxIdClaimBytes) {
    checks.Add("grants.issuer", absl::StrCat("must be at most ", token::kMaxIdClaimBytes, " bytes"));
  }
  if (grants.max_grants_per_signature() > token::kMaxGrantsInTree) {
    checks.Add("grants.max_grants_per_signature", absl::StrCat("must be at most ", token::kMaxGrantsInTree));
  }
  const std::string pem = checks.File("grants.signing_key_file", grants.signing_key_file());
  if (pem.empty()) return;
  // Read by the same code as at the start.
  const auto key = token::SigningKey::FromPem(pem, grants.key_id());
  if (!key.ok()) checks.Add("grants.signing_key_file", absl::StrCat("is refused: ", key.status().message()));
}

// Whether what each primary MC system signs can be verified.
void CheckGrantKeys(const identity::SystemTable* systems, Checks& checks) {
  if (systems == nullptr) return;
  for (size_t i = 0; i < systems->systems().size(); ++i) {
    const v1::System& system = systems->systems()[i].config;
    const std::string path = absl::StrCat("systems[", i, "].grants");
    if (!system.has_grants()) {
      if (system.agreement().visitors_from_size() == 0 || system.agreement().unsigned_grants()) continue;
      checks.Add("system_table_file", absl::StrCat(path, ": is missing; the agreement needs signed grants, which ",
                                                   "unsigned_grants: true would change"));
      continue;
    }
    // A relative name has become absolute with the table.
    const auto verifier = token::GrantVerifier::Create(system.grants(), "/");
    if (!verifier.ok()) {
      checks.Add("system_table_file", absl::StrCat(path, ".", verifier.status().message()));
    }
  }
}

template <class Config>
void CheckBorderListeners(const Config& config, absl::Span<const v1::Role> peers, Checks& checks) {
  if (config.has_inside_listener()) {
    checks.Listener("inside_listener", config.inside_listener(), {.own_system = true, .roles = kInsideCallers});
  }
  if (config.has_outside_listener()) {
    checks.Listener("outside_listener", config.outside_listener(), {.other_systems = true, .roles = peers});
  }
}

template <class Config>
void CheckClockSkew(const Config& config, Checks& checks) {
  checks.Within("clock_skew", config.has_clock_skew() ? &config.clock_skew() : nullptr, absl::ZeroDuration(),
                absl::Minutes(5));
}

void CheckWatch(const v1::WatchLimits& watch, Checks& checks) {
  if (watch.max_watchers() > kMaxWatchers) {
    checks.Add("watch.max_watchers", absl::StrCat("must be at most ", kMaxWatchers));
  }
  checks.Within("watch.heartbeat", watch.has_heartbeat() ? &watch.heartbeat() : nullptr, absl::Seconds(1),
                absl::Minutes(5));
  checks.Within("watch.max_age", watch.has_max_age() ? &watch.max_age() : nullptr, absl::Seconds(1), absl::Minutes(5));
}

// Whether some entry of the system table is called with a certificate.
bool AnySecureEntry(const identity::SystemTable* systems) {
  if (systems == nullptr) return false;
  return std::any_of(systems->systems().begin(), systems->systems().end(),
                     [](const auto& system) { return system.config.has_entry() && !system.config.entry().insecure(); });
}

}  // namespace

void Validate(const v1::PartnerServerConfig& config, const identity::SystemTable* systems, Violations& violations) {
  Checks checks(systems, violations);
  if (checks.Required("client_listener", config.has_client_listener())) {
    checks.Listener("client_listener", config.client_listener(),
                    {.own_system = true, .other_systems = true, .roles = kClients});
  }
  CheckBorderListeners(config, kPeersOfPartner, checks);
  checks.OperatorsListener(config.has_operators_listener(), config.operators_listener());
  checks.HealthAddress(config.health_address());
  checks.MetricsAddress(config.metrics_address());
  CheckAccessTokens(config.has_access_tokens(), config.access_tokens(), checks);
  CheckGrantKeys(systems, checks);
  if (config.has_gateway()) checks.Endpoint("gateway", config.gateway(), checks.OwnSystem(), kGateways);
  checks.Store(config.has_store(), config.store());
  checks.Audit(config.has_audit(), config.audit(), config.store().directory());
  CheckClockSkew(config, checks);
  checks.Within("reconcile_interval", config.has_reconcile_interval() ? &config.reconcile_interval() : nullptr,
                absl::Seconds(1), absl::Hours(24));
  checks.Within("orphan_grace", config.has_orphan_grace() ? &config.orphan_grace() : nullptr, absl::Seconds(1),
                absl::Hours(1));
  checks.DrainGrace(config.has_drain_grace() ? &config.drain_grace() : nullptr);
  checks.Certificate(config.has_certificate(), config.certificate(), !config.has_gateway() && AnySecureEntry(systems));
}

void Validate(const v1::PrimaryServerConfig& config, const identity::SystemTable* systems, Violations& violations) {
  Checks checks(systems, violations);
  if (config.has_client_listener()) {
    checks.Listener("client_listener", config.client_listener(), {.own_system = true, .roles = kClients});
    CheckAccessTokens(config.has_access_tokens(), config.access_tokens(), checks);
  } else if (config.has_access_tokens()) {
    checks.Add("access_tokens", "is for client_listener, which is missing");
  }
  if (!config.has_inside_listener() && !config.has_outside_listener()) {
    checks.Add("", "inside_listener or outside_listener is missing; at least one is needed");
  }
  CheckBorderListeners(config, kPeersOfPrimary, checks);
  CheckPrimaryCredentials(config, systems, checks);
  CheckGrantSigning(config, systems, checks);
  checks.OperatorsListener(config.has_operators_listener(), config.operators_listener());
  checks.HealthAddress(config.health_address());
  checks.MetricsAddress(config.metrics_address());
  checks.Store(config.has_store(), config.store());
  checks.Audit(config.has_audit(), config.audit(), config.store().directory());
  checks.Within("replay_window", config.has_replay_window() ? &config.replay_window() : nullptr, absl::Seconds(10),
                absl::Hours(24));
  CheckClockSkew(config, checks);
  checks.Within("authorized_for", config.has_authorized_for() ? &config.authorized_for() : nullptr, absl::Minutes(1),
                absl::Hours(24 * 366));
  CheckWatch(config.watch(), checks);
  if (config.has_gateway()) checks.Endpoint("gateway", config.gateway(), checks.OwnSystem(), kGateways);
  checks.DrainGrace(config.has_drain_grace() ? &config.drain_grace() : nullptr);
  checks.Certificate(config.has_certificate(), config.certificate(), /*also_needed=*/false);
}

}  // namespace mcmig::config
