#include "common/rpc/arguments.h"

#include <climits>
#include <cstdlib>

#include "absl/synchronization/mutex.h"

namespace mcmig::rpc {
namespace {

constexpr int kSecond = 1'000;  // gRPC counts in milliseconds
constexpr int kMinute = 60 * kSecond;

// An access token of 8 KiB, and what gRPC itself sends.
constexpr int kMaxMetadataBytes = 16 << 10;

template <class Set>
void SetCommon(Set set) {
  set("grpc.enable_channelz", 0);
  set(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  set(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  set(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
}

}  // namespace

void InitTransport() {
  constexpr const char* kSuites =
      "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
      "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
  setenv("GRPC_SSL_CIPHER_SUITES", kSuites, /*overwrite=*/1);  // NOLINT(concurrency-mt-unsafe): before any other thread
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

grpc::ChannelArguments ChannelDefaults() {
  grpc::ChannelArguments arguments;
  SetCommon([&](const char* name, int value) { arguments.SetInt(name, value); });
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // only the originating hop retries, and that is ours
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kSecond / 10);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kSecond);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5 * kSecond);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30 * kSecond);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10 * kSecond);
  return arguments;
}

void SetServerDefaults(grpc::ServerBuilder& builder) {
  SetCommon([&](const char* name, int value) { builder.AddChannelArgument(name, value); });
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second process on the port is a mistake, not a replica
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10 * kSecond);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30 * kSecond);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10 * kSecond);
  // Lets removed peers go and new servers be found; calls in flight end first, the longest takes 5 minutes.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 10 * kMinute);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 5 * kMinute);
}

}  // namespace mcmig::rpc
