#include "tests/fuzz/input.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace mcmig::fuzz {
namespace {

constexpr size_t kEditBytes = 4;
// Longer than any word that a reason and an input could share by chance.
constexpr size_t kTelling = 12;

struct Edit {
  uint8_t kind = 0;
  size_t place = 0;
  uint8_t value = 0;
};

void Apply(const Edit& edit, std::string& bytes) {
  constexpr uint8_t kFromTheEnd = 0x80;
  size_t place = edit.place % (bytes.size() + 1);
  if ((edit.kind & kFromTheEnd) != 0) place = bytes.size() - place;
  const bool inside = place < bytes.size();
  const auto value = static_cast<char>(edit.value);
  switch ((edit.kind & 0x7f) % 6) {
    case 0:
      if (inside) bytes[place] = value;
      return;
    case 1:
      if (inside) bytes[place] = static_cast<char>(bytes[place] ^ value);
      return;
    case 2:
      bytes.insert(place, 1, value);
      return;
    case 3:
      bytes.erase(place, size_t{1} + edit.value);
      return;
    case 4:
      bytes.resize(place);
      return;
    default:
      bytes.insert(place, bytes.substr(place, size_t{1} + edit.value));
  }
}

// Compares byte by byte, unseen by the fuzzer, which would otherwise learn the reasons' texts from it and then put
// them into its inputs.
__attribute__((no_sanitize("coverage"))) bool ShareAPiece(absl::string_view a, absl::string_view b) {
  for (size_t i = 0; i + kTelling <= a.size(); ++i) {
    for (size_t j = 0; j + kTelling <= b.size(); ++j) {
      size_t same = 0;
      while (same < kTelling && a[i + same] == b[j + same]) ++same;
      if (same == kTelling) return true;
    }
  }
  return false;
}

}  // namespace

Input Split(const uint8_t* bytes, size_t size) {
  const absl::string_view all(reinterpret_cast<const char*>(bytes), size);
  const size_t nul = all.find('\0');
  if (nul == absl::string_view::npos) return {.text = all, .edits = {}};
  return {.text = all.substr(0, nul), .edits = all.substr(nul + 1)};
}

absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = text.find('\n');
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end == absl::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string Edited(std::string bytes, absl::string_view edits) {
  constexpr size_t kMostEdits = 16;
  for (size_t i = 0; i < kMostEdits && edits.size() >= kEditBytes; ++i) {
    const auto at = [edits](size_t place) { return static_cast<uint8_t>(edits[place]); };
    Apply({.kind = at(0), .place = (size_t{at(1)} << 8) | at(2), .value = at(3)}, bytes);
    edits.remove_prefix(kEditBytes);
  }
  return bytes;
}

void Require(bool holds, absl::string_view property, std::source_location at) {
  if (holds) return;
  std::cerr << at.file_name() << ':' << at.line() << ": does not hold: " << property << '\n';
  std::abort();
}

void RequireNothingOf(absl::string_view secret, absl::string_view text, std::source_location at) {
  if (!ShareAPiece(text, secret)) return;
  std::cerr << text << '\n';
  Require(false, "a text holds nothing of it", at);
}

void RequireRefusal(const absl::Status& status, absl::StatusCode code, absl::string_view refused,
                    std::source_location at) {
  if (status.code() != code) std::cerr << status << '\n';
  Require(status.code() == code, "the code of a refusal", at);
  absl::string_view reason = status.message();
  const size_t path = reason.find(": ");
  if (path != absl::string_view::npos) reason.remove_prefix(path + 2);
  Require(!reason.empty(), "a refusal has a reason", at);
  RequireNothingOf(refused, reason, at);
}

const std::string& Directory() {
  // Never destroyed: it is needed to the end.
  static const std::string& directory = *[] {
    auto* const name = new std::string((std::filesystem::temp_directory_path() / "mcmig-fuzz-XXXXXX").string());
    Require(mkdtemp(name->data()) != nullptr, "a directory can be made");
    std::atexit([] { std::filesystem::remove_all(Directory()); });
    return name;
  }();
  return directory;
}

void WriteFile(const std::string& path, absl::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  Require(file.good(), "a file can be written");
}

}  // namespace mcmig::fuzz
