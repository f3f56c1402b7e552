#ifndef TESTS_SIMULATION_SERVERS_H_
#define TESTS_SIMULATION_SERVERS_H_

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/ops/decision_log.h"
#include "common/register/migration_register.h"
#include "common/register/visitor_register.h"
#include "services/gateway/partner_gateway.h"
#include "services/gateway/primary_gateway.h"
#include "services/partner_server/partner_server.h"
#include "services/primary_server/primary_server.h"
#include "tests/simulation/model.h"
#include "tests/simulation/network.h"
#include "tests/simulation/process.h"
#include "tests/simulation/setting.h"

// The product's processes, wired as services/*/process.cc wires them, with simulated doors.
namespace mcmig::simulation {

class NoLog final : public ops::DecisionLog {
 public:
  void Record(const ops::DecisionEntry& /*entry*/) override {}
};

// What the lives of one world share. Outlives them.
struct Surroundings {
  Setting& setting;
  Network& network;
  Model& model;
  migration::Policy policy;  // but its incarnation, which is the store's
  NoLog log;
};

using NextHops = absl::flat_hash_map<identity::SystemName, protocol::NextHop*>;

class PrimaryLife final : public Process::Life {
 public:
  PrimaryLife(Process& process, Surroundings& around, bool restored);
  migration::MigrationRegister& migrations() { return migrations_; }

 private:
  const std::unique_ptr<migration::MigrationStore> store_;
  migration::MigrationRegister migrations_;
  primary_server::PrimaryServer server_;
};

class PartnerLife final : public Process::Life {
 public:
  // `gateway` may be null: then `entries`.
  PartnerLife(Process& process, Surroundings& around, protocol::NextHop* gateway, NextHops entries);
  migration::VisitorRegister& visitors() { return visitors_; }

 private:
  const std::unique_ptr<migration::VisitorStore> store_;
  migration::VisitorRegister visitors_;
  partner_server::PartnerServer server_;
};

class GatewayLife final : public Process::Life {
 public:
  // `server` may be null: then it has no way in.
  GatewayLife(Process& process, Surroundings& around, NextHops entries, protocol::NextHop* server);

 private:
  gateway::PartnerGateway way_out_;
  std::unique_ptr<gateway::PrimaryGateway> way_in_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_SERVERS_H_
