#ifndef TESTS_BENCH_CHAIN_H_
#define TESTS_BENCH_CHAIN_H_

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/harness/deployment.h"
#include "tests/harness/process.h"

// The chains that are compared: the same hops, from the partner MC service server's client listener to the primary MC
// service server and back.
namespace mcmig::bench {

enum class ChainKind {
  kDurable,      // the product
  kVolatile,     // the product, its commits not brought to the disk (no_sync.c)
  kEmpty,        // (a): the product's runtime with handlers that only forward and answer
  kEmptyAgain,   // a second one of the same: what the comparison of two equal chains gives
  kHandwritten,  // (b): without the product's runtime, never improved
  kUnsigned,     // the product, with agreements that need no signed grants
  // kDurable, with limits for the MC system "west" (neighbours.h), while that leaves its calls unanswered, or sends
  // many times what it may.
  kBesideStalled,
  kBesideFlooding,
};
// "durable", "volatile", "empty", "empty_again", "handwritten", "unsigned", "beside_stalled", "beside_flooding".
const char* NameOf(ChainKind kind);

struct ChainOptions {
  harness::Shape shape = harness::kBothGateways;
  bool insecure = false;
  // Users imported into the product.
  int users = 0;
  // Of "west", as in harness::DeploymentOptions.
  std::string limits_of_west = {};
  std::string entry_of_west = {};
};

// What the chains are made of, by path.
struct Binaries {
  std::string product;
  std::string empty;
  std::string handwritten;
  std::string no_sync;
};

// One running chain; its processes end with it.
struct Chain {
  struct Member {
    std::string name;  // "partner_server", "partner_gateway", "primary_gateway", "primary_server"
    pid_t pid = -1;
  };

  ChainKind kind = ChainKind::kDurable;
  // In the order in which a request passes them.
  std::vector<Member> members = {};
  // To the first of them, as an MC service client.
  std::shared_ptr<grpc::Channel> channel = nullptr;
  // Null for the hand-written one, which has processes.
  std::unique_ptr<harness::Deployment> deployment = nullptr;
  std::vector<harness::Process> processes = {};
};

// Starts a chain whose files are in `directory`, which is empty. `certificates`: for the hand-written chain, a
// deployment of the same shape, which outlives it.
absl::StatusOr<Chain> StartChain(ChainKind kind, const Binaries& binaries, const std::string& directory,
                                 const ChainOptions& options, harness::Deployment* certificates);

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_CHAIN_H_
