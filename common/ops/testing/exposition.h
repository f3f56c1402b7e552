#ifndef COMMON_OPS_TESTING_EXPOSITION_H_
#define COMMON_OPS_TESTING_EXPOSITION_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/ops/metrics.h"

// Reads Prometheus' text format, as far as the product writes it.
namespace mcmig::ops::testing {

struct Sample {
  // With _bucket, _sum or _count where it is part of a histogram or summary.
  std::string name;
  Labels labels;
  double value = 0;
};

struct Exposition {
  // The type of each family by its name: "counter", "gauge", "histogram", "summary".
  std::map<std::string, std::string> types;
  std::vector<Sample> samples;

  // The sum of the samples of that name that have at least these labels; nothing where there is none.
  [[nodiscard]] std::optional<double> Sum(const std::string& name, const Labels& labels = {}) const;
};

// A line that cannot be read fails the test.
Exposition ParseExposition(const std::string& text);

}  // namespace mcmig::ops::testing

#endif  // COMMON_OPS_TESTING_EXPOSITION_H_
