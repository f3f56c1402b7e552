#include "common/audit/subject.h"

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/audit/chain.h"
#include "common/audit/json.h"
#include "google/protobuf/descriptor.h"

namespace mcmig::audit {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kRequestIdBytes = 16;
// Far more than kMaxIds well-formed IDs take, and so little that no record gets longer than it may.
constexpr size_t kMaxListBytes = kMaxRecordBytes / 2;

using Names = absl::flat_hash_set<absl::string_view>;

const Names& SubjectNames() {
  static const Names& names =
      *new Names{// Whom it is about.
                 "mc_service_id", "partner_mc_service_id", "primary_mc_service_id", "primary_mc_service_ids", "domain",
                 // Of which MC service and profile, and which migration.
                 "mc_service", "mc_service_user_profile_index", "epoch", "return_from",
                 // Which MC systems.
                 "asked_system", "authenticated_peer_system", "partner_system", "primary_system", "system",
                 // What is wished.
                 "return_home", "without_comparison", "run", "profiles", "visitors", "emergency_share"};
  return names;
}

const Names& ResultNames() {
  static const Names& names =
      *new Names{"applied", "changed", "done",   "ended_here", "ended_there", "named",        "removed",
                 "rows",    "run",     "served", "waiting",    "taken_back",  "returned_home"};
  return names;
}

// Lists of them name users: each has one of these.
const FieldDescriptor* IdField(const google::protobuf::Descriptor& entry, const Reflection& reflection,
                               const Message& message) {
  for (const char* name : {"mc_service_id", "primary_mc_service_id", "domain"}) {
    const FieldDescriptor* field = entry.FindFieldByName(name);
    if (field != nullptr && field->type() == FieldDescriptor::TYPE_STRING &&
        !reflection.GetString(message, field).empty()) {
      return field;
    }
  }
  return nullptr;
}

// {"count":2,"ids":["sip:…","sip:…"]}
std::string ListOf(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, &field);
  std::string ids = "[";
  for (int i = 0; i < size && i < kMaxIds && ids.size() < kMaxListBytes; ++i) {
    if (field.type() == FieldDescriptor::TYPE_STRING) {
      if (i > 0) ids += ',';
      AppendText(reflection.GetRepeatedString(message, &field, i), ids);
      continue;
    }
    const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
    const FieldDescriptor* id = IdField(*entry.GetDescriptor(), *entry.GetReflection(), entry);
    if (id == nullptr) continue;
    if (ids.size() > 1) ids += ',';
    AppendText(entry.GetReflection()->GetString(entry, id), ids);
  }
  ids += ']';
  return Members().Number("count", static_cast<uint64_t>(size)).Json("ids", ids).TakeObject();
}

// "1.42", incarnation and counter.
std::string EpochText(const Message& epoch) {
  std::vector<const FieldDescriptor*> set;
  epoch.GetReflection()->ListFields(epoch, &set);
  uint64_t parts[2] = {0, 0};
  for (const FieldDescriptor* field : set) {
    if (field->type() != FieldDescriptor::TYPE_UINT64 || field->is_repeated()) continue;
    parts[field->name() == "counter" ? 1 : 0] = epoch.GetReflection()->GetUInt64(epoch, field);
  }
  return absl::StrCat(parts[0], ".", parts[1]);
}

void AddScalar(const Message& message, const FieldDescriptor& field, Members& members) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING:
      members.Text(field.name(), reflection.GetString(message, &field));
      break;
    case FieldDescriptor::TYPE_ENUM:
      // By number where the name is unknown: what was received is not to be lost.
      if (const auto* value = field.enum_type()->FindValueByNumber(reflection.GetEnumValue(message, &field))) {
        members.Text(field.name(), value->name());
      } else {
        members.Text(field.name(), absl::StrCat(reflection.GetEnumValue(message, &field)));
      }
      break;
    case FieldDescriptor::TYPE_BOOL:
      members.Flag(field.name(), reflection.GetBool(message, &field));
      break;
    case FieldDescriptor::TYPE_UINT32:
      members.Number(field.name(), reflection.GetUInt32(message, &field));
      break;
    case FieldDescriptor::TYPE_UINT64:
      members.Number(field.name(), reflection.GetUInt64(message, &field));
      break;
    default:
      break;
  }
}

}  // namespace

std::string SubjectOf(const Message& request) {
  std::vector<const FieldDescriptor*> set;
  request.GetReflection()->ListFields(request, &set);
  Members members;
  for (const FieldDescriptor* field : set) {
    if (!SubjectNames().contains(field->name())) continue;
    if (field->is_repeated()) {
      members.Json(field->name(), ListOf(request, *field));
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      members.Text(field->name(), EpochText(request.GetReflection()->GetMessage(request, field)));
    } else {
      AddScalar(request, *field, members);
    }
  }
  return members.empty() ? "" : members.TakeObject();
}

std::string ResultOf(const Message& response) {
  const Reflection& reflection = *response.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(response, &set);
  Members members;
  for (const FieldDescriptor* field : set) {
    if (field->is_repeated()) {
      members.Number(field->name(), static_cast<uint64_t>(reflection.FieldSize(response, field)));
    } else if (ResultNames().contains(field->name()) && field->type() != FieldDescriptor::TYPE_STRING) {
      AddScalar(response, *field, members);
    }
  }
  return members.empty() ? "" : members.TakeObject();
}

std::string RequestIdOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->type() != FieldDescriptor::TYPE_BYTES || field->is_repeated()) return {};
  std::string scratch;
  const std::string& bytes = request.GetReflection()->GetStringReference(request, field, &scratch);
  return bytes.size() == kRequestIdBytes ? absl::BytesToHexString(bytes) : "";
}

bool IsAudited(absl::string_view field) { return SubjectNames().contains(field) || ResultNames().contains(field); }

}  // namespace mcmig::audit
