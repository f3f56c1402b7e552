#include "common/token/json_object.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mcmig::token {
namespace {

constexpr size_t kMaxBytes = 1024;

std::string DefectOf(absl::string_view text) {
  const absl::StatusOr<nlohmann::json> object = ParseJsonObject(text, kMaxBytes);
  EXPECT_NE(object.status().code(), absl::StatusCode::kUnknown);
  return object.ok() ? "" : std::string(object.status().message());
}

std::string Nested(int depth) {
  std::string text = "{\"a\":";
  for (int i = 1; i < depth; ++i) absl::StrAppend(&text, "[");
  absl::StrAppend(&text, depth > 1 ? "" : "1");
  for (int i = 1; i < depth; ++i) absl::StrAppend(&text, "]");
  return absl::StrCat(text, "}");
}

TEST(JsonObjectTest, ObjectIsParsed) {
  const absl::StatusOr<nlohmann::json> object = ParseJsonObject(R"( {"a": {"b": [1, "x"]}, "b": "y"} )", kMaxBytes);
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(*FindString(*object, "b"), "y");
  EXPECT_EQ(FindString(*object, "a"), nullptr);
  EXPECT_NE(FindMember(*object, "a"), nullptr);
  EXPECT_EQ(FindMember(*object, "c"), nullptr);
}

TEST(JsonObjectTest, EverythingIsReadAsItStands) {
  const std::string text =
      R"({"array":[null,true,-1,18446744073709551615,0.5,"\u00e9",{"a":[[],{}]},"last"],"empty":{},"number":-3,"z":"y"})";
  const absl::StatusOr<nlohmann::json> object = ParseJsonObject(text, kMaxBytes);
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(*object, nlohmann::json::parse(text));
}

TEST(JsonObjectTest, MemberThatOccursTwiceIsRefused) {
  EXPECT_EQ(DefectOf(R"({"a":1,"a":1})"), "a member occurs twice");
  EXPECT_EQ(DefectOf(R"({"b":{"a":1,"a":2}})"), "a member occurs twice");
  EXPECT_EQ(DefectOf(R"({"b":[{"a":1,"c":{},"a":2}]})"), "a member occurs twice");
  EXPECT_EQ(DefectOf(R"({"a":1,"\u0061":1})"), "a member occurs twice");
}

TEST(JsonObjectTest, SameNameInDifferentObjectsIsAccepted) {
  EXPECT_EQ(DefectOf(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})"), "");
}

TEST(JsonObjectTest, AnythingButAnObjectIsRefused) {
  for (const char* text : {"[]", "[{}]", "1", "\"a\"", "null", "true", "1.5"}) {
    EXPECT_EQ(DefectOf(text), "not a JSON object") << text;
  }
}

TEST(JsonObjectTest, BrokenJsonIsRefused) {
  for (const char* text : {"", " ", "{", "{}x", "{}{}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":NaN}",
                           "{\"a\":1e999}", "{\"a\":\"\xFF\"}", "{\"a\":\"\n\"}", "{/**/}", "\xEF\xBB\xBF{}"}) {
    EXPECT_EQ(DefectOf(text), "not valid JSON") << text;
  }
  EXPECT_EQ(DefectOf(absl::string_view("{}\0", 3)), "not valid JSON");
  EXPECT_EQ(DefectOf(absl::string_view("{}\0{\"a\":1}", 10)), "not valid JSON");
}

TEST(JsonObjectTest, DepthIsBounded) {
  EXPECT_EQ(DefectOf(Nested(kMaxJsonDepth)), "");
  EXPECT_EQ(DefectOf(Nested(kMaxJsonDepth + 1)), "nested too deeply");
}

TEST(JsonObjectTest, SizeIsBounded) {
  const std::string fits = absl::StrCat("{}", std::string(kMaxBytes - 2, ' '));
  EXPECT_EQ(DefectOf(fits), "");
  EXPECT_EQ(DefectOf(absl::StrCat(fits, " ")), "too large");
}

}  // namespace
}  // namespace mcmig::token
