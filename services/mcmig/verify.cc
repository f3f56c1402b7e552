#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "mcmig/v1/admin.grpc.pb.h"
#include "mcmig/v1/register_admin.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/cross_check.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/list_pages.h"
#include "services/mcmig/output.h"

namespace mcmig::cli {
namespace {

constexpr int kRounds = 3;
constexpr absl::Duration kPause = absl::Seconds(2);

struct Options {
  Connection server;
  Connection primary;
  Connection partner;
  bool json = false;
};

// What has been found and how much was looked at; findings are shown as they come.
class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  void Add(const std::string& where, const v1::RegisterFinding& finding) {
    ++findings_;
    if (json_) {
      std::cout << nlohmann::json({{"register", where},
                                   {"rule", finding.rule()},
                                   {"place", finding.place()},
                                   {"text", finding.text()}})
                       .dump()
                << '\n';
    } else {
      std::cout << where << ": " << finding.rule() << ": " << finding.place() << ": " << finding.text() << '\n';
    }
  }
  void Count(uint64_t rows) { rows_ += rows; }
  int End() const {
    if (json_) {
      std::cout << nlohmann::json({{"rows", rows_}, {"findings", findings_}}).dump() << '\n';
    } else {
      std::cout << "looked at " << rows_ << " rows: " << findings_ << " findings\n";
    }
    return findings_ == 0 ? kSuccess : kFailed;
  }

 private:
  const bool json_;
  uint64_t rows_ = 0;
  uint64_t findings_ = 0;
};

// What was verified.
struct Verified {
  std::string system;
  v1::RegisterKind kind = v1::REGISTER_KIND_UNSPECIFIED;
};

int Verify(const std::shared_ptr<grpc::Channel>& channel, Report& report, Verified& verified) {
  const auto stub = v1::RegisterAdmin::NewStub(channel);
  v1::VerifyRegisterRequest request;
  do {
    grpc::ClientContext context;
    SetTimeout(context);
    v1::VerifyRegisterResponse page;
    const grpc::Status status = stub->VerifyRegister(&context, request, &page);
    if (!status.ok()) {
      std::cerr << Describe(status) << '\n';
      return kFailed;
    }
    verified = {.system = page.system(), .kind = page.kind()};
    const std::string where = page.system() + (page.kind() == v1::REGISTER_KIND_VISITORS ? " visitors" : " migrations");
    for (const v1::RegisterFinding& finding : page.findings()) report.Add(where, finding);
    report.Count(page.rows());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return kSuccess;
}

absl::StatusOr<Epochs> MigratedTo(const std::string& partner, v1::PrimaryAdmin::Stub& stub) {
  Epochs epochs;
  v1::ListMigrationsRequest request;
  request.set_partner_system(partner);
  const int exit_code = ListPages<v1::ListMigrationsRequest, v1::ListMigrationsResponse>(
      [&](auto... arguments) { return stub.ListMigrations(arguments...); },
      [&](const v1::ListMigrationsResponse& page) {
        for (const v1::MigrationRecord& record : page.migrations()) {
          epochs[UserText(record.primary_mc_service_id(), record.mc_service())] = EpochText(record.epoch());
        }
      },
      request);
  if (exit_code != kSuccess) return absl::UnavailableError("the primary's records cannot be listed");
  return epochs;
}

absl::StatusOr<Epochs> ServedFor(const std::string& primary, v1::PartnerAdmin::Stub& stub) {
  Epochs epochs;
  const int exit_code = ListPages<v1::ListVisitorsRequest, v1::ListVisitorsResponse>(
      [&](auto... arguments) { return stub.ListVisitors(arguments...); },
      [&](const v1::ListVisitorsResponse& page) {
        for (const v1::Visitor& visitor : page.visitors()) {
          if (visitor.primary_system() != primary) continue;
          epochs[UserText(visitor.primary_mc_service_id(), visitor.mc_service())] = EpochText(visitor.epoch());
        }
      });
  if (exit_code != kSuccess) return absl::UnavailableError("the partner's visitors cannot be listed");
  return epochs;
}

int CrossCheck(const Verified& primary, const std::shared_ptr<grpc::Channel>& at_primary, const Verified& partner,
               const std::shared_ptr<grpc::Channel>& at_partner, Report& report) {
  if (primary.kind != v1::REGISTER_KIND_MIGRATIONS || partner.kind != v1::REGISTER_KIND_VISITORS) {
    std::cerr << "--primary-server has to be a primary server, --partner-server a partner server\n";
    return kFailed;
  }
  const auto records = v1::PrimaryAdmin::NewStub(at_primary);
  const auto visitors = v1::PartnerAdmin::NewStub(at_partner);
  const auto found =
      CompareUntilSteady([&] { return MigratedTo(partner.system, *records); },
                         [&] { return ServedFor(primary.system, *visitors); }, kRounds, [] { absl::SleepFor(kPause); });
  if (!found.ok()) {
    std::cerr << found.status().message() << '\n';
    return kFailed;
  }
  for (const v1::RegisterFinding& finding : *found) report.Add(primary.system + " and " + partner.system, finding);
  return kSuccess;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectOrSay(const Connection& connection) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Connect(connection);
  if (!channel.ok()) std::cerr << channel.status().message() << '\n';
  return channel;
}

int Run(const Options& options) {
  Report report(options.json);
  if (!options.server.server.empty()) {
    const auto channel = ConnectOrSay(options.server);
    Verified verified;
    if (!channel.ok() || Verify(*channel, report, verified) != kSuccess) return kFailed;
    return report.End();
  }
  if (options.primary.server.empty() || options.partner.server.empty()) {
    std::cerr << "--server is needed, or both --primary-server and --partner-server\n";
    return kFailed;
  }
  const auto at_primary = ConnectOrSay(options.primary);
  const auto at_partner = ConnectOrSay(options.partner);
  Verified primary;
  Verified partner;
  if (!at_primary.ok() || !at_partner.ok() || Verify(*at_primary, report, primary) != kSuccess ||
      Verify(*at_partner, report, partner) != kSuccess ||
      CrossCheck(primary, *at_primary, partner, *at_partner, report) != kSuccess) {
    return kFailed;
  }
  return report.End();
}

}  // namespace

void AddVerify(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = *app.add_subcommand(
      "verify",
      "Checks every invariant of a running server's register; of both and against each other with --primary-server and "
      "--partner-server. Exit 1 where anything is wrong");
  AddConnectionOptions(command, options->server);
  AddConnectionOptions(command, options->primary, "primary-");
  AddConnectionOptions(command, options->partner, "partner-");
  command.add_flag("--json", options->json, "one JSON object a line: each finding, then how much was looked at");
  command.callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace mcmig::cli
