// What the primary credential of a request does to its repetitions. What it must be is in credential_check_test.cc.
#include "gtest/gtest.h"
#include "services/primary_server/primary_server.h"
#include "services/primary_server/primary_server_test_fixture.h"

namespace mcmig::primary_server {
namespace {

TEST_F(PrimaryServerTest, WhatWasRecordedIsToldAgainAfterItsCredentialHasExpired) {
  const AuthorizationRequest early = WithCredential(Request('-'), "south", "c-1");
  executor_.AdvanceBy(absl::Minutes(9));
  AuthorizationRequest request = Request('r');
  request.primary_credential = early.primary_credential;
  const auto first = Ask(request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(first->has_epoch());
  executor_.AdvanceBy(absl::Minutes(2));
  const auto again = Ask(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->epoch().counter(), first->epoch().counter());
  AuthorizationRequest another = Request('s');
  another.primary_credential = early.primary_credential;
  ExpectRefused(Ask(another), v1::REFUSAL_CAUSE_PRIMARY_CREDENTIAL_INVALID);
}

}  // namespace
}  // namespace mcmig::primary_server
