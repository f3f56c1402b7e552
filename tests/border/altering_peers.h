#ifndef TESTS_BORDER_ALTERING_PEERS_H_
#define TESTS_BORDER_ALTERING_PEERS_H_

#include <functional>
#include <mutex>
#include <string>

#include "mcmig/v1/lifecycle.pb.h"
#include "mcmig/v1/migration.pb.h"
#include "tests/border/peers.h"

namespace mcmig::border {

// What becomes of each message; null: nothing. Called on gRPC's threads.
struct Alterations {
  // What south asks, and north answers.
  std::function<void(v1::MigrationServiceAuthorizationRequest&)> ask = nullptr;
  std::function<void(v1::MigrationServiceAuthorizationResponse&)> answer = nullptr;
  std::function<void(v1::ReconcileMigrationsRequest&)> compare = nullptr;
  std::function<void(v1::ReconcileMigrationsResponse&)> page = nullptr;
  // What north tells south.
  std::function<void(v1::CancelMigrationRequest&)> cancel = nullptr;
};

// Peers between which the test stands, as a gateway that was taken over would: what each sends reaches the other,
// altered as the test says.
class AlteringPeers {
 public:
  AlteringPeers(const std::string& name, const PeersOptions& options);

  // From now on.
  void Alter(Alterations alterations);
  [[nodiscard]] Peers& peers() { return peers_; }
  [[nodiscard]] harness::Deployment& deployment() { return peers_.deployment(); }

 private:
  Alterations Now();
  Reply ToNorth(const Sent& sent);
  Reply ToSouth(const Sent& sent);

  std::mutex mutex_;
  Alterations alterations_;
  Peers peers_;
};

}  // namespace mcmig::border

#endif  // TESTS_BORDER_ALTERING_PEERS_H_
