#include "common/token/json_object.h"

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;

// Walks the text and stops at what must be refused.
class StrictReader final : public nlohmann::json_sax<Json> {
 public:
  [[nodiscard]] const char* defect() const { return defect_; }

  bool null() override { return Scalar(); }
  bool boolean(bool /*value*/) override { return Scalar(); }
  bool number_integer(number_integer_t /*value*/) override { return Scalar(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return Scalar(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return Scalar(); }
  bool string(string_t& /*value*/) override { return Scalar(); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return Open(); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t /*elements*/) override {
    if (names_.empty()) return Refuse("not a JSON object");
    return Open();
  }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) return Refuse("a member occurs twice");
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return Refuse("not valid JSON");
  }

 private:
  bool Refuse(const char* defect) {
    defect_ = defect;
    return false;
  }
  bool Scalar() { return names_.empty() ? Refuse("not a JSON object") : true; }
  bool Open() {
    if (names_.size() == kMaxJsonDepth) return Refuse("nested too deeply");
    names_.emplace_back();
    return true;
  }
  bool Close() {
    names_.pop_back();
    return true;
  }

  // The names seen in each open object; an open array has an empty entry.
  std::vector<absl::flat_hash_set<std::string>> names_;
  const char* defect_ = "not valid JSON";
};

}  // namespace

absl::StatusOr<nlohmann::json> ParseJsonObject(absl::string_view bytes, size_t max_bytes) {
  if (bytes.size() > max_bytes) return absl::InvalidArgumentError("too large");
  // The library would skip a byte order mark, and take a zero byte for the end.
  if (absl::StartsWith(bytes, "\xEF") || absl::StrContains(bytes, '\0'))
    return absl::InvalidArgumentError("not valid JSON");
  StrictReader reader;
  if (!Json::sax_parse(bytes.begin(), bytes.end(), &reader)) return absl::InvalidArgumentError(reader.defect());
  Json object = Json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return absl::InvalidArgumentError("not a JSON object");
  return object;
}

const nlohmann::json* FindMember(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member == object.end() ? nullptr : &*member;
}

const std::string* FindString(const nlohmann::json& object, const char* name) {
  const nlohmann::json* member = FindMember(object, name);
  return member == nullptr ? nullptr : member->get_ptr<const std::string*>();
}

}  // namespace mcmig::token
