#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/simulation/model.h"

// What the model says of answers, and of a world that is quiet.
namespace mcmig::simulation {

void Model::PrimaryAnswers(const SystemName& partner, const Content& content, const Epoch& epoch, absl::Time arrived) {
  ClientHears(partner, content, epoch);
  const auto authorized = authorized_.find({content.user, epoch});
  if (authorized == authorized_.end() || authorized->second.at >= arrived) return;
  // Not committed for this call: it was answered before.
  const migration::Record* record = MigratedRecord(content.user);
  if (record == nullptr || record->epoch != epoch) {
    run_.Violate("a stored answer is repeated only while it is on record: " + Name(content.user, epoch));
  }
}

void Model::ClientHears(const SystemName& partner, const Content& content, const Epoch& epoch) {
  const auto authorized = authorized_.find({content.user, epoch});
  if (authorized == authorized_.end()) {
    return run_.Violate("no success that was not durable: " + Name(content.user, epoch));
  }
  if (authorized->second.partner != partner || authorized->second.content != content) {
    run_.Violate("a success is for what was asked: " + Name(content.user, epoch));
  }
}

void Model::Quiet(bool reconciled, bool restored) {
  if (!cancels_.empty()) {
    const auto& [partner, user, epoch] = *cancels_.begin();
    run_.Violate(absl::StrCat("every cancel arrives in the end: to ", partner, " of ", Name(user, epoch)));
  }
  if (restored && !reconciled) return;
  std::set<UserKey> users;
  for (const auto& [user, record] : records_) users.insert(user);
  for (const auto& [key, epoch] : visitors_) users.insert(key.second);
  for (const UserKey& user : users) CheckVisitors(user, reconciled);
}

void Model::CheckVisitors(const UserKey& user, bool reconciled) {
  const migration::Record* record = MigratedRecord(user);
  for (const auto& [key, epoch] : visitors_) {
    if (key.second != user) continue;
    if (record != nullptr && record->partner_system == key.first && (!reconciled || record->epoch == epoch)) continue;
    run_.Violate(absl::StrCat("no visitor is served who is not on record: at ", key.first, ", ", Name(user, epoch)));
  }
  if (!reconciled || record == nullptr || VisitorAt(record->partner_system, user) == record->epoch) return;
  run_.Violate(
      absl::StrCat("whoever is on record is served: at ", record->partner_system, ", ", Name(user, record->epoch)));
}

std::set<UserKey> Model::Users() const {
  std::set<UserKey> users;
  for (const auto& [partner, user] : expected_) users.insert(user);
  return users;
}

uint64_t Model::State() const {
  uint64_t state = 0;
  const auto mix = [&state](uint64_t value) { state = (state ^ value) * 0x100000001b3U + 1; };
  for (const auto& [user, highest] : highest_) {
    const migration::Record* record = MigratedRecord(user);
    mix(record == nullptr ? 0 : 1 + static_cast<uint64_t>(record->partner_system[0]));
    mix(highest.incarnation);
    for (const auto& [key, epoch] : visitors_) {
      if (key.second != user) continue;
      mix(static_cast<uint64_t>(key.first[0]));
      mix(record == nullptr ? 0 : epoch < record->epoch ? 1 : epoch == record->epoch ? 2 : 3);
    }
    for (const auto& [key, epoch] : cancelled_) {
      if (key.second == user) mix(epoch == highest ? 5 : 6);
    }
  }
  mix(std::min<size_t>(cancels_.size(), 3));
  mix(std::min<size_t>(uncertain_.size(), 2));
  return state;
}

}  // namespace mcmig::simulation
