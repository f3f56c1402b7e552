#include "common/register/import.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/timestamp.pb.h"

namespace mcmig::migration {
namespace {

using identity::McServiceId;
using identity::SystemTable;

constexpr uint32_t kGreatestIndex = 255;
constexpr size_t kLongestText = 256;
constexpr size_t kLongestAccessInformation = 1'024;
constexpr int kMostPartnerSystems = 64;
// What a Timestamp may hold: the years 1 to 9999.
constexpr int64_t kLeastSeconds = -62'135'596'800;
constexpr int64_t kMostSeconds = 253'402'300'799;
constexpr int32_t kMostNanos = 999'999'999;

absl::Status Invalid(absl::string_view path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

absl::Status AtMost(absl::string_view path, const std::string& text, size_t most) {
  return text.size() <= most ? absl::OkStatus() : Invalid(path, absl::StrCat("is over ", most, " bytes"));
}

absl::StatusOr<McServiceId> ParseId(absl::string_view path, const std::string& text, const SystemTable& systems,
                                    const identity::SystemName& owner) {
  absl::StatusOr<McServiceId> id = McServiceId::Parse(text);
  if (!id.ok()) return Invalid(path, id.status().message());
  if (systems.SystemOf(*id) != owner) return Invalid(path, absl::StrCat("does not belong to MC system ", owner));
  return id;
}

absl::StatusOr<absl::Time> ParseTime(absl::string_view path, const google::protobuf::Timestamp& time) {
  if (time.seconds() < kLeastSeconds || time.seconds() > kMostSeconds || time.nanos() < 0 ||
      time.nanos() > kMostNanos) {
    return Invalid(path, "is out of range");
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::Status AddPartnerSystems(const v1::UserProfile& message, const SystemTable& systems, Profile& profile) {
  if (message.partner_systems_size() > kMostPartnerSystems) {
    return Invalid("partner_systems", absl::StrCat("are over ", kMostPartnerSystems));
  }
  for (int i = 0; i < message.partner_systems_size(); ++i) {
    const v1::PartnerSystem& partner = message.partner_systems(i);
    const std::string path = absl::StrCat("partner_systems[", i, "]");
    if (partner.system().empty()) return Invalid(path + ".system", "is missing");
    if (systems.Find(partner.system()) == nullptr) return Invalid(path + ".system", "is not in the system table");
    if (partner.system() == systems.own()) return Invalid(path + ".system", "is the own MC system");
    for (const Profile::PartnerSystem& before : profile.partner_systems) {
      if (before.system == partner.system()) return Invalid(path + ".system", "is there already");
    }
    if (absl::Status status =
            AtMost(path + ".access_information", partner.access_information(), kLongestAccessInformation);
        !status.ok()) {
      return status;
    }
    profile.partner_systems.push_back({partner.system(), partner.access_information()});
  }
  return absl::OkStatus();
}

// The one of "one user" and "a whole domain" that the entry has.
absl::Status SetWho(const v1::ExpectedVisitor& message, const SystemTable& systems, ExpectedVisitor& visitor) {
  switch (message.who_case()) {
    case v1::ExpectedVisitor::kPrimaryMcServiceId: {
      const absl::StatusOr<McServiceId> id =
          ParseId("primary_mc_service_id", message.primary_mc_service_id(), systems, visitor.primary_system);
      if (!id.ok()) return id.status();
      visitor.canonical_id = id->canonical();
      visitor.mc_service_id = id->received();
      return absl::OkStatus();
    }
    case v1::ExpectedVisitor::kDomain:
      visitor.domain = absl::AsciiStrToLower(message.domain());
      if (visitor.domain.empty()) return Invalid("domain", "is missing");
      if (systems.SystemOfDomain(visitor.domain) != visitor.primary_system) {
        return Invalid("domain", absl::StrCat("does not belong to MC system ", visitor.primary_system));
      }
      return absl::OkStatus();
    case v1::ExpectedVisitor::WHO_NOT_SET:
      break;
  }
  return Invalid("primary_mc_service_id", "is missing, and so is domain; exactly one is needed");
}

absl::Status SetWindow(const v1::ExpectedVisitor& message, ExpectedVisitor& visitor) {
  if (message.has_from()) {
    const absl::StatusOr<absl::Time> from = ParseTime("from", message.from());
    if (!from.ok()) return from.status();
    visitor.from = *from;
  }
  if (!message.has_until()) return Invalid("until", "is missing");
  const absl::StatusOr<absl::Time> until = ParseTime("until", message.until());
  if (!until.ok()) return until.status();
  visitor.until = *until;
  return visitor.until > visitor.from ? absl::OkStatus() : Invalid("until", "must be later than from");
}

}  // namespace

absl::StatusOr<MigrationStore::ProfileEntry> ParseUserProfile(const v1::UserProfile& message,
                                                              const SystemTable& systems) {
  const absl::StatusOr<McServiceId> id = ParseId("mc_service_id", message.mc_service_id(), systems, systems.own());
  if (!id.ok()) return id.status();
  const absl::StatusOr<protocol::McService> service = protocol::ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();
  if (!message.has_mc_service_user_profile_index()) return Invalid("mc_service_user_profile_index", "is missing");
  if (message.mc_service_user_profile_index() > kGreatestIndex) {
    return Invalid("mc_service_user_profile_index", absl::StrCat("must be at most ", kGreatestIndex));
  }
  if (message.status() != v1::USER_PROFILE_STATUS_ENABLED && message.status() != v1::USER_PROFILE_STATUS_DISABLED) {
    return Invalid("status", "must be USER_PROFILE_STATUS_ENABLED or USER_PROFILE_STATUS_DISABLED");
  }
  absl::Status status = AtMost("profile_name", message.profile_name(), kLongestText);
  status.Update(AtMost("mission_critical_organization", message.mission_critical_organization(), kLongestText));
  if (!status.ok()) return status;

  Profile profile;
  profile.index = static_cast<uint8_t>(message.mc_service_user_profile_index());
  profile.name = message.profile_name();
  profile.enabled = message.status() == v1::USER_PROFILE_STATUS_ENABLED;
  profile.pre_selected = message.pre_selected();
  profile.organization = message.mission_critical_organization();
  profile.user_disabled = message.user_disabled();
  profile.priority = message.priority();
  status = AddPartnerSystems(message, systems, profile);
  if (!status.ok()) return status;
  return MigrationStore::ProfileEntry{
      .key = {id->canonical(), *service}, .mc_service_id = id->received(), .profile = std::move(profile)};
}

absl::StatusOr<ExpectedVisitor> ParseExpectedVisitor(const v1::ExpectedVisitor& message, const SystemTable& systems) {
  if (message.primary_system().empty()) return Invalid("primary_system", "is missing");
  if (systems.Find(message.primary_system()) == nullptr) {
    return Invalid("primary_system", "is not in the system table");
  }
  if (message.primary_system() == systems.own()) return Invalid("primary_system", "is the own MC system");
  ExpectedVisitor visitor;
  visitor.primary_system = message.primary_system();
  if (absl::Status status = SetWho(message, systems, visitor); !status.ok()) return status;
  const absl::StatusOr<protocol::McService> service = protocol::ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();
  visitor.service = *service;
  if (absl::Status status = SetWindow(message, visitor); !status.ok()) return status;
  visitor.priority = message.priority();
  return visitor;
}

}  // namespace mcmig::migration
