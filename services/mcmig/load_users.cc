#include "services/mcmig/load_users.h"

#include <cstddef>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/config/load.h"
#include "mcmig/config/v1/load.pb.h"
#include "services/mcmig/json_line.h"

namespace mcmig::cli {
namespace {

constexpr size_t kMaxUsers = 1'000'000;

}  // namespace

absl::StatusOr<std::vector<load::Visit>> ReadLoadUsers(const std::string& file) {
  std::ifstream lines(file);
  if (!lines) return absl::InvalidArgumentError(absl::StrCat(file, ": cannot be read"));
  std::vector<load::Visit> visits;
  std::string line;
  for (size_t number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line == "\r") continue;
    const auto refuse = [&](absl::string_view why) {
      return absl::InvalidArgumentError(absl::StrCat(file, ":", number, ": ", why));
    };
    if (visits.size() == kMaxUsers) return refuse("more than a million users");
    config::v1::LoadUser user;
    if (const std::string wrong = ReadJsonLine(line, user); !wrong.empty()) return refuse(wrong);
    absl::StatusOr<load::Visit> visit = load::VisitOf(user);
    if (!visit.ok()) return refuse(visit.status().message());
    visits.push_back(*std::move(visit));
  }
  if (lines.bad()) return absl::InvalidArgumentError(absl::StrCat(file, ": could not be read to its end"));
  if (visits.empty()) return absl::InvalidArgumentError(absl::StrCat(file, ": no users"));
  return visits;
}

absl::StatusOr<std::vector<load::AgentMigration>> ReadAgentUsers(const std::string& config_file) {
  const auto loaded = config::Load<config::v1::ClientAgentConfig>(config_file);
  if (!loaded.ok()) return loaded.status();
  std::vector<load::AgentMigration> migrations;
  for (const config::v1::AgentUser& user : loaded->config.users()) {
    for (const config::v1::AgentPartner& partner : user.partners()) {
      migrations.push_back({.primary_mc_service_id = user.primary_mc_service_id(),
                            .partner_mc_service_id = partner.partner_mc_service_id(),
                            .partner_system = partner.system(),
                            .service = static_cast<v1::McService>(user.service())});
    }
  }
  if (migrations.empty()) return absl::InvalidArgumentError(absl::StrCat(config_file, ": no user has a partner"));
  return migrations;
}

}  // namespace mcmig::cli
