#include "common/register/postgresql/statement.h"

namespace mcmig::migration::postgresql {
namespace {

constexpr uint32_t kTextType = 25;  // its OID

// The highest byte first.
void Append(uint32_t number, std::string* bytes) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes->push_back(static_cast<char>(number >> shift & 0xff));
}

}  // namespace

Parameters& Parameters::Texts(const std::vector<std::string>& values) {
  std::string bytes;
  // One dimension, no NULLs, type, size, index of the first.
  for (const uint32_t number :
       {uint32_t{1}, uint32_t{0}, kTextType, static_cast<uint32_t>(values.size()), uint32_t{1}}) {
    Append(number, &bytes);
  }
  for (const std::string& value : values) {
    Append(static_cast<uint32_t>(value.size()), &bytes);
    bytes += value;
  }
  return Bytes(std::move(bytes));
}

int64_t Rows::Number(size_t row, int column) const {
  // Two's complement, the highest byte first.
  const absl::string_view bytes = Bytes(row, column);
  uint64_t number = !bytes.empty() && (bytes[0] & 0x80) != 0 ? ~uint64_t{0} : 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return static_cast<int64_t>(number);
}

}  // namespace mcmig::migration::postgresql
