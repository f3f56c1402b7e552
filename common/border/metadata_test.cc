#include "common/border/metadata.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::border {
namespace {

using protocol::Leg;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr absl::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr absl::string_view kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-a3ce929d0e0e4736-01";

protocol::Call CallWithEverything() {
  protocol::Call call;
  call.bearer_token = "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl-_";
  call.trace_id = std::string(kTrace);
  return call;
}

TEST(OutgoingMetadata, ClientLegCarriesTokenAndTrace) {
  EXPECT_THAT(OutgoingMetadata(Leg::kClient, CallWithEverything()),
              ElementsAre(Pair("authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl-_"),
                          Pair("traceparent", kTraceparent)));
}

TEST(OutgoingMetadata, InsideLegCarriesTheTraceAndNeverTheToken) {
  EXPECT_THAT(OutgoingMetadata(Leg::kInside, CallWithEverything()), ElementsAre(Pair("traceparent", kTraceparent)));
}

TEST(OutgoingMetadata, OutsideLegCarriesNothing) {
  EXPECT_THAT(OutgoingMetadata(Leg::kOutside, CallWithEverything()), IsEmpty());
}

TEST(OutgoingMetadata, AbsentValuesAddNothing) {
  EXPECT_THAT(OutgoingMetadata(Leg::kClient, protocol::Call()), IsEmpty());
}

TEST(OutgoingMetadata, TokenThatCouldForgeAHeaderIsLeftOut) {
  for (const std::string& token : {std::string("a\nb"), std::string("a b"), std::string("a\r"), std::string("a\0b", 3),
                                   std::string("\xff"), std::string("a,b")}) {
    protocol::Call call;
    call.bearer_token = token;
    EXPECT_THAT(OutgoingMetadata(Leg::kClient, call), IsEmpty());
  }
}

TEST(OutgoingMetadata, MalformedTraceIsLeftOut) {
  for (const std::string& trace : {std::string("4bf9"), std::string(32, '0'), std::string(32, 'A'),
                                   std::string(32, 'g'), std::string(33, 'a'), std::string(31, 'a') + "\n"}) {
    protocol::Call call;
    call.trace_id = trace;
    EXPECT_THAT(OutgoingMetadata(Leg::kInside, call), IsEmpty()) << trace;
  }
}

TEST(OutgoingMetadata, ParentIsNeverAllZeros) {
  protocol::Call call;
  call.trace_id = std::string(16, 'a') + std::string(16, '0');
  EXPECT_THAT(OutgoingMetadata(Leg::kInside, call),
              ElementsAre(Pair("traceparent", "00-" + call.trace_id + "-0000000000000001-01")));
}

}  // namespace
}  // namespace mcmig::border
