#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "common/protocol/authorization.h"
#include "gtest/gtest.h"

namespace mcmig::protocol {
namespace {

AuthorizationRequest Request(absl::string_view partner_id, absl::string_view primary_id) {
  return {.partner_mc_service_id = *identity::McServiceId::Parse(partner_id),
          .primary_mc_service_id = *identity::McServiceId::Parse(primary_id),
          .profile_index = 1,
          .service = McService::kMcptt};
}

AuthorizationRequest Base() { return Request("sip:visitor@partner.example", "sip:alice@primary.example"); }

TEST(RequestDigest, DiffersForEachField) {
  std::set<RequestDigest> digests = {DigestOf(Base(), "north")};
  const auto add = [&](const AuthorizationRequest& request, const std::string& system) {
    EXPECT_TRUE(digests.insert(DigestOf(request, system)).second);
  };
  add(Request("sip:visitor2@partner.example", "sip:alice@primary.example"), "north");
  add(Request("sip:visitor@partner.example", "sip:Alice@primary.example"), "north");
  add(Request("sip:alice@primary.example", "sip:visitor@partner.example"), "north");
  AuthorizationRequest request = Base();
  request.profile_index = 2;
  add(request, "north");
  request = Base();
  request.service = McService::kMcvideo;
  add(request, "north");
  add(Base(), "north2");
  add(Base(), "");
}

TEST(RequestDigest, FieldsCannotRunIntoEachOther) {
  EXPECT_NE(DigestOf(Request("http://a@x.example", "http://b@y.example"), "north"),
            DigestOf(Request("http://a@x.exampleh", "ttp://b@y.example"), "north"));
}

TEST(RequestDigest, IsThatOfTheCanonicalIds) {
  EXPECT_EQ(DigestOf(Request("SIP:visitor@PARTNER.example", "sip:%61lice@primary.example."), "north"),
            DigestOf(Base(), "north"));
}

TEST(RequestDigest, SameRequestSentAgainIsTheSame) {
  AuthorizationRequest again = Base();
  again.request_id = RequestId();
  again.issued_at = absl::FromUnixSeconds(5);
  again.authenticated_peer_system = "north";
  EXPECT_EQ(DigestOf(again, "north"), DigestOf(Base(), "north"));
}

// Stored digests outlive the process: a change of the encoding must be a decision, with a new domain.
TEST(RequestDigest, IsStable) {
  const RequestDigest digest = DigestOf(Base(), "north");
  EXPECT_EQ(absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()}),
            "81ccf7ff18350ef8be762ddd86b88c9b4c694db706d3a16acf7efed5d9e96cce");
}

}  // namespace
}  // namespace mcmig::protocol
