#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mcmig/v1/admin.grpc.pb.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/import_command.h"
#include "services/mcmig/list_pages.h"
#include "services/mcmig/output.h"

namespace mcmig::cli {
namespace {

struct Options {
  Connection connection;
  bool json = false;
  std::string file;
};

std::vector<std::string> Row(const v1::Visitor& visitor) {
  return {visitor.primary_system(),
          visitor.primary_mc_service_id(),
          ServiceText(visitor.mc_service()),
          visitor.partner_mc_service_id(),
          visitor.has_mc_service_user_profile_index() ? absl::StrCat(visitor.mc_service_user_profile_index()) : "-",
          EpochText(visitor.epoch()),
          TimeText(visitor.since()),
          visitor.has_authorized_until() ? TimeText(visitor.authorized_until()) : "-"};
}

std::vector<std::string> Row(const v1::ExpectedVisitor& visitor) {
  const bool domain = visitor.who_case() == v1::ExpectedVisitor::kDomain;
  return {visitor.primary_system(),
          domain ? absl::StrCat("all of ", visitor.domain()) : visitor.primary_mc_service_id(),
          ServiceText(visitor.mc_service()),
          visitor.has_from() ? TimeText(visitor.from()) : "-",
          TimeText(visitor.until()),
          visitor.priority() ? "yes" : "no"};
}

template <class Entries>
void ShowPage(const Entries& entries, bool json, Table& table) {
  for (const auto& entry : entries) json ? PrintJson(entry) : table.Add(Row(entry));
  if (!json) table.Flush();
}

// Connects and hands the stub on; a connection that cannot be made is reported.
template <class Run>
int WithStub(const Options& options, const Run& run) {
  const auto channel = Connect(options.connection);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << '\n';
    return kFailed;
  }
  return run(*v1::PartnerAdmin::NewStub(*channel));
}

int List(const Options& options) {
  return WithStub(options, [&](v1::PartnerAdmin::Stub& stub) {
    Table table({"PRIMARY SYSTEM", "PRIMARY MC SERVICE ID", "SERVICE", "PARTNER MC SERVICE ID", "PROFILE", "EPOCH",
                 "SINCE", "AUTHORIZED UNTIL"});
    return ListPages<v1::ListVisitorsRequest, v1::ListVisitorsResponse>(
        [&](auto... arguments) { return stub.ListVisitors(arguments...); },
        [&](const v1::ListVisitorsResponse& page) { ShowPage(page.visitors(), options.json, table); });
  });
}

int ListExpected(const Options& options) {
  return WithStub(options, [&](v1::PartnerAdmin::Stub& stub) {
    Table table({"PRIMARY SYSTEM", "WHO", "SERVICE", "FROM", "UNTIL", "PRIORITY"});
    return ListPages<v1::ListExpectedVisitorsRequest, v1::ListExpectedVisitorsResponse>(
        [&](auto... arguments) { return stub.ListExpectedVisitors(arguments...); },
        [&](const v1::ListExpectedVisitorsResponse& page) { ShowPage(page.visitors(), options.json, table); });
  });
}

int Import(const Options& options) {
  return WithStub(options, [&](v1::PartnerAdmin::Stub& stub) {
    return RunImport(options.file, v1::ImportExpectedVisitorsRequest::default_instance(),
                     [&](const google::protobuf::Message& request) {
                       return Call(stub, &v1::PartnerAdmin::Stub::ImportExpectedVisitors,
                                   static_cast<const v1::ImportExpectedVisitorsRequest&>(request));
                     });
  });
}

}  // namespace

void AddVisitors(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand("visitors", "The visitors of a partner server");
  group.require_subcommand(1);
  const auto options = std::make_shared<Options>();

  CLI::App& import =
      *group.add_subcommand("import", "Adds or replaces expected visitors; exit 1 where any line was refused");
  import.add_option("FILE", options->file, "JSON lines of mcmig.v1.ExpectedVisitor; - for stdin")->required();
  CLI::App& list = *group.add_subcommand("list", "The visitors served now");
  CLI::App& expected = *group.add_subcommand("expected", "The expected-visitors list");
  for (CLI::App* command : {&import, &list, &expected}) AddConnectionOptions(*command, options->connection);
  for (CLI::App* command : {&list, &expected}) command->add_flag("--json", options->json, "one JSON object a line");
  import.callback([options, &exit_code] { exit_code = Import(*options); });
  list.callback([options, &exit_code] { exit_code = List(*options); });
  expected.callback([options, &exit_code] { exit_code = ListExpected(*options); });
}

}  // namespace mcmig::cli
