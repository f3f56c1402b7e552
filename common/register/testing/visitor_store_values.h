#ifndef COMMON_REGISTER_TESTING_VISITOR_STORE_VALUES_H_
#define COMMON_REGISTER_TESTING_VISITOR_STORE_VALUES_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/register/visitor_store.h"

// What tests write into a visitor store.
namespace mcmig::migration {

// A user of north.
VisitorKey VisitorNamed(absl::string_view name);
Visit VisitOf(absl::string_view name, uint64_t incarnation, uint64_t counter);
CancelVisit CancelOf(absl::string_view name, uint64_t incarnation, uint64_t counter,
                     absl::Time at = absl::FromUnixSeconds(1'700'000'000));

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_VISITOR_STORE_VALUES_H_
