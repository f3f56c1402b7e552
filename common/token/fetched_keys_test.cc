#include "common/token/fetched_keys.h"

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/identity/testing/certificates.h"
#include "common/ops/metrics.h"
#include "common/ops/reloads.h"
#include "common/ops/testing/exposition.h"
#include "common/token/access_token_verifier.h"
#include "common/token/https_fetch.h"
#include "common/token/testing/https_server.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using devtools::Signer;
using identity::testing::CertificateAuthority;

std::string SetOf(const std::vector<const Signer*>& signers) {
  std::vector<Json> keys;
  keys.reserve(signers.size());
  for (const Signer* signer : signers) keys.push_back(*signer->PublicJwk());
  return devtools::KeySetOf(keys);
}

// An identity management server and an authority for it.
class FetchTest : public ::testing::Test {
 protected:
  FetchTest() { std::ofstream(ca_file_) << authority_.cert(); }

  absl::StatusOr<HttpsAnswer> Fetch(const std::string& uri) const {
    return FetchHttps({.uri = uri, .ca_file = ca_file_, .max_bytes = 1000, .timeout = absl::Seconds(20)}, never_);
  }
  [[nodiscard]] std::string Path() const { return server_.uri() + "/jwks.json"; }

  const std::atomic<bool> never_ = false;
  const CertificateAuthority authority_ = CertificateAuthority::Make("identity management");
  const std::string ca_file_ =
      absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".pem");
  testing::HttpsServer server_{authority_.Issue({.ips = {"127.0.0.1"}})};
};

TEST_F(FetchTest, BodyAndFreshnessComeBack) {
  server_.AnswerBody("the body", "Cache-Control: public, max-age=600\r\nAge: 100\r\n");
  const auto answer = Fetch(Path());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "the body");
  EXPECT_EQ(answer->freshness, absl::Seconds(500));
}

