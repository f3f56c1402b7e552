#include "common/token/https_fetch.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/token/fetch_schedule.h"

namespace mcmig::token {
namespace {

constexpr size_t kLongestUri = 2'048;
constexpr absl::Duration kConnectTimeout = absl::Seconds(5);

struct Cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(CURLU* uri) const { curl_url_cleanup(uri); }
};
using HandlePtr = std::unique_ptr<CURL, Cleanup>;
using UriPtr = std::unique_ptr<CURLU, Cleanup>;

// What an answer is so far.
struct Receiving {
  const HttpsRequest& request;
  const std::atomic<bool>& stop;
  std::string body;
  std::string cache_control;
  std::string age;
};

size_t TakeBody(char* bytes, size_t size, size_t count, void* receiving) {
  auto& taken = *static_cast<Receiving*>(receiving);
  // Less than all ends the transfer.
  if (taken.body.size() + size * count > taken.request.max_bytes) return 0;
  taken.body.append(bytes, size * count);
  return size * count;
}

size_t TakeHeader(char* bytes, size_t size, size_t count, void* receiving) {
  auto& taken = *static_cast<Receiving*>(receiving);
  absl::string_view line(bytes, size * count);
  const auto take = [&line](absl::string_view name, std::string& value) {
    if (!absl::StartsWithIgnoreCase(line, name)) return;
    line.remove_prefix(name.size());
    // Several lines of one header are one list.
    absl::StrAppend(&value, value.empty() ? "" : ",", absl::StripAsciiWhitespace(line));
  };
  take("cache-control:", taken.cache_control);
  take("age:", taken.age);
  return size * count;
}

int Stopped(void* receiving, curl_off_t /*down*/, curl_off_t /*downloaded*/, curl_off_t /*up*/,
            curl_off_t /*uploaded*/) {
  return static_cast<Receiving*>(receiving)->stop ? 1 : 0;
}

template <class... Value>
bool Set(const HandlePtr& handle, CURLoption option, Value... value) {
  return curl_easy_setopt(handle.get(), option, value...) == CURLE_OK;
}

// Whether all that makes the request safe could be set.
bool SetUp(const HandlePtr& handle, const HttpsRequest& request, Receiving& receiving) {
  return Set(handle, CURLOPT_URL, request.uri.c_str()) && Set(handle, CURLOPT_PROTOCOLS_STR, "https") &&
         Set(handle, CURLOPT_FOLLOWLOCATION, 0L) && Set(handle, CURLOPT_PROXY, "") &&
         Set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)) &&
         Set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
         Set(handle, CURLOPT_SSL_VERIFYPEER, 1L) && Set(handle, CURLOPT_SSL_VERIFYHOST, 2L) &&
         Set(handle, CURLOPT_CAINFO, request.ca_file.c_str()) &&
         Set(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr)) && Set(handle, CURLOPT_NOSIGNAL, 1L) &&
         Set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(request.timeout))) &&
         Set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(kConnectTimeout))) &&
         Set(handle, CURLOPT_WRITEFUNCTION, &TakeBody) && Set(handle, CURLOPT_WRITEDATA, &receiving) &&
         Set(handle, CURLOPT_HEADERFUNCTION, &TakeHeader) && Set(handle, CURLOPT_HEADERDATA, &receiving) &&
         Set(handle, CURLOPT_XFERINFOFUNCTION, &Stopped) && Set(handle, CURLOPT_XFERINFODATA, &receiving) &&
         Set(handle, CURLOPT_NOPROGRESS, 0L);
}

void InitLibrary() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

absl::Status CheckHttpsUri(absl::string_view uri) {
  absl::Status refused = absl::InvalidArgumentError("must be https://host[:port]/path");
  if (uri.size() > kLongestUri || !absl::StartsWith(uri, "https://")) return refused;
  const UriPtr parsed(curl_url());
  const std::string text(uri);
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return refused;
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT}) {
    char* value = nullptr;
    const bool there = curl_url_get(parsed.get(), part, &value, 0) == CURLUE_OK;
    curl_free(value);
    if (there) return refused;
  }
  return absl::OkStatus();
}

absl::StatusOr<HttpsAnswer> FetchHttps(const HttpsRequest& request, const std::atomic<bool>& stop) {
  InitLibrary();
  const HandlePtr handle(curl_easy_init());
  Receiving receiving{.request = request, .stop = stop, .body = "", .cache_control = "", .age = ""};
  if (handle == nullptr || !SetUp(handle, request, receiving)) return absl::UnavailableError("cannot be fetched");
  const CURLcode result = curl_easy_perform(handle.get());
  if (result == CURLE_WRITE_ERROR) return absl::UnavailableError("the answer is too large");
  if (result != CURLE_OK) return absl::UnavailableError(curl_easy_strerror(result));
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return absl::UnavailableError(absl::StrCat("answered with HTTP status ", status));
  return HttpsAnswer{.body = std::move(receiving.body),
                     .freshness = FreshnessOf(receiving.cache_control, receiving.age)};
}

}  // namespace mcmig::token
