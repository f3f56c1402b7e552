#ifndef COMMON_AUDIT_TEST_PLACE_H_
#define COMMON_AUDIT_TEST_PLACE_H_

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/audit/files.h"
#include "common/audit/head_file.h"
#include "common/audit/log.h"
#include "common/audit/verification.h"
#include "gtest/gtest.h"

namespace mcmig::audit {

// A new directory under /tmp for the audit log of a test, and what tests do with its files.
class TestPlace {
 public:
  static constexpr uint64_t kLargeSegments = uint64_t{1} << 30;

  TestPlace() {
    std::string name = ::testing::TempDir() + "/audit-XXXXXX";
    place_ = mkdtemp(name.data());
  }
  TestPlace(const TestPlace&) = delete;
  TestPlace& operator=(const TestPlace&) = delete;
  ~TestPlace() { std::filesystem::remove_all(place_); }

  [[nodiscard]] std::string directory() const { return (place_ / "audit").string(); }
  [[nodiscard]] std::string head() const { return HeadFileOf(directory()); }
  // The only segment, or the last one.
  [[nodiscard]] std::string segment() const { return ListSegments(directory())->back().path; }

  // As a process that writes `records` of `bytes` and ends, or crashes.
  void WriteLog(int records, bool close = true, uint64_t max_segment_bytes = kLargeSegments, size_t bytes = 20) const {
    const auto log = Log::Open(directory(), max_segment_bytes);
    ASSERT_TRUE(log.ok()) << log.status();
    for (int i = 0; i < records; ++i) {
      ASSERT_TRUE((*log)->Append({absl::StrCat(R"("text":")", i, std::string(bytes, 'x'), "\"")}).status.ok());
    }
    if (close) ASSERT_TRUE((*log)->Close().ok());
  }
  [[nodiscard]] absl::StatusOr<Verified> Verify(uint64_t from = 1) const {
    return VerifyLog(directory(), from, [](absl::string_view /*line*/, const Position& /*at*/) {});
  }
  // The records as lines.
  [[nodiscard]] std::vector<std::string> Records(uint64_t from = 1) const {
    std::vector<std::string> lines;
    const auto verified =
        VerifyLog(directory(), from, [&](absl::string_view line, const Position& /*at*/) { lines.emplace_back(line); });
    EXPECT_TRUE(verified.ok()) << verified.status();
    return lines;
  }
  // How a start ends, without leaving a trace.
  [[nodiscard]] absl::Status Reopen() const { return Log::Open(directory(), kLargeSegments).status(); }

  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  // Over what is there: a file that is made empty first goes to the disk when it is closed.
  static void Write(const std::string& path, absl::string_view text) {
    std::ofstream(path, std::ios::binary | std::ios::app).close();
    std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << text;
    std::filesystem::resize_file(path, text.size());
  }

 private:
  std::filesystem::path place_;
};

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_TEST_PLACE_H_
