#include "services/gateway/assignments.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mcmig::gateway {

absl::StatusOr<Assignments> Assignments::Create(
    const google::protobuf::RepeatedPtrField<config::v1::ServerAssignment>& configured) {
  std::vector<Entry> entries;
  entries.reserve(configured.size());
  for (const config::v1::ServerAssignment& from : configured) {
    const std::string path = absl::StrCat("assignments[", entries.size(), "]");
    Entry entry;
    // The numbers of config.v1.Service are those of v1.McService.
    absl::StatusOr<protocol::McService> service =
        protocol::ParseMcService(static_cast<v1::McService>(from.service()), path + ".service");
    if (!service.ok()) return service.status();
    entry.service = *service;
    for (const std::string& id : from.mc_service_ids()) {
      absl::StatusOr<identity::McServiceId> parsed = identity::McServiceId::Parse(id);
      if (!parsed.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(path, ".mc_service_ids: ", parsed.status().message()));
      }
      entry.canonical_ids.insert(parsed->canonical());
    }
    entry.domain = absl::AsciiStrToLower(from.domain());
    if (entry.canonical_ids.empty() == entry.domain.empty()) {
      return absl::InvalidArgumentError(path + ": exactly one of mc_service_ids and domain is needed");
    }
    entries.push_back(std::move(entry));
  }
  return Assignments(std::move(entries));
}

std::optional<size_t> Assignments::ServerFor(const identity::McServiceId& user, protocol::McService service) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.service != service) continue;
    if (entry.canonical_ids.contains(user.canonical()) || entry.domain == user.domain()) return i;
  }
  return std::nullopt;
}

}  // namespace mcmig::gateway
