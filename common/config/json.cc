#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/config/tree.h"

namespace mcmig::config {
namespace {

// Builds the tree from the parser's events, without a JSON value in between: import lines are read by the million.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(Node& root) : root_(root) {}

  bool null() override { return Scalar(Node::Form::kNull, {}); }
  bool boolean(bool value) override { return Scalar(Node::Form::kLiteral, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return Scalar(Node::Form::kLiteral, absl::StrCat(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Scalar(Node::Form::kLiteral, absl::StrCat(value)); }
  bool number_float(number_float_t, const string_t& text) override { return Scalar(Node::Form::kLiteral, text); }
  bool string(string_t& value) override { return Scalar(Node::Form::kQuoted, std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Node::Form::kMap); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(Node::Form::kList); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    open_.back()->entries.push_back({std::move(name), Node()});
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::json::exception&) override {
    error_byte_ = byte;
    return false;
  }

  [[nodiscard]] std::size_t error_byte() const { return error_byte_; }
  [[nodiscard]] bool too_deep() const { return too_deep_; }

 private:
  // The node that the next value fills. A list or map is complete before its parent grows, so the pointers in open_
  // stay valid.
  Node& Next() {
    if (open_.empty()) return root_;
    Node& parent = *open_.back();
    return parent.form == Node::Form::kList ? parent.items.emplace_back() : parent.entries.back().value;
  }

  bool Scalar(Node::Form form, std::string text) {
    Node& node = Next();
    node.form = form;
    node.text = std::move(text);
    return true;
  }

  bool Open(Node::Form form) {
    too_deep_ = open_.size() == kMaxDepth;
    if (too_deep_) return false;
    Node& node = Next();
    node.form = form;
    open_.push_back(&node);
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  Node& root_;
  std::vector<Node*> open_;
  std::size_t error_byte_ = 0;
  bool too_deep_ = false;
};

}  // namespace

absl::StatusOr<Node> ParseJson(absl::string_view text) {
  if (text.size() > kMaxLineBytes) return absl::InvalidArgumentError(absl::StrCat("over ", kMaxLineBytes, " bytes"));
  Node root;
  Builder builder(root);
  if (!nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &builder)) {
    if (builder.too_deep())
      return absl::InvalidArgumentError(absl::StrCat("nested deeper than ", kMaxDepth, " levels"));
    return absl::InvalidArgumentError(absl::StrCat("at byte ", builder.error_byte(), ": not JSON"));
  }
  if (root.form != Node::Form::kMap) return absl::InvalidArgumentError("not a JSON object");
  return root;
}

}  // namespace mcmig::config
