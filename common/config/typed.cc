#include "common/config/typed.h"

#include <charconv>
#include <cmath>
#include <string>
#include <system_error>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/config/nearest.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace mcmig::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;

// Where the reader is; written out only for a violation.
struct Path {
  const Path* parent = nullptr;
  absl::string_view name;
  int index = -1;

  [[nodiscard]] std::string ToString() const {
    std::string text = parent != nullptr ? parent->ToString() : "";
    if (!name.empty()) absl::StrAppend(&text, text.empty() ? "" : ".", name);
    if (index >= 0) absl::StrAppend(&text, "[", index, "]");
    return text;
  }
};

bool IsScalar(const Node& node) {
  return node.form == Node::Form::kPlain || node.form == Node::Form::kQuoted || node.form == Node::Form::kLiteral;
}

// Protobuf's own parser lets "--1s", spaces and out of range seconds pass.
bool ReadDuration(const std::string& text, google::protobuf::Duration& duration) {
  return text.find_first_not_of("0123456789.s-") == std::string::npos && text.find('-', 1) == std::string::npos &&
         TimeUtil::FromString(text, &duration) && duration.seconds() >= TimeUtil::kDurationMinSeconds &&
         duration.seconds() <= TimeUtil::kDurationMaxSeconds;
}

// One field being filled: set, or added where it is repeated.
class FieldReader {
 public:
  FieldReader(Message& out, const FieldDescriptor& field, Violations& violations)
      : out_(out), field_(field), reflection_(*out.GetReflection()), violations_(violations) {}

  void Read(const Node& node, const Path& path);

 private:
  template <class T, class Set, class Append>
  void Put(T value, Set set, Append append) {
    if (field_.is_repeated()) {
      (reflection_.*append)(&out_, &field_, value);
    } else {
      (reflection_.*set)(&out_, &field_, value);
    }
  }

  void Refuse(const Node& node, const Path& path, std::string what) {
    violations_.Add(path.ToString(), std::move(what), node.at);
  }

  template <class T, class Set, class Append>
  void Integer(const Node& node, const Path& path, Set set, Append append) {
    T value = 0;
    const char* end = node.text.data() + node.text.size();
    const std::from_chars_result result = std::from_chars(node.text.data(), end, value);
    if (!IsScalar(node) || result.ptr != end || result.ec == std::errc::invalid_argument) {
      return Refuse(node, path,
                    std::is_signed_v<T> ? "must be a whole number" : "must be a whole number, not negative");
    }
    if (result.ec != std::errc()) return Refuse(node, path, "is out of range");
    Put(value, set, append);
  }

  void String(const Node& node, const Path& path);
  void Bool(const Node& node, const Path& path);
  void Double(const Node& node, const Path& path);
  void Enum(const Node& node, const Path& path);
  void Submessage(const Node& node, const Path& path);

  Message& out_;
  const FieldDescriptor& field_;
  const Reflection& reflection_;
  Violations& violations_;
};

void ReadInto(const Node& node, const Path& path, Message& out, Violations& violations);

