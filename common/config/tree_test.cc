#include "common/config/tree.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string YamlError(const std::string& text) {
  const absl::StatusOr<Node> tree = ParseYaml(text);
  return tree.ok() ? "" : std::string(tree.status().message());
}

std::string JsonError(const std::string& text) {
  const absl::StatusOr<Node> tree = ParseJson(text);
  return tree.ok() ? "" : std::string(tree.status().message());
}

TEST(Yaml, ScalarsKeepTheirTextAndPlace) {
  const absl::StatusOr<Node> tree = ParseYaml("a: no\nb:\n  - '012'\n  - 1e3\nc:\n");
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_EQ(tree->entries.size(), 3U);
  EXPECT_EQ(tree->entries[0].value.form, Node::Form::kPlain);
  EXPECT_EQ(tree->entries[0].value.text, "no");
  const Node& list = tree->entries[1].value;
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0].form, Node::Form::kQuoted);
  EXPECT_EQ(list.items[0].text, "012");
  EXPECT_EQ(list.items[1].at.line, 4);
  EXPECT_EQ(list.items[1].at.column, 5);
  EXPECT_EQ(tree->entries[2].value.form, Node::Form::kEmpty);
}

TEST(Yaml, BadSyntaxIsRefusedWithItsPlace) { EXPECT_THAT(YamlError("a: 1\nb: [1, 2\n"), StartsWith("3:1: ")); }
TEST(Yaml, AnchorsAreRefused) { EXPECT_EQ(YamlError("a: &x 1\n"), "1:4: anchors are not supported"); }
TEST(Yaml, AliasesAreRefused) {
  EXPECT_THAT(YamlError("a: &x {b: 1}\nc: *x\n"), HasSubstr("anchors are not supported"));
}
TEST(Yaml, TagsAreRefused) { EXPECT_THAT(YamlError("a: !!int 5\n"), HasSubstr("tags are not supported")); }
TEST(Yaml, KeysThatAreNoScalarsAreRefused) {
  EXPECT_THAT(YamlError("? [a]\n: 1\n"), HasSubstr("must be a field name"));
}
TEST(Yaml, ASecondDocumentIsRefused) { EXPECT_THAT(YamlError("a: 1\n---\nb: 2\n"), HasSubstr("more than one")); }
TEST(Yaml, AnEmptyFileIsRefused) { EXPECT_NE(YamlError("# nothing\n"), ""); }
TEST(Yaml, AListAtTheTopIsRefused) { EXPECT_THAT(YamlError("- a\n"), HasSubstr("must be a map")); }
// The parser repeats what follows a backslash: a refusal stays one line, whatever that is.
TEST(Yaml, AnEscapeThatIsNoneIsShownEscaped) {
  EXPECT_EQ(YamlError("a: \"x\\\x07\"\n"), "1:8: unknown escape character: \\x07");
}
TEST(Yaml, BytesThatAreNotUtf8AreRefused) { EXPECT_EQ(YamlError("a: \xff\n"), "1:1: not UTF-8"); }

TEST(Yaml, DeepNestingIsRefused) {
  std::string text;
  for (size_t i = 0; i <= kMaxDepth; ++i) absl::StrAppend(&text, std::string(2 * i, ' '), "a:\n");
  EXPECT_THAT(YamlError(text + std::string(100, ' ') + "b: 1\n"), HasSubstr("nested deeper"));
  EXPECT_NE(YamlError(std::string(100000, '[')), "");
}

TEST(Json, NumbersAndWordsKeepTheirText) {
  const absl::StatusOr<Node> tree =
      ParseJson(R"({"a":18446744073709551615,"b":-1,"c":1.50,"d":true,"e":null,"f":["x"]})");
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_EQ(tree->entries.size(), 6U);
  EXPECT_EQ(tree->entries[0].value.text, "18446744073709551615");
  EXPECT_EQ(tree->entries[1].value.text, "-1");
  EXPECT_EQ(tree->entries[2].value.text, "1.50");
  EXPECT_EQ(tree->entries[3].value.form, Node::Form::kLiteral);
  EXPECT_EQ(tree->entries[4].value.form, Node::Form::kNull);
  EXPECT_EQ(tree->entries[5].value.items[0].form, Node::Form::kQuoted);
}

TEST(Json, WhatIsNotOneObjectIsRefused) {
  for (const char* text : {"", "[]", "1", "{", R"({"a":1}{)", R"({"a":1,})", "{'a':1}", R"({"a":"\xff"})"}) {
    EXPECT_NE(JsonError(text), "") << text;
  }
}

TEST(Json, ErrorsDoNotRepeatTheLine) {
  EXPECT_EQ(JsonError(R"({"mc_service_id":"sip:alice@north.example)"), "at byte 42: not JSON");
}

TEST(Json, DeepNestingIsRefused) {
  EXPECT_THAT(JsonError("{\"a\":" + std::string(100000, '[')), HasSubstr("nested deeper"));
}

TEST(Locate, FindsThePlaceOrTheNearestAround) {
  const absl::StatusOr<Node> tree = ParseYaml("users:\n  - id: x\n    server:\n      address: y\n");
  ASSERT_TRUE(tree.ok());
  EXPECT_EQ(Locate(*tree, "users[0].server.address").line, 4);
  EXPECT_EQ(Locate(*tree, "users[0].server.server_name").line, 3);
  EXPECT_EQ(Locate(*tree, "users[0].id").column, 5);
  EXPECT_EQ(Locate(*tree, "users[7].id").line, 1);
  EXPECT_EQ(Locate(*tree, "store.directory").line, 1);
}

TEST(ReadFile, SaysWhyItCannot) {
  EXPECT_EQ(ReadFile("/nonexistent/file").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(ReadFile("/dev/zero").status().message(), HasSubstr("not a regular file"));
  const std::string path = testing::TempDir() + "/big";
  std::ofstream(path) << std::string(11, 'x');
  EXPECT_THAT(ReadFile(path, 10).status().message(), HasSubstr("over 10 bytes"));
  EXPECT_EQ(*ReadFile(path, 11), std::string(11, 'x'));
}

}  // namespace
}  // namespace mcmig::config
