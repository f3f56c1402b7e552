#include "common/identity/trust.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/digest/sha256.h"
#include "common/identity/revocation.h"

namespace mcmig::identity {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot be read: ", path));
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// The files one after the other; each is read by itself first, so that nothing is lost behind a broken one.
template <class Part, class Names>
absl::StatusOr<std::string> ReadAll(const std::string& directory, const Names& names, std::vector<std::string>& files) {
  std::string all;
  for (const std::string& name : names) {
    files.push_back(absl::StartsWith(name, "/") ? name : absl::StrCat(directory, "/", name));
    absl::StatusOr<std::string> pem = ReadFile(files.back());
    if (!pem.ok()) return pem.status();
    if (absl::Status parsed = Part::Parse(*pem).status(); !parsed.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(parsed.message(), ": ", name));
    }
    absl::StrAppend(&all, *pem, "\n");
  }
  return all;
}

std::string DigestOfAll(absl::string_view before, absl::string_view more) {
  return std::string(digest::BytesOf(digest::Sha256Of(absl::StrCat(before, ";", more.size(), ";", more))));
}

}  // namespace

absl::Status Trust::AddIdentities(const config::v1::System& config) {
  for (const config::v1::Identity& identity : config.identities()) {
    const Role role = RoleOf(identity.role());
    if (role == Role::kNone) {
      return absl::InvalidArgumentError(absl::StrCat("systems: ", config.name(), ": identity without a role"));
    }
    claims_[ConfiguredNameKey(identity.san())].push_back({.system = systems_.size(), .role = role});
    content_ = DigestOfAll(content_, identity.SerializeAsString());
  }
  return absl::OkStatus();
}

absl::Status Trust::Add(const config::v1::System& config, bool own, const std::string& directory) {
  content_ = DigestOfAll(content_, config.name());
  if (absl::Status added = AddIdentities(config); !added.ok()) return added;
  absl::StatusOr<std::string> roots = ReadAll<TrustRoots>(directory, config.root_certificate_files(), files_);
  if (!roots.ok()) return roots.status();
  content_ = DigestOfAll(content_, *roots);
  System system{.name = config.name(), .own = own, .roots_pem = *std::move(roots), .lists_good_until = std::nullopt};
  std::optional<RevocationLists> lists;
  if (config.crl_files_size() > 0) {
    const absl::StatusOr<std::string> pem = ReadAll<RevocationLists>(directory, config.crl_files(), files_);
    if (!pem.ok()) return pem.status();
    content_ = DigestOfAll(content_, *pem);
    absl::StatusOr<RevocationLists> read = RevocationLists::Parse(*pem);
    if (!read.ok()) return absl::InvalidArgumentError(absl::StrCat(config.name(), ": ", read.status().message()));
    system.lists_good_until = read->GoodUntil();
    lists = *std::move(read);
  }
  absl::StatusOr<TrustRoots> parsed = TrustRoots::Parse(system.roots_pem, std::move(lists));
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("systems: ", config.name(), ": ", parsed.status().message()));
  }
  roots_.push_back(*std::move(parsed));
  systems_.push_back(std::move(system));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Trust>> Trust::Load(const config::v1::SystemTable& table, const std::string& directory) {
  std::shared_ptr<Trust> trust(new Trust);
  for (const config::v1::System& system : table.systems()) {
    const bool own = system.name() == table.own_system();
    if (absl::Status added = trust->Add(system, own, directory); !added.ok()) return added;
  }
  return trust;
}

std::vector<Trust::NamedClaim> Trust::ClaimsOf(const CertificateChain& chain) const {
  std::vector<NamedClaim> found;
  for (const std::string& name : chain.names()) {
    const auto named = claims_.find(name);
    if (named == claims_.end()) continue;
    for (const Claim& claim : named->second) {
      const bool known =
          std::any_of(found.begin(), found.end(), [&](const auto& other) { return other.claim == claim; });
      if (!known) found.push_back({.claim = claim, .name = name});
    }
  }
  return found;
}

absl::StatusOr<Peer> Trust::Identify(absl::string_view pem_chain, absl::Time now) {
  const ChainDigest digest = digest::Sha256Of(pem_chain);
  if (std::optional<Peer> known = known_.Find(digest, now); known.has_value()) return *std::move(known);
  absl::StatusOr<CertificateChain> chain = CertificateChain::Parse(pem_chain);
  if (!chain.ok()) return chain.status();

  std::optional<NamedClaim> proven;
  Validity validity;
  absl::Status refusal = absl::UnauthenticatedError("certificate names nothing in the system table");
  for (const NamedClaim& named : ClaimsOf(*chain)) {
    // X's authority can put Y's name into a certificate; Y's roots know nothing of that.
    absl::StatusOr<Validity> verified = roots_[named.claim.system].Verify(*chain, now);
    if (!verified.ok()) {
      refusal = verified.status();
      continue;
    }
    if (proven.has_value()) return absl::UnauthenticatedError("certificate stands for more than one system or role");
    proven = named;
    validity = *verified;
  }
  if (!proven.has_value()) return refusal;
  const System& system = systems_[proven->claim.system];
  Peer peer{.system = system.name, .role = proven->claim.role, .own = system.own, .name = proven->name};
  known_.Put(digest, peer, validity);
  return peer;
}

bool Trust::Vouches(const CertificateChain& chain, bool own_only, absl::Time now) const {
  for (size_t i = 0; i < systems_.size(); ++i) {
    if (own_only && !systems_[i].own) continue;
    if (roots_[i].Verify(chain, now).ok()) return true;
  }
  return false;
}

}  // namespace mcmig::identity
