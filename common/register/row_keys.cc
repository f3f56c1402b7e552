#include <cstddef>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/register/row_codec.h"

namespace mcmig::migration::row {
namespace {

constexpr absl::string_view kEnd("\0", 1);
constexpr size_t kSequenceBytes = 8;

std::string ServiceByte(protocol::McService service) { return {static_cast<char>(service)}; }

// Grows with the time.
uint64_t Ordinal(absl::Time time) {
  return static_cast<uint64_t>(absl::ToUnixNanos(time)) - static_cast<uint64_t>(std::numeric_limits<int64_t>::min());
}

absl::Status BadKey() { return absl::DataLossError("a key in the store cannot be understood"); }

}  // namespace

std::string KeyOf(const UserKey& user) { return absl::StrCat(user.canonical_id, kEnd, ServiceByte(user.service)); }

std::string KeyOf(const VisitorKey& visitor) { return absl::StrCat(visitor.primary_system, kEnd, KeyOf(visitor.user)); }

std::string ExpectedKeyOf(const VisitorKey& visitor) {
  return absl::StrCat(visitor.primary_system, kEnd, "u", KeyOf(visitor.user));
}

std::string ExpectedKeyOf(const identity::SystemName& primary_system, absl::string_view domain,
                          protocol::McService service) {
  return absl::StrCat(primary_system, kEnd, "d", domain, kEnd, ServiceByte(service));
}

std::string KeyOf(const ExpectedVisitor& expected) {
  if (!expected.domain.empty()) return ExpectedKeyOf(expected.primary_system, expected.domain, expected.service);
  return ExpectedKeyOf({.primary_system = expected.primary_system,
                        .user = {.canonical_id = expected.canonical_id, .service = expected.service}});
}

std::string SequenceKey(uint64_t sequence) {
  std::string key(kSequenceBytes, '\0');
  for (size_t i = kSequenceBytes; i-- > 0; sequence >>= 8) key[i] = static_cast<char>(sequence & 0xff);
  return key;
}

std::string SystemPrefix(const identity::SystemName& system) { return absl::StrCat(system, kEnd); }

std::string AfterSystem(const identity::SystemName& system) { return absl::StrCat(system, "\1"); }

std::string OutboxKey(const identity::SystemName& partner, uint64_t sequence) {
  return absl::StrCat(SystemPrefix(partner), SequenceKey(sequence));
}

std::string ByPartnerKey(const identity::SystemName& partner, absl::string_view user) {
  return absl::StrCat(SystemPrefix(partner), user);
}

std::string ByExpiryKey(absl::Time authorized_until, absl::string_view user) {
  return absl::StrCat(SequenceKey(Ordinal(authorized_until)), user);
}

std::string ExpiryAfter(absl::Time time) { return SequenceKey(Ordinal(time) + 1); }

absl::StatusOr<UserKey> ParseUserKey(absl::string_view key) {
  if (key.size() < 3 || key[key.size() - 2] != '\0') return BadKey();
  const auto service = static_cast<protocol::McService>(key.back());
  if (service < protocol::McService::kMcptt || service > protocol::McService::kMcdata) return BadKey();
  return UserKey{.canonical_id = std::string(key.substr(0, key.size() - 2)), .service = service};
}

absl::StatusOr<VisitorKey> ParseVisitorKey(absl::string_view key) {
  const size_t end = key.find('\0');
  if (end == absl::string_view::npos) return BadKey();
  absl::StatusOr<UserKey> user = ParseUserKey(key.substr(end + 1));
  if (!user.ok()) return user.status();
  return VisitorKey{.primary_system = std::string(key.substr(0, end)), .user = *std::move(user)};
}

absl::StatusOr<uint64_t> ParseSequenceKey(absl::string_view key) {
  if (key.size() != kSequenceBytes) return BadKey();
  uint64_t sequence = 0;
  for (const char byte : key) sequence = sequence << 8 | static_cast<uint8_t>(byte);
  return sequence;
}

absl::StatusOr<OutboxPlace> ParseOutboxKey(absl::string_view key) {
  const size_t end = key.find('\0');
  if (end == absl::string_view::npos) return BadKey();
  const absl::StatusOr<uint64_t> sequence = ParseSequenceKey(key.substr(end + 1));
  if (!sequence.ok()) return sequence.status();
  return OutboxPlace{.partner_system = std::string(key.substr(0, end)), .sequence = *sequence};
}

absl::StatusOr<UserKey> ParseByExpiryKey(absl::string_view key) {
  if (key.size() <= kSequenceBytes) return BadKey();
  return ParseUserKey(key.substr(kSequenceBytes));
}

}  // namespace mcmig::migration::row
