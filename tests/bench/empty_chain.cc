// The yardstick (docs/performance.md): the processes of the product with the product's runtime, listeners, transport,
// permission table and configuration files, and with handlers that only forward and answer.
//
// Usage: empty_chain partner-server|gateway|primary-server --config FILE --ready-file FILE
#include <glog/logging.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/config/duration.h"
#include "common/config/load.h"
#include "common/rpc/arguments.h"
#include "common/rpc/credentials.h"
#include "common/rpc/process.h"
#include "common/rpc/service_channel.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/bench/grant_bytes.h"

namespace mcmig::bench {
namespace {

using identity::Listener;
using protocol::Call;
using protocol::Leg;
using Request = v1::MigrationServiceAuthorizationRequest;
using Response = v1::MigrationServiceAuthorizationResponse;
using Answer = absl::StatusOr<Response>;
using Handler = std::function<async::Task<Answer>(const Call&, const Request&)>;

async::Task<Answer> Succeed(const Call& /*call*/, const Request& request) {
  Response response;
  response.set_partner_mc_service_id(request.partner_mc_service_id());
  response.set_primary_mc_service_id(request.primary_mc_service_id());
  response.set_result(v1::MIGRATION_RESULT_SUCCESS);
  response.mutable_epoch()->set_incarnation(1);
  response.mutable_epoch()->set_counter(1);
  response.set_request_id(request.request_id());
  response.set_grant(std::string(kGrantBytes, 'g'));
  co_return response;
}

async::Task<Answer> WithoutGrant(async::Task<Answer> asked) {
  Answer answer = co_await std::move(asked);
  if (answer.ok()) answer->clear_grant();
  co_return answer;
}

// As the partner MC service server does.
Handler KeepingTheGrant(Handler handler) {
  return [handler = std::move(handler)](const Call& call, const Request& request) {
    return WithoutGrant(handler(call, request));
  };
}

// One process: what its listeners point to goes last.
template <class Config>
class Chain {
 public:
  static absl::StatusOr<std::unique_ptr<Chain>> Load(const std::string& config_path) {
    auto loaded = config::Load<Config>(config_path);
    if (!loaded.ok()) return loaded.status();
    auto credentials = rpc::Credentials::Create(loaded->systems, loaded->config.certificate(), loaded->directory);
    if (!credentials.ok()) return credentials.status();
    return std::unique_ptr<Chain>(new Chain(*std::move(loaded), *std::move(credentials)));
  }

  [[nodiscard]] const Config& config() const { return loaded_.config; }

  // Forwards every message to the server of `system` at `endpoint`, as it is.
  template <class Service>
  absl::StatusOr<Handler> ForwardTo(const config::v1::Endpoint& endpoint, const std::string& system, Leg leg) {
    auto address = rpc::ServerAddress::Of(credentials_, endpoint, system, leg);
    if (!address.ok()) return address.status();
    auto channel = std::make_shared<rpc::ServiceChannel<Service>>(*std::move(address));
    return Handler([channel](const Call& call, const Request& request) {
      return channel->Ask(call, request, &Service::Stub::PrepareAsyncAuthorizeMigration, nullptr);
    });
  }
  // To the system beyond the border, as the product's rpc::Entries does.
  absl::StatusOr<Handler> ForwardToEntry() {
    for (const identity::SystemTable::System& system : loaded_.systems->systems()) {
      const config::v1::System& config = system.config;
      if (!config.has_entry()) continue;
      const bool server = std::any_of(config.identities().begin(), config.identities().end(), [&](const auto& one) {
        return one.san() == config.entry().server_name() && one.role() == config::v1::ROLE_PRIMARY_SERVER;
      });
      return server ? ForwardTo<v1::PrimaryMcServiceServer>(config.entry(), config.name(), Leg::kOutside)
                    : ForwardTo<v1::PrimaryMcGatewayServer>(config.entry(), config.name(), Leg::kOutside);
    }
    return absl::InvalidArgumentError("the system table has no entry");
  }
  [[nodiscard]] const std::string& own() const { return loaded_.systems->own(); }

  template <class Service>
  absl::Status Serve(Listener kind, const config::v1::Listener& config, const std::string& service,
                     absl::StatusOr<Handler> handler) {
    if (!handler.ok()) return handler.status();
    const auto listener = process_.Listen(kind, config);
    if (!listener.ok()) return listener.status();
    auto generated = std::make_shared<typename Service::AsyncService>();
    services_.push_back(generated);
    (*listener)->Handle(generated.get(), &Service::AsyncService::RequestAuthorizeMigration,
                        "mcmig.v1." + service + "/AuthorizeMigration", *std::move(handler));
    return absl::OkStatus();
  }

