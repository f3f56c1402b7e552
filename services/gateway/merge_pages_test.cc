#include "services/gateway/merge_pages.h"

#include <string>

#include "common/admin/page.h"
#include "common/admin/place.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::gateway {
namespace {

using protocol::McService;
using protocol::ReconcilePage;
using testing::ElementsAre;
using testing::IsEmpty;

std::string IdOf(const std::string& user) { return "sip:" + user + "@north.example"; }

std::string TokenOf(const std::string& user) {
  return admin::PageToken(admin::PlaceOf({.canonical_id = IdOf(user), .service = McService::kMcptt}));
}

// What a server answers; `next` is the user after whom it has more.
ReconcilePage Page(const std::vector<std::string>& users, const std::string& next = "") {
  ReconcilePage page;
  for (const std::string& user : users) {
    EXPECT_TRUE(page.Add("sip:v@south.example", IdOf(user), McService::kMcptt, {.incarnation = 1, .counter = 1}).ok());
  }
  if (!next.empty()) page.next_page_token = TokenOf(next);
  return page;
}

std::vector<std::string> UsersOf(const ReconcilePage& page) {
  std::vector<std::string> users;
  for (const ReconcilePage::Entry& entry : page.entries) {
    const std::string& id = entry.user.primary_mc_service_id.canonical();
    users.push_back(id.substr(4, id.find('@') - 4));
  }
  return users;
}

TEST(MergePages, UsersOfAllServersComeInOneOrder) {
  const auto page = MergePages({Page({"b", "e"}), Page({}), Page({"a", "c", "d"})}, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(UsersOf(*page), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(page->next_page_token, "");
}

TEST(MergePages, GoesOnAfterTheLastUserShown) {
  const auto page = MergePages({Page({"b", "e"}, "e"), Page({"a", "c"}, "c")}, 2);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(UsersOf(*page), ElementsAre("a", "b"));
  EXPECT_EQ(page->next_page_token, TokenOf("b"));
}

TEST(MergePages, NobodyIsShownBeyondWhatAServerHasShown) {
  // The second server may have a "d" that the next page shows.
  const auto page = MergePages({Page({"b", "e"}), Page({"a", "c"}, "c")}, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(UsersOf(*page), ElementsAre("a", "b", "c"));
  EXPECT_EQ(page->next_page_token, TokenOf("c"));
}

TEST(MergePages, PageOfRecordsThatHaveJustChangedGoesOn) {
  const auto page = MergePages({Page({"b"}), Page({}, "a")}, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(UsersOf(*page), IsEmpty());
  EXPECT_EQ(page->next_page_token, TokenOf("a"));
}

TEST(MergePages, AFullPageGoesOnAsThatOfOneServerDoes) {
  const auto page = MergePages({Page({"a"}), Page({"b"})}, 2);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(UsersOf(*page), ElementsAre("a", "b"));
  EXPECT_EQ(page->next_page_token, TokenOf("b"));
}

TEST(MergePages, UsersOfServersThatShareARegisterComeOnce) {
  const auto page = MergePages({Page({"a", "b"}), Page({"a", "b"})}, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(UsersOf(*page), ElementsAre("a", "b"));
  EXPECT_EQ(page->next_page_token, "");
}

TEST(MergePages, TokenThatIsNoneIsAFaultOfTheServer) {
  ReconcilePage page = Page({"a"});
  page.next_page_token = "1.x";
  EXPECT_TRUE(absl::IsInternal(MergePages({page}, 1).status()));
}

}  // namespace
}  // namespace mcmig::gateway
