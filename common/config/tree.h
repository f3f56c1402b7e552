#ifndef COMMON_CONFIG_TREE_H_
#define COMMON_CONFIG_TREE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mcmig::config {

// A place in a file, from 1; 0: unknown.
struct Position {
  int line = 0;
  int column = 0;
};

// What a YAML file or a JSON line says, before anything is known of the types meant: scalars keep their text, so that
// the field they are for decides, and not the notation ("no", 1e3 and 012 surprise nobody).
struct Node {
  enum class Form {
    kNull,     // JSON null: the same as leaving the key out
    kEmpty,    // YAML key without a value
    kPlain,    // YAML scalar without quotes: of any type
    kQuoted,   // JSON string, or YAML scalar with quotes or in block form
    kLiteral,  // JSON number, true or false
    kList,
    kMap,
  };
  struct Entry;

  Form form = Form::kNull;
  // Of a map's value, where its key is.
  Position at;
  // Of scalars.
  std::string text;
  // Of a list.
  std::vector<Node> items;
  // Of a map, in the order of the file. A repeated key is kept here twice; ReadMessage refuses it.
  std::vector<Entry> entries;
};

struct Node::Entry {
  std::string key;
  Node value;
};

// Bounds of both parsers. Beyond: INVALID_ARGUMENT.
constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxLineBytes = 1 << 18;
constexpr size_t kMaxDepth = 32;

// The whole file. NOT_FOUND, PERMISSION_DENIED and the like where it cannot be read, INVALID_ARGUMENT beyond
// `max_bytes`; the text is the system's reason, without the name.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes = kMaxFileBytes);

// One YAML document that is a map. INVALID_ARGUMENT, "LINE:COLUMN: what is wrong", for bad syntax and for what
// configuration does without: anchors, aliases, tags, keys that are not scalars, several documents, bytes that are not
// UTF-8.
absl::StatusOr<Node> ParseYaml(const std::string& text);

// One JSON object (RFC 8259), nothing after it. INVALID_ARGUMENT, "at byte N: ...", without the text read.
absl::StatusOr<Node> ParseJson(absl::string_view text);

// Where `path` ("users[3].server.address") is in the tree; where it is absent, the nearest enclosing place.
Position Locate(const Node& tree, absl::string_view path);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_TREE_H_
