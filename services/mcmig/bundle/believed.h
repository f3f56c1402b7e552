#ifndef SERVICES_MCMIG_BUNDLE_BELIEVED_H_
#define SERVICES_MCMIG_BUNDLE_BELIEVED_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mcmig/config/v1/trust_bundle.pb.h"
#include "services/mcmig/bundle/root_certificate.h"
#include "services/mcmig/bundle/signed_bundle.h"

// What processes believe of an MC system by its bundle: files that its entry in the system table names. Pure.
namespace mcmig::bundle {

inline constexpr char kBundleFile[] = "bundle.jws";
inline constexpr char kRootsFile[] = "roots.pem";
inline constexpr char kGrantsFile[] = "grants.json";
inline constexpr char kIdentityServerFile[] = "identity-server.json";

// Contents by file name.
using Files = std::map<std::string, std::string>;

// What a bundle brings, and what stays from earlier ones for the time being.
struct Believed {
  std::vector<RootCertificate> roots;
  // No keys: no such file.
  config::v1::PublicKeys grants;
  config::v1::PublicKeys identity_server;
};

// What the bundle names and nothing else.
Believed BelievedOf(const SignedBundle& bundle);

// `next`, and behind it what is in `before` only. FAILED_PRECONDITION where a key of `next` has the name of another key
// of `before`, since a set cannot hold both, and where it would be more than its readers take: then what is old has to
// go first.
absl::StatusOr<Believed> WithOverlap(Believed next, const Believed& before);

// The bundle and the files of what is believed.
Files WriteFiles(const SignedBundle& bundle, const Believed& believed);
// What such files say. INVALID_ARGUMENT, with the file, where somebody changed them into something else.
absl::StatusOr<Believed> ReadFiles(const Files& files);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_BELIEVED_H_