void FieldReader::Read(const Node& node, const Path& path) {
  if (node.form == Node::Form::kEmpty) return Refuse(node, path, "has no value");
  if (node.form == Node::Form::kNull) return Refuse(node, path, "must not be null");
  switch (field_.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Integer<int32_t>(node, path, &Reflection::SetInt32, &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Integer<int64_t>(node, path, &Reflection::SetInt64, &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Integer<uint32_t>(node, path, &Reflection::SetUInt32, &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Integer<uint64_t>(node, path, &Reflection::SetUInt64, &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_BOOL:
      return Bool(node, path);
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Double(node, path);
    case FieldDescriptor::CPPTYPE_STRING:
      return String(node, path);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Enum(node, path);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Submessage(node, path);
  }
}

void FieldReader::String(const Node& node, const Path& path) {
  if (node.form != Node::Form::kQuoted && node.form != Node::Form::kPlain) {
    return Refuse(node, path, "must be a string");
  }
  if (field_.type() != FieldDescriptor::TYPE_BYTES) {
    return Put(node.text, &Reflection::SetString, &Reflection::AddString);
  }
  std::string bytes;
  if (!absl::Base64Unescape(node.text, &bytes) && !absl::WebSafeBase64Unescape(node.text, &bytes)) {
    return Refuse(node, path, "must be base64");
  }
  Put(bytes, &Reflection::SetString, &Reflection::AddString);
}

void FieldReader::Bool(const Node& node, const Path& path) {
  const bool unquoted = node.form == Node::Form::kPlain || node.form == Node::Form::kLiteral;
  if (!unquoted || (node.text != "true" && node.text != "false")) return Refuse(node, path, "must be true or false");
  Put(node.text == "true", &Reflection::SetBool, &Reflection::AddBool);
}

void FieldReader::Double(const Node& node, const Path& path) {
  double value = 0;
  if (!IsScalar(node) || !absl::SimpleAtod(node.text, &value) || !std::isfinite(value)) {
    return Refuse(node, path, "must be a number");
  }
  if (field_.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    return Put(value, &Reflection::SetDouble, &Reflection::AddDouble);
  }
  const auto narrow = static_cast<float>(value);
  if (!std::isfinite(narrow)) return Refuse(node, path, "is out of range");
  Put(narrow, &Reflection::SetFloat, &Reflection::AddFloat);
}

void FieldReader::Enum(const Node& node, const Path& path) {
  const EnumDescriptor& type = *field_.enum_type();
  const bool text = node.form == Node::Form::kQuoted || node.form == Node::Form::kPlain;
  const EnumValueDescriptor* value = text ? type.FindValueByName(node.text) : nullptr;
  if (value == nullptr) {
    std::vector<absl::string_view> names;
    names.reserve(type.value_count());
    // The zero value means "unset", which one writes by leaving the key out.
    for (int i = 1; i < type.value_count(); ++i) names.emplace_back(type.value(i)->name());
    return Refuse(node, path, absl::StrCat("must be one of ", absl::StrJoin(names, ", ")));
  }
  Put(value, &Reflection::SetEnum, &Reflection::AddEnum);
}

void FieldReader::Submessage(const Node& node, const Path& path) {
  Message* message =
      field_.is_repeated() ? reflection_.AddMessage(&out_, &field_) : reflection_.MutableMessage(&out_, &field_);
  if (auto* duration = dynamic_cast<google::protobuf::Duration*>(message)) {
    if (IsScalar(node) && ReadDuration(node.text, *duration)) return;
    duration->Clear();
    return Refuse(node, path, "must be a duration in seconds, such as 10s or 0.5s");
  }
  if (auto* timestamp = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    if (IsScalar(node) && TimeUtil::FromString(node.text, timestamp)) return;
    timestamp->Clear();
    return Refuse(node, path, "must be a time of RFC 3339, such as 2026-05-01T08:00:00Z");
  }
  ReadInto(node, path, *message, violations_);
}

const FieldDescriptor* FindField(const Descriptor& type, const std::string& key) {
  const FieldDescriptor* field = type.FindFieldByName(key);
  return field != nullptr ? field : type.FindFieldByCamelcaseName(key);
}

void RefuseUnknown(const Descriptor& type, const Node::Entry& entry, const Path& path, Violations& violations) {
  constexpr size_t kShown = 64;
  std::vector<absl::string_view> names;
  names.reserve(type.field_count());
  for (int i = 0; i < type.field_count(); ++i) names.emplace_back(type.field(i)->name());
  const absl::string_view near = Nearest(entry.key, names);
  const std::string key = absl::CHexEscape(entry.key.substr(0, kShown));
  violations.Add(Path{&path, key}.ToString(),
                 near.empty() ? "unknown key" : absl::StrCat("unknown key, did you mean ", near, "?"), entry.value.at);
}

void ReadInto(const Node& node, const Path& path, Message& out, Violations& violations) {
  if (node.form != Node::Form::kMap) {
    violations.Add(path.ToString(), "must be a map of fields", node.at);
    return;
  }
  const Descriptor& type = *out.GetDescriptor();
  absl::InlinedVector<const FieldDescriptor*, 16> seen;
  absl::InlinedVector<const OneofDescriptor*, 2> oneofs;
  for (const Node::Entry& entry : node.entries) {
    const FieldDescriptor* field = FindField(type, entry.key);
    if (field == nullptr) {
      RefuseUnknown(type, entry, path, violations);
      continue;
    }
    const Path here{&path, field->name()};
    if (std::find(seen.begin(), seen.end(), field) != seen.end()) {
      violations.Add(here.ToString(), "is given twice", entry.value.at);
      continue;
    }
    seen.push_back(field);
    if (entry.value.form == Node::Form::kNull) continue;
    if (const OneofDescriptor* oneof = field->real_containing_oneof(); oneof != nullptr) {
      if (std::find(oneofs.begin(), oneofs.end(), oneof) != oneofs.end()) {
        violations.Add(here.ToString(), "excludes another key that is given as well", entry.value.at);
        continue;
      }
      oneofs.push_back(oneof);
    }
    FieldReader reader(out, *field, violations);
    if (!field->is_repeated()) {
      reader.Read(entry.value, here);
    } else if (entry.value.form != Node::Form::kList) {
      violations.Add(here.ToString(), "must be a list", entry.value.at);
    } else {
      int index = 0;
      for (const Node& item : entry.value.items) reader.Read(item, Path{&path, field->name(), index++});
    }
  }
}

}  // namespace

void ReadMessage(const Node& tree, Message& out, Violations& violations) {
  out.Clear();
  ReadInto(tree, Path{}, out, violations);
}

}  // namespace mcmig::config
