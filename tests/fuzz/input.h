#ifndef TESTS_FUZZ_INPUT_H_
#define TESTS_FUZZ_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// What the fuzz targets share. Each target is one file that defines LLVMFuzzerTestOneInput: libFuzzer calls it in a
// build with --config=fuzz, main.cc otherwise. A target ends the process where a property does not hold.
namespace mcmig::fuzz {

// An input: text that people can write, and bytes that only a fuzzer would. The text says what is made, often with a
// key that was made when the process started, such as a signed token; the edits then damage the bytes that were made.
// So a damaged signature is one edit away from a right one, and no key has to be in the tree.
struct Input {
  // Up to the first NUL.
  absl::string_view text;
  // Behind it; may hold NULs.
  absl::string_view edits;
};
Input Split(const uint8_t* bytes, size_t size);

// Takes the first line off `text`; all of it where there is no newline.
absl::string_view TakeLine(absl::string_view& text);

// `bytes` after `edits`: each is four bytes, what is done (replaced, flipped, inserted, erased, cut off, repeated),
// where (the higher byte first, modulo the length; from the end where what is done has its highest bit set) and a
// value. Without edits, `bytes`.
std::string Edited(std::string bytes, absl::string_view edits);

// Ends the process, naming the property, where it does not hold.
void Require(bool holds, absl::string_view property, std::source_location at = std::source_location::current());

// `text` holds no 12 bytes in a row of `secret`.
void RequireNothingOf(absl::string_view secret, absl::string_view text,
                      std::source_location at = std::source_location::current());

// A refusal has the code and a reason, and the reason holds nothing of what was refused; it may start with a path, such
// as a field's name, which may be in there too.
void RequireRefusal(const absl::Status& status, absl::StatusCode code, absl::string_view refused,
                    std::source_location at = std::source_location::current());

// A directory of this process that is removed when it ends, for what can only be given as a file.
const std::string& Directory();
void WriteFile(const std::string& path, absl::string_view bytes);

}  // namespace mcmig::fuzz

#endif  // TESTS_FUZZ_INPUT_H_
