#ifndef COMMON_REGISTER_VISITOR_STORE_H_
#define COMMON_REGISTER_VISITOR_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/register/frozen_store.h"
#include "common/register/migration.h"

namespace mcmig::migration {

// One user of a primary MC system, for one service: the key of a visit.
struct VisitorKey {
  identity::SystemName primary_system;
  UserKey user;
  friend auto operator<=>(const VisitorKey&, const VisitorKey&) = default;
  template <class H>
  friend H AbslHashValue(H state, const VisitorKey& key) {
    return H::combine(std::move(state), key.primary_system, key.user);
  }
};

// A user of another MC system who is served here (step 11).
struct Visitor {
  protocol::Epoch epoch;  // the primary's
  std::string primary_mc_service_id;
  std::string partner_mc_service_id;
  uint8_t profile_index = 0;
  absl::Time since;
  protocol::RequestId request_id;
  // As the primary said; infinite where it set no end.
  absl::Time authorized_until = absl::InfiniteFuture();
};

// Whether a visitor may be served at `now`, where the clocks of two MC systems are at most `clock_skew` apart: until
// that much before authorized_until, so that no visitor is served whom the primary, which waits as long after it, has
// taken back.
inline bool MayBeServed(const Visitor& visitor, absl::Time now, absl::Duration clock_skew) {
  return now < visitor.authorized_until - clock_skew;
}

// An entry of the expected-visitors list (step 2, NOTE 2): one user, or all users of a domain.
struct ExpectedVisitor {
  identity::SystemName primary_system;
  // Exactly one of the two is not empty.
  std::string canonical_id;
  std::string domain;
  protocol::McService service = protocol::McService::kMcptt;
  absl::Time from = absl::InfinitePast();  // inclusive
  absl::Time until;                        // exclusive
  std::string mc_service_id;               // as imported, where one user
  bool priority = false;                   // may take of the emergency share
};

// Installs a visitor where no visit of a later or equal epoch, and no cancel of its epoch or a later one, is known.
struct Visit {
  VisitorKey key;
  Visitor visitor;
};

// Ends the visits of one user up to an epoch: the primary MC system cancelled it, or this one ended it. The epoch is
// remembered as the highest cancelled, also where no visitor is known, so that an answer which is still on its way
// installs nobody.
struct CancelVisit {
  VisitorKey key;
  protocol::Epoch epoch;
  absl::Time at;
};

using VisitorChange = std::variant<Visit, CancelVisit>;

enum class VisitOutcome {
  // Of a visit:
  kInstalled,   // durable
  kAlready,     // the same epoch is installed already: durable
  kSuperseded,  // a later epoch is installed: nothing written
  kCancelled,   // this epoch or a later one is cancelled: nothing written
  // Of a cancel, each durable:
  kRemoved,      // the visitor is served no more
  kNoVisitor,    // there was none
  kLaterVisitor  // a visitor of a later epoch stays
};

// The partner's durable state: the expected-visitors list and the visitor register.
//
// Blocking; threads and errors as MigrationStore.
class VisitorStore {
 public:
  virtual ~VisitorStore() = default;

  // The entries for this user and for `domain`: none, one or two.
  virtual absl::StatusOr<std::vector<ExpectedVisitor>> FindExpected(const VisitorKey& key,
                                                                    const std::string& domain) = 0;
  // Adds or replaces entries, by system, user or domain, and service, in one durable commit.
  virtual absl::Status ImportExpected(absl::Span<const ExpectedVisitor> entries) = 0;
  // Applies each change, in order and seeing the ones before it, in one durable commit. An error means that none is
  // known to be applied.
  virtual absl::StatusOr<std::vector<VisitOutcome>> Apply(absl::Span<const VisitorChange> changes) = 0;

  // How many visitors are installed, as of the last commit. Cheap, any thread.
  virtual absl::StatusOr<uint64_t> CountVisitors() = 0;
  virtual absl::StatusOr<std::optional<Visitor>> FindVisitor(const VisitorKey& key) = 0;
  // Pages in key order: up to `limit` entries with store keys after `after` (empty: from the start). `next` of the page
  // is empty at the end.
  struct VisitorPage {
    std::vector<Visit> entries;
    std::string next;
  };
  // Of one primary MC system, or of all where `primary_system` is empty.
  virtual absl::StatusOr<VisitorPage> ListVisitors(const identity::SystemName& primary_system, const std::string& after,
                                                   size_t limit) = 0;
  struct ExpectedPage {
    std::vector<ExpectedVisitor> entries;
    std::string next;
  };
  virtual absl::StatusOr<ExpectedPage> ListExpected(const std::string& after, size_t limit) = 0;

  // The highest cancelled epoch of a user; empty where none is remembered.
  virtual absl::StatusOr<std::optional<protocol::Epoch>> FindCancelled(const VisitorKey& key) = 0;
  // Forgets, of up to `limit` users after `after` (as in a page), the cancelled epochs noted before `time`, in one
  // durable commit. The place to go on from; empty at the end. `time` must be so long ago that no answer to an
  // authorization of then can still arrive.
  virtual absl::StatusOr<std::string> ForgetCancelled(absl::Time time, const std::string& after, size_t limit) = 0;

  // Whether the store was restored from a backup and has not been reconciled with the primary MC systems since; what
  // was recorded after the backup is lost until then.
  [[nodiscard]] virtual absl::StatusOr<bool> ReconciliationPending() const = 0;
  // It has been. Durable when OK.
  virtual absl::Status SetReconciled() = 0;

  // Everything as it is now, which ends before this object.
  [[nodiscard]] virtual absl::StatusOr<FrozenStore> Freeze() const = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_VISITOR_STORE_H_