  absl::Status Run(const std::string& ready_file) {
    return process_.RunUntilSignal(config::ToDuration(config().drain_grace()), ready_file);
  }

 private:
  Chain(config::Loaded<Config> loaded, std::shared_ptr<const rpc::Credentials> credentials)
      : loaded_(std::move(loaded)), credentials_(std::move(credentials)), process_(credentials_) {}

  const config::Loaded<Config> loaded_;
  const std::shared_ptr<const rpc::Credentials> credentials_;
  std::vector<std::shared_ptr<void>> services_;
  rpc::Process process_;
};

absl::Status PartnerServer(const std::string& config_path, const std::string& ready_file) {
  const auto chain = Chain<config::v1::PartnerServerConfig>::Load(config_path);
  if (!chain.ok()) return chain.status();
  const config::v1::PartnerServerConfig& config = (*chain)->config();
  absl::StatusOr<Handler> forward = config.has_gateway() ? (*chain)->template ForwardTo<v1::PartnerMcGatewayServer>(
                                                               config.gateway(), (*chain)->own(), Leg::kInside)
                                                         : (*chain)->ForwardToEntry();
  if (!forward.ok()) return forward.status();
  const absl::Status served = (*chain)->template Serve<v1::PartnerMcServiceServer>(
      Listener::kClient, config.client_listener(), "PartnerMcServiceServer", KeepingTheGrant(*std::move(forward)));
  return served.ok() ? (*chain)->Run(ready_file) : served;
}

absl::Status Gateway(const std::string& config_path, const std::string& ready_file) {
  const auto chain = Chain<config::v1::GatewayConfig>::Load(config_path);
  if (!chain.ok()) return chain.status();
  const config::v1::GatewayConfig& config = (*chain)->config();
  absl::Status served;
  if (config.has_inside_listener()) {
    served = (*chain)->template Serve<v1::PartnerMcGatewayServer>(Listener::kInside, config.inside_listener(),
                                                                  "PartnerMcGatewayServer", (*chain)->ForwardToEntry());
  }
  if (served.ok() && config.has_outside_listener()) {
    served = (*chain)->template Serve<v1::PrimaryMcGatewayServer>(
        Listener::kOutside, config.outside_listener(), "PrimaryMcGatewayServer",
        (*chain)->template ForwardTo<v1::PrimaryMcServiceServer>(config.assignments(0).server(), (*chain)->own(),
                                                                 Leg::kInside));
  }
  return served.ok() ? (*chain)->Run(ready_file) : served;
}

absl::Status PrimaryServer(const std::string& config_path, const std::string& ready_file) {
  const auto chain = Chain<config::v1::PrimaryServerConfig>::Load(config_path);
  if (!chain.ok()) return chain.status();
  const config::v1::PrimaryServerConfig& config = (*chain)->config();
  const bool inside = config.has_inside_listener();
  const absl::Status served = (*chain)->template Serve<v1::PrimaryMcServiceServer>(
      inside ? Listener::kInside : Listener::kOutside, inside ? config.inside_listener() : config.outside_listener(),
      "PrimaryMcServiceServer", Handler(&Succeed));
  return served.ok() ? (*chain)->Run(ready_file) : served;
}

int Main(int argc, char** argv) {
  CLI::App app("The empty chain: the product's processes with handlers that only forward and answer");
  app.require_subcommand(1);
  std::string config_path;
  std::string ready_file;
  absl::Status status;
  const auto add = [&](const char* role, auto run) {
    CLI::App& command = *app.add_subcommand(role);
    command.add_option("--config", config_path)->required();
    command.add_option("--ready-file", ready_file);
    command.callback([&, run] { status = run(config_path, ready_file); });
  };
  add("partner-server", &PartnerServer);
  add("gateway", &Gateway);
  add("primary-server", &PrimaryServer);
  rpc::BlockSignals();
  CLI11_PARSE(app, argc, argv);
  if (status.ok()) return 0;
  std::cerr << "empty_chain: " << status.message() << '\n';
  return 1;
}

}  // namespace
}  // namespace mcmig::bench

int main(int argc, char** argv) {
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  mcmig::rpc::InitTransport();
  return mcmig::bench::Main(argc, argv);
}
