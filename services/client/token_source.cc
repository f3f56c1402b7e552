#include "services/client/token_source.h"

#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

namespace mcmig::client {

absl::StatusOr<std::string> FileTokenSource::Read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string token(kMaxBytes + 1, '\0');
  in.read(token.data(), static_cast<std::streamsize>(token.size()));
  // Reading a whole file ends with failbit and eofbit; a directory or a failing disk with badbit.
  if (in.bad() || in.gcount() == 0) return absl::UnavailableError("the token cannot be read");
  if (in.gcount() > static_cast<std::streamsize>(kMaxBytes)) {
    return absl::UnavailableError("the token is too long");
  }
  token.resize(static_cast<size_t>(in.gcount()));
  absl::StripAsciiWhitespace(&token);
  if (token.empty()) return absl::UnavailableError("the token cannot be read");
  return token;
}

}  // namespace mcmig::client
