#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulation/simulate.h"

namespace mcmig::simulation {
namespace {

constexpr uint64_t kBudget = 200;

std::vector<uint64_t> Regressions() {
  std::vector<uint64_t> seeds;
  std::ifstream file("tests/simulation/regressions.txt");
  for (std::string line; std::getline(file, line);) {
    uint64_t seed = 0;
    if (!line.starts_with('#') && std::istringstream(line) >> seed) seeds.push_back(seed);
  }
  return seeds;
}

void ExpectHolds(uint64_t seed, Setting& setting, Coverage& coverage) {
  const Outcome outcome = Simulate(seed, setting, coverage);
  EXPECT_EQ(outcome.violation.value_or(""), "") << outcome.trace << "\nreplay: ./dev simulate --seed " << seed;
}

TEST(SimulationTest, TheInvariantsHoldInABudgetOfWorlds) {
  Setting setting;
  Coverage coverage;
  for (uint64_t seed = 1; seed <= kBudget && !HasFailure(); ++seed) ExpectHolds(seed, setting, coverage);
  std::cout << coverage.Line(kBudget, 1) << '\n';
}

TEST(SimulationTest, TheInvariantsHoldWherePastDefectsShowed) {
  const std::vector<uint64_t> seeds = Regressions();
  ASSERT_FALSE(seeds.empty());
  Setting setting;
  Coverage coverage;
  for (const uint64_t seed : seeds) ExpectHolds(seed, setting, coverage);
}

TEST(SimulationTest, ASeedIsTheSameWorldEachTimeAndAnotherSeedAnother) {
  Setting setting;
  Coverage coverage;
  const uint64_t first = Simulate(3, setting, coverage).trace_hash;
  const uint64_t other = Simulate(4, setting, coverage).trace_hash;
  EXPECT_NE(first, other);
  EXPECT_EQ(first, Simulate(3, setting, coverage).trace_hash);
}

// In processes of their own, where containers are hashed and memory is laid out in another way.
TEST(SimulationTest, ASeedIsTheSameWorldInAnotherProcess) {
  std::vector<std::string> outputs(2);
  for (std::string& output : outputs) {
    FILE* const pipe = popen("tests/simulation/main --first 1 --seeds 20 | tail -n 1", "r");
    ASSERT_NE(pipe, nullptr);
    std::array<char, 256> line{};
    while (fgets(line.data(), line.size(), pipe) != nullptr) output += line.data();
    ASSERT_EQ(pclose(pipe), 0);
  }
  EXPECT_TRUE(outputs[0].starts_with("trace "));
  EXPECT_EQ(outputs[0], outputs[1]);
}

}  // namespace
}  // namespace mcmig::simulation
