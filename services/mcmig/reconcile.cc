#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "mcmig/v1/register_admin.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/output.h"

namespace mcmig::cli {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(100);

struct Options {
  Connection server;
  v1::ReconcileRegisterRequest request;
  bool json = false;
};

void Print(const v1::ReconcileRegisterResponse& response, bool json) {
  if (json) {
    std::cout << nlohmann::json({{"named", response.named()},
                                 {"ended_here", response.ended_here()},
                                 {"ended_there", response.ended_there()},
                                 {"waiting", response.waiting()},
                                 {"unreconciled_systems", std::vector(response.unreconciled_systems().begin(),
                                                                      response.unreconciled_systems().end())}})
                     .dump()
              << '\n';
    return;
  }
  std::cout << response.named() << " migrations named, " << response.ended_here() << " ended here, "
            << response.ended_there() << " ended there, " << response.waiting() << " waiting for a repetition\n";
  if (response.unreconciled_systems_size() > 0) {
    std::cout << "still to be compared with: " << absl::StrJoin(response.unreconciled_systems(), ", ") << '\n';
  }
}

int Run(Options options) {
  const auto channel = Connect(options.server);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << '\n';
    return kFailed;
  }
  const auto stub = v1::RegisterAdmin::NewStub(*channel);
  for (;;) {
    grpc::ClientContext context;
    SetTimeout(context);
    v1::ReconcileRegisterResponse response;
    const grpc::Status status = stub->ReconcileRegister(&context, options.request, &response);
    if (!status.ok()) {
      std::cerr << Describe(status) << '\n';
      return kFailed;
    }
    if (response.done()) {
      Print(response, options.json);
      return kSuccess;
    }
    options.request.set_run(response.run());
    absl::SleepFor(kPause);
  }
}

}  // namespace

void AddReconcile(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = *app.add_subcommand("reconcile",
                                          "Compares the register of a running server with what another MC system "
                                          "knows, and ends what only one of them does");
  AddConnectionOptions(command, options->server);
  command
      .add_option_function<std::string>(
          "--system", [options](const std::string& system) { options->request.set_system(system); },
          "the MC system to compare with")
      ->required();
  command.add_flag_callback(
      "--without-comparison", [options] { options->request.set_without_comparison(true); },
      "after a restore: wait no more for this MC system, which is gone");
  command.add_flag("--json", options->json, "one JSON object");
  command.callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace mcmig::cli
