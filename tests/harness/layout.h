#ifndef TESTS_HARNESS_LAYOUT_H_
#define TESTS_HARNESS_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

// The fixed cast of tests and demo: MC system "north" (primary) and MC system "south" (partner), each with its own CA.
namespace mcmig::harness {

// Which systems hide their topology behind a gateway: the four path shapes of TS 23.280 clause 10.6.3.3, NOTE 3.
struct Shape {
  bool partner_gateway = true;
  bool primary_gateway = true;

  // "both gateways", "partner gateway only", "primary gateway only", "direct".
  [[nodiscard]] std::string Name() const;
};
inline constexpr Shape kBothGateways{.partner_gateway = true, .primary_gateway = true};
inline constexpr Shape kDirect{.partner_gateway = false, .primary_gateway = false};

inline constexpr char kClient[] = "client.north.example";
inline constexpr char kApplication[] = "application.north.example";
inline constexpr char kNorthGateway[] = "gateway.north.example";
inline constexpr char kPrimaryServerA[] = "primary-server-a.north.example";
inline constexpr char kPrimaryServerB[] = "primary-server-b.north.example";
inline constexpr char kNorthOperator[] = "operator.north.example";
inline constexpr char kNorthReader[] = "reader.north.example";
inline constexpr char kNorthSecurity[] = "security.north.example";
inline constexpr char kNorthCallControl[] = "call-control.north.example";
inline constexpr char kPartnerServer[] = "partner-server.south.example";
inline constexpr char kSouthGateway[] = "gateway.south.example";
inline constexpr char kSouthOperator[] = "operator.south.example";
inline constexpr char kSouthCallControl[] = "call-control.south.example";

// A migrating user of north, with the ID that south's identity management server assigned.
struct User {
  std::string name;
  std::string domain = "north.example";

  // "sip:<name>@<domain>", "sip:visitor-<name>@south.example".
  [[nodiscard]] std::string PrimaryId() const;
  [[nodiscard]] std::string PartnerId() const;
};

// What north's profiles and south's expected-visitors list say; docs of the demo and the negative tests refer to these.
//   alice   profile 0 and 1 valid for south, 2 valid for west only, 3 disabled; held by primary server a
//   bob     disabled user, profile 1 valid for south
//   carol   expected, but without profiles
//   dave    profile 1, but not expected
//   erin    profile 1, expected window is over
//   frank   profile 1; held by primary server b
//   grace   profile 1; north's gateway knows no server for her
inline const User kAlice{"alice"};
inline const User kBob{"bob"};
inline const User kCarol{"carol"};
inline const User kDave{"dave"};
inline const User kErin{"erin"};
inline const User kFrank{"frank"};
inline const User kGrace{"grace"};

// More users for loads: "user-<number>@load.north.example"; profile 1 valid for south, held by primary server a,
// expected as a domain.
inline constexpr char kLoadDomain[] = "load.north.example";
User LoadUser(int number);

// JSON lines for `mcmig profiles import`, for primary server a or b, and for `mcmig visitors import`: with `west`, the
// users of west as a domain, too.
std::string ProfileLines(bool server_b, int load_users);
std::string VisitorLines(bool west);

// The system table as north and as south know it. `directory` holds north-ca.pem, south-ca.pem and west-ca.pem.
// `north_entry` is where south sends requests about north's users, `visitors_entry` where north tells south about those
// who migrated there: endpoints, as in the configuration, none where empty.
struct DeploymentOptions;
std::string NorthTable(const std::string& visitors_entry, const DeploymentOptions& options);
std::string SouthTable(const std::string& north_entry, const DeploymentOptions& options);

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_LAYOUT_H_
