#include "common/rpc/incoming_call.h"

#include <glog/logging.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/border/status.h"
#include "common/identity/permissions.h"
#include "common/protocol/pushback.h"
#include "common/rpc/status.h"
#include "common/rpc/trace_context.h"

namespace mcmig::rpc {
namespace {

// About the time in which a full listener has worked off a good part of its calls.
constexpr absl::Duration kPushback = absl::Milliseconds(100);
constexpr absl::string_view kBearer = "Bearer ";

// The value of `key`; empty where there is none or more than one, which could be read two ways.
absl::string_view OnlyValue(const grpc::ServerContext& context, const char* key) {
  const auto [begin, end] = context.client_metadata().equal_range(key);
  if (begin == end || std::next(begin) != end) return {};
  return {begin->second.data(), begin->second.size()};
}

}  // namespace

IncomingCall::IncomingCall(Listening& listening) : listening_(listening) { context_.AsyncNotifyWhenDone(done_.tag()); }

IncomingCall::~IncomingCall() {
  if (budget_ != nullptr) budget_->Leave();
  if (!admitted_) return;
  if (call_.emergency_only.has_value()) {
    listening_.emergency.Leave();
  } else {
    --listening_.in_flight;
  }
  listening_.metrics.InFlight(listening_.in_flight + listening_.emergency.in_flight());
}

void IncomingCall::Done::Complete(bool /*ok*/) {
  done_ = true;
  if (call_.context_.IsCancelled()) call_.cancel_.Cancel();
  if (waiter_) waiter_.resume();
}

absl::Status IncomingCall::Begin(absl::string_view method, Access access, absl::Duration longest) {
  const auto began = CallTimer::Clock::now();
  call_.listener = listening_.kind;
  call_.executor = &listening_.loop;
  call_.cancel = &cancel_;
  if (listening_.audit != nullptr) call_.note = &note_;
  const absl::Time asked = absl::FromChrono(context_.deadline());
  call_.deadline = std::min(asked, absl::Now() + longest);
  shortened_ = call_.deadline < asked;
  absl::Status entered = Enter(method, access);
  // Whose call it is comes with entering.
  timer_ = CallTimer(listening_.metrics.Calls(method, call_.peer.system), began);
  if (!entered.ok()) {
    listening_.metrics.Refused(entered.code());
    return entered;
  }
  ReadMetadata();
  return absl::OkStatus();
}

absl::Status IncomingCall::Enter(absl::string_view method, Access access) {
  if (access != Access::kAnyone) {
    if (absl::Status status = Permit(method); !status.ok()) return status;
  }
  return TakesRoom(access) ? Admit(access) : absl::OkStatus();
}

absl::Status IncomingCall::Permit(absl::string_view method) {
  absl::StatusOr<identity::Peer> peer = listening_.identify(*context_.auth_context());
  if (!peer.ok()) return absl::UnauthenticatedError("no usable transport identity");
  call_.peer = *std::move(peer);
  if (!identity::MayCall(method, listening_.kind, call_.peer)) {
    return absl::PermissionDeniedError("this peer may not call this method here");
  }
  return absl::OkStatus();
}

absl::Status IncomingCall::Admit(Access access) {
  const absl::Time now = absl::Now();
  if (const std::optional<absl::Duration> wait = TakeOrdinaryRoom(now); wait.has_value()) {
    if (access != Access::kShare || !TakeEmergencyShare(now)) {
      return protocol::ResourceExhausted("too many calls", *wait);
    }
    call_.emergency_only = wait;
    listening_.metrics.LetInByShare();
  }
  listening_.metrics.InFlight(listening_.in_flight + listening_.emergency.in_flight());
  admitted_ = true;
  return absl::OkStatus();
}

std::optional<absl::Duration> IncomingCall::TakeOrdinaryRoom(absl::Time now) {
  if (listening_.in_flight >= listening_.max_in_flight) return kPushback;
  const auto room = listening_.rooms.find(call_.peer.system);
  if (room != listening_.rooms.end()) {
    const std::optional<absl::Duration> wait = room->second.ordinary.Enter(now);
    if (wait.has_value()) return wait;
    budget_ = &room->second.ordinary;
  }
  ++listening_.in_flight;
  return std::nullopt;
}

bool IncomingCall::TakeEmergencyShare(absl::Time now) {
  if (listening_.emergency.Enter(now).has_value()) return false;
  const auto room = listening_.rooms.find(call_.peer.system);
  if (room == listening_.rooms.end()) return true;
  if (room->second.emergency.Enter(now).has_value()) {
    listening_.emergency.Leave();
    return false;
  }
  budget_ = &room->second.emergency;
  return true;
}

void IncomingCall::ReadMetadata() {
  // What a peer sends beside its message ends at the border.
  const bool outside = listening_.kind == identity::Listener::kOutside;
  if (!outside) call_.trace_id = TraceIdOf(OnlyValue(context_, "traceparent"));
  if (call_.trace_id.empty()) call_.trace_id = NewTraceId(listening_.random);
  if (listening_.kind == identity::Listener::kClient) {
    const absl::string_view authorization = OnlyValue(context_, "authorization");
    if (absl::StartsWithIgnoreCase(authorization, kBearer)) {
      call_.bearer_token = std::string(authorization.substr(kBearer.size()));
    }
  }
}

grpc::Status IncomingCall::End(const absl::Status& status) {
  // The caller is told no more than that; this is where the reason is kept.
  if (absl::IsInternal(status) || absl::IsUnknown(status)) LOG(ERROR) << "trace=" << call_.trace_id << " " << status;
  grpc::Status told = ToGrpc(border::StatusFor(listening_.kind, status), context_);
  timer_.End(told.error_code());
  return told;
}

}  // namespace mcmig::rpc
