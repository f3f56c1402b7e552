#ifndef TESTS_OUTAGES_LOAD_H_
#define TESTS_OUTAGES_LOAD_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/async/mutex.h"
#include "common/protocol/authorization.h"
#include "tests/harness/deployment.h"

namespace mcmig::outages {

// What a client knows of a user, from the answers alone.
struct KnownUser {
  harness::User user;
  // As the last answer said; nothing where there was none.
  bool migrated = false;
  protocol::Epoch epoch;
  // Whether each request for this user was answered: then the registers say the same as the last answer. After a lost
  // answer, what was sent may still take effect, even after later requests.
  bool certain = true;
  // Acknowledged.
  std::vector<protocol::Epoch> migrations;
  std::vector<protocol::Epoch> ends;
};

struct LoadOptions {
  // Load users of the deployment, from this one on; each has one client, each client several users.
  int first_user = 0;
  int users = 240;
  int clients = 8;
  uint64_t seed = 1;
  // Ends after so many acknowledged migrations.
  int migrations = std::numeric_limits<int>::max();
};

// MC service clients that migrate users and end migrations at a partner server, also while servers are away: after a
// failure a client goes on with the same user, with a repetition of the request or with another one.
class Load {
 public:
  Load(harness::Deployment& deployment, const LoadOptions& options);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  // Stops it.
  ~Load();

  // Wait until so many migrations are acknowledged, or calls have failed, since the start; false after two minutes.
  [[nodiscard]] bool AwaitMigrations(int count) const;
  [[nodiscard]] bool AwaitFailures(int count) const;
  [[nodiscard]] int migrations() const;
  [[nodiscard]] int failed() const;
  // Calls that failed, by status code or, where an answer was none that may be given, by that: "UNAVAILABLE".
  [[nodiscard]] std::map<std::string, int> failures() const;
  // How long the longest call that failed took.
  [[nodiscard]] absl::Duration longest_failure() const;

  // Ends after the calls that are on their way. What is known of the users then.
  std::vector<KnownUser> Stop();
  // The same once enough migrations were acknowledged.
  std::vector<KnownUser> Finish();

 private:
  class Client;
  struct Counts {
    bool stop = false;
    int migrations = 0;
    int failed = 0;
    std::map<std::string, int> failures;
    absl::Duration longest_failure;
  };

  [[nodiscard]] bool Await(const std::function<bool(const Counts&)>& reached) const;
  [[nodiscard]] bool Ended(const Counts& counts) const { return counts.stop || counts.migrations >= enough_; }
  void Migrated();
  void Failed(const std::string& how, absl::Duration took);

  const int enough_;
  mutable async::Mutex mutex_;
  mutable async::Condition changed_;
  Counts counts_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace mcmig::outages

#endif  // TESTS_OUTAGES_LOAD_H_
