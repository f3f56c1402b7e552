#include "tests/harness/pki.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/harness/process.h"

namespace mcmig::harness {

// see certificates.h for the authority itself
