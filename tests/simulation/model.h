#ifndef TESTS_SIMULATION_MODEL_H_
#define TESTS_SIMULATION_MODEL_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/identity/peer.h"
#include "common/protocol/authorization.h"
#include "common/register/migration.h"
#include "common/register/visitor_store.h"
#include "tests/simulation/run.h"

namespace mcmig::simulation {

using identity::SystemName;
using migration::UserKey;
using protocol::Epoch;
using protocol::RequestId;

// What one request asked for.
struct Content {
  UserKey user;
  std::string partner_mc_service_id;
  uint8_t profile_index = 0;
  friend auto operator<=>(const Content&, const Content&) = default;
};

// The invariants of the register, checked at every commit and every answer against what was asked for and what was
// durable before. Knows nothing of how the product decides. One thread.
class Model {
 public:
  // `clock_skew` and `replay_window`: as in the primary's policy. `clocks_hold`: no clock is further off than allowed.
  Model(Run& run, absl::Duration replay_window, absl::Duration clock_skew, bool clocks_hold)
      : run_(run), replay_window_(replay_window), clock_skew_(clock_skew), clocks_hold_(clocks_hold) {}

  // What the workload does.
  void Asks(const SystemName& partner, const RequestId& id, const Content& content, absl::Time issued_at);
  void Ends(const SystemName& partner, const UserKey& user, const Epoch& epoch);
  void Expects(const SystemName& partner, const UserKey& user) { expected_.insert({partner, user}); }

  // The primary's store. `before`: what steps 6 and 7 read just before the commit, of the mutation's partner.
  void Committed(const migration::Mutation& mutation, const migration::Snapshot& before);
  // May be durable, once it has crashed.
  void Uncertain(const migration::Mutation& mutation) { uncertain_.push_back(mutation); }
  void Acknowledged(const SystemName& partner, const UserKey& user, const Epoch& epoch);
  // All that is in the outbox, after each change of it.
  void Outbox(const std::vector<migration::OutboxEntry>& entries);
  // The store is opened again, with this in it. `restored`: of a backup.
  void PrimaryStarts(const std::vector<migration::JournalEntry>& journal,
                     const std::map<UserKey, migration::Record>& records,
                     const std::vector<migration::OutboxEntry>& outbox, bool restored);

  // A partner's store.
  void Visited(const SystemName& partner, const migration::Visit& visit);
  void Cancelled(const SystemName& partner, const migration::CancelVisit& cancel);
  void UncertainVisit(const SystemName& partner) { uncertain_visits_.insert(partner); }
  void PartnerStarts(const SystemName& partner, const std::vector<migration::Visit>& visitors,
                     const std::map<UserKey, Epoch>& cancelled);

  // The primary answers a success to what `partner` asked and what arrived at `arrived`; or the user's client is told
  // so, by `partner`.
  void PrimaryAnswers(const SystemName& partner, const Content& content, const Epoch& epoch, absl::Time arrived);
  void ClientHears(const SystemName& partner, const Content& content, const Epoch& epoch);

  // Everything was delivered, and nothing happens any more. `reconciled`: orphans have been ended. `restored`: the
  // primary's store was put back to a backup.
  void Quiet(bool reconciled, bool restored);

  // Of an abstraction of all that the model knows.
  [[nodiscard]] uint64_t State() const;
  // All whom anybody expects.
  [[nodiscard]] std::set<UserKey> Users() const;
  // Where the user is, by the last commit; null where at the primary.
  [[nodiscard]] const migration::Record* MigratedRecord(const UserKey& user) const;
  // The visitor's epoch; none where not served there.
  [[nodiscard]] std::optional<Epoch> VisitorAt(const SystemName& partner, const UserKey& user) const;
  [[nodiscard]] size_t cancels_waiting() const { return cancels_.size(); }

 private:
  struct Authorized {
    SystemName partner;
    Content content;
    absl::Time at;  // true time
  };
  using PartnerUser = std::pair<SystemName, UserKey>;
  using Cancel = std::tuple<SystemName, UserKey, Epoch>;

  void CheckAuthorized(const migration::Mutation& mutation, const migration::Snapshot& before);
  void CheckServedOnce(const migration::Mutation& mutation);
  void Record(const migration::Mutation& mutation);
  void CheckVisitors(const UserKey& user, bool reconciled);
  [[nodiscard]] std::string Name(const UserKey& user, const Epoch& epoch) const;

  Run& run_;
  const absl::Duration replay_window_;
  const absl::Duration clock_skew_;
  const bool clocks_hold_;

  struct Asked {
    std::set<Content> contents;
    absl::Time issued_at;
  };
  std::map<std::pair<SystemName, RequestId>, Asked> asked_;
  std::set<Cancel> ends_;
  std::set<PartnerUser> expected_;

  std::map<UserKey, migration::Record> records_;
  std::map<UserKey, Epoch> highest_;  // ever, over restores too
  std::map<std::pair<UserKey, Epoch>, Authorized> authorized_;
  std::set<std::tuple<SystemName, UserKey, RequestId>> used_;
  // The request that used each, by UsedCredential::id.
  std::map<std::pair<UserKey, std::array<uint8_t, 32>>, RequestId> credentials_;
  std::set<std::pair<UserKey, Epoch>> durable_;  // all changes that must be in the journal
  std::vector<migration::Mutation> uncertain_;
  std::set<Cancel> cancels_;  // neither delivered nor acknowledged

  std::map<PartnerUser, Epoch> visitors_;
  std::map<PartnerUser, Epoch> cancelled_;
  std::set<SystemName> uncertain_visits_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_MODEL_H_
