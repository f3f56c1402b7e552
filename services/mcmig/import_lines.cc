#include "services/mcmig/import_lines.h"

#include <future>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "services/mcmig/json_line.h"

namespace mcmig::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kBatch = 1'000;

// Up to kBatch entries and the lines they come from.
struct Batch {
  std::unique_ptr<Message> request;
  std::vector<uint64_t> lines;
};

class Import {
 public:
  Import(const ImportSource& source, const Message& prototype, const ApplyBatch& apply, std::ostream& errors)
      : source_(source),
        prototype_(prototype),
        entries_(*prototype.GetDescriptor()->field(0)),
        apply_(apply),
        errors_(errors) {}

  ImportResult Run() {
    Batch next = Read();
    while (result_.status.ok() && !next.lines.empty()) {
      const Batch current = std::move(next);
      std::future<absl::StatusOr<v1::ImportResponse>> applied =
          std::async(std::launch::async, [&] { return apply_(*current.request); });
      next = Read();
      Note(current, applied.get());
    }
    return std::move(result_);
  }

 private:
  Batch Read() {
    Batch batch{std::unique_ptr<Message>(prototype_.New()), {}};
    while (batch.lines.size() < kBatch && std::getline(source_.lines, text_)) {
      ++line_;
      ShowProgress();
      if (text_.empty() || text_ == "\r") continue;
      const google::protobuf::Reflection& reflection = *batch.request->GetReflection();
      Message* entry = reflection.AddMessage(batch.request.get(), &entries_);
      if (const std::string reason = ReadJsonLine(text_, *entry); !reason.empty()) {
        reflection.RemoveLast(batch.request.get(), &entries_);
        Refuse(line_, reason);
        continue;
      }
      batch.lines.push_back(line_);
    }
    return batch;
  }

  void Note(const Batch& batch, const absl::StatusOr<v1::ImportResponse>& response) {
    if (!response.ok()) {
      result_.status = absl::Status(response.status().code(),
                                    absl::StrCat(source_.name, ":", batch.lines.front(), "-", batch.lines.back(),
                                                 ": may not be applied: ", response.status().message()));
      return;
    }
    result_.applied += response->applied();
    for (const v1::ImportError& error : response->errors()) {
      if (error.index() < batch.lines.size()) Refuse(batch.lines[error.index()], error.reason());
    }
  }

  void Refuse(uint64_t line, const std::string& reason) {
    ++result_.refused;
    errors_ << source_.name << ':' << line << ": " << reason << '\n';
  }

  void ShowProgress() {
    // The clock is asked once in 256 lines.
    if (line_ % 256 != 0) return;
    const absl::Time now = absl::Now();
    if (now - shown_ < absl::Seconds(1)) return;
    shown_ = now;
    const uint64_t done = result_.applied + result_.refused;
    errors_ << absl::StreamFormat("%d lines done, %.0f/s, %d refused\n", done,
                                  static_cast<double>(done) / absl::ToDoubleSeconds(now - started_), result_.refused)
            << std::flush;
  }

  const ImportSource& source_;
  const Message& prototype_;
  const FieldDescriptor& entries_;
  const ApplyBatch& apply_;
  std::ostream& errors_;

  std::string text_;
  uint64_t line_ = 0;
  ImportResult result_;
  const absl::Time started_ = absl::Now();
  absl::Time shown_ = started_;
};

}  // namespace

ImportResult ImportLines(const ImportSource& source, const Message& prototype, const ApplyBatch& apply,
                         std::ostream& errors) {
  return Import(source, prototype, apply, errors).Run();
}

}  // namespace mcmig::cli
