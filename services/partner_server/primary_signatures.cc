#include "services/partner_server/primary_signatures.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mcmig::partner_server {
namespace {

using System = identity::SystemTable::System;

const token::GrantVerifier* VerifierOf(const GrantVerifiers& verifiers, const System& primary) {
  const auto found = verifiers.find(primary.config.name());
  return found == verifiers.end() ? nullptr : found->second.get();
}

Standing WithoutKeys(const System& primary) {
  if (primary.config.agreement().unsigned_grants()) return {.stands = true, .rule = "grants.unsigned_accepted"};
  return {.stands = false, .rule = "grants.keys_configured"};
}

}  // namespace

absl::StatusOr<GrantVerifiers> LoadGrantVerifiers(const identity::SystemTable& systems, const std::string& directory) {
  GrantVerifiers verifiers;
  for (const System& system : systems.systems()) {
    if (!system.config.has_grants()) continue;
    auto verifier = token::GrantVerifier::Create(system.config.grants(), directory);
    if (!verifier.ok()) {
      return absl::Status(verifier.status().code(), absl::StrCat("grants of MC system ", system.config.name(), ": ",
                                                                 verifier.status().message()));
    }
    verifiers[system.config.name()] = *std::move(verifier);
  }
  return verifiers;
}

Standing GrantStands(const GrantVerifiers& verifiers, const System& primary,
                     const protocol::AuthorizationRequest& request, const protocol::Decision& success,
                     const AnswerTimes& times) {
  const token::GrantVerifier* verifier = VerifierOf(verifiers, primary);
  if (verifier == nullptr) return WithoutKeys(primary);
  const absl::StatusOr<token::Grant> claims = verifier->VerifyGrant(success.grant);
  return CheckGrant({.presented = !success.grant.empty(), .claims = claims}, request, verifier->audience(), success,
                    times);
}

std::optional<protocol::Epoch> EpochGranted(const GrantVerifiers& verifiers, const System& primary,
                                            const protocol::AuthorizationRequest& request, const std::string& grant) {
  const token::GrantVerifier* verifier = VerifierOf(verifiers, primary);
  if (verifier == nullptr) return std::nullopt;
  const absl::StatusOr<token::Grant> claims = verifier->VerifyGrant(grant);
  if (!claims.ok() || !IsEpochOf(*claims, request)) return std::nullopt;
  return claims->epoch;
}

Standing CancelStands(const GrantVerifiers& verifiers, const System& primary, const Cancelled& cancelled,
                      const std::string& signed_cancel) {
  const token::GrantVerifier* verifier = VerifierOf(verifiers, primary);
  if (verifier == nullptr) return WithoutKeys(primary);
  const absl::StatusOr<token::SignedCancel> claims = verifier->VerifyCancel(signed_cancel);
  return CheckSignedCancel({.presented = !signed_cancel.empty(), .claims = claims}, cancelled);
}

}  // namespace mcmig::partner_server
