#include "common/digest/sha256.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace mcmig::digest {
namespace {

std::string HexOf(absl::string_view bytes) { return absl::BytesToHexString(BytesOf(Sha256Of(bytes))); }

// The examples that NIST publishes for FIPS 180-4: no block, one and two.
TEST(Sha256Test, IsAsPublished) {
  EXPECT_EQ(HexOf(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexOf("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256Test, ReadsZeroBytes) { EXPECT_NE(Sha256Of({"\0a", 2}), Sha256Of({"\0b", 2})); }

}  // namespace
}  // namespace mcmig::digest
