#ifndef TESTS_SIMULATION_WORLD_H_
#define TESTS_SIMULATION_WORLD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/simulation/hop.h"
#include "tests/simulation/model.h"
#include "tests/simulation/network.h"
#include "tests/simulation/process.h"
#include "tests/simulation/run.h"
#include "tests/simulation/servers.h"
#include "tests/simulation/setting.h"

namespace mcmig::simulation {

inline constexpr char kPrimary[] = "north";
inline const std::vector<std::string> kPartners = {"south", "east"};

// Three MC systems, the network between them and their users' clients: north, the primary; south and east, partners,
// each with or without a gateway, and each through north's gateway or directly to its server, as the seed says. One
// thread.
class World {
 public:
  World(uint64_t seed, Setting& setting, Coverage& coverage, bool print);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // One event, timer or answer, and all that follows from it at once. False where nothing is left to happen.
  bool Step();
  // Until `end` or the first violation.
  void RunUntil(absl::Time end);
  // No fault from here on: all processes are up in the end, and all systems joined.
  void Heal();
  // The primary's store is put back to `image`, with the next incarnation.
  void Restore(const migration::MemoryDisk::Image& image);

  [[nodiscard]] Run& run() { return run_; }
  [[nodiscard]] Model& model() { return model_; }
  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] Setting& setting() { return around_.setting; }
  [[nodiscard]] const migration::Policy& policy() const { return around_.policy; }
  [[nodiscard]] bool restored() const { return incarnation_ > 1; }
  Process& primary() { return *primary_; }
  Process& partner(const std::string& system) { return *partners_.at(system).server; }
  Process& client() { return *client_; }
  // While they are up.
  PrimaryLife& primary_life() { return static_cast<PrimaryLife&>(primary_->life()); }
  PartnerLife& partner_life(const std::string& system) { return static_cast<PartnerLife&>(partner(system).life()); }
  // From the client to the server of `partner`.
  Hop& ClientHop(const std::string& partner) { return *partners_.at(partner).client; }
  // From `partner`, as whatever it sends to other systems with, to north.
  Hop& OutsideHop(const std::string& partner) { return *partners_.at(partner).outside; }

 private:
  struct Partner {
    std::unique_ptr<Process> server;
    std::unique_ptr<Process> gateway;  // may be null
    std::unique_ptr<Hop> client;
    std::unique_ptr<Hop> inside;  // null without gateway
    std::unique_ptr<Hop> outside;
    std::unique_ptr<PartnerWay> cancels;    // from the primary's server to the border
    std::unique_ptr<PartnerWay> to_server;  // from the gateway; null without
  };

  void MakePrimary();
  void MakePartner(const std::string& system);
  void Fill();
  // Tells the model what the server of `system` ends.
  Hop::OnEnd TellEnds(const std::string& system);
  void Observe(const Network::Answered& answered);
  [[nodiscard]] uint64_t State();

  Run run_;
  Model model_;
  Network network_;
  Surroundings around_;
  uint64_t incarnation_ = 1;
  bool restoring_ = false;
  std::unique_ptr<Process> client_;
  std::unique_ptr<Process> primary_;
  std::unique_ptr<Process> gateway_;
  std::unique_ptr<Hop> server_hop_;  // from gateway_ to primary_
  std::map<std::string, Partner> partners_;
  std::vector<Process*> processes_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_WORLD_H_
