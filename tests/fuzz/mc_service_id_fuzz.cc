// An MC service ID: identity::McServiceId::Parse of the text.
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/identity/mc_service_id.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using identity::McServiceId;

bool IsLowerHost(absl::string_view host) {
  for (const char c : host) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_islower(byte) && !absl::ascii_isdigit(byte) && c != '-' && c != '.') return false;
  }
  return !host.empty() && host.front() != '.' && host.back() != '.' && !absl::StrContains(host, "..");
}

void Check(absl::string_view bytes) {
  const absl::StatusOr<McServiceId> id = McServiceId::Parse(bytes);
  if (!id.ok()) return RequireRefusal(id.status(), absl::StatusCode::kInvalidArgument, bytes);
  Require(bytes.size() <= McServiceId::kMaxBytes, "an accepted ID keeps its limit");
  Require(id->received() == bytes, "the bytes received are echoed");
  Require(id->canonical().size() <= bytes.size(), "the canonical form is no longer");
  for (const char c : id->canonical()) Require(c > 0x20 && c < 0x7f, "the canonical form is printable ASCII");
  Require(IsLowerHost(id->domain()), "the domain is a host name in lower case");

  const absl::StatusOr<McServiceId> again = McServiceId::Parse(id->canonical());
  Require(again.ok() && again->canonical() == id->canonical(), "the canonical form is a fixed point");
  Require(again->domain() == id->domain(), "the canonical form is of the same domain");
  Require(*again == *id, "the canonical form is the same user");

  // Only a host is behind the '@' of a SIP URI.
  if (!absl::StartsWith(id->canonical(), "sip:") && !absl::StartsWith(id->canonical(), "sips:")) return;
  const size_t at = bytes.find('@');
  const auto shouted = McServiceId::Parse(absl::StrCat(bytes.substr(0, at), absl::AsciiStrToUpper(bytes.substr(at))));
  Require(shouted.ok() && *shouted == *id, "the case of the host tells nobody apart");
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
