#include "tests/outages/registers.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "glog/logging.h"
#include "tests/harness/stubs.h"

namespace mcmig::outages {
namespace {

using harness::Deployment;
using protocol::Epoch;
using protocol::FromProto;

std::shared_ptr<grpc::Channel> AtPrimary(Deployment& deployment) {
  return harness::Connect(deployment.primary_server_a->Address("operators"), harness::kPrimaryServerA, deployment.north,
                          &deployment.north.Issue(harness::kNorthOperator));
}

std::shared_ptr<grpc::Channel> AtPartner(Deployment& deployment) {
  return harness::Connect(deployment.partner_server->Address("operators"), harness::kPartnerServer, deployment.south,
                          &deployment.south.Issue(harness::kSouthOperator));
}

std::string Text(const Epoch& epoch) { return absl::StrCat(epoch.incarnation, ".", epoch.counter); }

// Whom each of the registers has as migrated, under which epoch.
struct Registers {
  explicit Registers(Deployment& deployment) {
    for (const auto& [id, record] : harness::RecordsOf(AtPrimary(deployment))) {
      records[id] = FromProto(record.epoch());
      if (record.state() == v1::MIGRATION_STATE_MIGRATED) migrated[id] = FromProto(record.epoch());
    }
    for (const auto& [id, visitor] : harness::VisitorsOf(AtPartner(deployment))) {
      visitors[id] = FromProto(visitor.epoch());
    }
  }

  std::map<std::string, Epoch> records;
  std::map<std::string, Epoch> migrated;
  std::map<std::string, Epoch> visitors;
};

// The epochs at which the user was migrated, and those after each end.
struct History {
  std::set<Epoch> migrations;
  std::set<Epoch> ends;
};

History HistoryOf(v1::PrimaryAdmin::Stub& stub, const harness::User& user) {
  History history;
  v1::GetMigrationHistoryRequest request;
  request.set_primary_mc_service_id(user.PrimaryId());
  request.set_mc_service(v1::MC_SERVICE_MCPTT);
  do {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    v1::GetMigrationHistoryResponse page;
    const grpc::Status status = stub.GetMigrationHistory(&context, request, &page);
    CHECK(status.ok()) << status.error_message();
    for (const v1::MigrationChange& change : page.changes()) {
      (change.to_system().empty() ? history.ends : history.migrations).insert(FromProto(change.epoch()));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return history;
}

std::string Violation(const KnownUser& known, const Registers& registers, const History& history) {
  const std::string id = known.user.PrimaryId();
  for (const Epoch& epoch : known.migrations) {
    if (!history.migrations.contains(epoch)) return absl::StrCat("migration ", Text(epoch), " is not on record");
    const auto record = registers.records.find(id);
    if (record == registers.records.end() || record->second < epoch) {
      return absl::StrCat("the record is older than migration ", Text(epoch));
    }
  }
  for (const Epoch& epoch : known.ends) {
    if (!history.ends.contains({epoch.incarnation, epoch.counter + 1})) {
      return absl::StrCat("the end of migration ", Text(epoch), " is not on record");
    }
  }
  if (!known.certain) return "";
  for (const auto& [what, epochs] : {std::pair("record", &registers.migrated), {"visitor", &registers.visitors}}) {
    const auto found = epochs->find(id);
    if ((found != epochs->end()) != known.migrated) return absl::StrCat(what, known.migrated ? " missing" : " left");
    if (known.migrated && found->second != known.epoch) {
      return absl::StrCat(what, " at ", Text(found->second), ", the answer was ", Text(known.epoch));
    }
  }
  return "";
}

}  // namespace

bool AwaitAgreement(Deployment& deployment) {
  for (const absl::Time end = absl::Now() + absl::Seconds(30); absl::Now() < end;) {
    const Registers registers(deployment);
    if (registers.migrated == registers.visitors) return true;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return false;
}

std::vector<std::string> Violations(Deployment& deployment, const std::vector<KnownUser>& users) {
  const Registers registers(deployment);
  const auto stub = v1::PrimaryAdmin::NewStub(AtPrimary(deployment));
  std::vector<std::string> violations;
  for (const KnownUser& known : users) {
    const std::string violation = Violation(known, registers, HistoryOf(*stub, known.user));
    if (!violation.empty()) violations.push_back(absl::StrCat(known.user.PrimaryId(), ": ", violation));
  }
  return violations;
}

}  // namespace mcmig::outages
