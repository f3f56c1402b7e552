#include "common/identity/testing/certificates.h"

#include <openssl/pem.h>

#include "gtest/gtest.h"

namespace mcmig::identity::testing {
namespace {

X509Ptr Parse(const std::string& pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

TEST(CertificatesTest, LeafCarriesItsNamesAndIsSignedByItsAuthority) {
  const CertificateAuthority authority = CertificateAuthority::Make("north");
  const Issued issued = authority.Issue(
      {.dns = {"gateway.north.example"}, .uris = {"spiffe://north.example/gateway"}, .ips = {"127.0.0.1"}});
  const X509Ptr leaf = Parse(issued.chain_pem);
  const X509Ptr root = Parse(authority.cert());
  ASSERT_NE(leaf, nullptr);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(X509_check_host(leaf.get(), "gateway.north.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_verify(leaf.get(), X509_get0_pubkey(root.get())), 1);
  EXPECT_EQ(X509_check_ca(leaf.get()), 0);
  EXPECT_EQ(X509_check_ca(root.get()), 1);
}

TEST(CertificatesTest, KeyBelongsToTheCertificate) {
  const Issued issued = CertificateAuthority::Make("north").Issue({.dns = {"a.example"}});
  BioPtr bio(BIO_new_mem_buf(issued.key_pem.data(), static_cast<int>(issued.key_pem.size())));
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(X509_check_private_key(Parse(issued.chain_pem).get(), key.get()), 1);
}

}  // namespace
}  // namespace mcmig::identity::testing
