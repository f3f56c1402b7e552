#include "common/token/grant.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/token/grant_in_tree.h"
#include "common/token/json_object.h"
#include "common/token/jws.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using protocol::McService;

constexpr char kPrimaryId[] = "mcmig_primary_id";
constexpr char kPartnerId[] = "mcmig_partner_id";
constexpr char kService[] = "mcmig_service";
constexpr char kProfileIndex[] = "mcmig_profile_index";
constexpr char kEpoch[] = "mcmig_epoch";
constexpr char kUntil[] = "mcmig_authorized_until";
constexpr char kRequestId[] = "mcmig_request_id";
constexpr char kRoot[] = "mcmig_root";
constexpr char kSize[] = "mcmig_size";
constexpr char kRequestDigest[] = "mcmig_request_digest";
constexpr uint64_t kMaxProfileIndex = 255;
// 9999-12-31T23:59:59Z
constexpr uint64_t kLastSecond = 253'402'300'799;

absl::Status Refused(absl::string_view claim, absl::string_view reason) {
  return absl::UnauthenticatedError(absl::StrCat(claim, ": ", reason));
}

// "1.42": a number in JSON would lose the end of a large counter in some readers.
std::string EpochText(const protocol::Epoch& epoch) { return absl::StrCat(epoch.incarnation, ".", epoch.counter); }

// With nanoseconds, as far as there are any.
std::string TimeText(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()); }

// What grant and cancel have in common.
template <class Signed>
Json CommonClaims(const Signed& claims, const TokenOrigin& origin) {
  return {{"iss", origin.issuer},
          {"aud", origin.audience},
          {"iat", absl::ToUnixSeconds(claims.issued)},
          {kPrimaryId, claims.primary_mc_service_id.canonical()},
          {kService, std::string(protocol::McServiceName(claims.service))},
          {kEpoch, EpochText(claims.epoch)}};
}

// Reads claims one by one and keeps the first refusal; what is read after it means nothing.
class ClaimReader {
 public:
  explicit ClaimReader(const Json& claims) : claims_(claims) {}

  [[nodiscard]] const absl::Status& status() const { return status_; }

  void Only(std::initializer_list<absl::string_view> names) {
    for (const auto& [name, value] : claims_.items()) {
      if (!absl::c_linear_search(names, name)) Refuse("payload", "a claim that is not known");
    }
  }

  std::string Text(const char* name) {
    const Json* claim = FindMember(claims_, name);
    if (claim == nullptr) return Refuse(name, "missing"), "";
    const auto* text = claim->get_ptr<const std::string*>();
    if (text == nullptr) return Refuse(name, "not a string"), "";
    if (text->empty() || text->size() > kMaxIdClaimBytes) return Refuse(name, "empty or too long"), "";
    return *text;
  }

  void Is(const char* name, const std::string& wanted) {
    const std::string actual = Text(name);
    if (status_.ok() && (wanted.empty() || actual != wanted)) Refuse(name, "not the configured one");
  }

  uint64_t Number(const char* name, uint64_t most) {
    const Json* claim = FindMember(claims_, name);
    if (claim == nullptr) return Refuse(name, "missing"), 0;
    if (!claim->is_number_unsigned() || claim->get<uint64_t>() > most) {
      return Refuse(name, "not a whole number, or out of range"), 0;
    }
    return claim->get<uint64_t>();
  }

  McService Service() {
    const std::string name = Text(kService);
    for (const McService service : {McService::kMcptt, McService::kMcvideo, McService::kMcdata}) {
      if (name == protocol::McServiceName(service)) return service;
    }
    return Refuse(kService, "not an MC service"), McService::kMcptt;
  }

  protocol::Epoch Epoch() {
    const std::string text = Text(kEpoch);
    const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
    protocol::Epoch epoch;
    const bool numbers = parts.size() == 2 && absl::SimpleAtoi(parts[0], &epoch.incarnation) &&
                         absl::SimpleAtoi(parts[1], &epoch.counter);
    if (!numbers || epoch.incarnation == 0 || epoch.counter == 0 || EpochText(epoch) != text) {
      Refuse(kEpoch, "not an epoch");
    }
    return epoch;
  }

  absl::Time Until() {
    if (!claims_.contains(kUntil)) return absl::InfiniteFuture();
    const std::string text = Text(kUntil);
    absl::Time time;
    std::string error;
    const bool parsed = absl::ParseTime(absl::RFC3339_full, text, &time, &error);
    // ParseTime takes "infinite-future", too.
    if (!parsed || time == absl::InfiniteFuture() || time == absl::InfinitePast() || TimeText(time) != text) {
      Refuse(kUntil, "not a time in UTC");
    }
    return time;
  }

  // Two lower-case digits for each byte.
  template <size_t kBytes>
  std::array<uint8_t, kBytes> Hex(const char* name) {
    const std::string text = Text(name);
    const bool digits = text.size() == 2 * kBytes &&
                        absl::c_all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    std::array<uint8_t, kBytes> bytes{};
    if (!digits) return Refuse(name, "not of its form"), bytes;
    const std::string decoded = absl::HexStringToBytes(text);
    std::copy(decoded.begin(), decoded.end(), bytes.begin());
    return bytes;
  }

