#include "services/mcmig/bundle/collect.h"

#include <memory>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/config/load.h"
#include "common/config/tree.h"
#include "services/mcmig/bundle/content.h"
#include "services/mcmig/bundle/public_keys.h"
#include "services/mcmig/bundle/root_certificate.h"

namespace mcmig::bundle {
namespace {

using config::v1::PublicKey;
using config::v1::PublicKeys;
using config::v1::Role;
using config::v1::TrustBundle;

absl::Status Unusable(const std::string& file, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", status.message()));
}

// Adds the keys of a set that are not there; of two of one name, Seal complains.
absl::Status AddKeys(const std::string& jwks, const token::Algorithms& allowed, PublicKeys& keys) {
  const absl::StatusOr<PublicKeys> more = UsableKeys(jwks, allowed);
  if (!more.ok()) return more.status();
  for (const PublicKey& key : more->keys()) {
    const PublicKey* const there = FindKey(keys, key.kid());
    if (there == nullptr || !IsSameKey(*there, key)) *keys.add_keys() = key;
  }
  return absl::OkStatus();
}

absl::Status AddKeyFile(const std::string& file, const token::Algorithms& allowed, PublicKeys& keys) {
  const absl::StatusOr<std::string> jwks = config::ReadFile(file);
  if (!jwks.ok()) return Unusable(file, jwks.status());
  const absl::Status added = AddKeys(*jwks, allowed, keys);
  return added.ok() ? added : Unusable(file, added);
}

absl::Status AddPublicPart(const token::SigningKey& key, PublicKeys& keys) {
  const absl::StatusOr<std::string> jwks = key.PublicKeySet();
  return jwks.ok() ? AddKeys(*jwks, OwnAlgorithms(), keys) : jwks.status();
}

absl::Status AddGrants(const config::v1::GrantSigning& signing, TrustBundle& bundle) {
  const absl::StatusOr<token::SigningKey> key =
      token::SigningKey::LoadFile(signing.signing_key_file(), signing.key_id());
  if (!key.ok()) return Unusable(signing.signing_key_file(), key.status());
  bundle.mutable_grants()->set_issuer(signing.issuer());
  return AddPublicPart(*key, *bundle.mutable_grants()->mutable_jwks());
}

// Of `access_tokens` or of `primary_credentials`, which have one server. Its own jwks_uri may be an address of the
// inside.
template <class Tokens>
absl::Status AddIdentityServer(const Tokens& tokens, const std::string& keys_at, TrustBundle& bundle) {
  config::v1::BundleIdentityServer& server = *bundle.mutable_identity_server();
  server.set_issuer(tokens.issuer());
  server.set_jwks_uri(keys_at);
  if (!keys_at.empty() || tokens.jwks_file().empty()) return absl::OkStatus();
  return AddKeyFile(tokens.jwks_file(), AllAlgorithms(), *server.mutable_jwks());
}

absl::StatusOr<std::shared_ptr<identity::SystemTable>> AddPrimaryServer(const Publication& publication,
                                                                        TrustBundle& bundle) {
  auto loaded = config::Load<config::v1::PrimaryServerConfig>(publication.primary_server_file);
  if (!loaded.ok()) return loaded.status();
  const config::v1::PrimaryServerConfig& server = loaded->config;
  absl::Status added;
  if (server.has_grants()) added = AddGrants(server.grants(), bundle);
  if (added.ok() && server.has_primary_credentials()) {
    added = AddIdentityServer(server.primary_credentials(), publication.identity_server_keys_at, bundle);
  } else if (added.ok() && !server.access_tokens().issuer().empty()) {
    added = AddIdentityServer(server.access_tokens(), publication.identity_server_keys_at, bundle);
  }
  if (!added.ok()) return added;
  return std::move(loaded->systems);
}

absl::Status AddRoots(const config::v1::System& own, TrustBundle& bundle) {
  for (const std::string& file : own.root_certificate_files()) {
    const absl::StatusOr<std::string> pem = config::ReadFile(file);
    if (!pem.ok()) return Unusable(file, pem.status());
    const absl::StatusOr<std::vector<RootCertificate>> roots = ReadRoots(*pem);
    if (!roots.ok()) return Unusable(file, roots.status());
    for (const RootCertificate& root : *roots) {
      if (!absl::c_linear_search(bundle.roots(), root.pem)) bundle.add_roots(root.pem);
    }
  }
  return absl::OkStatus();
}

// The server at an address has, in the own table, the role `role` there or that of a gateway.
absl::Status SetEntry(const std::string& option, const std::string& address, const std::string& name, Role role,
                      const config::v1::System& own, config::v1::BundleEntry& entry) {
  const auto fits = [&](const config::v1::Identity& identity) {
    return identity.san() == name && (identity.role() == role || identity.role() == config::v1::ROLE_GATEWAY);
  };
  const auto identity = absl::c_find_if(own.identities(), fits);
  if (identity == own.identities().end()) {
    return absl::InvalidArgumentError(absl::StrCat(option, ": is no identity of the own MC system with the role of ",
                                                   "a gateway or of the MC service server that is asked there"));
  }
  entry.set_address(address);
  entry.set_server_name(name);
  entry.set_role(identity->role());
  return absl::OkStatus();
}

absl::Status AddEntries(const Publication& publication, const config::v1::System& own, TrustBundle& bundle) {
  absl::Status set;
  if (!publication.entry_address.empty()) {
    set = SetEntry("--entry-name", publication.entry_address, publication.entry_name, config::v1::ROLE_PRIMARY_SERVER,
                   own, *bundle.mutable_entry());
  }
  if (set.ok() && !publication.visitors_entry_address.empty()) {
    set = SetEntry("--visitors-entry-name", publication.visitors_entry_address, publication.visitors_entry_name,
                   config::v1::ROLE_PARTNER_SERVER, own, *bundle.mutable_visitors_entry());
  }
  return set;
}

}  // namespace

absl::StatusOr<TrustBundle> Collect(const Publication& publication, const token::SigningKey& key) {
  TrustBundle bundle;
  bundle.set_format(kFormat);
  bundle.set_version(publication.version);
  bundle.mutable_issued_at()->set_seconds(absl::ToUnixSeconds(publication.issued));
  bundle.mutable_expires_at()->set_seconds(absl::ToUnixSeconds(publication.issued + publication.valid_for));
  const auto systems = publication.primary_server_file.empty() ? config::LoadSystemTable(publication.system_table_file)
                                                               : AddPrimaryServer(publication, bundle);
  if (!systems.ok()) return systems.status();
  const config::v1::System& own = (*systems)->Find((*systems)->own())->config;
  bundle.set_system(own.name());
  *bundle.mutable_id_domains() = own.id_domains();
  absl::Status added = AddRoots(own, bundle);
  if (added.ok()) added = AddEntries(publication, own, bundle);
  if (added.ok()) added = AddPublicPart(key, *bundle.mutable_bundle_keys());
  for (const std::string& file : publication.next_key_files) {
    if (added.ok()) added = AddKeyFile(file, OwnAlgorithms(), *bundle.mutable_bundle_keys());
  }
  for (const std::string& file : publication.grants_jwks_files) {
    if (added.ok()) added = AddKeyFile(file, OwnAlgorithms(), *bundle.mutable_grants()->mutable_jwks());
  }
  if (!added.ok()) return added;
  return bundle;
}

}  // namespace mcmig::bundle
