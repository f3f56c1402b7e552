#include "common/audit/call_record.h"

#include "common/audit/json.h"
#include "common/audit/subject.h"
#include "common/protocol/cause.h"

namespace mcmig::audit {
namespace {

void AddCaller(const protocol::Call& call, Members& members) {
  members.Text("listener", identity::ListenerName(call.listener));
  if (call.peer.role == identity::Role::kNone) return;
  members.Text("peer_system", call.peer.system).Text("peer_role", identity::RoleName(call.peer.role));
  members.TextIfAny("peer_certificate", call.peer.name);
}

void AddSubject(const google::protobuf::Message& request, Members& members) {
  if (const std::string subject = SubjectOf(request); !subject.empty()) members.Json("subject", subject);
}

absl::string_view OutcomeOf(const absl::Status& status, const protocol::CallNote* note) {
  if (!status.ok()) return "error";
  return note == nullptr || note->decision.cause == protocol::Cause::kNone ? "success" : "refused";
}

// As the handler decided: a border may tell less, and a handler that ended well may not have been heard.
void AddDecision(const absl::Status& status, const protocol::CallNote* note, Members& members) {
  members.Text("outcome", OutcomeOf(status, note));
  if (note != nullptr) {
    members.TextIfAny("cause", note->decision.cause == protocol::Cause::kNone
                                   ? absl::string_view()
                                   : protocol::InfoOf(note->decision.cause).name);
    members.TextIfAny("rule", note->decision.rule);
    if (note->decision.epoch) {
      members.Number("incarnation", note->decision.epoch->incarnation).Number("epoch", note->decision.epoch->counter);
    }
  }
  const bool inside = note != nullptr && !note->status.ok();
  members.Text("status", absl::StatusCodeToString(inside ? note->status.code() : status.code()));
}

}  // namespace

std::string BeginMembers(const CallFacts& facts, absl::Time now) {
  Members members;
  members.Time("time", now).Text("kind", "call_begins").Text("role", facts.role);
  AddCaller(facts.call, members);
  members.Text("rpc", facts.rpc).TextIfAny("request_id", RequestIdOf(facts.request));
  members.Text("trace_id", facts.call.trace_id);
  AddSubject(facts.request, members);
  return members.Take();
}

std::string EndMembers(const CallFacts& facts, const absl::Status& status, const google::protobuf::Message* response,
                       absl::Time now) {
  const protocol::CallNote* const note = facts.call.note;
  const bool noted = note != nullptr && *note->role != '\0';
  Members members;
  members.Time("time", now).Text("kind", "call").Text("role", noted ? note->role : facts.role);
  AddCaller(facts.call, members);
  members.Text("rpc", facts.rpc);
  // A server that begins a request on its own account has made up the ID.
  const bool named = noted && !note->request_id.empty();
  members.TextIfAny("request_id", named ? note->request_id : RequestIdOf(facts.request));
  members.Text("trace_id", facts.call.trace_id);
  AddDecision(status, noted ? note : nullptr, members);
  AddSubject(facts.request, members);
  if (response != nullptr && status.ok()) {
    if (const std::string result = ResultOf(*response); !result.empty()) members.Json("result", result);
  }
  return members.Take();
}

std::string ChangeMembers(const Change& change, absl::Time now) {
  // As a call's, of the same user.
  const std::string subject = Members()
                                  .Text("primary_mc_service_id", change.primary_mc_service_id)
                                  .Text("mc_service", v1::McService_Name(protocol::ToProto(change.service)))
                                  .TakeObject();
  return Members()
      .Time("time", now)
      .Text("kind", "changed")
      .Text("role", change.role)
      .Text("rule", change.rule)
      .Json("subject", subject)
      .Take();
}

std::string AttemptMembers(const protocol::Call& call, absl::string_view rpc, absl::StatusCode code,
                           absl::string_view address) {
  Members members;
  members.Text("kind", "refused");
  AddCaller(call, members);
  if (call.peer.role == identity::Role::kNone) members.TextIfAny("peer_address", address);
  members.TextIfAny("rpc", rpc).Text("status", absl::StatusCodeToString(code));
  return members.Take();
}

std::string HandshakeMembers(identity::Listener listener) {
  return Members()
      .Text("kind", "refused")
      .Text("listener", identity::ListenerName(listener))
      .Text("attempt", "certificate of no known root, revoked or expired")
      .Take();
}

std::string AddressWithoutPort(absl::string_view peer) { return std::string(peer.substr(0, peer.rfind(':'))); }

}  // namespace mcmig::audit
