// Runs a fuzz target without libFuzzer, as a plain test: every seed, then a fixed number of mutations of them, the same
// ones each time. Arguments: how many mutations, then files and directories of seeds.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<std::string> ReadSeeds(const std::vector<std::string>& places) {
  std::vector<fs::path> files;
  for (const std::string& place : places) {
    if (!fs::is_directory(place)) {
      files.emplace_back(place);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(place)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const fs::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Mutations {
 public:
  explicit Mutations(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string Next() {
    std::string input = Seed();
    for (size_t i = 1 + Below(4); i > 0; --i) Mutate(input);
    return input;
  }

 private:
  // Not a distribution of the standard library, which are not the same everywhere.
  size_t Below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& Seed() { return seeds_[Below(seeds_.size())]; }

  void Mutate(std::string& input) {
    const size_t place = Below(input.size() + 1);
    const auto byte = static_cast<char>(random_());
    switch (Below(7)) {
      case 0:
        if (place < input.size()) input[place] = byte;
        return;
      case 1:
        if (place < input.size()) input[place] = static_cast<char>(input[place] ^ (1 << Below(8)));
        return;
      case 2:
        input.insert(place, 1, byte);
        return;
      case 3:
        input.erase(place, 1 + Below(8));
        return;
      case 4:
        input.insert(place, input.substr(Below(input.size()), 1 + Below(32)));
        return;
      case 5: {
        // The begin of this one, the end of another.
        const std::string& other = Seed();
        input = input.substr(0, place) + other.substr(Below(other.size()));
        return;
      }
      default:
        // An edit of what the text makes (input.h).
        if (input.find('\0') == std::string::npos) input.push_back('\0');
        for (int i = 0; i < 4; ++i) input.push_back(static_cast<char>(i == 1 ? Below(2) : random_()));
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_{1};
};

const std::string* running = nullptr;

// A property did not hold: shows for which input, in a form that a shell's printf reads.
void ShowInput(int /*signal*/) {
  std::fputs("input: ", stderr);
  for (const char c : *running) {
    if (c > 0x20 && c < 0x7f && c != '\\' && c != '%') {
      std::fputc(c, stderr);
    } else {
      std::fprintf(stderr, "\\x%02x", static_cast<unsigned char>(c));
    }
  }
  std::fputc('\n', stderr);
}

void Run(const std::string& input) {
  running = &input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: " << argv[0] << " MUTATIONS SEEDS...\n";
    return 2;
  }
  const long count = std::strtol(argv[1], nullptr, 10);
  const std::vector<std::string> seeds = ReadSeeds({argv + 2, argv + argc});
  if (seeds.empty()) {
    std::cerr << "no seeds\n";
    return 2;
  }
  std::signal(SIGABRT, ShowInput);
  for (const std::string& seed : seeds) Run(seed);
  Mutations mutations(seeds);
  for (long i = 0; i < count; ++i) Run(mutations.Next());
  std::cout << seeds.size() << " seeds and " << count << " mutations\n";
  return 0;
}
