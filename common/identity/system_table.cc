#include "common/identity/system_table.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/identity/certificate.h"
#include "common/identity/peer_cache.h"

namespace mcmig::identity {
namespace {

// What a name says where the roots of `system` vouch for it.
struct Claim {
  size_t system = 0;
  Role role = Role::kNone;

  friend bool operator==(const Claim&, const Claim&) = default;
};

struct NamedClaim {
  Claim claim;
  // The key of a name that makes it.
  std::string name;
};

absl::StatusOr<std::string> ReadFile(const std::string& directory, const std::string& name) {
  const std::string path = absl::StartsWith(name, "/") ? name : absl::StrCat(directory, "/", name);
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot be read: ", path));
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace

struct SystemTable::State {
  SystemName own;
  std::vector<System> systems;
  // Beside `systems`.
  std::vector<TrustRoots> roots;
  // Index into `systems`.
  absl::flat_hash_map<std::string, size_t> by_name;
  absl::flat_hash_map<std::string, size_t> by_domain;
  // Without the leading "*.".
  absl::flat_hash_map<std::string, size_t> by_parent_domain;
  // By the key of a subject alternative name; one claim for each system and role that names it.
  absl::flat_hash_map<std::string, std::vector<Claim>> claims;
  PeerCache known;

  absl::Status Add(const config::v1::System& config, const std::string& directory);
  absl::Status AddDomains(const config::v1::System& config);
  absl::Status AddIdentities(const config::v1::System& config);

  std::vector<NamedClaim> ClaimsOf(const CertificateChain& chain) const;
};

absl::Status SystemTable::State::AddDomains(const config::v1::System& config) {
  for (const std::string& domain : config.id_domains()) {
    absl::string_view name = domain;
    auto& domains = absl::ConsumePrefix(&name, "*.") ? by_parent_domain : by_domain;
    if (!domains.try_emplace(name, systems.size()).second) {
      return absl::InvalidArgumentError(absl::StrCat("systems: domain claimed twice: ", domain));
    }
  }
  return absl::OkStatus();
}

absl::Status SystemTable::State::AddIdentities(const config::v1::System& config) {
  for (const config::v1::Identity& identity : config.identities()) {
    const Role role = RoleOf(identity.role());
    if (role == Role::kNone) {
      return absl::InvalidArgumentError(absl::StrCat("systems: ", config.name(), ": identity without a role"));
    }
    claims[ConfiguredNameKey(identity.san())].push_back({.system = systems.size(), .role = role});
  }
  return absl::OkStatus();
}

absl::Status SystemTable::State::Add(const config::v1::System& config, const std::string& directory) {
  if (!by_name.try_emplace(config.name(), systems.size()).second) {
    return absl::InvalidArgumentError(absl::StrCat("systems: name used twice: ", config.name()));
  }
  if (absl::Status added = AddDomains(config); !added.ok()) return added;
  if (absl::Status added = AddIdentities(config); !added.ok()) return added;
  System system{.config = config, .own = config.name() == own, .roots_pem = {}};
  for (const std::string& name : config.root_certificate_files()) {
    absl::StatusOr<std::string> pem = ReadFile(directory, name);
    if (!pem.ok()) return pem.status();
    // Each file by itself, so that none is lost behind a broken one.
    if (absl::Status parsed = TrustRoots::Parse(*pem).status(); !parsed.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(parsed.message(), ": ", name));
    }
    absl::StrAppend(&system.roots_pem, *pem, "\n");
  }
  absl::StatusOr<TrustRoots> parsed = TrustRoots::Parse(system.roots_pem);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("systems: ", config.name(), ": ", parsed.status().message()));
  }
  roots.push_back(*std::move(parsed));
  systems.push_back(std::move(system));
  return absl::OkStatus();
}

// What the chain's names say, each system and role once.
std::vector<NamedClaim> SystemTable::State::ClaimsOf(const CertificateChain& chain) const {
  std::vector<NamedClaim> found;
  for (const std::string& name : chain.names()) {
    const auto named = claims.find(name);
    if (named == claims.end()) continue;
    for (const Claim& claim : named->second) {
      const bool known =
          std::any_of(found.begin(), found.end(), [&](const auto& other) { return other.claim == claim; });
      if (!known) found.push_back({.claim = claim, .name = name});
    }
  }
  return found;
}

absl::StatusOr<std::shared_ptr<const SystemTable>> SystemTable::Create(const config::v1::SystemTable& table,
                                                                       const std::string& directory) {
  auto state = std::make_unique<State>();
  state->own = table.own_system();
  for (const config::v1::System& system : table.systems()) {
    if (absl::Status added = state->Add(system, directory); !added.ok()) return added;
  }
  if (!state->by_name.contains(state->own)) return absl::InvalidArgumentError("own_system: is not one of systems");
  return std::shared_ptr<const SystemTable>(new SystemTable(std::move(state)));
}

SystemTable::SystemTable(std::unique_ptr<State> state) : state_(std::move(state)) {}
SystemTable::~SystemTable() = default;

const SystemName& SystemTable::own() const { return state_->own; }

const SystemTable::System* SystemTable::Find(absl::string_view name) const {
  const auto found = state_->by_name.find(name);
  return found == state_->by_name.end() ? nullptr : &state_->systems[found->second];
}

const std::vector<SystemTable::System>& SystemTable::systems() const { return state_->systems; }

std::optional<SystemName> SystemTable::SystemOf(const McServiceId& id) const { return SystemOfDomain(id.domain()); }

std::optional<SystemName> SystemTable::SystemOfDomain(absl::string_view domain) const {
  const auto exact = state_->by_domain.find(domain);
  if (exact != state_->by_domain.end()) return state_->systems[exact->second].config.name();
  for (size_t dot = domain.find('.'); dot != absl::string_view::npos; dot = domain.find('.')) {
    domain.remove_prefix(dot + 1);
    const auto parent = state_->by_parent_domain.find(domain);
    if (parent != state_->by_parent_domain.end()) return state_->systems[parent->second].config.name();
  }
  return std::nullopt;
}

absl::StatusOr<Peer> SystemTable::Identify(absl::string_view pem_chain, absl::Time now) const {
  const ChainDigest digest = DigestOf(pem_chain);
  if (std::optional<Peer> known = state_->known.Find(digest, now); known.has_value()) return *std::move(known);
  absl::StatusOr<CertificateChain> chain = CertificateChain::Parse(pem_chain);
  if (!chain.ok()) return chain.status();

  std::optional<NamedClaim> proven;
  Validity validity;
  absl::Status refusal = absl::UnauthenticatedError("certificate names nothing in the system table");
  for (const NamedClaim& named : state_->ClaimsOf(*chain)) {
    // X's authority can put Y's name into a certificate; Y's roots know nothing of that.
    absl::StatusOr<Validity> verified = state_->roots[named.claim.system].Verify(*chain, now);
    if (!verified.ok()) {
      refusal = verified.status();
      continue;
    }
    if (proven.has_value()) return absl::UnauthenticatedError("certificate stands for more than one system or role");
    proven = named;
    validity = *verified;
  }
  if (!proven.has_value()) return refusal;
  const System& system = state_->systems[proven->claim.system];
  Peer peer{.system = system.config.name(), .role = proven->claim.role, .own = system.own, .name = proven->name};
  state_->known.Put(digest, peer, validity);
  return peer;
}

}  // namespace mcmig::identity
