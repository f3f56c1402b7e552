#ifndef TESTS_BORDER_ALTERING_PEERS_H_
#define TESTS_BORDER_ALTERING_PEERS_H_

#include <functional>
#include <string>

#include "mcmig/v1/lifecycle.pb.h"
#include "mcmig/v1/migration.pb.h"
#include "tests/border/peers.h"

namespace mcmig::border {

// Peers between which the test stands, as a gateway that was taken over would: what each sends reaches the other,
// altered as the test says. One call at a time where something is altered.
class AlteringPeers {
 public:
  AlteringPeers(const std::string& name, const PeersOptions& options);

  // What becomes of what south asks and north answers; null: nothing.
  std::function<void(v1::MigrationServiceAuthorizationRequest&)> ask;
  std::function<void(v1::MigrationServiceAuthorizationResponse&)> answer;
  std::function<void(v1::ReconcileMigrationsRequest&)> compare;
  std::function<void(v1::ReconcileMigrationsResponse&)> page;
  // … and of what north tells south.
  std::function<void(v1::CancelMigrationRequest&)> cancel;

  [[nodiscard]] Peers& peers() { return peers_; }
  [[nodiscard]] harness::Deployment& deployment() { return peers_.deployment(); }

 private:
  Reply ToNorth(const Sent& sent);
  Reply ToSouth(const Sent& sent);

  Peers peers_;
};

}  // namespace mcmig::border

#endif  // TESTS_BORDER_ALTERING_PEERS_H_
