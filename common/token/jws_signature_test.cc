#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/token/jws.h"
#include "common/token/jws_test_keys.h"
#include "common/token/openssl_ptr.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "openssl/bn.h"
#include "openssl/ecdsa.h"
#include "openssl/err.h"
#include "tests/devtools/signer.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using devtools::Signer;

class EachAlgorithmTest : public ::testing::TestWithParam<Algorithm> {
 protected:
  const Signer& signer_ = SignerOf(GetParam());
  const std::string token_ = *signer_.SignCompact(signer_.Header().dump(), kPayload);
};

TEST_P(EachAlgorithmTest, SignedTokenGivesItsPayload) {
  const absl::StatusOr<std::string> payload = VerifyToken(token_);
  ASSERT_TRUE(payload.ok()) << payload.status();
  EXPECT_EQ(*payload, kPayload);
}

TEST_P(EachAlgorithmTest, TokenWithAnyCharacterChangedIsRefused) {
  for (size_t i = 0; i < token_.size(); ++i) {
    std::string changed = token_;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(VerifyToken(changed).ok()) << i;
  }
}

TEST_P(EachAlgorithmTest, SignatureWithAnyBitFlippedIsRefused) {
  const std::string signature = SignatureOf(token_);
  for (size_t bit = 0; bit < signature.size() * 8; bit += 7) {
    std::string flipped = signature;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(Defect(Resigned(token_, flipped)), "signature: wrong") << bit;
  }
}

TEST_P(EachAlgorithmTest, SignatureOfAnotherLengthIsRefused) {
  const std::string signature = SignatureOf(token_);
  EXPECT_EQ(Defect(Resigned(token_, "")), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, signature.substr(1))), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, signature.substr(0, signature.size() - 1))), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, signature + '\0')), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, absl::StrCat(absl::string_view("\0", 1), signature))), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, std::string(signature.size(), '\0'))), "signature: wrong");
}

TEST_P(EachAlgorithmTest, AlgorithmOfAnotherKeyIsRefused) {
  for (const Algorithm other : kAll) {
    if (other == GetParam()) continue;
    Json header = signer_.Header();
    header["alg"] = std::string(AlgorithmName(other));
    EXPECT_EQ(Defect(*signer_.SignCompact(header.dump(), kPayload)), "alg: not allowed for this key");
  }
}

TEST_P(EachAlgorithmTest, SignatureByAnotherKeyOfTheSetIsRefused) {
  for (const Algorithm other : kAll) {
    if (other == GetParam()) continue;
    EXPECT_EQ(Defect(*SignerOf(other).SignCompact(signer_.Header().dump(), kPayload)), "signature: wrong");
  }
}

TEST_P(EachAlgorithmTest, SignatureByAKeyOutsideTheSetIsRefused) {
  const Signer stranger = *Signer::Generate(GetParam(), std::string(AlgorithmName(GetParam())));
  EXPECT_EQ(Defect(*stranger.SignCompact(signer_.Header().dump(), kPayload)), "signature: wrong");
}

TEST_P(EachAlgorithmTest, ThreadsShareTheKey) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 20; ++round) EXPECT_TRUE(VerifyToken(token_).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(All, EachAlgorithmTest, ::testing::ValuesIn(kAll),
                         [](const auto& info) { return std::string(AlgorithmName(info.param)); });

TEST(JwsSignatureTest, RsaKeyWithoutAlgVerifiesBothPaddingsAndNeverMixesThem) {
  const std::string pem = *SignerOf(Algorithm::kRs256).ToPem();
  const Signer pkcs1 = *Signer::FromPem(pem, Algorithm::kRs256, "RSA");
  const Signer pss = *Signer::FromPem(pem, Algorithm::kPs256, "RSA");
  EXPECT_EQ(Defect(*pkcs1.SignCompact(pkcs1.Header().dump(), kPayload)), "");
  EXPECT_EQ(Defect(*pss.SignCompact(pss.Header().dump(), kPayload)), "");
  EXPECT_EQ(Defect(*pss.SignCompact(pkcs1.Header().dump(), kPayload)), "signature: wrong");
  EXPECT_EQ(Defect(*pkcs1.SignCompact(pss.Header().dump(), kPayload)), "signature: wrong");
}

TEST(JwsSignatureTest, EcdsaSignatureInDerIsRefused) {
  const std::string token = Token(SignerOf(Algorithm::kEs256).Header());
  const std::string raw = SignatureOf(token);
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const EcdsaSigPtr pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  std::string der(static_cast<size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &out);
  EXPECT_EQ(Defect(Resigned(token, der)), "signature: wrong");
}

TEST(JwsSignatureTest, RefusedSignatureLeavesNoErrorForTheNextTlsConnection) {
  ERR_clear_error();
  for (const Algorithm algorithm : kAll) {
    const std::string token = Token(SignerOf(algorithm).Header(), algorithm);
    EXPECT_FALSE(VerifyToken(Resigned(token, "short")).ok());
    EXPECT_FALSE(VerifyToken(Resigned(token, std::string(SignatureOf(token).size(), '\xFF'))).ok());
  }
  EXPECT_EQ(ERR_peek_error(), 0);
}

}  // namespace
}  // namespace mcmig::token
