#ifndef TESTS_DEMO_SCENES_H_
#define TESTS_DEMO_SCENES_H_

#include <string>

#include "tests/harness/deployment.h"

namespace mcmig::demo {

// Prints what happens, and counts what does not end as it should.
class Stage {
 public:
  void Title(const std::string& title);
  // One line: what was tried, how it ended, and whether that is what was expected.
  void Result(const std::string& what, const std::string& outcome, const std::string& expected);
  [[nodiscard]] int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

// The processes and their addresses.
void ShowSystems(const harness::Deployment& deployment);
// alice migrates with profile 1 through the client agent: outcome, steps and time of each hop.
void ShowMigration(Stage& stage, harness::Deployment& deployment, const std::string& title);
// What the operators of both systems see of it.
void ShowRecordAndVisitor(Stage& stage, harness::Deployment& deployment);
// Each refusal that a user or an operator can cause: what the client is told, and what the operator reads inside.
void ShowRefusals(Stage& stage, harness::Deployment& deployment);
// kill -9 of the primary MC service server right after an answer; the record is there after the restart.
void ShowSurvivingRecord(Stage& stage, harness::Deployment& deployment);

}  // namespace mcmig::demo

#endif  // TESTS_DEMO_SCENES_H_
