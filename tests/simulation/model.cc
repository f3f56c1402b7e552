#include "tests/simulation/model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace mcmig::simulation {
namespace {

using migration::Change;
using migration::State;

std::string Name(const Epoch& epoch) { return absl::StrCat(epoch.incarnation, ".", epoch.counter); }

bool HasService(const std::optional<migration::Agreement>& agreement, protocol::McService service) {
  return agreement && std::ranges::count(agreement->services, service) > 0;
}

// Step 6, written once more and in another way: some enabled profile of that index names the partner.
bool Permitted(const migration::Snapshot& snapshot, const migration::Record& record, protocol::McService service) {
  if (!HasService(snapshot.agreement, service) || !snapshot.user) return false;
  bool permitted = false;
  for (const migration::Profile& profile : snapshot.user->profiles) {
    if (profile.user_disabled) return false;
    if (profile.index != record.profile_index || !profile.enabled) continue;
    for (const auto& partner : profile.partner_systems) permitted |= partner.system == record.partner_system;
  }
  return permitted;
}

}  // namespace

std::string Model::Name(const UserKey& user, const Epoch& epoch) const {
  return absl::StrCat(user.canonical_id, " ", protocol::McServiceName(user.service), " at epoch ",
                      simulation::Name(epoch));
}

void Model::Asks(const SystemName& partner, const RequestId& id, const Content& content, absl::Time issued_at) {
  Asked& asked = asked_[{partner, id}];
  asked.contents.insert(content);
  asked.issued_at = issued_at;
}

void Model::Ends(const SystemName& partner, const UserKey& user, const Epoch& epoch) {
  ends_.insert({partner, user, epoch});
}

const migration::Record* Model::MigratedRecord(const UserKey& user) const {
  const auto record = records_.find(user);
  return record != records_.end() && record->second.state == State::kMigrated ? &record->second : nullptr;
}

std::optional<Epoch> Model::VisitorAt(const SystemName& partner, const UserKey& user) const {
  const auto visitor = visitors_.find({partner, user});
  return visitor == visitors_.end() ? std::nullopt : std::optional(visitor->second);
}

void Model::Committed(const migration::Mutation& mutation, const migration::Snapshot& before) {
  const std::string name = Name(mutation.key, mutation.record.epoch);
  const auto record = records_.find(mutation.key);
  const Epoch current = record == records_.end() ? Epoch{} : record->second.epoch;
  run_.Note(absl::StrCat("recorded: ", name, ", ", mutation.record.partner_system, ", change ",
                         static_cast<int>(mutation.change)));
  if (mutation.expected_epoch != current) run_.Violate("epoch check: a change of a record that had changed, " + name);
  if (mutation.record.epoch <= highest_[mutation.key]) run_.Violate("epochs never repeat: " + name);
  if (mutation.permission &&
      (mutation.permission->profile_version != (before.user ? before.user->version : 0) ||
       mutation.permission->agreement_version != (before.agreement ? before.agreement->version : 0))) {
    run_.Violate("no permit without the checks at the versions committed: " + name);
  }
  if (mutation.change == Change::kAuthorized) CheckAuthorized(mutation, before);
  if (mutation.change == Change::kEnded &&
      !ends_.contains({record->second.partner_system, mutation.key, mutation.expected_epoch})) {
    run_.Violate("a partner ends only what it names: " + name);
  }
  Record(mutation);
  if (mutation.change == Change::kAuthorized) CheckServedOnce(mutation);
}

void Model::CheckServedOnce(const migration::Mutation& mutation) {
  for (const auto& [key, epoch] : visitors_) {
    const auto& [partner, user] = key;
    if (user != mutation.key || partner == mutation.record.partner_system) continue;
    const bool cancelled = std::ranges::any_of(cancels_, [&, served = epoch](const Cancel& cancel) {
      return std::get<0>(cancel) == key.first && std::get<1>(cancel) == key.second && std::get<2>(cancel) >= served;
    });
    if (!cancelled) {
      run_.Violate(absl::StrCat("served in two systems, and no cancel is on its way: at ", partner, ", ",
                                Name(user, mutation.record.epoch)));
    }
  }
}