TEST_F(FetchTest, WhatIsNotAWholeAnswerWithinTheLimitsIsRefused) {
  server_.AnswerBody(std::string(1000, 'x'));
  EXPECT_TRUE(Fetch(Path()).ok());
  server_.AnswerBody(std::string(1001, 'x'));
  EXPECT_EQ(Fetch(Path()).status().message(), "the answer is too large");
  server_.AnswerWith("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Fetch(Path()).status().message(), "answered with HTTP status 404");
  server_.AnswerWith("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
  EXPECT_EQ(Fetch(Path()).status().code(), absl::StatusCode::kUnavailable);
  server_.AnswerWith("no HTTP");
  EXPECT_EQ(Fetch(Path()).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(FetchTest, RedirectIsNotFollowed) {
  testing::HttpsServer other(authority_.Issue({.ips = {"127.0.0.1"}}));
  other.AnswerBody("elsewhere");
  server_.AnswerWith(absl::StrCat("HTTP/1.1 302 Found\r\nLocation: ", other.uri(), "/\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(Fetch(Path()).status().message(), "answered with HTTP status 302");
  EXPECT_EQ(other.requests(), 0);
}

TEST_F(FetchTest, ServerOfAnotherAuthorityOrNameIsRefused) {
  testing::HttpsServer stranger(CertificateAuthority::Make("identity management").Issue({.ips = {"127.0.0.1"}}));
  stranger.AnswerBody("body");
  EXPECT_EQ(Fetch(stranger.uri() + "/").status().code(), absl::StatusCode::kUnavailable);
  testing::HttpsServer misnamed(authority_.Issue({.dns = {"id.example"}}));
  misnamed.AnswerBody("body");
  EXPECT_EQ(Fetch(misnamed.uri() + "/").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(stranger.requests() + misnamed.requests(), 0);
}

TEST_F(FetchTest, StopEndsAnAttempt) {
  const std::atomic<bool> stopped = true;
  server_.AnswerBody("body");
  EXPECT_FALSE(
      FetchHttps({.uri = Path(), .ca_file = ca_file_, .max_bytes = 1000, .timeout = absl::Seconds(20)}, stopped).ok());
}

TEST(HttpsUriTest, OnlyPlainHttpsUrisAreTaken) {
  for (const char* uri : {"https://id.example/jwks.json", "https://id.example:8443/a/b?c=d", "https://127.0.0.1/"}) {
    EXPECT_TRUE(CheckHttpsUri(uri).ok()) << uri;
  }
  for (const char* uri : {"", "http://id.example/", "HTTPS://id.example/", "https://", "ftp://id.example/",
                          "id.example", "https://user@id.example/", "https://user:secret@id.example/",
                          "https://id.example/#x", "https://id.example:99999/", "https://id example/"}) {
    EXPECT_EQ(CheckHttpsUri(uri).code(), absl::StatusCode::kInvalidArgument) << uri;
  }
}

class FetchedKeysTest : public FetchTest {
 protected:
  void Start(const FetchLimits& limits) {
    auto keys = FetchedKeys::Create({.uri = Path(), .ca_file = ca_file_}, {Algorithm::kEs256}, limits);
    ASSERT_TRUE(keys.ok()) << keys.status();
    verifier_ = std::make_unique<AccessTokenVerifier>(*std::move(keys), TokenOrigin{}, &metrics_);
    verifier_->Keep(reloads_);
  }
  bool Accepts(const Signer& signer) const { return verifier_->Verify(*signer.SignToken({{"exp", 1}})).ok(); }
  double Metric(const std::string& name) const {
    return ops::testing::ParseExposition(metrics_.Text()).Sum(name, {{"files", "access_tokens"}}).value_or(-1);
  }
  static void Await(const std::function<bool()>& condition) {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (!condition() && absl::Now() < end) std::this_thread::yield();
    EXPECT_TRUE(condition());
  }

  const Signer old_ = *Signer::Generate(Algorithm::kEs256, "old");
  const Signer next_ = *Signer::Generate(Algorithm::kEs256, "next");
  ops::Metrics metrics_;
  ops::Reloads reloads_{&metrics_};
  std::unique_ptr<AccessTokenVerifier> verifier_;
};

TEST_F(FetchedKeysTest, UnknownKeyIsFetchedOnceAnInterval) {
  server_.AnswerBody(SetOf({&old_}));
  Start({.unknown_key = absl::ZeroDuration()});
  Await([&] { return Accepts(old_); });
  EXPECT_EQ(server_.requests(), 1);
  server_.AnswerBody(SetOf({&old_, &next_}));
  EXPECT_FALSE(Accepts(next_));
  Await([&] { return Accepts(next_); });
  EXPECT_TRUE(Accepts(old_));
  EXPECT_EQ(Metric("mcmig_reload_changes_total"), 2);
}

TEST_F(FetchedKeysTest, UnknownKeysWithinTheIntervalAreRefusedWithoutAnAttempt) {
  server_.AnswerBody(SetOf({&old_}));
  Start({});
  Await([&] { return Accepts(old_); });
  server_.AnswerBody(SetOf({&old_, &next_}));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Accepts(next_));
  EXPECT_EQ(server_.requests(), 1);
}

TEST_F(FetchedKeysTest, SetIsFetchedAgainBeforeItIsOld) {
  server_.AnswerBody(SetOf({&old_}));
  Start({.least_age = absl::Milliseconds(20), .default_age = absl::Milliseconds(20)});
  Await([&] { return Accepts(old_); });
  server_.AnswerBody(SetOf({&next_}));
  Await([&] { return !Accepts(old_); });
  EXPECT_TRUE(Accepts(next_));
}

TEST_F(FetchedKeysTest, KeysAreUsedWhileTheServerFailsAndNoLongerThanStated) {
  server_.AnswerBody(SetOf({&old_}));
  Start({.least_age = absl::Milliseconds(20), .default_age = absl::Milliseconds(20), .stale = absl::Hours(1)});
  Await([&] { return Accepts(old_); });
  server_.AnswerBody("{\"keys\": []}");
  Await([&] { return Metric("mcmig_reload_failing") == 1; });
  EXPECT_TRUE(Accepts(old_));
}

TEST_F(FetchedKeysTest, AfterTheStatedTimeNoTokenIsAccepted) {
  server_.AnswerBody(SetOf({&old_}));
  Start({.least_age = absl::Milliseconds(100),
         .default_age = absl::Milliseconds(100),
         .stale = absl::Milliseconds(100),
         .first_retry = absl::Milliseconds(10),
         .last_retry = absl::Milliseconds(10)});
  Await([&] { return Accepts(old_); });
  server_.AnswerWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  Await([&] { return !Accepts(old_); });
  EXPECT_GE(Metric("mcmig_reload_failures_total"), 1);
  server_.AnswerBody(SetOf({&old_}));
  Await([&] { return Accepts(old_); });
}

TEST_F(FetchedKeysTest, WithoutAnAnswerThereAreNoKeys) {
  server_.AnswerWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  Start({});
  server_.WaitFor(1);
  EXPECT_FALSE(Accepts(old_));
}

TEST_F(FetchedKeysTest, WrongConfigurationIsRefused) {
  const auto refused = [&](const std::string& uri, const std::string& ca_file) {
    return FetchedKeys::Create({.uri = uri, .ca_file = ca_file}, {Algorithm::kEs256}).status();
  };
  EXPECT_EQ(refused("http://id.example/", ca_file_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused(Path(), "").message(), "jwks_ca_file: missing");
  EXPECT_EQ(refused(Path(), "/nowhere.pem").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mcmig::token
