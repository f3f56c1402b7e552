#include "common/token/json_object.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;

// Builds the object as the text is read, and stops at what must be refused.
class StrictReader final : public nlohmann::json_sax<Json> {
 public:
  [[nodiscard]] const char* defect() const { return defect_; }
  Json TakeObject() { return std::move(object_); }

  bool null() override { return Scalar(nullptr); }
  bool boolean(bool value) override { return Scalar(value); }
  bool number_integer(number_integer_t value) override { return Scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return Scalar(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return Scalar(value); }
  bool string(string_t& value) override { return Scalar(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return Open(Json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t /*elements*/) override {
    if (open_.empty()) return Refuse("not a JSON object");
    return Open(Json::array());
  }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    const auto [member, fresh] = open_.back()->emplace(std::move(name), nullptr);
    if (!fresh) return Refuse("a member occurs twice");
    member_ = &*member;
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
  bool Scalar(Json value) {
    if (open_.empty()) return Refuse("not a JSON object");
    Place(std::move(value));
    return true;
  }
  bool Open(Json container) {
    if (open_.size() == kMaxJsonDepth) return Refuse("nested too deeply");
    open_.push_back(Place(std::move(container)));
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  // Where the value is now: the outermost object, the last of the open array, or the member that was named last.
  Json* Place(Json value) {
    if (open_.empty()) return &(object_ = std::move(value));
    Json& container = *open_.back();
    if (container.is_object()) return &(*member_ = std::move(value));
    container.push_back(std::move(value));
    return &container.back();
  }

  Json object_;
  // From the outermost one inwards. They stay where they are: only the innermost grows.
  std::vector<Json*> open_;
  Json* member_ = nullptr;
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
  return reader.TakeObject();
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
