// mcmig: every role and every operator's command in one binary.
#include <glog/logging.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "common/ops/version.h"
#include "common/rpc/arguments.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"

namespace {

// Keys, tokens, identities and locations are in memory; none of it is to reach a disk.
void ForbidCoreDumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  PCHECK(setrlimit(RLIMIT_CORE, &none) == 0);
}

}  // namespace

// What CLI11 throws here it would throw at every start.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  ForbidCoreDumps();
  mcmig::rpc::InitTransport();
  CLI::App app("Migration of mission-critical users between MC systems (3GPP TS 23.280 clause 10.6.3)", "mcmig");
  app.set_version_flag("--version", absl::StrCat("mcmig ", mcmig::ops::kVersion, " commit ", mcmig::ops::kCommit));
  app.require_subcommand(1);
  int exit_code = mcmig::cli::kSuccess;
  mcmig::cli::AddProcesses(app, exit_code);
  mcmig::cli::AddAudit(app, exit_code);
  mcmig::cli::AddBackup(app, exit_code);
  mcmig::cli::AddBundle(app, exit_code);
  mcmig::cli::AddCheckConfig(app, exit_code);
  mcmig::cli::AddDirectory(app, exit_code);
  mcmig::cli::AddEnd(app, exit_code);
  mcmig::cli::AddGrant(app, exit_code);
  mcmig::cli::AddLoad(app, exit_code);
  mcmig::cli::AddMigrate(app, exit_code);
  mcmig::cli::AddMigrations(app, exit_code);
  mcmig::cli::AddPeers(app, exit_code);
  mcmig::cli::AddProfiles(app, exit_code);
  mcmig::cli::AddReconcile(app, exit_code);
  mcmig::cli::AddStatus(app, exit_code);
  mcmig::cli::AddVerify(app, exit_code);
  mcmig::cli::AddVisitors(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help and version by throwing, too.
    return app.exit(error) == 0 ? mcmig::cli::kSuccess : mcmig::cli::kFailed;
  }
  return exit_code;
}
