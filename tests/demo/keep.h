#ifndef TESTS_DEMO_KEEP_H_
#define TESTS_DEMO_KEEP_H_

#include <string>

#include "tests/harness/deployment.h"

namespace mcmig::demo {

// Lets the processes run on after the demo has ended, notes them in `directory`, and prints what to try.
void LeaveUp(harness::Deployment& deployment, const std::string& directory);

// Whether anything that LeaveUp noted in `directory` still runs.
bool IsUp(const std::string& directory);

// Ends what LeaveUp noted in `directory`, each only where it is still that program. Exit code.
int Stop(const std::string& directory);

}  // namespace mcmig::demo

#endif  // TESTS_DEMO_KEEP_H_
