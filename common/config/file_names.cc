#include "common/config/file_names.h"

#include <filesystem>
#include <vector>

#include "absl/strings/match.h"
#include "google/protobuf/descriptor.h"

namespace mcmig::config {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsFileName(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_STRING &&
         (absl::EndsWith(field.name(), "_file") || absl::EndsWith(field.name(), "_files") ||
          field.name() == "directory");
}

std::string Absolute(const std::string& directory, const std::string& name) {
  // An empty name stays empty: it is missing, not the directory.
  if (name.empty()) return name;
  return (std::filesystem::path(directory) / name).lexically_normal().string();
}

}  // namespace

void MakeFileNamesAbsolute(const std::string& directory, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
        MakeFileNamesAbsolute(directory, field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, i)
                                                              : *reflection.MutableMessage(&message, field));
      } else if (IsFileName(*field) && field->is_repeated()) {
        reflection.SetRepeatedString(&message, field, i,
                                     Absolute(directory, reflection.GetRepeatedString(message, field, i)));
      } else if (IsFileName(*field)) {
        reflection.SetString(&message, field, Absolute(directory, reflection.GetString(message, field)));
      }
    }
  }
}

}  // namespace mcmig::config
