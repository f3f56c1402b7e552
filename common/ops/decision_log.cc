#include "common/ops/decision_log.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/protocol/cause.h"

namespace mcmig::ops {
namespace {

// One value of a `key=value` line: what could forge another key or line is not written.
absl::string_view Word(absl::string_view value) {
  if (value.empty()) return "-";
  const bool plain = absl::c_all_of(
      value, [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_' || c == ','; });
  return plain ? value : "invalid";
}

}  // namespace

absl::string_view OutcomeOf(const DecisionEntry& entry) {
  if (!entry.status.ok()) return "error";
  return entry.decision.cause == protocol::Cause::kNone ? "success" : "refused";
}

std::string LineOf(const DecisionEntry& entry) {
  // The status' text stays out: a library may have put anything into it.
  return absl::StrCat(
      "decision role=", Word(entry.role), " request=", Word(entry.request_id), " trace=", Word(entry.trace_id),
      " peer=", Word(entry.peer_system), " steps=", Word(entry.steps), " outcome=", OutcomeOf(entry),
      " cause=", entry.status.ok() ? protocol::InfoOf(entry.decision.cause).name : "-",
      " rule=", Word(entry.decision.rule), " status=", absl::StatusCodeToString(entry.status.code()),
      " received_us=", absl::ToUnixMicros(entry.received), " elapsed_us=", absl::ToInt64Microseconds(entry.elapsed),
      " next_hop_us=", absl::ToInt64Microseconds(entry.next_hop));
}

}  // namespace mcmig::ops
