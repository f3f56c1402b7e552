#include "common/admin/page.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace mcmig::admin {
namespace {

TEST(PageTest, AnEmptyRequestMeansAHundredFromTheStart) {
  absl::StatusOr<Page> page = ParsePage(0, "");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->limit, 100U);
  EXPECT_EQ(page->after, "");
}

TEST(PageTest, ATokenContinuesAfterItsPlace) {
  const std::string place("\x01\x00\xffsip:alice@north.example", 26);
  absl::StatusOr<Page> page = ParsePage(1000, PageToken(place));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->limit, 1000U);
  EXPECT_EQ(page->after, place);
}

TEST(PageTest, APageOfMoreThanAThousandIsRefused) {
  EXPECT_EQ(ParsePage(1001, "").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PageTest, MalformedTokensAreRefused) {
  for (const std::string& token :
       {std::string("!"), std::string("AB"), std::string("AA=="), std::string(3000, 'A'), std::string("A A A ")}) {
    EXPECT_EQ(ParsePage(0, token).status().code(), absl::StatusCode::kInvalidArgument) << token;
  }
}

}  // namespace
}  // namespace mcmig::admin