void Model::CheckAuthorized(const migration::Mutation& mutation, const migration::Snapshot& before) {
  const migration::Record& record = mutation.record;
  const std::string name = Name(mutation.key, record.epoch);
  if (!mutation.permission || !Permitted(before, record, mutation.key.service)) {
    run_.Violate("no permit without step 6: " + name);
  }
  if (!expected_.contains({record.partner_system, mutation.key})) run_.Violate("no permit without step 2: " + name);
  const auto asked = asked_.find({record.partner_system, record.request_id});
  if (asked == asked_.end() ||
      !asked->second.contents.contains({mutation.key, record.partner_mc_service_id, record.profile_index})) {
    return run_.Violate("the partner MC system on record is the one that asked: " + name);
  }
  if (clocks_hold_ && record.decided_at - asked->second.issued_at > replay_window_) {
    run_.Violate("a request older than the replay window moves nobody: " + name);
  }
  if (clocks_hold_ && used_.contains({record.partner_system, mutation.key, record.request_id})) {
    run_.Violate("a late duplicate never moves a user: " + name);
  }
  const std::optional<migration::UsedCredential>& credential = mutation.answered.back().credential;
  const migration::Record* at = MigratedRecord(mutation.key);
  if (at != nullptr && at->partner_system != record.partner_system && !credential &&
      !IsOver(*at, record.decided_at, clock_skew_)) {
    run_.Violate("nobody is moved without a credential: " + name);
  }
  if (!credential || !clocks_hold_) return;
  const auto [used, first] = credentials_.try_emplace({mutation.key, credential->id}, record.request_id);
  if (!first && used->second != record.request_id) run_.Violate("a credential is good for one request: " + name);
}

void Model::Record(const migration::Mutation& mutation) {
  const migration::Record* before = MigratedRecord(mutation.key);
  const migration::Record& after = mutation.record;
  if (before != nullptr && mutation.change != Change::kEnded && before->partner_system != after.partner_system) {
    cancels_.insert({before->partner_system, mutation.key, before->epoch});
  }
  if (mutation.change == Change::kAuthorized) {
    authorized_[{mutation.key, after.epoch}] = {
        after.partner_system, {mutation.key, after.partner_mc_service_id, after.profile_index}, run_.events.now()};
    used_.insert({after.partner_system, mutation.key, after.request_id});
  }
  highest_[mutation.key] = std::max(highest_[mutation.key], after.epoch);
  durable_.insert({mutation.key, after.epoch});
  records_[mutation.key] = after;
}

void Model::Acknowledged(const SystemName& partner, const UserKey& user, const Epoch& epoch) {
  const auto cancelled = cancelled_.find({partner, user});
  if (cancelled == cancelled_.end() || cancelled->second < epoch) {
    run_.Violate("every cancel is delivered or in the outbox: acknowledged undelivered, " + Name(user, epoch));
  }
  cancels_.erase({partner, user, epoch});
}

void Model::Outbox(const std::vector<migration::OutboxEntry>& entries) {
  std::set<Cancel> there;
  for (const auto& entry : entries) there.insert({entry.partner_system, entry.key, entry.epoch});
  for (const auto& [partner, user, epoch] : cancels_) {
    if (!there.contains({partner, user, epoch})) {
      run_.Violate(
          absl::StrCat("every cancel is delivered or in the outbox: none to ", partner, " of ", Name(user, epoch)));
    }
  }
}

