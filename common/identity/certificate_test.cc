#include "common/identity/certificate.h"

#include <openssl/err.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/identity/testing/certificates.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

using testing::CertificateAuthority;
using testing::Issued;

const absl::Time kNow = absl::Now();

absl::StatusOr<Validity> Verify(const std::string& roots_pem, const std::string& chain_pem, absl::Time now = kNow) {
  absl::StatusOr<TrustRoots> roots = TrustRoots::Parse(roots_pem);
  if (!roots.ok()) return roots.status();
  absl::StatusOr<CertificateChain> chain = CertificateChain::Parse(chain_pem);
  if (!chain.ok()) return chain.status();
  return roots->Verify(*chain, now);
}

absl::StatusCode CodeOf(const std::string& roots_pem, const std::string& chain_pem, absl::Time now = kNow) {
  return Verify(roots_pem, chain_pem, now).status().code();
}

// The same certificate, signature included, with the name b.example where it has a.example.
std::string WithOtherName(const std::string& pem) {
  const size_t begin = pem.find("-----BEGIN CERTIFICATE-----\n") + 28;
  std::string der;
  absl::Base64Unescape(absl::StrReplaceAll(pem.substr(begin, pem.find("-----END") - begin), {{"\n", ""}}), &der);
  const std::string changed = absl::Base64Escape(absl::StrReplaceAll(der, {{"a.example", "b.example"}}));
  std::string lines;
  for (size_t i = 0; i < changed.size(); i += 64) absl::StrAppend(&lines, changed.substr(i, 64), "\n");
  return absl::StrCat("-----BEGIN CERTIFICATE-----\n", lines, "-----END CERTIFICATE-----\n");
}

TEST(CertificateChainTest, NamesAreTheLeafsDnsAndUriNamesOnly) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const Issued issued = north.Issue({.dns = {"Gateway.North.Example", "b.example"},
                                     .uris = {"spiffe://North.example/Gateway"},
                                     .ips = {"127.0.0.1"}});
  const auto chain = CertificateChain::Parse(issued.chain_pem);
  ASSERT_TRUE(chain.ok()) << chain.status();
  EXPECT_EQ(chain->names(), (std::vector<std::string>{"DNS:gateway.north.example", "DNS:b.example",
                                                      "URI:spiffe://North.example/Gateway"}));
}

TEST(CertificateChainTest, NameThatIsAUriDoesNotEqualADnsNameOfTheSameText) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const auto chain = CertificateChain::Parse(north.Issue({.dns = {"spiffe://north.example/gateway"}}).chain_pem);
  ASSERT_TRUE(chain.ok());
  EXPECT_NE(chain->names().front(), ConfiguredNameKey("spiffe://north.example/gateway"));
  EXPECT_EQ(ConfiguredNameKey("spiffe://north.example/gateway"), UriNameKey("spiffe://north.example/gateway"));
  EXPECT_EQ(ConfiguredNameKey("Gateway.north.example"), DnsNameKey("gateway.North.example"));
}

TEST(CertificateChainTest, WhatIsNoChainIsRefused) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const std::string good = north.Issue({.dns = {"a.example"}}).chain_pem;
  const std::string key = north.Issue({.dns = {"a.example"}}).key_pem;
  std::string many;
  for (size_t i = 0; i <= CertificateChain::kMaxCertificates; ++i) many += good;
  std::vector<std::string> names;
  for (size_t i = 0; i <= CertificateChain::kMaxNames; ++i) names.push_back(absl::StrCat("n", i, ".example"));
  const std::vector<std::string> cases = {
      "",
      "garbage",
      std::string(16, '\0'),
      key,
      "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      good.substr(0, good.size() / 2),
      good + good.substr(0, good.size() / 2),
      "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00000000000000000000000000000000\n\n"
      "AAAA\n-----END CERTIFICATE-----\n",
      std::string(CertificateChain::kMaxBytes + 1, 'x'),
      good + std::string(CertificateChain::kMaxBytes, '\n'),
      many,
      north.Issue({}).chain_pem,
      north.Issue({.ips = {"127.0.0.1"}}).chain_pem,
      north.Issue({.dns = names}).chain_pem,
  };
  for (const std::string& pem : cases) {
    EXPECT_EQ(CertificateChain::Parse(pem).status().code(), absl::StatusCode::kUnauthenticated) << pem;
  }
  EXPECT_EQ(ERR_peek_error(), 0U) << "left in the thread's queue, it would look like the next connection's error";
}

TEST(TrustRootsTest, WhatIsNoRootIsRefused) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const std::vector<std::string> cases = {
      "", "garbage", north.cert() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      north.cert() + north.Issue({.dns = {"a.example"}}).chain_pem};
  for (const std::string& pem : cases) {
    EXPECT_EQ(TrustRoots::Parse(pem).status().code(), absl::StatusCode::kInvalidArgument) << pem;
  }
}

TEST(TrustRootsTest, LeafUnderARootIsValidForTheTimeOfTheWholeChain) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const CertificateAuthority south = CertificateAuthority::Make("south");
  const absl::Time not_before = absl::FromUnixSeconds(absl::ToUnixSeconds(kNow) - 60);
  const absl::Time not_after = not_before + absl::Hours(1);
  const Issued leaf = north.Issue({.dns = {"a.example"}, .not_before = not_before, .not_after = not_after});
  const auto validity = Verify(south.cert() + north.cert(), leaf.chain_pem);
  ASSERT_TRUE(validity.ok()) << validity.status();
  EXPECT_EQ(validity->not_before, not_before);
  EXPECT_EQ(validity->not_after, not_after);
}

