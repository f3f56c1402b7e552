#ifndef COMMON_RPC_ARGUMENTS_H_
#define COMMON_RPC_ARGUMENTS_H_

#include <grpcpp/grpcpp.h>

namespace mcmig::rpc {

// What every process does before it uses gRPC: narrows the TLS 1.2 suites to ECDHE with AEAD (gRPC 1.51 has no setter)
// and switches Abseil's deadlock detection off. Main thread, before any other.
void InitTransport();

// Arguments of every channel: no machinery that is not used, quick and bounded reconnecting, and
// keepalive, so that a silent path fails within a minute.
grpc::ChannelArguments ChannelDefaults();

// The same for a server's builder.
void SetServerDefaults(grpc::ServerBuilder& builder);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_ARGUMENTS_H_
