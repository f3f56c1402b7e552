#ifndef TESTS_SIMULATION_WORKLOAD_H_
#define TESTS_SIMULATION_WORKLOAD_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/async/task.h"
#include "common/protocol/authorization.h"
#include "common/register/testing/memory_database.h"
#include "tests/simulation/users.h"
#include "tests/simulation/world.h"

namespace mcmig::simulation {

// What users, operators and attackers do in a world, as its seed says. Outlives the world's steps. One thread.
class Workload {
 public:
  explicit Workload(World& world) : world_(world), run_(world.run()) {}

  // Spreads all that is to be done over `duration` from now on.
  void Plan(absl::Duration duration);

 private:
  // One request that a client made; may be made again.
  struct Made {
    size_t user = 0;
    std::string partner;
    protocol::AuthorizationRequest request;
  };

  void Act();
  void Migrate();
  void Repeat();
  // The same request ID for other content.
  void RepeatChanged();
  // A partner MC system asks in the name of the other one.
  void Forge();
  void End();
  void Settle(migration::Event event);
  void ChangeProfile();
  void PartAWhile();

  [[nodiscard]] Made Make();
  [[nodiscard]] std::string CredentialFor(const Made& made) const;
  [[nodiscard]] const std::string& AnyPartner() { return kPartners[run_.dice.Below(kPartners.size())]; }
  // Most of the time the same one, so that much happens to one record.
  [[nodiscard]] size_t AnyUser() { return run_.dice.Chance(0.6) ? 0 : run_.dice.Below(kUsers); }
  void Send(const Made& made);
  async::Task<> Ask(Made made);
  async::Task<> AskForged(Made made, std::string from);
  async::Task<> Keep(migration::MigrationRegister& migrations, async::ManualExecutor& executor, migration::Event event);
  async::Task<> Import(migration::MigrationRegister& migrations, async::ManualExecutor& executor,
                       migration::MigrationStore::ProfileEntry entry);
  async::Task<> AskToEnd(size_t user, std::string partner, Epoch epoch);
  [[nodiscard]] protocol::Call CallOf(Process& process, absl::Duration within) const;

  World& world_;
  Run& run_;
  std::vector<Made> made_;
  std::optional<migration::MemoryDisk::Image> backup_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_WORKLOAD_H_
