// Certificate revocation lists: identity::RevocationLists, and what TrustRoots makes of them.
//
// Text: which certificates the root's list revokes, any of "a" (issued by the root), "c" (issued by the intermediate
// authority) and "i" (that authority), or "-" for none; on the next line in how many hours the list is renewed. Edits:
// of the list's PEM. Without text, the edits are the whole file.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/identity/certificate.h"
#include "common/identity/revocation.h"
#include "common/identity/testing/certificates.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using identity::CertificateChain;
using identity::RevocationLists;
using identity::TrustRoots;
using identity::testing::CertificateAuthority;

constexpr int kMostHours = 1'000;

struct Chains {
  CertificateAuthority root = CertificateAuthority::Make("root");
  CertificateAuthority issuing = root.MakeIntermediate("issuing");
  std::string a = root.Issue({.dns = {"a.example"}}).chain_pem;
  std::string c = issuing.Issue({.dns = {"c.example"}}).chain_pem;
  std::string of_issuing = issuing.RevocationList({}, absl::Now() + absl::Hours(10'000));
};

const Chains& TheChains() {
  static const Chains& chains = *new Chains;
  return chains;
}

// Whether the chain is accepted under the root with these lists; as little as if they were missing where they are
// refused.
bool Accepts(const std::string& chain_pem, const std::string& lists_pem) {
  absl::StatusOr<RevocationLists> lists = RevocationLists::Parse(lists_pem);
  if (!lists.ok()) return false;
  const absl::StatusOr<TrustRoots> roots = TrustRoots::Parse(TheChains().root.cert(), *std::move(lists));
  if (!roots.ok()) {
    RequireRefusal(roots.status(), absl::StatusCode::kInvalidArgument, lists_pem);
    return false;
  }
  const absl::Time now = absl::Now();
  const absl::StatusOr<identity::Validity> valid = roots->Verify(*CertificateChain::Parse(chain_pem), now);
  Require(!valid.ok() || valid->Contains(now), "what is accepted is valid now");
  return valid.ok();
}

void CheckAnything(const std::string& pem) {
  const absl::StatusOr<RevocationLists> lists = RevocationLists::Parse(pem);
  if (!lists.ok()) return RequireRefusal(lists.status(), absl::StatusCode::kInvalidArgument, pem);
  Require(lists->GoodUntil() < absl::InfiniteFuture(), "every list is good for a bounded time");
  Require(!Accepts(TheChains().a, pem), "nobody else can write the root's list");
}

void Check(Input input) {
  const Chains& chains = TheChains();
  const std::string revoked(TakeLine(input.text));
  if (revoked.empty()) return CheckAnything(std::string(input.edits));
  int hours = 24;
  if (!absl::SimpleAtoi(TakeLine(input.text), &hours)) hours = 24;
  hours = std::clamp(hours, -kMostHours, kMostHours);
  const auto has = [&revoked](char name) { return revoked.find(name) != std::string::npos; };
  std::vector<std::string> certificates;
  if (has('a')) certificates.push_back(chains.a);
  if (has('i')) certificates.push_back(chains.issuing.cert());
  const std::string list = chains.root.RevocationList(certificates, absl::Now() + absl::Hours(hours));
  const std::string of_issuing = has('c') ? chains.issuing.RevocationList({chains.c}) : chains.of_issuing;
  const std::string shown = absl::StrCat(Edited(list, input.edits), "\n", of_issuing);

  const bool a = Accepts(chains.a, shown);
  const bool c = Accepts(chains.c, shown);
  Require(!a || !has('a'), "a revoked certificate is refused, whatever happened to the list");
  Require(!c || !(has('c') || has('i')), "so is one whose issuer is revoked");
  // The grace is an hour, and time goes on.
  Require(!(a || c) || hours >= -1, "an old list refuses");
  if (Edited(list, input.edits) != list || hours < 0) return;
  Require(a == !has('a') && c == !(has('c') || has('i')), "what a whole list does not revoke is accepted");
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
