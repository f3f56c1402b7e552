#include "tests/harness/pki.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/harness/process.h"

namespace mcmig::harness {

Pki::Pki(const std::string& system, std::string directory)
    : system_(system),
      authority_(identity::testing::CertificateAuthority::Make(absl::StrCat(system, " root"))),
      directory_(std::move(directory)),
      root_file_(absl::StrCat(directory_, "/", system, "-ca.pem")),
      root_pem_(authority_.cert()) {
  WriteFile(root_file_, root_pem_);
}

Credential Pki::Write(const std::string& file_stem, const identity::testing::Issued& issued) const {
  Credential credential{.chain_file = absl::StrCat(directory_, "/", file_stem, ".pem"),
                        .key_file = absl::StrCat(directory_, "/", file_stem, ".key"),
                        .chain_pem = issued.chain_pem,
                        .key_pem = issued.key_pem};
  WriteFile(credential.chain_file, credential.chain_pem);
  WriteFile(credential.key_file, credential.key_pem);
  std::filesystem::permissions(credential.key_file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return credential;
}

const Credential& Pki::Issue(const std::string& name) {
  const auto found = issued_.find(name);
  if (found != issued_.end()) return found->second;
  return issued_.emplace(name, Write(absl::StrCat(system_, "-", name), authority_.Issue({.dns = {name}})))
      .first->second;
}

const Credential& Pki::Renew(const std::string& name) {
  return issued_[name] = Write(absl::StrCat(system_, "-", name), authority_.Issue({.dns = {name}}));
}

void Pki::Revoke(const std::vector<std::string>& chains_pem) const {
  WriteFile(absl::StrCat(directory_, "/", system_, "-crl.pem"), authority_.RevocationList(chains_pem));
}

Credential Pki::IssueExpired(const std::string& name) {
  return Write(absl::StrCat(system_, "-", name, "-expired"),
               authority_.Issue({.dns = {name}, .not_after = absl::Now() - absl::Hours(1)}));
}

}  // namespace mcmig::harness
