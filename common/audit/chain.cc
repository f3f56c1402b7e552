#include "common/audit/chain.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mcmig::audit {
namespace {

constexpr absl::string_view kChain = R"(,"chain":")";
constexpr absl::string_view kEnd = R"("})";
constexpr absl::string_view kPrevious = R"("previous":")";
constexpr size_t kHexDigits = 2 * std::tuple_size_v<Hash>;

// What a line consists of; the hash covers `body`.
struct Parts {
  absl::string_view body;
  absl::string_view chain;
};

std::optional<Parts> PartsOf(absl::string_view line) {
  if (!absl::ConsumeSuffix(&line, kEnd) || line.size() < kHexDigits) return std::nullopt;
  const absl::string_view chain = line.substr(line.size() - kHexDigits);
  line.remove_suffix(kHexDigits);
  if (!absl::ConsumeSuffix(&line, kChain)) return std::nullopt;
  return Parts{.body = line, .chain = chain};
}

std::string BeginOf(uint64_t sequence) { return absl::StrCat(R"({"seq":)", sequence, ","); }

}  // namespace

Hash DigestOf(const Hash& previous, absl::string_view bytes) {
  return digest::Sha256Of(absl::StrCat(digest::BytesOf(previous), bytes));
}

std::string HexOf(const Hash& hash) { return absl::BytesToHexString(digest::BytesOf(hash)); }

std::optional<Hash> HashOf(absl::string_view hex) {
  if (hex.size() != kHexDigits) return std::nullopt;
  Hash hash{};
  for (size_t i = 0; i < hex.size(); ++i) {
    const char digit = hex[i];
    if (!absl::ascii_isdigit(digit) && (digit < 'a' || digit > 'f')) return std::nullopt;
    const int value = absl::ascii_isdigit(digit) ? digit - '0' : digit - 'a' + 10;
    hash.at(i / 2) = static_cast<uint8_t>(hash.at(i / 2) << 4U | value);
  }
  return hash;
}

void AppendRecord(absl::string_view members, Position& at, std::string& lines) {
  const size_t begin = lines.size();
  ++at.sequence;
  absl::StrAppend(&lines, R"({"seq":)", at.sequence, ",", members);
  at.chain = DigestOf(at.chain, absl::string_view(lines).substr(begin));
  absl::StrAppend(&lines, kChain, HexOf(at.chain), kEnd, "\n");
}

absl::Status ReadRecord(absl::string_view line, Position& at) {
  const std::optional<Parts> parts = PartsOf(line);
  if (!parts) return absl::DataLossError("is no record");
  if (!absl::StartsWith(parts->body, BeginOf(at.sequence + 1))) {
    return absl::DataLossError(absl::StrCat("does not have number ", at.sequence + 1));
  }
  const Hash chain = DigestOf(at.chain, parts->body);
  if (HexOf(chain) != parts->chain) return absl::DataLossError("does not fit its chain: it or the chain was changed");
  at = {.sequence = at.sequence + 1, .chain = chain};
  return absl::OkStatus();
}

std::optional<Hash> StatedChain(absl::string_view line) {
  const std::optional<Parts> parts = PartsOf(line);
  return parts ? HashOf(parts->chain) : std::nullopt;
}

std::string PreviousMember(const Hash& previous) { return absl::StrCat(kPrevious, HexOf(previous), "\""); }

std::optional<Hash> StatedPrevious(absl::string_view line) {
  // Right behind the number: a value further back could look like it.
  const size_t comma = line.find(',');
  if (comma == absl::string_view::npos) return std::nullopt;
  line.remove_prefix(comma + 1);
  if (!absl::ConsumePrefix(&line, kPrevious)) return std::nullopt;
  return HashOf(line.substr(0, kHexDigits));
}

}  // namespace mcmig::audit
