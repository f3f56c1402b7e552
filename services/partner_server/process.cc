#include "services/partner_server/process.h"

#include <iostream>
#include <memory>
#include <vector>

#include "common/admin/peer_admin.h"
#include "common/admin/reconcile_admin.h"
#include "common/admin/register_admin.h"
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
#include "common/rpc/peer_admin_service.h"
#include "common/rpc/process.h"
#include "common/rpc/server.h"
#include "mcmig/v1/admin.grpc.pb.h"
#include "mcmig/v1/migration_directory.grpc.pb.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/register_admin.grpc.pb.h"
#include "services/partner_server/forgetting.h"
#include "services/partner_server/partner_admin.h"
#include "services/partner_server/partner_server.h"
#include "services/partner_server/reconciliation.h"
#include "services/partner_server/visitor_directory.h"

namespace mcmig::partner_server {
namespace {

using Server = v1::PartnerMcServiceServer::AsyncService;
using Directory = v1::MigrationDirectory::AsyncService;
using Admin = v1::PartnerAdmin::AsyncService;
using RegisterAdmin = v1::RegisterAdmin::AsyncService;

// On every listener of the border and of clients: the permission table says which method is for whom where.
void HandleAll(PartnerServer& handler, Server& service, rpc::Server& listener) {
  listener.Handle(&service, &Server::RequestAuthorizeMigration, "mcmig.v1.PartnerMcServiceServer/AuthorizeMigration",
                  rpc::Bind(handler, &PartnerServer::AuthorizeMigration), rpc::Access::kShare);
  listener.Handle(&service, &Server::RequestEndMigration, "mcmig.v1.PartnerMcServiceServer/EndMigration",
                  rpc::Bind(handler, &PartnerServer::EndMigration));
  listener.Handle(&service, &Server::RequestGetMigrationStatus, "mcmig.v1.PartnerMcServiceServer/GetMigrationStatus",
                  rpc::Bind(handler, &PartnerServer::GetMigrationStatus));
  listener.Handle(&service, &Server::RequestCancelMigration, "mcmig.v1.PartnerMcServiceServer/CancelMigration",
                  rpc::Bind(handler, &PartnerServer::CancelMigration));
  listener.Handle(&service, &Server::RequestReconcileMigrations, "mcmig.v1.PartnerMcServiceServer/ReconcileMigrations",
                  rpc::Bind(handler, &PartnerServer::ReconcileMigrations));
}

void HandleDirectory(VisitorDirectory& handler, Directory& service, rpc::Server& listener) {
  listener.Handle(&service, &Directory::RequestLookupServingSystem, "mcmig.v1.MigrationDirectory/LookupServingSystem",
                  rpc::Bind(handler, &VisitorDirectory::LookupServingSystem));
  listener.HandleStream(&service, &Directory::RequestWatchMigrations, "mcmig.v1.MigrationDirectory/WatchMigrations",
                        absl::Minutes(1), rpc::BindStream(handler, &VisitorDirectory::WatchMigrations));
}

void HandleOperators(PartnerAdmin& handler, Admin& service, rpc::Server& listener) {
  listener.Handle(&service, &Admin::RequestImportExpectedVisitors, "mcmig.v1.PartnerAdmin/ImportExpectedVisitors",
                  rpc::Bind(handler, &PartnerAdmin::ImportExpectedVisitors));
  listener.Handle(&service, &Admin::RequestListExpectedVisitors, "mcmig.v1.PartnerAdmin/ListExpectedVisitors",
                  rpc::Bind(handler, &PartnerAdmin::ListExpectedVisitors));
  listener.Handle(&service, &Admin::RequestListVisitors, "mcmig.v1.PartnerAdmin/ListVisitors",
                  rpc::Bind(handler, &PartnerAdmin::ListVisitors));
}

void HandleRegisterOperators(admin::RegisterAdmin& handler, admin::ReconcileAdmin& reconcile, RegisterAdmin& service,
                             rpc::Server& listener) {
  listener.Handle(&service, &RegisterAdmin::RequestReconcileRegister, "mcmig.v1.RegisterAdmin/ReconcileRegister",
                  rpc::Bind(reconcile, &admin::ReconcileAdmin::ReconcileRegister));
  listener.Handle(&service, &RegisterAdmin::RequestVerifyRegister, "mcmig.v1.RegisterAdmin/VerifyRegister",
                  rpc::Bind(handler, &admin::RegisterAdmin::VerifyRegister));
  listener.Handle(&service, &RegisterAdmin::RequestExportBackup, "mcmig.v1.RegisterAdmin/ExportBackup",
                  rpc::Bind(handler, &admin::RegisterAdmin::ExportBackup));
}

async::Task<absl::StatusOr<v1::ReconcileRegisterResponse>> CompareWith(Reconciliation& reconciliation,
                                                                       async::Executor& executor,
                                                                       async::CancelSignal& stop,
                                                                       identity::SystemName primary) {
  const absl::StatusOr<ReconciliationReport> report = co_await reconciliation.Compare(executor, stop, primary);
  if (!report.ok()) co_return report.status();
  v1::ReconcileRegisterResponse response;
  response.set_named(report->on_record);
  response.set_ended_here(report->visitors_ended + report->visitors_expired);
  response.set_ended_there(report->orphans_ended);
  response.set_waiting(report->orphans_waiting);
  co_return response;
}

absl::Status Serve(const std::string& config_path, const std::string& ready_file) {
  // What others point to comes first, so that it goes last: the servers end before their handlers, those before the
  // stores.
  const auto loaded = config::Load<config::v1::PartnerServerConfig>(config_path);
  if (!loaded.ok()) return loaded.status();
  const config::v1::PartnerServerConfig& config = loaded->config;
  const async::SystemClock clock;
  async::SystemRandom random;
  ops::Instruments instruments;

  const auto credentials = rpc::Credentials::Create(loaded->systems, config.certificate(), loaded->directory);
  if (!credentials.ok()) return credentials.status();
  (*credentials)->MeasureExpiry(instruments.metrics);
  const auto trail = audit::OpenTrail(config, "partner_server", instruments.metrics);
  if (!trail.ok()) return trail.status();
  const auto tokens =
      token::AccessTokenVerifier::Create(config.access_tokens(), loaded->directory, &instruments.metrics);
  if (!tokens.ok()) return tokens.status();
  const auto grants = LoadGrantVerifiers(*loaded->systems, loaded->directory);
  if (!grants.ok()) return grants.status();
  const auto store = migration::OpenVisitorStore(config.store());
  if (!store.ok()) return store.status();
  migration::VisitorRegister visitors(**store, migration::VisitorRegister::kMaxWaiting, &instruments.metrics);
  visitors.gate().WaitFor(Reconciliation::PrimariesOf(*loaded->systems));

  // The next hops: the own gateway, or without one the entries of the primary MC systems.
  std::unique_ptr<protocol::PrimaryHop> gateway;
  rpc::Entries entries;
  if (config.has_gateway()) {
    auto hop = rpc::MakeNextHop<rpc::GrpcPrimaryHop<v1::PartnerMcGatewayServer>>(
        *credentials, config.gateway(), loaded->systems->own(), protocol::Leg::kInside, &instruments.metrics);
    if (!hop.ok()) return hop.status();
    gateway = *std::move(hop);
  } else {
    auto made = rpc::MakeEntries(*credentials, *loaded->systems, &instruments.metrics);
    if (!made.ok()) return made.status();
    entries = *std::move(made);
  }

  PartnerServer server({.systems = loaded->systems,
                        .tokens = tokens->get(),
                        .leeway = config::ToDuration(config.access_tokens().leeway()),
                        .visitors = &visitors,
                        .gateway = gateway.get(),
                        .entries = entries.by_system(),
                        .random = &random,
                        .clock = &clock,
                        .log = &instruments.decisions,
                        .retry = {},
                        .clock_skew = config::ToDuration(config.clock_skew()),
                        .grants = *grants});
  Reconciliation reconciliation({.systems = loaded->systems,
                                 .visitors = &visitors,
                                 .gateway = gateway.get(),
                                 .entries = entries.by_system(),
                                 .random = &random,
                                 .clock = &clock,
                                 .trail = trail->get(),
                                 .grants = *grants},
                                {.interval = config::ToDuration(config.reconcile_interval()),
                                 .orphan_grace = config::ToDuration(config.orphan_grace()),
                                 .clock_skew = config::ToDuration(config.clock_skew())});
  Forgetting forgetting(visitors, clock);
  VisitorDirectory directory({.systems = loaded->systems,
                              .visitors = &visitors,
                              .clock_skew = config::ToDuration(config.clock_skew()),
                              .clock = &clock,
                              .log = &instruments.decisions});
  PartnerAdmin admin(loaded->systems, visitors);
  admin::RegisterAdmin register_admin({.system = loaded->systems->own(),
                                       .freeze = [&visitors] { return visitors.Freeze(); },
                                       .clock = &clock,
                                       .clock_skew = config::ToDuration(config.clock_skew())});

  admin::ReconcileAdmin reconcile_admin(
      {.systems = Reconciliation::PrimariesOf(*loaded->systems),
       .compare =
           [&reconciliation](async::Executor& executor, async::CancelSignal& stop,
                             const identity::SystemName& primary) {
             return CompareWith(reconciliation, executor, stop, primary);
           },
       .pass = [&visitors](async::Executor& executor,
                           const identity::SystemName& primary) { return visitors.PassGate(executor, primary); },
       .gate = &visitors.gate()});

  admin::PeerAdmin peers;
  peers.Add(entries.servers());

  Server client_service;
  Server inside_service;
  Server outside_service;
  Directory directory_service;
  Admin admin_service;
  RegisterAdmin register_admin_service;
  rpc::PeerAdminService peers_service;
  rpc::Process process(*credentials, &instruments.metrics, trail->get());
  process.KeepCertificates(*credentials, loaded->systems, config.system_table_file());
  (*tokens)->Keep(process.reloads());
  for (const auto& [system, verifier] : *grants) verifier->Keep(process.reloads());
  auto clients = process.Listen(identity::Listener::kClient, config.client_listener());
  if (!clients.ok()) return clients.status();
  HandleAll(server, client_service, **clients);
  if (config.has_inside_listener()) {
    auto inside = process.Listen(identity::Listener::kInside, config.inside_listener());
    if (!inside.ok()) return inside.status();
    HandleAll(server, inside_service, **inside);
    HandleDirectory(directory, directory_service, **inside);
  }
  if (config.has_outside_listener()) {
    auto outside = process.Listen(identity::Listener::kOutside, config.outside_listener());
    if (!outside.ok()) return outside.status();
    HandleAll(server, outside_service, **outside);
  }
  if (config.has_operators_listener()) {
    auto operators = process.Listen(identity::Listener::kOperators, config.operators_listener());
    if (!operators.ok()) return operators.status();
    HandleOperators(admin, admin_service, **operators);
    HandleRegisterOperators(register_admin, reconcile_admin, register_admin_service, **operators);
    peers_service.Handle(peers, **operators);
  }
  process.RunInBackground([&reconciliation](async::Executor& executor, async::CancelSignal& stop) {
    return reconciliation.Run(executor, stop);
  });
  process.RunInBackground(
      [&forgetting](async::Executor& executor, async::CancelSignal& stop) { return forgetting.Run(executor, stop); });
  process.ListenForHealth(config.health_address());
  ops::MetricsServer metrics(instruments.metrics, config.metrics_address());
  return process.RunUntilSignal(config::ToDuration(config.drain_grace()), ready_file, &metrics);
}

}  // namespace

int RunPartnerServer(const std::string& config_path, const std::string& ready_file) {
  rpc::BlockSignals();
  const absl::Status status = Serve(config_path, ready_file);
  if (status.ok()) return 0;
  std::cerr << "mcmig partner-server: " << status.message() << '\n';
  return 1;
}

}  // namespace mcmig::partner_server
