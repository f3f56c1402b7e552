#include "common/rpc/call_audit.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/audit/call_record.h"
#include "common/audit/trail.h"

namespace mcmig::rpc {
namespace {

async::Task<> RecordAttempt(Listening& listening, std::string members) {
  audit::Trail& trail = *listening.audit;
  if (!trail.attempts().IsFirst(members)) co_return;
  const std::string record = audit::Timed(absl::Now(), members);
  const absl::Status recorded = co_await trail.Record(listening.loop, record);
  if (!recorded.ok()) trail.attempts().Count(members, 1);
}

}  // namespace

async::Task<absl::Status> AuditBegin(IncomingCall& call, absl::string_view rpc, bool stream,
                                     const google::protobuf::Message& request, absl::Status begun) {
  audit::Trail& trail = *call.listening().audit;
  if (absl::IsUnauthenticated(begun) || absl::IsPermissionDenied(begun)) {
    co_await RecordAttempt(call.listening(), audit::AttemptMembers(call.call(), rpc, begun.code(),
                                                                   audit::AddressWithoutPort(call.context().peer())));
  }
  const bool first = stream || call.call().listener == identity::Listener::kOperators || trail.failing();
  if (!begun.ok() || !first) co_return begun;
  const audit::CallFacts facts{.call = call.call(), .rpc = rpc, .request = request, .role = trail.process()};
  co_return co_await trail.Record(call.listening().loop, audit::BeginMembers(facts, absl::Now()));
}

async::Task<absl::Status> AuditEnd(IncomingCall& call, absl::string_view rpc, const google::protobuf::Message& request,
                                   absl::Status status, const google::protobuf::Message* response) {
  audit::Trail& trail = *call.listening().audit;
  const audit::CallFacts facts{.call = call.call(), .rpc = rpc, .request = request, .role = trail.process()};
  co_return co_await trail.Record(call.listening().loop, audit::EndMembers(facts, status, response, absl::Now()));
}

async::Task<> AuditUnknown(Listening& listening, const grpc::ServerContext& context) {
  protocol::Call call;
  call.listener = listening.kind;
  if (absl::StatusOr<identity::Peer> peer = listening.identify(*context.auth_context()); peer.ok()) {
    call.peer = *std::move(peer);
  }
  // The method's name is whatever the caller says, so that it is not a kind of attempt.
  co_await RecordAttempt(listening, audit::AttemptMembers(call, "", absl::StatusCode::kUnimplemented,
                                                          audit::AddressWithoutPort(context.peer())));
}

}  // namespace mcmig::rpc
