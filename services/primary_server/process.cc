#include "services/primary_server/process.h"

#include <glog/logging.h>

#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "common/admin/peer_admin.h"
#include "common/admin/reconcile_admin.h"
#include "common/admin/register_admin.h"
#include "common/agreement/agreement.h"
#include "common/async/clock.h"
#include "common/async/random.h"
#include "common/audit/open_trail.h"
#include "common/config/duration.h"
#include "common/config/load.h"
#include "common/ops/instruments.h"
#include "common/ops/metrics_server.h"
#include "common/register/open_store.h"
#include "common/rpc/bind.h"
#include "common/rpc/credentials.h"
#include "common/rpc/entry.h"
#include "common/rpc/next_hop.h"
#include "common/rpc/partner_hop.h"
#include "common/rpc/process.h"
#include "common/rpc/server.h"
#include "common/token/access_token_verifier.h"
#include "common/token/primary_credential_verifier.h"
#include "mcmig/v1/migration_directory.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "services/primary_server/expiry.h"
#include "services/primary_server/home_authorization.h"
#include "services/primary_server/journal_tail.h"
#include "services/primary_server/migration_directory.h"
#include "services/primary_server/outbox_delivery.h"
#include "services/primary_server/primary_admin.h"
#include "services/primary_server/primary_server.h"
#include "services/primary_server/process_operators.h"
#include "services/primary_server/recheck.h"
#include "services/primary_server/reconciliation.h"
#include "services/primary_server/signatures.h"

