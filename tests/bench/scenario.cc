#include "tests/bench/scenario.h"

#include "absl/strings/str_cat.h"

namespace mcmig::bench {

std::string Scenario::Name() const {
  return absl::StrCat(gateways ? "gateways" : "direct", insecure ? " insecure" : " mTLS", cold ? " cold " : " warm ",
                      in_flight);
}

absl::Duration Round::TotalCpu() const {
  absl::Duration total;
  for (const absl::Duration member : cpu) total += member;
  return total;
}

const Series* Measured::Of(ChainKind kind) const {
  for (const Series& one : series) {
    if (one.kind == kind) return &one;
  }
  return nullptr;
}

}  // namespace mcmig::bench
