#ifndef COMMON_RPC_KEY_PAIR_FILE_H_
#define COMMON_RPC_KEY_PAIR_FILE_H_

#include <ctime>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mcmig::rpc {

// A private key and its certificate chain as a file that exists in memory only, for gRPC's
// FileWatcherCertificateProvider, the only one that can take new ones.
//
// gRPC would take whatever stands in a file, also a broken one; this is never anything but a pair that was checked. A
// reader of key and chain, one after the other, gets both of one pair or sees by the time of modification that it has
// to read again. One writer; any number of readers.
class KeyPairFile {
 public:
  // INTERNAL where the kernel has no memory for it.
  static absl::StatusOr<std::unique_ptr<KeyPairFile>> Create(absl::string_view key_pem, absl::string_view chain_pem);
  ~KeyPairFile();
  KeyPairFile(const KeyPairFile&) = delete;
  KeyPairFile& operator=(const KeyPairFile&) = delete;

  // Of both, the key first: readers of PEM skip what is not theirs. For this process only, while this object lives.
  [[nodiscard]] std::string path() const;
  // From now on the file is this pair. As Create; then it is the one before.
  absl::Status Replace(absl::string_view key_pem, absl::string_view chain_pem);

 private:
  explicit KeyPairFile(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
  // Its number stands for the time of modification.
  std::time_t version_ = 1;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_KEY_PAIR_FILE_H_
