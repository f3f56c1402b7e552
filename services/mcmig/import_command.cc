#include "services/mcmig/import_command.h"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <system_error>

#include "services/mcmig/exit_code.h"

namespace mcmig::cli {

int RunImport(const std::string& file, const google::protobuf::Message& prototype, const ApplyBatch& apply) {
  std::ifstream opened;
  const bool standard_input = file == "-";
  if (!standard_input) {
    opened.open(file);
    if (!opened) {
      std::cerr << file << ": " << std::generic_category().message(errno) << '\n';
      return kFailed;
    }
  }
  std::istream& lines = standard_input ? std::cin : opened;
  const ImportResult result =
      ImportLines({lines, standard_input ? std::string("stdin") : file}, prototype, apply, std::cerr);
  if (!result.status.ok()) std::cerr << result.status.message() << '\n';
  const bool cut = lines.bad();
  if (cut) std::cerr << file << ": could not be read to its end\n";
  std::cout << "applied " << result.applied << ", refused " << result.refused << '\n' << std::flush;
  return result.status.ok() && result.refused == 0 && !cut ? kSuccess : kFailed;
}

}  // namespace mcmig::cli
