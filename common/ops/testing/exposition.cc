#include "common/ops/testing/exposition.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace mcmig::ops::testing {
namespace {

// `name="value",…`: no value that the product writes needs an escape.
Labels ParseLabels(absl::string_view text) {
  Labels labels;
  EXPECT_TRUE(absl::ConsumeSuffix(&text, "\"")) << text;
  for (const absl::string_view pair : absl::StrSplit(text, "\",")) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(pair, absl::MaxSplits("=\"", 1));
    EXPECT_TRUE(labels.insert(parts).second) << text;
  }
  return labels;
}

// `name{labels} value` or `name value`.
Sample ParseSample(absl::string_view line) {
  Sample sample;
  const size_t space = line.rfind(' ');
  EXPECT_NE(space, absl::string_view::npos) << line;
  absl::string_view series = line.substr(0, space);
  EXPECT_TRUE(absl::SimpleAtod(line.substr(space + 1), &sample.value)) << line;
  const size_t brace = series.find('{');
  sample.name = std::string(series.substr(0, brace));
  if (brace != absl::string_view::npos && absl::ConsumeSuffix(&series, "}")) {
    sample.labels = ParseLabels(series.substr(brace + 1));
  }
  return sample;
}

bool Has(const Labels& all, const Labels& some) {
  return absl::c_all_of(some, [&all](const auto& label) {
    const auto found = all.find(label.first);
    return found != all.end() && found->second == label.second;
  });
}

}  // namespace

std::optional<double> Exposition::Sum(const std::string& name, const Labels& labels) const {
  std::optional<double> sum;
  for (const Sample& sample : samples) {
    if (sample.name == name && Has(sample.labels, labels)) sum = sum.value_or(0) + sample.value;
  }
  return sum;
}

Exposition ParseExposition(const std::string& text) {
  Exposition exposition;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (absl::ConsumePrefix(&line, "# TYPE ")) {
      const std::pair<std::string, std::string> type = absl::StrSplit(line, ' ');
      EXPECT_TRUE(exposition.types.insert(type).second) << "twice: " << line;
    } else if (!absl::ConsumePrefix(&line, "#")) {
      exposition.samples.push_back(ParseSample(line));
    }
  }
  return exposition;
}

}  // namespace mcmig::ops::testing