// A leaf that outlives its authority is worth no more than that.
TEST(TrustRootsTest, ValidityEndsWithTheFirstCertificateOfTheChainThatExpires) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const auto validity = Verify(
      north.cert(), north.Issue({.dns = {"a.example"}, .not_after = kNow + absl::Hours(24) * 365 * 50}).chain_pem);
  ASSERT_TRUE(validity.ok()) << validity.status();
  EXPECT_LT(validity->not_after, kNow + absl::Hours(24) * 365 * 6);
}

TEST(EarliestExpiryTest, IsThatOfTheFirstCertificateToExpire) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const absl::Time soon = absl::FromUnixSeconds(absl::ToUnixSeconds(kNow + absl::Hours(1)));
  const std::string leaf = north.Issue({.dns = {"a.example"}, .not_after = soon}).chain_pem;
  EXPECT_EQ(*EarliestExpiry(leaf), soon);
  EXPECT_EQ(*EarliestExpiry(north.cert() + leaf), soon);
  EXPECT_GT(*EarliestExpiry(north.cert()), soon);
  EXPECT_TRUE(absl::IsInvalidArgument(EarliestExpiry("").status()));
}

TEST(TrustRootsTest, ValidityBoundsAreThoseOfVerification) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const Issued leaf = north.Issue({.dns = {"a.example"}});
  const auto validity = Verify(north.cert(), leaf.chain_pem);
  ASSERT_TRUE(validity.ok());
  for (const absl::Time now :
       {validity->not_before - absl::Nanoseconds(1), validity->not_before, validity->not_before + absl::Seconds(1),
        validity->not_after - absl::Seconds(1), validity->not_after - absl::Nanoseconds(1), validity->not_after}) {
    EXPECT_EQ(Verify(north.cert(), leaf.chain_pem, now).ok(), validity->Contains(now)) << now;
  }
}

TEST(TrustRootsTest, IntermediateAuthoritiesAreFollowedToARoot) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const CertificateAuthority below = north.MakeIntermediate("north issuing");
  const CertificateAuthority further = below.MakeIntermediate("north issuing 2");
  EXPECT_EQ(CodeOf(north.cert(), below.Issue({.dns = {"a.example"}}).chain_pem), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf(north.cert(), further.Issue({.dns = {"a.example"}}).chain_pem), absl::StatusCode::kOk);
}

TEST(TrustRootsTest, CertificatesThatThePeerSendsAreNoRoots) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const CertificateAuthority foreign = CertificateAuthority::Make("north");
  const std::string chain = foreign.Issue({.dns = {"a.example"}}).chain_pem + foreign.cert();
  EXPECT_EQ(CodeOf(north.cert(), chain), absl::StatusCode::kUnauthenticated);
}

TEST(TrustRootsTest, MissingIntermediateIsRefused) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const std::string chain = north.MakeIntermediate("north issuing").Issue({.dns = {"a.example"}}).chain_pem;
  const std::string leaf = chain.substr(0, chain.find("-----BEGIN", 1));
  EXPECT_EQ(CodeOf(north.cert(), leaf), absl::StatusCode::kUnauthenticated);
}

TEST(TrustRootsTest, CertificateOfNoAuthorityIssuesNothing) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const CertificateAuthority impostor = north.MakeIntermediate("an end entity", /*ca=*/false);
  EXPECT_EQ(CodeOf(north.cert(), impostor.Issue({.dns = {"a.example"}}).chain_pem), absl::StatusCode::kUnauthenticated);
}

TEST(TrustRootsTest, SelfSignedCertificateIsRefused) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  EXPECT_EQ(CodeOf(north.cert(), testing::SelfSigned({.dns = {"a.example"}}).chain_pem),
            absl::StatusCode::kUnauthenticated);
}

TEST(TrustRootsTest, LeafForTheClientOrTheServerOfTlsIsAccepted) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  for (const char* usage : {"clientAuth", "serverAuth", ""}) {
    EXPECT_EQ(CodeOf(north.cert(), north.Issue({.dns = {"a.example"}, .extended_key_usage = usage}).chain_pem),
              absl::StatusCode::kOk)
        << usage;
  }
}

TEST(TrustRootsTest, LeafForSomethingElseThanTlsIsRefused) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  for (const char* usage : {"emailProtection", "codeSigning,OCSPSigning"}) {
    EXPECT_EQ(CodeOf(north.cert(), north.Issue({.dns = {"a.example"}, .extended_key_usage = usage}).chain_pem),
              absl::StatusCode::kUnauthenticated)
        << usage;
  }
}

TEST(TrustRootsTest, ChangedCertificateIsRefused) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const Issued leaf = north.Issue({.dns = {"a.example"}});
  const std::string changed = WithOtherName(leaf.chain_pem);
  ASSERT_NE(changed, leaf.chain_pem);
  const auto chain = CertificateChain::Parse(changed);
  ASSERT_TRUE(chain.ok());
  EXPECT_EQ(chain->names().front(), "DNS:b.example");
  EXPECT_EQ(CodeOf(north.cert(), changed), absl::StatusCode::kUnauthenticated);
}

TEST(TrustRootsTest, RefusalLeavesNoErrorForTheNextConnection) {
  const CertificateAuthority north = CertificateAuthority::Make("north");
  const CertificateAuthority south = CertificateAuthority::Make("south");
  EXPECT_EQ(CodeOf(north.cert(), south.Issue({.dns = {"a.example"}}).chain_pem), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace mcmig::identity
