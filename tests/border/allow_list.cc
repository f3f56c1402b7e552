#include "tests/border/allow_list.h"

#include <memory>
#include <regex>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/protocol/cause.h"
#include "glog/logging.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "mcmig/v1/admin.pb.h"
#include "mcmig/v1/lifecycle.pb.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::border {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The rows of the table behind a heading, each the texts between backquotes of each cell.
std::vector<std::vector<std::vector<std::string>>> TableOf(absl::string_view manual, const std::string& heading) {
  const size_t at = manual.find(absl::StrCat("\n", heading, "\n"));
  CHECK(at != absl::string_view::npos) << "docs/security.md has no " << heading;
  std::vector<std::vector<std::vector<std::string>>> rows;
  const std::vector<absl::string_view> lines = absl::StrSplit(manual.substr(at + 1), '\n');
  for (size_t i = 1; i < lines.size() && !absl::StartsWith(lines[i], "#"); ++i) {
    if (!absl::StartsWith(lines[i], "| `")) continue;
    std::vector<std::vector<std::string>> cells;
    for (const absl::string_view cell : absl::StrSplit(lines[i].substr(1), '|', absl::SkipWhitespace())) {
      const std::vector<std::string> parts = absl::StrSplit(cell, '`');
      std::vector<std::string> quoted;
      for (size_t part = 1; part < parts.size(); part += 2) quoted.push_back(parts[part]);
      cells.push_back(quoted);
    }
    rows.push_back(cells);
  }
  CHECK(!rows.empty()) << "the table of " << heading << " is empty";
  return rows;
}

std::set<std::pair<std::string, std::string>> TextsOf(absl::string_view manual, const std::string& heading) {
  std::set<std::pair<std::string, std::string>> texts;
  for (const auto& row : TableOf(manual, heading)) {
    for (const std::string& text : row.at(1)) texts.emplace(row.at(0).at(0), text);
  }
  return texts;
}

// The message of a call: what is asked where `request`, else the answer.
std::unique_ptr<Message> MessageOf(const std::string& method, bool request) {
  const std::vector<std::string> parts = absl::StrSplit(method, '/');
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const auto* service = pool->FindServiceByName(parts.front());
  const auto* found = service == nullptr ? nullptr : service->FindMethodByName(parts.back());
  if (found == nullptr) return nullptr;
  const Descriptor* type = request ? found->input_type() : found->output_type();
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// What the test's own gRPC says of a call that it gave up, or whose connection was closed.
bool IsOfThisEnd(const grpc::Status& status) {
  const std::string& text = status.error_message();
  return text == "Deadline Exceeded" || text == "CANCELLED" || text == "Socket closed";
}

bool IsPublic(int number) {
  const protocol::Cause cause = protocol::CauseOfNumber(number);
  return number == 0 || (cause != protocol::Cause::kNone && protocol::InfoOf(cause).public_form == cause);
}

}  // namespace

std::string CodeName(grpc::StatusCode code) {
  constexpr const char* kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  return kNames[code];
}

AllowList AllowList::Read(const std::string& manual) {
  AllowList list;
  for (const auto& row : TableOf(manual, "### Messages")) {
    list.fields_[row.at(0).at(0)] = {row.at(1).begin(), row.at(1).end()};
  }
  for (const auto& row : TableOf(manual, "### Metadata")) list.metadata_[row.at(0).at(0)] = row.at(1).at(0);
  list.texts_ = TextsOf(manual, "### Status texts");
  list.client_texts_ = TextsOf(manual, "### Status texts for clients");
  return list;
}

std::string AllowList::OfMetadata(const Metadata& metadata) const {
  std::string violations;
  for (const auto& [key, value] : metadata) {
    const auto form = metadata_.find(key);
    if (form == metadata_.end() || !std::regex_match(value, std::regex(form->second))) {
      absl::StrAppend(&violations, "metadata ", key, ": ", value, "\n");
    }
  }
  return violations;
}

std::string AllowList::OfStatus(const grpc::Status& status, bool to_client) const {
  std::string violations;
  if (!status.error_details().empty()) absl::StrAppend(&violations, "status details: ", status.error_details(), "\n");
  if (status.ok() || IsOfThisEnd(status)) return violations;
  const std::string code = CodeName(status.error_code());
  const auto& texts = to_client ? client_texts_ : texts_;
  const auto allowed = [&](const std::pair<std::string, std::string>& text) {
    return text.first == code && std::regex_match(status.error_message(), std::regex(text.second));
  };
  if (std::none_of(texts.begin(), texts.end(), allowed)) {
    absl::StrAppend(&violations, "status ", code, ": ", status.error_message(), "\n");
  }
  return violations;
}

std::string AllowList::OfMessage(const Message& message) const {
  std::string violations;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const std::string& type = message.GetDescriptor()->full_name();
  if (!reflection.GetUnknownFields(message).empty()) absl::StrAppend(&violations, type, ": unknown fields\n");
  const auto allowed = fields_.find(type);
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    if (allowed == fields_.end() || !allowed->second.contains(field->name())) {
      absl::StrAppend(&violations, type, ".", field->name(), "\n");
    }
    if (field->name() == "refusal_cause" && !IsPublic(reflection.GetEnumValue(message, field))) {
      absl::StrAppend(&violations, type, ".refusal_cause: ", reflection.GetEnumValue(message, field), "\n");
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->message_type()->full_name() == "google.protobuf.Timestamp") continue;
    if (!field->is_repeated()) violations += OfMessage(reflection.GetMessage(message, field));
    for (int i = 0; field->is_repeated() && i < reflection.FieldSize(message, field); ++i) {
      violations += OfMessage(reflection.GetRepeatedMessage(message, field, i));
    }
  }
  return violations;
}

std::string AllowList::Violations(const Sent& sent, bool to_client) const {
  std::string violations =
      absl::StrCat(OfMetadata(sent.initial), OfMetadata(sent.trailing), OfStatus(sent.status, to_client));
  if (!sent.message.empty()) {
    // Only a request has an authority.
    const std::unique_ptr<Message> message = MessageOf(sent.method, !sent.authority.empty());
    if (message == nullptr || !message->ParseFromString(sent.message)) {
      absl::StrAppend(&violations, "a message that is none\n");
    } else {
      violations += OfMessage(*message);
    }
  }
  return violations.empty() ? "" : absl::StrCat(sent.method, ":\n", violations);
}

}  // namespace mcmig::border
