#ifndef COMMON_RPC_CALL_AUDIT_H_
#define COMMON_RPC_CALL_AUDIT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/async/task.h"
#include "common/rpc/incoming_call.h"
#include "google/protobuf/message.h"

// The audit of the calls of a listener that has one (Listening::audit). On the loop's thread; nothing here is called
// where there is none, so that calls cost the same as ever.
namespace mcmig::rpc {

// Before the handler, with what IncomingCall::Begin said, which is the answer where it is an error: an invalid access
// attempt is recorded, and ends as it would. Of an operator's call, of a stream, and while the log could not be
// written, it is recorded first that the handler will be called; UNAVAILABLE where that fails.
async::Task<absl::Status> AuditBegin(IncomingCall& call, absl::string_view rpc, bool stream,
                                     const google::protobuf::Message& request, absl::Status begun);

// After the handler ended with `status`: recorded, durably, before the answer goes out. UNAVAILABLE, in place of the
// answer, where that fails. `response` is null where there is none.
async::Task<absl::Status> AuditEnd(IncomingCall& call, absl::string_view rpc, const google::protobuf::Message& request,
                                   absl::Status status, const google::protobuf::Message* response);

// A call of a method that is not served here.
async::Task<> AuditUnknown(Listening& listening, const grpc::ServerContext& context);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_CALL_AUDIT_H_
