#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/config/tree.h"

namespace mcmig::config {
namespace {

Position At(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

absl::Status Refusal(Position at, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(at.line, ":", at.column, ": ", what));
}

// JSON's writer is the strict UTF-8 check at hand.
bool IsUtf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

// Builds the tree from the parser's events. Keeps the first refusal and ignores what follows; the parser bounds its own
// recursion.
class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Scalar(mark, "?", anchor, Node::Form::kEmpty, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Refuse(mark, "aliases are not supported"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Scalar(mark, tag, anchor, tag == "!" ? Node::Form::kQuoted : Node::Form::kPlain, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Node::Form::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Node::Form::kMap);
  }
  void OnMapEnd() override { Close(); }

  [[nodiscard]] const absl::Status& status() const { return status_; }
  [[nodiscard]] Node& root() { return root_; }

 private:
  struct Level {
    Node node;
    // The key whose value comes next; maps only.
    std::string key;
    Position key_at;
    bool has_key = false;
  };

  void Refuse(const YAML::Mark& mark, absl::string_view what) {
    if (status_.ok()) status_ = Refusal(At(mark), what);
  }

  bool Plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) Refuse(mark, "anchors are not supported");
    if (!tag.empty() && tag != "?" && tag != "!") Refuse(mark, "tags are not supported");
    return status_.ok();
  }

  void Scalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Form form,
              const std::string& text) {
    if (!Plain(mark, tag, anchor)) return;
    if (!open_.empty() && open_.back().node.form == Node::Form::kMap && !open_.back().has_key) {
      open_.back().key = text;
      open_.back().key_at = At(mark);
      open_.back().has_key = true;
      return;
    }
    Node node;
    node.form = form;
    node.at = At(mark);
    node.text = text;
    Put(std::move(node));
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Form form) {
    if (!Plain(mark, tag, anchor)) return;
    if (open_.size() == kMaxDepth) return Refuse(mark, absl::StrCat("nested deeper than ", kMaxDepth, " levels"));
    if (!open_.empty() && open_.back().node.form == Node::Form::kMap && !open_.back().has_key) {
      return Refuse(mark, "a key must be a field name");
    }
    Level level;
    level.node.form = form;
    level.node.at = At(mark);
    open_.push_back(std::move(level));
  }

  void Close() {
    if (!status_.ok()) return;
    Node node = std::move(open_.back().node);
    open_.pop_back();
    Put(std::move(node));
  }

  void Put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = open_.back();
    if (level.node.form == Node::Form::kList) {
      level.node.items.push_back(std::move(node));
    } else {
      node.at = level.key_at;
      level.node.entries.push_back({std::move(level.key), std::move(node)});
      level.has_key = false;
    }
  }

  std::vector<Level> open_;
  Node root_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<Node> ParseYaml(const std::string& text) {
  if (text.size() > kMaxFileBytes) return Refusal({1, 1}, absl::StrCat("over ", kMaxFileBytes, " bytes"));
  if (!IsUtf8(text)) return Refusal({1, 1}, "not UTF-8");
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Builder builder;
    if (!parser.HandleNextDocument(builder)) return Refusal({1, 1}, "empty");
    if (!builder.status().ok()) return builder.status();
    Builder second;
    if (parser.HandleNextDocument(second)) return Refusal({1, 1}, "more than one YAML document");
    Node root = std::move(builder.root());
    if (root.form != Node::Form::kMap) return Refusal({1, 1}, "must be a map of fields");
    return root;
  } catch (const YAML::Exception& error) {
    // It may repeat a character of the file, also a line break.
    return Refusal(At(error.mark), absl::Utf8SafeCHexEscape(error.msg));
  }
}

}  // namespace mcmig::config
