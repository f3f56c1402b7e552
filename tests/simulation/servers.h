#ifndef TESTS_SIMULATION_SERVERS_H_
#define TESTS_SIMULATION_SERVERS_H_

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/async/cancel.h"
#include "common/ops/decision_log.h"
#include "common/register/migration_register.h"
#include "common/register/visitor_register.h"
#include "services/gateway/partner_gateway.h"
#include "services/gateway/primary_gateway.h"
#include "services/partner_server/partner_server.h"
#include "services/partner_server/reconciliation.h"
#include "services/primary_server/expiry.h"
#include "services/primary_server/outbox_delivery.h"
#include "services/primary_server/primary_server.h"
#include "services/primary_server/reconciliation.h"
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

using NextHops = absl::flat_hash_map<identity::SystemName, protocol::PrimaryHop*>;
using PartnerHops = absl::flat_hash_map<identity::SystemName, protocol::PartnerHop*>;

class PrimaryLife final : public Process::Life {
 public:
  // `partners`: where cancels go.
  PrimaryLife(Process& process, Surroundings& around, PartnerHops partners, bool restored);
  migration::MigrationRegister& migrations() { return migrations_; }

 private:
  const std::unique_ptr<migration::MigrationStore> store_;
  migration::MigrationRegister migrations_;
  primary_server::PrimaryServer server_;
  async::CancelSignal stop_;
  primary_server::OutboxDelivery delivery_;
  primary_server::Reconciliation reconciliation_;
  primary_server::Expiry expiry_;
};

class PartnerLife final : public Process::Life {
 public:
  // `gateway` may be null: then `entries`.
  PartnerLife(Process& process, Surroundings& around, protocol::PrimaryHop* gateway, NextHops entries);
  migration::VisitorRegister& visitors() { return visitors_; }

 private:
  const std::unique_ptr<migration::VisitorStore> store_;
  migration::VisitorRegister visitors_;
  partner_server::PartnerServer server_;
  async::CancelSignal stop_;
  partner_server::Reconciliation reconciliation_;
};

class GatewayLife final : public Process::Life {
 public:
  // A partner's: out to `entries`, in to `server`.
  GatewayLife(Process& process, Surroundings& around, NextHops entries, protocol::PartnerHop* server);
  // The primary's: in to `server`.
  GatewayLife(Process& process, Surroundings& around, protocol::PrimaryHop* server);

 private:
  std::unique_ptr<gateway::PartnerGateway> partner_;
  std::unique_ptr<gateway::PrimaryGateway> primary_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_SERVERS_H_
