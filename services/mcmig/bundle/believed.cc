#include "services/mcmig/bundle/believed.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/identity/certificate.h"
#include "common/token/jwks.h"
#include "services/mcmig/bundle/public_keys.h"

namespace mcmig::bundle {
namespace {

using config::v1::PublicKey;
using config::v1::PublicKeys;

absl::Status AddKeys(const char* file, const PublicKeys& before, PublicKeys& next) {
  for (const PublicKey& key : before.keys()) {
    const PublicKey* const named = FindKey(next, key.kid());
    if (named == nullptr) {
      *next.add_keys() = key;
    } else if (!IsSameKey(*named, key)) {
      return absl::FailedPreconditionError(
          absl::StrCat(file, ": a key has the name of another one that is believed now, so that they cannot overlap"));
    }
  }
  if (static_cast<size_t>(next.keys_size()) > token::KeySet::kMaxKeys) {
    return absl::FailedPreconditionError(absl::StrCat(file, ": old and new keys are more than 64; drop the old ones"));
  }
  return absl::OkStatus();
}

absl::StatusOr<PublicKeys> ReadKeys(const Files& files, const char* name, const token::Algorithms& allowed) {
  const auto file = files.find(name);
  if (file == files.end()) return PublicKeys();
  absl::StatusOr<PublicKeys> keys = UsableKeys(file->second, allowed);
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat(name, ": ", keys.status().message()));
  return keys;
}

}  // namespace

Believed BelievedOf(const SignedBundle& bundle) {
  return {.roots = bundle.roots(),
          .grants = bundle.content().grants().jwks(),
          .identity_server = bundle.content().identity_server().jwks()};
}

absl::StatusOr<Believed> WithOverlap(Believed next, const Believed& before) {
  for (const RootCertificate& root : before.roots) {
    if (!absl::c_linear_search(next.roots, root)) next.roots.push_back(root);
  }
  if (next.roots.size() > identity::TrustRoots::kMaxCertificates) {
    return absl::FailedPreconditionError(
        absl::StrCat(kRootsFile, ": old and new roots are more than 100; drop the old ones"));
  }
  if (absl::Status added = AddKeys(kGrantsFile, before.grants, next.grants); !added.ok()) return added;
  absl::Status added = AddKeys(kIdentityServerFile, before.identity_server, next.identity_server);
  if (!added.ok()) return added;
  return next;
}

Files WriteFiles(const SignedBundle& bundle, const Believed& believed) {
  Files files;
  files[kBundleFile] = bundle.text() + "\n";
  for (const RootCertificate& root : believed.roots) files[kRootsFile] += root.pem;
  if (believed.grants.keys_size() > 0) files[kGrantsFile] = KeySetText(believed.grants);
  if (believed.identity_server.keys_size() > 0) files[kIdentityServerFile] = KeySetText(believed.identity_server);
  return files;
}

absl::StatusOr<Believed> ReadFiles(const Files& files) {
  const auto roots_file = files.find(kRootsFile);
  absl::StatusOr<std::vector<RootCertificate>> roots = ReadRoots(roots_file == files.end() ? "" : roots_file->second);
  if (!roots.ok()) return absl::InvalidArgumentError(absl::StrCat(kRootsFile, ": ", roots.status().message()));
  absl::StatusOr<PublicKeys> grants = ReadKeys(files, kGrantsFile, OwnAlgorithms());
  if (!grants.ok()) return grants.status();
  absl::StatusOr<PublicKeys> identity_server = ReadKeys(files, kIdentityServerFile, AllAlgorithms());
  if (!identity_server.ok()) return identity_server.status();
  return Believed{
      .roots = *std::move(roots), .grants = *std::move(grants), .identity_server = *std::move(identity_server)};
}

}  // namespace mcmig::bundle
