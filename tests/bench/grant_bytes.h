#ifndef TESTS_BENCH_GRANT_BYTES_H_
#define TESTS_BENCH_GRANT_BYTES_H_

#include <cstddef>

namespace mcmig::bench {

// What the last server of an empty or hand-written chain sends as grant, and the first does not pass on to the client:
// as long as a grant of the product that shares its signature with nobody (chains_test).
inline constexpr size_t kGrantBytes = 685;

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_GRANT_BYTES_H_
