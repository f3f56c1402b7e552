#ifndef COMMON_AUDIT_CALL_RECORD_H_
#define COMMON_AUDIT_CALL_RECORD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/call_note.h"
#include "google/protobuf/message.h"

// What the audit log says of a call, as members of a record: who called what, where and about whom (subject.h), and how
// it ended. MC service IDs are in it, here and nowhere else in the open; tokens, credentials, keys and the texts of
// statuses are not. Pure; thread-safe.
namespace mcmig::audit {

// A call that came in. What is pointed to outlives this.
struct CallFacts {
  const protocol::Call& call;
  // "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration"
  absl::string_view rpc;
  const google::protobuf::Message& request;
  // Of the process, where the handler names no role of its own.
  absl::string_view role;
};

// Kind "call_begins": its handler may be called now.
std::string BeginMembers(const CallFacts& facts, absl::Time now);

// Kind "call": its handler has ended with `status`, and `response` where that is OK (null for a stream). The decision,
// its cause and its rule are those of the call's note.
std::string EndMembers(const CallFacts& facts, const absl::Status& status, const google::protobuf::Message* response,
                       absl::Time now);

// Kind "changed": this process ended the migration, or the visit, of a user of its own accord. `rule` says why, a
// literal.
struct Change {
  absl::string_view role;
  absl::string_view rule;
  absl::string_view primary_mc_service_id;
  protocol::McService service = protocol::McService::kMcptt;
};
std::string ChangeMembers(const Change& change, absl::Time now);

// Kind "refused", without a time: an invalid access attempt. `address` is where it came from, for those who have no
// identity.
std::string AttemptMembers(const protocol::Call& call, absl::string_view rpc, absl::StatusCode code,
                           absl::string_view address);

// The same: a caller whose certificate the TLS handshake of this listener refused.
std::string HandshakeMembers(identity::Listener listener);

// "ipv4:192.0.2.1" of "ipv4:192.0.2.1:40123", so that attempts from one place are of one kind.
std::string AddressWithoutPort(absl::string_view peer);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_CALL_RECORD_H_
