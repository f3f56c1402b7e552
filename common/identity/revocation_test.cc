#include "common/identity/revocation.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/identity/certificate.h"
#include "common/identity/testing/certificates.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

using testing::CertificateAuthority;

class RevocationTest : public ::testing::Test {
 protected:
  // "ok", or why the chain is refused by the roots with these lists.
  std::string Verify(const std::string& chain_pem, const std::string& lists_pem, absl::Time now = absl::Now()) const {
    auto lists = RevocationLists::Parse(lists_pem);
    if (!lists.ok()) return std::string(lists.status().message());
    auto roots = TrustRoots::Parse(root_.cert(), *std::move(lists));
    if (!roots.ok()) return std::string(roots.status().message());
    const auto chain = CertificateChain::Parse(chain_pem);
    if (!chain.ok()) return std::string(chain.status().message());
    const auto validity = roots->Verify(*chain, now);
    return validity.ok() ? "ok" : std::string(validity.status().message());
  }

  const CertificateAuthority root_ = CertificateAuthority::Make("root");
  const CertificateAuthority issuing_ = root_.MakeIntermediate("issuing");
  const std::string leaf_ = root_.Issue({.dns = {"a.example"}}).chain_pem;
  const std::string other_ = root_.Issue({.dns = {"b.example"}}).chain_pem;
};

constexpr char kRevoked[] = "certificate revoked";
constexpr char kNoList[] = "unable to get certificate CRL";
constexpr char kExpired[] = "CRL has expired";

TEST_F(RevocationTest, OnlyWhatIsRevokedIsRefused) {
  const std::string list = root_.RevocationList({leaf_});
  EXPECT_EQ(Verify(leaf_, list), kRevoked);
  EXPECT_EQ(Verify(other_, list), "ok");
  EXPECT_EQ(Verify(leaf_, root_.RevocationList({})), "ok");
}

TEST_F(RevocationTest, RevokedIntermediateTakesWhatItIssuedAlong) {
  const std::string leaf = issuing_.Issue({.dns = {"a.example"}}).chain_pem;
  const std::string none = issuing_.RevocationList({});
  EXPECT_EQ(Verify(leaf, root_.RevocationList({}) + none), "ok");
  EXPECT_EQ(Verify(leaf, root_.RevocationList({issuing_.cert()}) + none), kRevoked);
  EXPECT_EQ(Verify(leaf, root_.RevocationList({}) + issuing_.RevocationList({leaf})), kRevoked);
}

TEST_F(RevocationTest, EveryAuthorityOfTheChainNeedsAList) {
  const std::string leaf = issuing_.Issue({.dns = {"a.example"}}).chain_pem;
  EXPECT_EQ(Verify(leaf, root_.RevocationList({})), kNoList);
  EXPECT_EQ(Verify(leaf, issuing_.RevocationList({})), kNoList);
}

TEST_F(RevocationTest, ListIsGoodForAnHourAfterItsNextUpdate) {
  const absl::Time next = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 600);
  const std::string list = root_.RevocationList({other_}, next);
  EXPECT_EQ(Verify(leaf_, list, next - absl::Seconds(1)), "ok");
  EXPECT_EQ(Verify(leaf_, list, next + RevocationLists::kGrace - absl::Seconds(1)), "ok");
  EXPECT_EQ(Verify(leaf_, list, next + RevocationLists::kGrace), kExpired);
  EXPECT_EQ(Verify(other_, list, next + absl::Minutes(30)), kRevoked);
}

TEST_F(RevocationTest, ChainIsValidOnlyWhileItsListsAreGood) {
  const absl::Time next = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 600);
  auto lists = RevocationLists::Parse(root_.RevocationList({}, next));
  ASSERT_TRUE(lists.ok()) << lists.status();
  EXPECT_EQ(lists->GoodUntil(), next + RevocationLists::kGrace);
  auto roots = TrustRoots::Parse(root_.cert(), *std::move(lists));
  ASSERT_TRUE(roots.ok()) << roots.status();
  const auto validity = roots->Verify(*CertificateChain::Parse(leaf_), absl::Now());
  ASSERT_TRUE(validity.ok()) << validity.status();
  EXPECT_EQ(validity->not_after, next + RevocationLists::kGrace);
}

TEST_F(RevocationTest, NewerOfTwoListsDecides) {
  const absl::Time now = absl::Now();
  const std::string older = root_.RevocationList({other_}, now - absl::Hours(2));
  EXPECT_EQ(Verify(leaf_, older), kExpired);
  EXPECT_EQ(Verify(leaf_, older + root_.RevocationList({leaf_})), kRevoked);
  EXPECT_EQ(Verify(leaf_, older + root_.RevocationList({other_})), "ok");
}

TEST_F(RevocationTest, ListInTheNameOfARootThatDidNotSignItIsRefused) {
  const CertificateAuthority impostor = CertificateAuthority::Make("root");
  EXPECT_EQ(Verify(leaf_, impostor.RevocationList({})), "revocation list is not signed by the authority that it names");
}

TEST_F(RevocationTest, ListInTheNameOfAnIntermediateThatDidNotSignItIsNone) {
  const std::string leaf = issuing_.Issue({.dns = {"a.example"}}).chain_pem;
  const CertificateAuthority impostor = CertificateAuthority::Make("another").MakeIntermediate("issuing");
  EXPECT_NE(Verify(leaf, root_.RevocationList({}) + impostor.RevocationList({})), "ok");
}

TEST_F(RevocationTest, WhatIsNoListIsRefused) {
  const std::string list = root_.RevocationList({});
  const std::string cut = list.substr(0, list.size() / 2);
  for (const std::string& pem : {std::string(), std::string("garbage"), cut, list + cut, root_.cert()}) {
    EXPECT_EQ(RevocationLists::Parse(pem).status().code(), absl::StatusCode::kInvalidArgument) << pem;
  }
  std::string many;
  for (size_t i = 0; i <= RevocationLists::kMaxLists; ++i) absl::StrAppend(&many, list);
  EXPECT_FALSE(RevocationLists::Parse(many).ok());
}

}  // namespace
}  // namespace mcmig::identity
