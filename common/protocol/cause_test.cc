#include "common/protocol/cause.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::protocol {
namespace {

TEST(Cause, EachHasTheNumberAndNameOfTheContract) {
  const auto* contract = v1::RefusalCause_descriptor();
  EXPECT_EQ(static_cast<int>(AllCauses().size()) + 1, contract->value_count());
  for (const CauseInfo& info : AllCauses()) {
    const auto* value = contract->FindValueByNumber(info.number);
    ASSERT_NE(value, nullptr) << info.number;
    EXPECT_EQ(value->name(), absl::StrCat("REFUSAL_CAUSE_", info.name));
  }
}

TEST(Cause, IsFoundByCauseAndByNumber) {
  for (const CauseInfo& info : AllCauses()) {
    EXPECT_EQ(InfoOf(info.cause).number, info.number);
    EXPECT_EQ(CauseOfNumber(info.number), info.cause);
  }
}

TEST(Cause, UnknownNumbersAreNone) {
  for (const int number : {-1, 0, 25, 1000, -2147483647, 2147483647}) EXPECT_EQ(CauseOfNumber(number), Cause::kNone);
}

TEST(Cause, NoneIsNamed) {
  EXPECT_EQ(InfoOf(Cause::kNone).name, "NONE");
  EXPECT_EQ(InfoOf(Cause::kNone).number, 0);
  EXPECT_EQ(InfoOf(Cause::kNone).public_form, Cause::kNone);
}

TEST(Cause, InsideOnlyCausesLookAlikeOutside) {
  for (const CauseInfo& info : AllCauses()) {
    const bool inside_only = (info.number >= 11 && info.number <= 18) || info.number >= 23;
    EXPECT_EQ(info.public_form, inside_only ? Cause::kNotAuthorizedByPrimary : info.cause) << info.name;
  }
}

TEST(Cause, PublicFormIsStable) {
  for (const CauseInfo& info : AllCauses()) {
    EXPECT_EQ(InfoOf(info.public_form).public_form, info.public_form);
    EXPECT_NE(info.public_form, Cause::kNone) << "a refusal must not become a permit";
  }
}

TEST(Cause, EachHasItsOwnSentence) {
  std::set<std::string> texts;
  for (const CauseInfo& info : AllCauses()) {
    EXPECT_EQ(info.text.back(), '.') << info.name;
    EXPECT_FALSE(info.steps.empty()) << info.name;
    EXPECT_TRUE(texts.emplace(info.text).second) << info.name;
  }
}

}  // namespace
}  // namespace mcmig::protocol
