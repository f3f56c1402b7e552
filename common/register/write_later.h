#ifndef COMMON_REGISTER_WRITE_LATER_H_
#define COMMON_REGISTER_WRITE_LATER_H_

#include <functional>

#include "absl/functional/any_invocable.h"

namespace mcmig::migration {

// What a simulation has in place of a register's writer thread: lets `write` run once, later and never inside this
// call, on the one thread of all that use the register; or never, where the process crashes first.
using WriteLater = std::function<void(absl::AnyInvocable<void()> write)>;

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_WRITE_LATER_H_
