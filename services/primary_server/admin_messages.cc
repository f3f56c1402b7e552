#include "services/primary_server/admin_messages.h"

#include "common/protocol/timestamp.h"

namespace mcmig::primary_server {

v1::UserProfile ToProto(const migration::Profile& profile, const std::string& mc_service_id,
                        protocol::McService service) {
  v1::UserProfile message;
  message.set_mc_service_id(mc_service_id);
  message.set_mc_service(protocol::ToProto(service));
  message.set_mc_service_user_profile_index(profile.index);
  message.set_profile_name(profile.name);
  message.set_status(profile.enabled ? v1::USER_PROFILE_STATUS_ENABLED : v1::USER_PROFILE_STATUS_DISABLED);
  message.set_pre_selected(profile.pre_selected);
  message.set_mission_critical_organization(profile.organization);
  for (const migration::Profile::PartnerSystem& partner : profile.partner_systems) {
    v1::PartnerSystem& system = *message.add_partner_systems();
    system.set_system(partner.system);
    system.set_access_information(partner.access_information);
  }
  message.set_user_disabled(profile.user_disabled);
  message.set_priority(profile.priority);
  return message;
}

v1::MigrationRecord ToProto(const migration::Record& record, protocol::McService service) {
  v1::MigrationRecord message;
  message.set_primary_mc_service_id(record.primary_mc_service_id);
  message.set_mc_service(protocol::ToProto(service));
  *message.mutable_epoch() = protocol::ToProto(record.epoch);
  message.set_through_gateway(record.through_gateway);
  *message.mutable_decided_at() = protocol::ToTimestamp(record.decided_at);
  message.set_request_id(record.request_id.ToBytes());
  if (record.state == migration::State::kMigrated) {
    message.set_state(v1::MIGRATION_STATE_MIGRATED);
    message.set_partner_system(record.partner_system);
    message.set_partner_mc_service_id(record.partner_mc_service_id);
    message.set_mc_service_user_profile_index(record.profile_index);
    if (record.authorized_until != absl::InfiniteFuture()) {
      *message.mutable_authorized_until() = protocol::ToTimestamp(record.authorized_until);
    }
  } else {
    message.set_state(v1::MIGRATION_STATE_AT_PRIMARY);
  }
  return message;
}

v1::MigrationChange ToProto(const migration::JournalEntry& entry) {
  v1::MigrationChange message;
  message.set_sequence(entry.sequence);
  // The numbers are the same.
  static_assert(static_cast<int>(migration::Change::kWithdrawn) == v1::MigrationChange::KIND_WITHDRAWN);
  message.set_kind(static_cast<v1::MigrationChange::Kind>(entry.change));
  *message.mutable_epoch() = protocol::ToProto(entry.epoch);
  message.set_from_system(entry.before);
  message.set_to_system(entry.after);
  message.set_request_id(entry.request_id.ToBytes());
  *message.mutable_at() = protocol::ToTimestamp(entry.at);
  return message;
}

}  // namespace mcmig::primary_server
