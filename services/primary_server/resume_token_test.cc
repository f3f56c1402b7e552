#include "services/primary_server/resume_token.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace mcmig::primary_server {
namespace {

TEST(ResumeTokenTest, ATokenIsThePlaceItWasMadeOf) {
  for (const JournalPlace& place :
       {JournalPlace{.incarnation = 1}, JournalPlace{.incarnation = 2, .sequence = 1, .at = absl::FromUnixNanos(5)},
        JournalPlace{.incarnation = UINT64_MAX, .sequence = UINT64_MAX, .at = absl::FromUnixNanos(INT64_MAX)}}) {
    const auto parsed = ParseResumeToken(ResumeToken(place));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->incarnation, place.incarnation);
    EXPECT_EQ(parsed->sequence, place.sequence);
    EXPECT_EQ(parsed->at, place.at);
  }
}

TEST(ResumeTokenTest, AnythingElseIsRefused) {
  for (const char* place : {"", "1", "1.2", "1.2.3.4", "1.2.x", "1.-2.3", "+1.2.3", "01.2.3", "1.2.3 ", "a.b.c", "..",
                            "1.99999999999999999999.3"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseResumeToken(absl::WebSafeBase64Escape(place)).status())) << place;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(ParseResumeToken("1.2.3").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseResumeToken(std::string(100'000, 'A')).status()));
}

}  // namespace
}  // namespace mcmig::primary_server
