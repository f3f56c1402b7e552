#ifndef COMMON_RPC_TRACE_CONTEXT_H_
#define COMMON_RPC_TRACE_CONTEXT_H_

#include <string>

#include "absl/random/bit_gen_ref.h"
#include "absl/strings/string_view.h"

namespace mcmig::rpc {

// The trace ID of a `traceparent` value (W3C Trace Context): 32 lower-case hex digits, not all zero. Empty where the
// value is of another form. Pure.
std::string TraceIdOf(absl::string_view traceparent);

// A new trace ID. Not a secret.
std::string NewTraceId(absl::BitGenRef random);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_TRACE_CONTEXT_H_