  // INVALID where refused; parsed by the caller, who has no empty ID to give back.
  absl::StatusOr<identity::McServiceId> Id(const char* name) {
    const std::string text = Text(name);
    if (!status_.ok()) return status_;
    absl::StatusOr<identity::McServiceId> id = identity::McServiceId::Parse(text);
    if (!id.ok()) return Refuse(name, "not an MC service ID"), status_;
    return id;
  }

 private:
  void Refuse(absl::string_view claim, absl::string_view reason) { status_.Update(Refused(claim, reason)); }

  const Json& claims_;
  absl::Status status_;
};

}  // namespace

std::string WriteClaims(const Grant& grant, const TokenOrigin& origin) {
  Json claims = CommonClaims(grant, origin);
  claims[kPartnerId] = grant.partner_mc_service_id.canonical();
  claims[kProfileIndex] = grant.profile_index;
  if (grant.authorized_until != absl::InfiniteFuture()) claims[kUntil] = TimeText(grant.authorized_until);
  claims[kRequestId] = grant.request_id.Hex();
  claims[kRequestDigest] = absl::BytesToHexString(digest::BytesOf(grant.request_digest));
  return claims.dump();
}

std::string WriteClaims(const GrantTree& tree, const TokenOrigin& origin) {
  return Json({{"iss", origin.issuer},
               {"aud", origin.audience},
               {kRoot, absl::BytesToHexString(digest::BytesOf(tree.root))},
               {kSize, tree.size}})
      .dump();
}

std::string WriteClaims(const SignedCancel& cancel, const TokenOrigin& origin) {
  return CommonClaims(cancel, origin).dump();
}

absl::StatusOr<Grant> ReadGrant(absl::string_view payload, const TokenOrigin& origin) {
  const absl::StatusOr<Json> claims = ParseJsonObject(payload, kMaxTokenBytes);
  if (!claims.ok()) return Refused("payload", claims.status().message());
  ClaimReader reader(*claims);
  reader.Only({"iss", "aud", "iat", kPrimaryId, kPartnerId, kService, kProfileIndex, kEpoch, kUntil, kRequestId,
               kRequestDigest});
  reader.Is("iss", origin.issuer);
  reader.Is("aud", origin.audience);
  absl::StatusOr<identity::McServiceId> primary = reader.Id(kPrimaryId);
  if (!primary.ok()) return primary.status();
  absl::StatusOr<identity::McServiceId> partner = reader.Id(kPartnerId);
  if (!partner.ok()) return partner.status();
  Grant grant{.primary_mc_service_id = *std::move(primary),
              .partner_mc_service_id = *std::move(partner),
              .service = reader.Service(),
              .profile_index = static_cast<uint8_t>(reader.Number(kProfileIndex, kMaxProfileIndex)),
              .epoch = reader.Epoch(),
              .authorized_until = reader.Until(),
              .request_id = {reader.Hex<protocol::RequestId::kBytes>(kRequestId)},
              .request_digest = reader.Hex<32>(kRequestDigest),
              .issued = absl::FromUnixSeconds(static_cast<int64_t>(reader.Number("iat", kLastSecond)))};
  if (!reader.status().ok()) return reader.status();
  return grant;
}

absl::StatusOr<GrantTree> ReadGrantTree(absl::string_view payload, const TokenOrigin& origin) {
  const absl::StatusOr<Json> claims = ParseJsonObject(payload, kMaxTokenBytes);
  if (!claims.ok()) return Refused("payload", claims.status().message());
  ClaimReader reader(*claims);
  reader.Only({"iss", "aud", kRoot, kSize});
  reader.Is("iss", origin.issuer);
  reader.Is("aud", origin.audience);
  const GrantTree tree{.root = reader.Hex<sizeof(digest::Sha256)>(kRoot),
                       .size = reader.Number(kSize, kMaxGrantsInTree)};
  if (!reader.status().ok()) return reader.status();
  if (tree.size == 0) return Refused(kSize, "not a whole number, or out of range");
  return tree;
}

absl::StatusOr<SignedCancel> ReadSignedCancel(absl::string_view payload, const TokenOrigin& origin) {
  const absl::StatusOr<Json> claims = ParseJsonObject(payload, kMaxTokenBytes);
  if (!claims.ok()) return Refused("payload", claims.status().message());
  ClaimReader reader(*claims);
  reader.Only({"iss", "aud", "iat", kPrimaryId, kService, kEpoch});
  reader.Is("iss", origin.issuer);
  reader.Is("aud", origin.audience);
  absl::StatusOr<identity::McServiceId> primary = reader.Id(kPrimaryId);
  if (!primary.ok()) return primary.status();
  SignedCancel cancel{.primary_mc_service_id = *std::move(primary),
                      .service = reader.Service(),
                      .epoch = reader.Epoch(),
                      .issued = absl::FromUnixSeconds(static_cast<int64_t>(reader.Number("iat", kLastSecond)))};
  if (!reader.status().ok()) return reader.status();
  return cancel;
}

}  // namespace mcmig::token
