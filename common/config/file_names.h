#ifndef COMMON_CONFIG_FILE_NAMES_H_
#define COMMON_CONFIG_FILE_NAMES_H_

#include <string>

#include "google/protobuf/message.h"

namespace mcmig::config {

// Makes every file and directory name in `message` absolute: "File names are relative to the file that names them"
// (common.proto), which is in `directory`. They are the string fields whose names end in "_file" or "_files", or are
// "directory", at any depth.
void MakeFileNamesAbsolute(const std::string& directory, google::protobuf::Message& message);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_FILE_NAMES_H_
