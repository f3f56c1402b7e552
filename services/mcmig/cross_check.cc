#include "services/mcmig/cross_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/identity/mc_service_id.h"
#include "services/mcmig/output.h"

namespace mcmig::cli {
namespace {

v1::RegisterFinding Finding(const char* rule, const std::string& place, const std::string& text) {
  v1::RegisterFinding finding;
  finding.set_rule(rule);
  finding.set_place(place);
  finding.set_text(text);
  return finding;
}

bool Same(const v1::RegisterFinding& a, const v1::RegisterFinding& b) {
  return a.rule() == b.rule() && a.place() == b.place() && a.text() == b.text();
}

}  // namespace

std::string UserText(const std::string& id, v1::McService service) {
  const absl::StatusOr<identity::McServiceId> parsed = identity::McServiceId::Parse(id);
  return absl::StrCat(parsed.ok() ? parsed->canonical() : id, " ", ServiceText(service));
}

std::vector<v1::RegisterFinding> Compare(const Epochs& records, const Epochs& visitors) {
  std::vector<v1::RegisterFinding> findings;
  for (const auto& [user, epoch] : visitors) {
    const auto record = records.find(user);
    if (record != records.end() && record->second == epoch) continue;
    findings.push_back(
        Finding("cross.visitor_without_record", user,
                absl::StrCat("the partner serves epoch ", epoch, ", the primary has ",
                             record == records.end() ? "no migration there" : absl::StrCat("epoch ", record->second),
                             " on record, or its cancel is not delivered yet")));
  }
  for (const auto& [user, epoch] : records) {
    if (visitors.contains(user)) continue;
    findings.push_back(
        Finding("cross.record_without_visitor", user,
                absl::StrCat("the primary has epoch ", epoch, " on record, the partner does not serve it")));
  }
  return findings;
}

absl::StatusOr<std::vector<v1::RegisterFinding>> CompareUntilSteady(
    const std::function<absl::StatusOr<Epochs>()>& records, const std::function<absl::StatusOr<Epochs>()>& visitors,
    int rounds, const std::function<void()>& pause) {
  std::vector<v1::RegisterFinding> steady;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0) pause();
    const absl::StatusOr<Epochs> recorded = records();
    if (!recorded.ok()) return recorded.status();
    const absl::StatusOr<Epochs> served = visitors();
    if (!served.ok()) return served.status();
    std::vector<v1::RegisterFinding> found = Compare(*recorded, *served);
    if (round > 0) {
      std::erase_if(found, [&steady](const v1::RegisterFinding& finding) {
        return std::none_of(steady.begin(), steady.end(),
                            [&](const v1::RegisterFinding& before) { return Same(before, finding); });
      });
    }
    steady = std::move(found);
    if (steady.empty()) break;
  }
  return steady;
}

}  // namespace mcmig::cli
