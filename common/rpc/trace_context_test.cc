#include "common/rpc/trace_context.h"

#include "absl/random/random.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

TEST(TraceContextTest, TraceIdIsRead) {
  EXPECT_EQ(TraceIdOf("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(TraceIdOf("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"),
            "0af7651916cd43dd8448eb211c80319c");
}

TEST(TraceContextTest, OtherFormsAreNoTrace) {
  for (const char* value : {
           "",
           "00",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
       }) {
    EXPECT_EQ(TraceIdOf(value), "") << value;
  }
}

TEST(TraceContextTest, NewTraceIdsAreValidAndDiffer) {
  absl::BitGen random;
  const std::string first = NewTraceId(random);
  EXPECT_EQ(TraceIdOf("00-" + first + "-b7ad6b7169203331-01"), first);
  EXPECT_NE(first, NewTraceId(random));
}

}  // namespace
}  // namespace mcmig::rpc
