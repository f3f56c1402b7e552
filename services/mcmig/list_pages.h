#ifndef SERVICES_MCMIG_LIST_PAGES_H_
#define SERVICES_MCMIG_LIST_PAGES_H_

#include <cstdint>
#include <iostream>

#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"

namespace mcmig::cli {

// Calls a paged RPC until its end: `call` as a stub's method (context, request, response), `show` for each page, as it
// arrives. `request` says what is listed. Answers the exit code; a call that fails is reported on stderr.
template <class Request, class Response, class Call, class Show>
int ListPages(const Call& call, const Show& show, Request request = {}) {
  constexpr uint32_t kPage = 1'000;
  request.set_page_size(kPage);
  do {
    grpc::ClientContext context;
    SetTimeout(context);
    Response response;
    const grpc::Status status = call(&context, request, &response);
    if (!status.ok()) {
      std::cerr << Describe(status) << '\n';
      return kFailed;
    }
    show(response);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kSuccess;
}

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_LIST_PAGES_H_