namespace mcmig::primary_server {
namespace {

using Server = v1::PrimaryMcServiceServer::AsyncService;
using Directory = v1::MigrationDirectory::AsyncService;

// Makes the system table's agreements those that step 6 reads, and step 7's commit compares.
absl::Status SetAgreements(const identity::SystemTable& systems, migration::MigrationStore& store) {
  absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>> agreements;
  for (const identity::SystemTable::System& system : systems.systems()) {
    std::vector<protocol::McService> services = agreement::OwnUserServices(system);
    if (!services.empty()) agreements.emplace(system.config.name(), std::move(services));
  }
  return store.SetAgreements(agreements);
}

migration::Policy PolicyOf(const config::v1::PrimaryServerConfig& config, uint64_t incarnation) {
  return {.move = config.move_policy() == config::v1::MOVE,
          .replay_window = config::ToDuration(config.replay_window()),
          .clock_skew = config::ToDuration(config.clock_skew()),
          .incarnation = incarnation,
          .authorized_for =
              config.has_authorized_for() ? config::ToDuration(config.authorized_for()) : absl::InfiniteDuration()};
}

// Null where no clients come.
absl::StatusOr<std::unique_ptr<token::AccessTokenVerifier>> MakeTokens(const config::v1::PrimaryServerConfig& config,
                                                                       const std::string& directory,
                                                                       ops::Metrics& metrics) {
  if (!config.has_client_listener()) return nullptr;
  return token::AccessTokenVerifier::Create(config.access_tokens(), directory, &metrics);
}

// Null where they are not configured, which no agreement may require then.
absl::StatusOr<std::unique_ptr<token::PrimaryCredentialVerifier>> MakePrimaryCredentials(
    const config::v1::PrimaryServerConfig& config, const std::string& directory) {
  if (!config.has_primary_credentials()) return nullptr;
  return token::PrimaryCredentialVerifier::Create(config.primary_credentials(), directory);
}

// Null where they are not configured, which no agreement may need then.
absl::StatusOr<std::unique_ptr<token::GrantSigner>> MakeSigner(const config::v1::PrimaryServerConfig& config,
                                                               const std::string& directory) {
  if (!config.has_grants()) return nullptr;
  return token::GrantSigner::Create(config.grants(), directory);
}

async::Task<> CheckEveryone(const Recheck& recheck, async::Executor& executor) {
  const absl::StatusOr<Recheck::Count> count = co_await recheck.CheckAll(executor, "");
  if (count.ok()) LOG(INFO) << "checked " << count->checked << " migrated users, took back " << count->taken_back;
}

async::Task<absl::StatusOr<v1::ReconcileRegisterResponse>> CompareWith(Reconciliation& reconciliation,
                                                                       async::Executor& executor,
                                                                       async::CancelSignal& stop,
                                                                       identity::SystemName partner) {
  const absl::StatusOr<ReconciliationReport> report = co_await reconciliation.Compare(executor, stop, partner);
  if (!report.ok()) co_return report.status();
  v1::ReconcileRegisterResponse response;
  response.set_named(report->served);
  response.set_ended_there(report->cancelled);
  co_return response;
}

// On every listener of the border and of clients: the permission table says which method is for whom where.
void HandleAll(PrimaryServer& handler, HomeAuthorization& home, Server& service, rpc::Server& listener) {
  listener.Handle(&service, &Server::RequestAuthorizeMigration, "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration",
                  rpc::Bind(handler, &PrimaryServer::AuthorizeMigration), rpc::Access::kShare);
  listener.Handle(&service, &Server::RequestEndMigration, "mcmig.v1.PrimaryMcServiceServer/EndMigration",
                  rpc::Bind(handler, &PrimaryServer::EndMigration));
  listener.Handle(&service, &Server::RequestReconcileMigrations, "mcmig.v1.PrimaryMcServiceServer/ReconcileMigrations",
                  rpc::Bind(handler, &PrimaryServer::ReconcileMigrations));
  listener.Handle(&service, &Server::RequestAuthorizeService, "mcmig.v1.PrimaryMcServiceServer/AuthorizeService",
                  rpc::Bind(home, &HomeAuthorization::AuthorizeService));
}

void HandleDirectory(MigrationDirectory& handler, Directory& service, absl::Duration max_age, rpc::Server& listener) {
  listener.Handle(&service, &Directory::RequestLookupServingSystem, "mcmig.v1.MigrationDirectory/LookupServingSystem",
                  rpc::Bind(handler, &MigrationDirectory::LookupServingSystem));
  listener.HandleStream(&service, &Directory::RequestWatchMigrations, "mcmig.v1.MigrationDirectory/WatchMigrations",
                        max_age, rpc::BindStream(handler, &MigrationDirectory::WatchMigrations));
}

// All MC systems that own users may have migrated to: also those with which the agreement has ended.
std::vector<identity::SystemName> PartnersOf(const identity::SystemTable& systems) {
  std::vector<identity::SystemName> partners;
  for (const identity::SystemTable::System& system : systems.systems()) {
    if (!system.own) partners.push_back(system.config.name());
  }
  return partners;
}

absl::Status Serve(const std::string& config_path, const std::string& ready_file) {
  // What others point to comes first, so that it goes last: the servers end before their handlers, those before the
  // store.
  const auto loaded = config::Load<config::v1::PrimaryServerConfig>(config_path);
  if (!loaded.ok()) return loaded.status();
  const config::v1::PrimaryServerConfig& config = loaded->config;
  const async::SystemClock clock;
  async::SystemRandom random;
  ops::Instruments instruments;

  const auto credentials = rpc::Credentials::Create(loaded->systems, config.certificate(), loaded->directory);
  if (!credentials.ok()) return credentials.status();
  (*credentials)->MeasureExpiry(instruments.metrics);
  const auto trail = audit::OpenTrail(config, "primary_server", instruments.metrics);
  if (!trail.ok()) return trail.status();
  const auto tokens = MakeTokens(config, loaded->directory, instruments.metrics);
  if (!tokens.ok()) return tokens.status();
  const auto primary_credentials = MakePrimaryCredentials(config, loaded->directory);
  if (!primary_credentials.ok()) return primary_credentials.status();
  const auto signer = MakeSigner(config, loaded->directory);
  if (!signer.ok()) return signer.status();
  const Signatures signatures(loaded->systems, signer->get(), config.grants().max_grants_per_signature());
  const auto store = migration::OpenMigrationStore(config.store());
  if (!store.ok()) return store.status();
  if (absl::Status set = SetAgreements(*loaded->systems, **store); !set.ok()) return set;
  migration::MigrationRegister migrations(**store, migration::MigrationRegister::kMaxWaiting, &instruments.metrics);
  migrations.gate().WaitFor(Reconciliation::PartnersOf(*loaded->systems));

  // The way to partner MC systems: the own gateway, or without one directly.
  std::unique_ptr<protocol::PartnerHop> gateway;
  rpc::VisitorsEntries entries;
  if (config.has_gateway()) {
    auto hop = rpc::MakeNextHop<rpc::GrpcPartnerHop<v1::PrimaryMcGatewayServer>>(
        *credentials, config.gateway(), loaded->systems->own(), protocol::Leg::kInside, &instruments.metrics);
    if (!hop.ok()) return hop.status();
    gateway = *std::move(hop);
  } else {
    auto made = rpc::MakeVisitorsEntries(*credentials, *loaded->systems, &instruments.metrics);
    if (!made.ok()) return made.status();
    entries = *std::move(made);
  }

  const PartnerWays ways{.gateway = gateway.get(), .entries = entries.by_system()};

  const migration::Policy policy = PolicyOf(config, migrations.incarnation());
  PrimaryServer server({.systems = loaded->systems,
                        .credentials = primary_credentials->get(),
                        .leeway = config::ToDuration(config.primary_credentials().leeway()),
                        .migrations = &migrations,
                        .signatures = signatures,
                        .policy = policy,
                        .clock = &clock,
                        .log = &instruments.decisions});
  HomeAuthorization home({.systems = loaded->systems,
                          .tokens = tokens->get(),
                          .leeway = config::ToDuration(config.access_tokens().leeway()),
                          .migrations = &migrations,
                          .policy = policy,
                          .random = &random,
                          .clock = &clock,
                          .log = &instruments.decisions});
  JournalTail tail(migrations, clock);
  MigrationDirectory directory({.systems = loaded->systems,
                                .migrations = &migrations,
                                .clock_skew = policy.clock_skew,
                                .clock = &clock,
                                .log = &instruments.decisions,
                                .tail = &tail,
                                .max_watchers = config.watch().max_watchers(),
                                .heartbeat = config::ToDuration(config.watch().heartbeat())});
  OutboxDelivery delivery({.migrations = &migrations,
                           .partners = PartnersOf(*loaded->systems),
                           .ways = ways,
                           .signatures = signatures,
                           .clock = &clock});
  delivery.Measure(instruments.metrics);
  Reconciliation reconciliation({.migrations = &migrations, .ways = ways, .signatures = signatures, .clock = &clock});
  Expiry expiry(migrations, policy, clock, trail->get());
  const Recheck recheck(migrations, clock, policy, trail->get());
  PrimaryAdmin admin(
      {.systems = loaded->systems, .migrations = &migrations, .recheck = &recheck, .policy = policy, .clock = &clock});
  admin::RegisterAdmin register_admin({.system = loaded->systems->own(),
                                       .freeze = [&migrations] { return migrations.Freeze(); },
                                       .clock = &clock,
                                       .clock_skew = policy.clock_skew});

  admin::ReconcileAdmin reconcile_admin(
      {.systems = PartnersOf(*loaded->systems),
       .compare =
           [&reconciliation](async::Executor& executor, async::CancelSignal& stop,
                             const identity::SystemName& partner) {
             return CompareWith(reconciliation, executor, stop, partner);
           },
       .pass = [&migrations](async::Executor& executor,
                             const identity::SystemName& partner) { return migrations.PassGate(executor, partner); },
       .gate = &migrations.gate()});

  admin::PeerAdmin peers;
  peers.Add(entries.servers());

  Server client_service;
  Server inside_service;
  Server outside_service;
  Directory directory_service;
  OperatorServices operator_services;
  rpc::Process process(*credentials, &instruments.metrics, trail->get());
  process.KeepCertificates(*credentials, loaded->systems, config.system_table_file());
  if (*signer != nullptr) (*signer)->Keep(process.reloads());
  if (*tokens != nullptr) (*tokens)->Keep(process.reloads());
  if (*primary_credentials != nullptr) (*primary_credentials)->Keep(process.reloads());
  if (config.has_client_listener()) {
    auto clients = process.Listen(identity::Listener::kClient, config.client_listener());
    if (!clients.ok()) return clients.status();
    HandleAll(server, home, client_service, **clients);
  }
  if (config.has_inside_listener()) {
    auto inside = process.Listen(identity::Listener::kInside, config.inside_listener());
    if (!inside.ok()) return inside.status();
    HandleAll(server, home, inside_service, **inside);
    HandleDirectory(directory, directory_service, config::ToDuration(config.watch().max_age()), **inside);
  }
  if (config.has_outside_listener()) {
    auto outside = process.Listen(identity::Listener::kOutside, config.outside_listener());
    if (!outside.ok()) return outside.status();
    HandleAll(server, home, outside_service, **outside);
  }
  if (config.has_operators_listener()) {
    auto operators = process.Listen(identity::Listener::kOperators, config.operators_listener());
    if (!operators.ok()) return operators.status();
    operator_services.Handle(
        {.admin = admin, .registers = register_admin, .reconcile = reconcile_admin, .peers = peers}, **operators);
  }
  process.RunInBackground(
      [&delivery](async::Executor& executor, async::CancelSignal& stop) { return delivery.Run(executor, stop); });
  process.RunInBackground([&reconciliation](async::Executor& executor, async::CancelSignal& stop) {
    return reconciliation.Run(executor, stop);
  });
  process.RunInBackground(
      [&expiry](async::Executor& executor, async::CancelSignal& stop) { return expiry.Run(executor, stop); });
  process.RunInBackground(
      [&tail](async::Executor& executor, async::CancelSignal& stop) { return tail.Run(executor, stop); });
  process.ListenForHealth(config.health_address());
  // Agreements may have changed while no server ran, and a check after an import may have been cut off.
  process.RunInBackground([&recheck](async::Executor& executor, async::CancelSignal& /*stop*/) {
    return CheckEveryone(recheck, executor);
  });
  ops::MetricsServer metrics(instruments.metrics, config.metrics_address());
  return process.RunUntilSignal(config::ToDuration(config.drain_grace()), ready_file, &metrics);
}

}  // namespace

int RunPrimaryServer(const std::string& config_path, const std::string& ready_file) {
  rpc::BlockSignals();
  const absl::Status status = Serve(config_path, ready_file);
  if (status.ok()) return 0;
  std::cerr << "mcmig primary-server: " << status.message() << '\n';
  return 1;
}

}  // namespace mcmig::primary_server
