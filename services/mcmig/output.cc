#include "services/mcmig/output.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/protocol/cause.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace mcmig::cli {

void PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  // What a server sent may hold a time out of range, which JSON has no form for.
  if (!status.ok()) json = R"({"error":"not representable in JSON"})";
  std::cout << json << '\n';
}

Table::Table(std::vector<std::string> header) : widths_(header.size()) { rows_.push_back(std::move(header)); }

void Table::Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

void Table::Flush() {
  for (const std::vector<std::string>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], row[i].size());
  }
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&line, row[i]);
      if (i + 1 < row.size()) line.append(widths_[i] - row[i].size() + 2, ' ');
    }
    std::cout << line << '\n';
  }
  std::cout.flush();
  rows_.clear();
}

void PrintRefusal(v1::RefusalCause cause) {
  const protocol::CauseInfo& info = protocol::InfoOf(protocol::CauseOfNumber(cause));
  std::cout << "FAILURE " << info.name << '\n' << info.text << '\n';
}

std::string ServiceText(v1::McService service) {
  if (service == v1::MC_SERVICE_UNSPECIFIED || !v1::McService_IsValid(service)) return "-";
  return std::string(absl::StripPrefix(v1::McService_Name(service), "MC_SERVICE_"));
}

std::string EpochText(const v1::MigrationEpoch& epoch) {
  return absl::StrCat(epoch.incarnation(), ".", epoch.counter());
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::ToString(time);
}

std::string TextOr(const std::string& text) { return text.empty() ? "-" : text; }

}  // namespace mcmig::cli