void Model::PrimaryStarts(const std::vector<migration::JournalEntry>& journal,
                          const std::map<UserKey, migration::Record>& records,
                          const std::vector<migration::OutboxEntry>& outbox, bool restored) {
  if (restored) {
    durable_.clear();
    cancels_.clear();
    used_.clear();
    credentials_.clear();
    uncertain_.clear();
    for (const auto& entry : outbox) cancels_.insert({entry.partner_system, entry.key, entry.epoch});
  }
  std::set<std::pair<UserKey, Epoch>> there;
  for (const migration::JournalEntry& entry : journal) {
    there.insert({entry.key, entry.epoch});
    if (durable_.contains({entry.key, entry.epoch})) continue;
    // Of several that failed with the same epoch, one may be there: the one whose content the record has.
    const auto found = records.find(entry.key);
    const migration::Record* record =
        found != records.end() && found->second.epoch == entry.epoch ? &found->second : nullptr;
    const auto open =
        std::find_if(uncertain_.rbegin(), uncertain_.rend(), [&entry, record](const migration::Mutation& mutation) {
          return mutation.key == entry.key && mutation.record.epoch == entry.epoch &&
                 mutation.record.request_id == entry.request_id && mutation.change == entry.change &&
                 (record == nullptr || (record->profile_index == mutation.record.profile_index &&
                                        record->partner_mc_service_id == mutation.record.partner_mc_service_id));
        });
    if (open != uncertain_.rend()) {
      Record(*open);
    } else if (!restored) {
      run_.Violate("a change that nobody made: " + Name(entry.key, entry.epoch));
    }
    durable_.insert({entry.key, entry.epoch});
    if (entry.change == Change::kAuthorized) used_.insert({entry.after, entry.key, entry.request_id});
  }
  for (const auto& [user, epoch] : durable_) {
    if (!there.contains({user, epoch})) run_.Violate("what was answered was durable: lost " + Name(user, epoch));
  }
  uncertain_.clear();
  for (const auto& [user, record] : records) {
    if (!restored && records_[user].epoch != record.epoch) run_.Violate("the record is that of the journal");
    highest_[user] = std::max(highest_[user], record.epoch);
  }
  records_ = records;
  Outbox(outbox);
}

void Model::Visited(const SystemName& partner, const migration::Visit& visit) {
  const PartnerUser key{partner, visit.key.user};
  const Epoch& epoch = visit.visitor.epoch;
  run_.Note(absl::StrCat("visitor at ", partner, ": ", Name(key.second, epoch)));
  const auto cancelled = cancelled_.find(key);
  if (cancelled != cancelled_.end() && epoch <= cancelled->second) {
    run_.Violate(absl::StrCat("no visitor below the cancelled epoch: at ", partner, ", ", Name(key.second, epoch)));
  }
  if (const auto there = visitors_.find(key); there != visitors_.end() && epoch <= there->second) {
    run_.Violate(absl::StrCat("no visitor under a superseded epoch: at ", partner, ", ", Name(key.second, epoch)));
  }
  ClientHears(partner, {key.second, visit.visitor.partner_mc_service_id, visit.visitor.profile_index}, epoch);
  visitors_[key] = epoch;
}

void Model::Cancelled(const SystemName& partner, const migration::CancelVisit& cancel) {
  const PartnerUser key{partner, cancel.key.user};
  run_.Note(absl::StrCat("cancelled at ", partner, ": ", Name(key.second, cancel.epoch)));
  cancelled_[key] = std::max(cancelled_[key], cancel.epoch);
  const auto visitor = visitors_.find(key);
  if (visitor != visitors_.end() && visitor->second <= cancel.epoch) visitors_.erase(visitor);
}

void Model::PartnerStarts(const SystemName& partner, const std::vector<migration::Visit>& visitors,
                          const std::map<UserKey, Epoch>& cancelled) {
  std::map<PartnerUser, Epoch> there;
  for (const migration::Visit& visit : visitors) there[{partner, visit.key.user}] = visit.visitor.epoch;
  const bool open = uncertain_visits_.erase(partner) > 0;
  for (const auto& [key, epoch] : visitors_) {
    if (key.first != partner || open) continue;
    if (!there.contains(key) || there[key] != epoch)
      run_.Violate("what was answered was durable: lost visitor at " + partner);
  }
  std::erase_if(visitors_, [&partner](const auto& entry) { return entry.first.first == partner; });
  visitors_.insert(there.begin(), there.end());
  for (auto& [key, epoch] : cancelled_) {
    const auto found = cancelled.find(key.second);
    if (key.first != partner) continue;
    if (found == cancelled.end() || found->second < epoch) {
      run_.Violate("the highest cancelled epoch is durable: at " + partner + ", " + Name(key.second, epoch));
    }
  }
  for (const auto& [user, epoch] : cancelled) cancelled_[{partner, user}] = epoch;
}

}  // namespace mcmig::simulation
