#include <algorithm>
#include <utility>

#include "common/register/row_codec.h"
#include "common/register/row_fields.h"
#include "common/register/storage.pb.h"

namespace mcmig::migration::row {
namespace {

void Write(const AnsweredRequest& entry, storage::AnsweredRequest* field) {
  field->set_partner_system(entry.partner_system);
  field->set_request_id(entry.request_id.ToBytes());
  field->set_digest(std::string(entry.digest.begin(), entry.digest.end()));
  WriteEpoch(entry.epoch, field->mutable_epoch());
  WriteTime(entry.issued_at, field->mutable_issued_at());
  if (!entry.credential) return;
  field->set_credential_id(entry.credential->id.data(), entry.credential->id.size());
  WriteTime(entry.credential->until, field->mutable_credential_until());
}

bool Read(const storage::AnsweredRequest& field, AnsweredRequest* entry) {
  entry->partner_system = field.partner_system();
  if (field.digest().size() != entry->digest.size()) return false;
  std::copy(field.digest().begin(), field.digest().end(), entry->digest.begin());
  if (field.has_credential_until()) {
    UsedCredential& used = entry->credential.emplace();
    if (field.credential_id().size() != used.id.size()) return false;
    std::copy(field.credential_id().begin(), field.credential_id().end(), used.id.begin());
    if (!ReadTime(field.credential_until(), &used.until)) return false;
  } else if (!field.credential_id().empty()) {
    return false;
  }
  return ReadRequestId(field.request_id(), &entry->request_id) && ReadEpoch(field.epoch(), &entry->epoch) &&
         ReadTime(field.issued_at(), &entry->issued_at);
}

void Write(const Profile& profile, storage::Profile* field) {
  field->set_index(profile.index);
  field->set_name(profile.name);
  field->set_enabled(profile.enabled);
  field->set_pre_selected(profile.pre_selected);
  field->set_organization(profile.organization);
  for (const Profile::PartnerSystem& partner : profile.partner_systems) {
    storage::PartnerSystem* added = field->add_partner_systems();
    added->set_system(partner.system);
    added->set_access_information(partner.access_information);
  }
  field->set_user_disabled(profile.user_disabled);
  field->set_priority(profile.priority);
}

bool Read(const storage::Profile& field, Profile* profile) {
  profile->name = field.name();
  profile->enabled = field.enabled();
  profile->pre_selected = field.pre_selected();
  profile->organization = field.organization();
  profile->partner_systems.reserve(static_cast<size_t>(field.partner_systems_size()));
  for (const storage::PartnerSystem& partner : field.partner_systems()) {
    profile->partner_systems.push_back(
        {.system = partner.system(), .access_information = partner.access_information()});
  }
  profile->user_disabled = field.user_disabled();
  profile->priority = field.priority();
  return ReadIndex(field.index(), &profile->index);
}

bool Read(const storage::RecordRow& row, Record* record) {
  record->state = static_cast<State>(row.state());
  record->primary_mc_service_id = row.primary_mc_service_id();
  record->partner_system = row.partner_system();
  record->partner_mc_service_id = row.partner_mc_service_id();
  record->through_gateway = row.through_gateway();
  if (row.has_authorized_until() && !ReadTime(row.authorized_until(), &record->authorized_until)) return false;
  const bool state_known = row.state() == static_cast<uint32_t>(State::kAtPrimary) ||
                           (row.state() == static_cast<uint32_t>(State::kMigrated) && !row.partner_system().empty());
  return state_known && ReadEpoch(row.epoch(), &record->epoch) &&
         ReadIndex(row.profile_index(), &record->profile_index) && ReadTime(row.decided_at(), &record->decided_at) &&
         ReadRequestId(row.request_id(), &record->request_id);
}

// Schema 1 knew authorizations only, and wrote nothing.
bool ReadChange(const storage::JournalRow& row, Change* change) {
  *change = row.change() == 0 ? Change::kAuthorized : static_cast<Change>(row.change());
  return row.change() <= static_cast<uint32_t>(Change::kWithdrawn);
}

}  // namespace

std::string ValueOf(const UserProfiles& user) {
  storage::UserRow row;
  row.set_version(user.version);
  row.set_mc_service_id(user.mc_service_id);
  for (const Profile& profile : user.profiles) Write(profile, row.add_profiles());
  return row.SerializeAsString();
}

absl::StatusOr<UserProfiles> ParseUserProfiles(absl::string_view value) {
  storage::UserRow row;
  if (!Parse(value, &row) || row.version() == 0) return BadValue();
  UserProfiles user{.version = row.version(), .mc_service_id = row.mc_service_id(), .profiles = {}};
  user.profiles.resize(static_cast<size_t>(row.profiles_size()));
  for (int i = 0; i < row.profiles_size(); ++i) {
    if (!Read(row.profiles(i), &user.profiles[static_cast<size_t>(i)])) return BadValue();
  }
  return user;
}

std::string ValueOf(const Agreement& agreement) {
  storage::AgreementRow row;
  row.set_version(agreement.version);
  for (const protocol::McService service : agreement.services) row.add_services(static_cast<uint32_t>(service));
  return row.SerializeAsString();
}

absl::StatusOr<Agreement> ParseAgreement(absl::string_view value) {
  storage::AgreementRow row;
  if (!Parse(value, &row) || row.version() == 0) return BadValue();
  Agreement agreement{.version = row.version(), .services = {}};
  for (const uint32_t field : row.services()) {
    protocol::McService service = protocol::McService::kMcptt;
    if (!ReadService(field, &service)) return BadValue();
    agreement.services.push_back(service);
  }
  return agreement;
}

std::string ValueOf(const Record& record, const std::vector<AnsweredRequest>& answered, uint64_t last_change) {
  storage::RecordRow row;
  WriteEpoch(record.epoch, row.mutable_epoch());
  row.set_state(static_cast<uint32_t>(record.state));
  row.set_primary_mc_service_id(record.primary_mc_service_id);
  row.set_partner_system(record.partner_system);
  row.set_partner_mc_service_id(record.partner_mc_service_id);
  row.set_profile_index(record.profile_index);
  row.set_through_gateway(record.through_gateway);
  if (record.authorized_until != absl::InfiniteFuture()) {
    WriteTime(record.authorized_until, row.mutable_authorized_until());
  }
  WriteTime(record.decided_at, row.mutable_decided_at());
  row.set_request_id(record.request_id.ToBytes());
  for (const AnsweredRequest& entry : answered) Write(entry, row.add_answered());
  row.set_last_change(last_change);
  return row.SerializeAsString();
}

absl::StatusOr<RecordRow> ParseRecord(absl::string_view value) {
  storage::RecordRow row;
  RecordRow result;
  if (!Parse(value, &row) || !Read(row, &result.record)) return BadValue();
  result.last_change = row.last_change();
  result.answered.resize(static_cast<size_t>(row.answered_size()));
  for (int i = 0; i < row.answered_size(); ++i) {
    if (!Read(row.answered(i), &result.answered[static_cast<size_t>(i)])) return BadValue();
  }
  return result;
}

std::string ValueOf(const JournalEntry& entry, uint64_t previous) {
  storage::JournalRow row;
  row.set_canonical_id(entry.key.canonical_id);
  row.set_service(static_cast<uint32_t>(entry.key.service));
  row.set_change(static_cast<uint32_t>(entry.change));
  WriteEpoch(entry.epoch, row.mutable_epoch());
  row.set_before(entry.before);
  row.set_after(entry.after);
  row.set_request_id(entry.request_id.ToBytes());
  WriteTime(entry.at, row.mutable_at());
  row.set_previous(previous);
  return row.SerializeAsString();
}

absl::StatusOr<JournalRow> ParseJournalRow(absl::string_view key, absl::string_view value) {
  const absl::StatusOr<uint64_t> sequence = ParseSequenceKey(key);
  if (!sequence.ok()) return sequence.status();
  storage::JournalRow row;
  JournalRow result;
  JournalEntry& entry = result.entry;
  if (!Parse(value, &row) || !ReadService(row.service(), &entry.key.service) || !ReadChange(row, &entry.change) ||
      !ReadEpoch(row.epoch(), &entry.epoch) || !ReadRequestId(row.request_id(), &entry.request_id) ||
      !ReadTime(row.at(), &entry.at)) {
    return BadValue();
  }
  entry.sequence = *sequence;
  entry.key.canonical_id = row.canonical_id();
  entry.before = row.before();
  entry.after = row.after();
  result.previous = row.previous();
  return result;
}

std::string ValueOf(const OutboxEntry& entry) {
  storage::OutboxRow row;
  row.set_canonical_id(entry.key.canonical_id);
  row.set_service(static_cast<uint32_t>(entry.key.service));
  WriteEpoch(entry.epoch, row.mutable_epoch());
  WriteTime(entry.at, row.mutable_at());
  return row.SerializeAsString();
}

absl::StatusOr<OutboxEntry> ParseOutboxEntry(absl::string_view key, absl::string_view value) {
  absl::StatusOr<OutboxPlace> place = ParseOutboxKey(key);
  if (!place.ok()) return place.status();
  storage::OutboxRow row;
  OutboxEntry entry;
  if (!Parse(value, &row) || !ReadService(row.service(), &entry.key.service) || !ReadEpoch(row.epoch(), &entry.epoch) ||
      !ReadTime(row.at(), &entry.at)) {
    return BadValue();
  }
  entry.sequence = place->sequence;
  entry.partner_system = std::move(place->partner_system);
  entry.key.canonical_id = row.canonical_id();
  return entry;
}

}  // namespace mcmig::migration::row
