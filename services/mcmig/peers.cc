#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include "mcmig/v1/peer_admin.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"

namespace mcmig::cli {
namespace {

struct Options {
  Connection server;
  std::string system;
  bool json = false;
};

int Fail(const std::string& message) {
  std::cerr << message << '\n';
  return kFailed;
}

void Print(const v1::PeerServer& server, bool json) {
  if (json) {
    std::cout << nlohmann::json({{"system", server.system()},
                                 {"entry", server.entry()},
                                 {"address", server.address()},
                                 {"calls_in_flight", server.calls_in_flight()},
                                 {"paused", server.paused()}})
                     .dump()
              << '\n';
    return;
  }
  std::cout << server.system() << " (" << server.entry() << ") at " << server.address() << ": "
            << server.calls_in_flight() << " calls in flight" << (server.paused() ? ", paused: it did not answer" : "")
            << '\n';
}

int List(const Options& options) {
  const auto channel = Connect(options.server);
  if (!channel.ok()) return Fail(std::string(channel.status().message()));
  grpc::ClientContext context;
  SetTimeout(context);
  v1::ListPeerServersResponse response;
  const grpc::Status status = v1::PeerAdmin::NewStub(*channel)->ListPeerServers(&context, {}, &response);
  if (!status.ok()) return Fail(Describe(status));
  for (const v1::PeerServer& server : response.servers()) Print(server, options.json);
  return kSuccess;
}

int Reset(const Options& options) {
  const auto channel = Connect(options.server);
  if (!channel.ok()) return Fail(std::string(channel.status().message()));
  grpc::ClientContext context;
  SetTimeout(context);
  v1::ResetPeerServersRequest request;
  request.set_system(options.system);
  v1::ResetPeerServersResponse response;
  const grpc::Status status = v1::PeerAdmin::NewStub(*channel)->ResetPeerServers(&context, request, &response);
  return status.ok() ? kSuccess : Fail(Describe(status));
}

}  // namespace

void AddPeers(CLI::App& app, int& exit_code) {
  CLI::App& peers = *app.add_subcommand("peers", "The servers of other MC systems that a running process asks");
  peers.require_subcommand(1);

  const auto list = std::make_shared<Options>();
  CLI::App& listing = *peers.add_subcommand("list", "Lists them: calls in flight, and whether one is paused");
  AddConnectionOptions(listing, list->server);
  listing.add_flag("--json", list->json, "one JSON object a line");
  listing.callback([list, &exit_code] { exit_code = List(*list); });

  const auto reset = std::make_shared<Options>();
  CLI::App& resetting = *peers.add_subcommand("reset", "Asks those of one MC system again that are paused");
  AddConnectionOptions(resetting, reset->server);
  resetting.add_option("--system", reset->system, "the MC system")->required();
  resetting.callback([reset, &exit_code] { exit_code = Reset(*reset); });
}

}  // namespace mcmig::cli
