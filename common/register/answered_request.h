#ifndef COMMON_REGISTER_ANSWERED_REQUEST_H_
#define COMMON_REGISTER_ANSWERED_REQUEST_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "common/identity/peer.h"
#include "common/protocol/authorization.h"

// The request memory, which is part of a user's record.
namespace mcmig::migration {

// A primary credential that a migration used up.
struct UsedCredential {
  // SHA-256 of its `jti`.
  std::array<uint8_t, 32> id{};
  // When it could be shown for the last time.
  absl::Time until;
  friend bool operator==(const UsedCredential&, const UsedCredential&) = default;
};

// One answered request: remembered within the replay window, so that a repetition gets the same answer, and until its
// credential can be shown no more, so that another request does not.
struct AnsweredRequest {
  identity::SystemName partner_system;
  protocol::RequestId request_id;
  protocol::RequestDigest digest{};
  // The epoch of the success that was answered.
  protocol::Epoch epoch;
  absl::Time issued_at;
  // Unset where the agreement asks for none, and in what was answered before there were any.
  std::optional<UsedCredential> credential = std::nullopt;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ANSWERED_REQUEST_H_
