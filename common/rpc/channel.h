#ifndef COMMON_RPC_CHANNEL_H_
#define COMMON_RPC_CHANNEL_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/rpc/credentials.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::rpc {

// A channel of its own, not connected yet, to a server of `system`. For next hops, and for command-line clients, which
// call with the blocking API. INVALID_ARGUMENT as Credentials::ForEndpoint.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const Credentials& credentials,
                                                           const config::v1::Endpoint& endpoint,
                                                           absl::string_view system);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_CHANNEL_H_
