#include "common/async/random.h"

#include <glog/logging.h>
#include <openssl/rand.h>

namespace mcmig::async {

void SystemRandom::Fill(absl::Span<uint8_t> bytes) {
  CHECK_EQ(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())), 1) << "no randomness";
}

}  // namespace mcmig::async
