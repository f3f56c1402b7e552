#ifndef SERVICES_MCMIG_COMMANDS_H_
#define SERVICES_MCMIG_COMMANDS_H_

#include <CLI/CLI.hpp>

// The command groups of mcmig. Each adds its subcommands to `app`; the one that the command line names runs while the
// line is parsed and sets `exit_code`. Both outlive the parsing.
namespace mcmig::cli {

// client-agent, partner-server, gateway, primary-server: run until SIGTERM.
void AddProcesses(CLI::App& app, int& exit_code);
// audit verify and export.
void AddAudit(CLI::App& app, int& exit_code);
// backup and restore.
void AddBackup(CLI::App& app, int& exit_code);
// bundle export, inspect and import.
void AddBundle(CLI::App& app, int& exit_code);
void AddCheckConfig(CLI::App& app, int& exit_code);
// directory lookup and watch.
void AddDirectory(CLI::App& app, int& exit_code);
void AddEnd(CLI::App& app, int& exit_code);
// grant jwks and verify.
void AddGrant(CLI::App& app, int& exit_code);
void AddLoad(CLI::App& app, int& exit_code);
void AddMigrate(CLI::App& app, int& exit_code);
void AddMigrations(CLI::App& app, int& exit_code);
// peers list and reset.
void AddPeers(CLI::App& app, int& exit_code);
void AddProfiles(CLI::App& app, int& exit_code);
void AddReconcile(CLI::App& app, int& exit_code);
void AddStatus(CLI::App& app, int& exit_code);
void AddVerify(CLI::App& app, int& exit_code);
void AddVisitors(CLI::App& app, int& exit_code);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_COMMANDS_H_
