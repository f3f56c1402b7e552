#include "services/mcmig/bundle/admission.h"

#include "absl/strings/str_cat.h"
#include "common/config/names.h"
#include "google/protobuf/util/message_differencer.h"

namespace mcmig::bundle {
namespace {

using config::v1::TrustBundle;
using google::protobuf::util::MessageDifferencer;

absl::Status CheckTime(const TrustBundle& content, absl::Time now) {
  if (now >= absl::FromUnixSeconds(content.expires_at().seconds())) {
    return absl::FailedPreconditionError("expires_at: the bundle has expired; ask for a new one");
  }
  if (now + kClockSkew < absl::FromUnixSeconds(content.issued_at().seconds())) {
    return absl::FailedPreconditionError("issued_at: is in the future; one of the clocks is wrong");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Admitted> CheckOffer(const Offer& offer) {
  const TrustBundle& content = offer.bundle.content();
  if (!offer.fingerprint.empty() && offer.fingerprint != offer.bundle.fingerprint()) {
    return absl::PermissionDeniedError("fingerprint: is not that of this bundle");
  }
  if (offer.in_force == nullptr) {
    if (offer.fingerprint.empty()) {
      return absl::PermissionDeniedError(
          "fingerprint: is missing; the first bundle of an MC system needs the one that its operators read out");
    }
    if (absl::Status in_time = CheckTime(content, offer.now); !in_time.ok()) return in_time;
    return Admitted::kFirst;
  }
  if (content.system() != offer.in_force->content().system()) {
    return absl::FailedPreconditionError("system: is another one than that of the bundle in force");
  }
  const TrustBundle& in_force = offer.in_force->content();
  // Before the signature: an older one may be signed by a key that is named no more, which is not what is wrong with
  // it.
  if (content.version() < in_force.version()) {
    return absl::FailedPreconditionError(
        absl::StrCat("version: is older than version ", in_force.version(), ", which is in force"));
  }
  if (!offer.bundle.IsSignedByAKeyOf(*offer.in_force)) {
    return absl::PermissionDeniedError(
        absl::StrCat("signature: of none of the keys that version ", in_force.version(),
                     ", which is in force, names; import the versions in between first"));
  }
  if (content.version() == in_force.version()) {
    // One that is in force already may be expired: what it brought stays.
    if (MessageDifferencer::Equals(content, in_force)) return Admitted::kSame;
    return absl::FailedPreconditionError("version: is the one in force, with another content");
  }
  if (absl::Status in_time = CheckTime(content, offer.now); !in_time.ok()) return in_time;
  return Admitted::kNext;
}

absl::Status CheckTable(const TrustBundle& content, const identity::SystemTable& systems) {
  if (content.system() == systems.own()) {
    return absl::FailedPreconditionError("system: is the own MC system");
  }
  for (int i = 0; i < content.id_domains_size(); ++i) {
    for (const auto& other : systems.systems()) {
      if (other.config.name() == content.system()) continue;
      for (const std::string& domain : other.config.id_domains()) {
        if (!config::IdDomainsOverlap(content.id_domains(i), domain)) continue;
        return absl::FailedPreconditionError(
            absl::StrCat("id_domains[", i, "]: overlaps with a domain of ", other.config.name()));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace mcmig::bundle
