#ifndef COMMON_AUDIT_JSON_H_
#define COMMON_AUDIT_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mcmig::audit {

// No text in a record is longer; the rest is left out, and "…" stands for it. An MC service ID has at most 256 bytes.
inline constexpr size_t kMaxTextBytes = 256;

// Members of a JSON object, one after the other, without braces. Allocates nothing but the text itself. One thread.
class Members {
 public:
  // `name` is a literal that needs no quoting.
  Members& Text(absl::string_view name, absl::string_view value);
  // The same, left out where empty.
  Members& TextIfAny(absl::string_view name, absl::string_view value);
  Members& Number(absl::string_view name, uint64_t value);
  Members& Flag(absl::string_view name, bool value);
  // RFC 3339 in UTC, with microseconds.
  Members& Time(absl::string_view name, absl::Time value);
  // `json` is an object or an array.
  Members& Json(absl::string_view name, absl::string_view json);

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string Take() { return std::move(text_); }
  // As a JSON object.
  [[nodiscard]] std::string TakeObject();

 private:
  void Name(absl::string_view name);
  std::string text_;
};

// Appends a JSON string of `value`, at most kMaxTextBytes of it. What is no UTF-8 is replaced.
void AppendText(absl::string_view value, std::string& json);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_JSON_H_
