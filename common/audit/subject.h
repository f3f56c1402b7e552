#ifndef COMMON_AUDIT_SUBJECT_H_
#define COMMON_AUDIT_SUBJECT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

// What of a message is in the audit log: whom and what a call was about. By the fields' names, from a fixed list, so
// that no token, credential or whatever else a message may come to carry gets there; a test names every other field of
// mcmig.v1 that is left out. Pure; thread-safe.
namespace mcmig::audit {

// A JSON object with the IDs, MC systems, MC service, profile index, epoch and wishes of a request, as received: of a
// list of profiles or visitors how many there are, and the IDs of the first kMaxIds. Empty where there is none of that.
std::string SubjectOf(const google::protobuf::Message& request);
inline constexpr int kMaxIds = 1000;

// A JSON object with what an answer says that was done, in numbers: how many entries it lists, how many were applied,
// removed, taken back …; never whom it names. Empty where it says nothing of that.
std::string ResultOf(const google::protobuf::Message& response);

// The request_id of a request, 32 hex digits; empty where it has none of 16 bytes.
std::string RequestIdOf(const google::protobuf::Message& request);

// Whether SubjectOf or ResultOf looks at fields of that name.
bool IsAudited(absl::string_view field);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_SUBJECT_H_
