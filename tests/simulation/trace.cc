#include "tests/simulation/trace.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mcmig::simulation {

void Trace::Add(absl::Duration since, const std::string& event) {
  std::string line = absl::StrCat(absl::ToInt64Microseconds(since), " us  ", event);
  for (const char character : line) hash_ = (hash_ ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  ++count_;
  if (print_) std::cout << line << '\n';
  last_.push_back(std::move(line));
  if (last_.size() > kKept) last_.pop_front();
}

std::string Trace::Last() const { return absl::StrJoin(last_, "\n"); }

}  // namespace mcmig::simulation
