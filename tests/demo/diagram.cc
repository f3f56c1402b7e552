#include "tests/demo/diagram.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mcmig::demo {
namespace {

constexpr size_t kColumn = 19;

// A line of life lines, one per participant.
std::string LifeLines(size_t count) {
  std::string line(count * kColumn, ' ');
  for (size_t i = 0; i < count; ++i) line[i * kColumn + kColumn / 2] = '|';
  return line;
}

std::string Milliseconds(absl::Duration duration) {
  return absl::StrFormat("%.2f ms", absl::ToDoubleMilliseconds(duration));
}

// An arrow between participants `from` and `to`, labelled with its step.
std::string Arrow(size_t count, size_t from, size_t to, const std::string& step) {
  std::string line = LifeLines(count);
  const size_t left = std::min(from, to) * kColumn + kColumn / 2 + 1;
  const size_t right = std::max(from, to) * kColumn + kColumn / 2;
  for (size_t i = left; i < right; ++i) line[i] = '-';
  line[to > from ? right - 1 : left] = to > from ? '>' : '<';
  const std::string label = absl::StrCat(" ", step, " ");
  line.replace((left + right - label.size()) / 2, label.size(), label);
  return line;
}

}  // namespace

std::string StepDiagram(const std::vector<Hop>& hops) {
  const size_t count = hops.size();
  std::string text = "    ";
  for (const Hop& hop : hops) {
    const size_t pad = kColumn - std::min(kColumn, hop.name.size());
    absl::StrAppend(&text, std::string(pad / 2, ' '), hop.name, std::string(pad - pad / 2, ' '));
  }
  absl::StrAppend(&text, "\n");
  for (size_t i = 0; i + 1 < count; ++i) {
    absl::StrAppend(&text, "    ", Arrow(count, i, i + 1, hops[i].steps_out), "  ",
                    Milliseconds(hops[i].next_hop - hops[i + 1].elapsed), " on the wire, there and back\n");
  }
  std::string check = LifeLines(count);
  const std::string& steps = hops.back().steps_out;
  check.replace((count - 1) * kColumn + kColumn / 2 - steps.size() / 2, steps.size(), steps);
  absl::StrAppend(&text, "    ", check, "  ", Milliseconds(hops.back().elapsed), " in the ", hops.back().name, "\n");
  for (size_t i = count - 1; i > 0; --i) {
    absl::StrAppend(&text, "    ", Arrow(count, i, i - 1, hops[i].step_back), "  ",
                    Milliseconds(hops[i - 1].elapsed - hops[i - 1].next_hop), " in the ", hops[i - 1].name, "\n");
  }
  return text;
}

}  // namespace mcmig::demo
