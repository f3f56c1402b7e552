#include "common/audit/json.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace mcmig::audit {

void AppendText(absl::string_view value, std::string& json) {
  const bool cut = value.size() > kMaxTextBytes;
  value = value.substr(0, kMaxTextBytes);
  const bool plain = absl::c_all_of(value, [](char c) { return absl::ascii_isprint(c) && c != '"' && c != '\\'; });
  if (plain && !cut) {
    absl::StrAppend(&json, "\"", value, "\"");
    return;
  }
  std::string text(value);
  if (cut) absl::StrAppend(&text, "…");
  json += nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
}

void Members::Name(absl::string_view name) { absl::StrAppend(&text_, text_.empty() ? "\"" : ",\"", name, "\":"); }

Members& Members::Text(absl::string_view name, absl::string_view value) {
  Name(name);
  AppendText(value, text_);
  return *this;
}

Members& Members::TextIfAny(absl::string_view name, absl::string_view value) {
  return value.empty() ? *this : Text(name, value);
}

Members& Members::Number(absl::string_view name, uint64_t value) {
  Name(name);
  absl::StrAppend(&text_, value);
  return *this;
}

Members& Members::Flag(absl::string_view name, bool value) {
  Name(name);
  text_ += value ? "true" : "false";
  return *this;
}

Members& Members::Time(absl::string_view name, absl::Time value) {
  Name(name);
  // absl::FormatTime costs more than the rest of a record: the date once for each second.
  static thread_local int64_t formatted_second = -1;
  static thread_local std::string formatted;
  const int64_t second = absl::ToUnixSeconds(value);
  if (second != formatted_second) {
    formatted_second = second;
    formatted = absl::FormatTime("%Y-%m-%d%ET%H:%M:%S", value, absl::UTCTimeZone());
  }
  const int64_t micros = absl::ToUnixMicros(value) - second * 1'000'000;
  absl::StrAppend(&text_, "\"", formatted, ".", absl::Dec(micros, absl::kZeroPad6), "Z\"");
  return *this;
}

Members& Members::Json(absl::string_view name, absl::string_view json) {
  Name(name);
  absl::StrAppend(&text_, json);
  return *this;
}

std::string Members::TakeObject() {
  text_.insert(0, 1, '{');
  text_ += '}';
  return std::move(text_);
}

}  // namespace mcmig::audit
