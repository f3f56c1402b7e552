// Every request between processes, and every answer to one: bytes, protobuf, common/protocol, what crosses the border.
//
// Text: two letters, which message and who calls; a newline; the message in protobuf's text form. Edits: of its bytes.
// Where the text ends after the letters, the edits are the message's bytes.
#include <cctype>

#include "common/border/messages.h"
#include "common/border/status.h"
#include "common/protocol/authorization.h"
#include "common/protocol/directory.h"
#include "common/protocol/lifecycle.h"
#include "common/protocol/service_authorization.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using google::protobuf::Message;
using identity::Listener;
using identity::Role;
using protocol::Call;

// Who calls, by the second letter: a client, the own gateway, an own server, another MC system's gateway.
Call CallerOf(char letter) {
  Call call;
  switch (letter) {
    case 'c':
      call.listener = Listener::kClient;
      call.peer = {.system = "north", .role = Role::kClient, .own = false};
      break;
    case 'g':
      call.listener = Listener::kInside;
      call.peer = {.system = "south", .role = Role::kGateway, .own = true};
      break;
    case 's':
      call.listener = Listener::kInside;
      call.peer = {.system = "south", .role = Role::kPartnerServer, .own = true};
      break;
    default:
      call.listener = Listener::kOutside;
      call.peer = {.system = "north", .role = Role::kGateway, .own = false};
  }
  return call;
}

bool Read(const Input& input, Message& message) {
  if (input.text.empty()) return message.ParseFromArray(input.edits.data(), static_cast<int>(input.edits.size()));
  google::protobuf::TextFormat::Parser parser;
  struct Silent final : google::protobuf::io::ErrorCollector {
    void AddError(int /*line*/, int /*column*/, const std::string& /*text*/) override {}
  } silent;
  parser.RecordErrorsTo(&silent);
  if (!parser.ParseFromString(std::string(input.text), &message)) return false;
  return message.ParseFromString(Edited(message.SerializeAsString(), input.edits));
}

// "epoch", "issued_at.seconds" or "primary_mc_service_ids[3]" of that message.
bool IsField(const Message& message, absl::string_view path) {
  const std::string first(path.substr(0, path.find_first_of(".[")));
  return message.GetDescriptor()->FindFieldByName(first) != nullptr;
}

void RequireViolation(const absl::Status& status, const Message& message) {
  RequireRefusal(status, absl::StatusCode::kInvalidArgument, message.SerializeAsString());
  const absl::string_view text = status.message();
  const size_t colon = text.find(": ");
  Require(colon != absl::string_view::npos && colon + 2 < text.size(), "a violation follows a field's path");
  Require(IsField(message, text.substr(0, colon)), "the path is one of the message");
  // What another MC system is told is a text of the set.
  const absl::Status outside = border::StatusForOutside(status);
  Require(outside.code() == absl::StatusCode::kInvalidArgument, "the code is the same outside");
  Require(outside.message() == "request malformed" ||
              outside.message() == std::string(text.substr(0, colon)) + ": missing, malformed or not allowed here",
          "the text outside is a fixed one");
}

// The bytes of a message in a form that is the same for equal messages.
std::string Bytes(const Message& message) { return message.SerializeAsString(); }

// `parse` reads a message as received in `call`: what it read, built anew, is read as the same.
template <class Request, class Parse>
auto Parsed(const Input& input, Parse parse) -> decltype(parse(Request())) {
  Request message;
  if (!Read(input, message)) return absl::CancelledError("no message");
  auto request = parse(message);
  if (!request.ok()) {
    RequireViolation(request.status(), message);
    return request;
  }
  const Request built = ToProto(*request);
  Require(built.GetReflection()->GetUnknownFields(built).empty(), "no unknown field is passed on");
  auto again = parse(built);
  Require(again.ok() && Bytes(ToProto(*again)) == Bytes(built), "what was read, printed, is read as the same");
  return request;
}

void RequireId(const identity::McServiceId& id) {
  Require(!id.received().empty() && id.received().size() <= identity::McServiceId::kMaxBytes, "an ID keeps its limit");
}

// What goes outside is taken there, and says nothing of the inside.
template <class Request, class Parse>
void RequireOutside(const Request& request, Parse parse) {
  const auto message = ToProto(border::RequestForOutside(request));
  Require(message.authenticated_peer_system().empty(), "the inside's field stays inside");
  Require(parse(message, CallerOf('o')).ok(), "what goes outside is well-formed there");
}

void CheckAuthorization(const Input& input, const Call& call) {
  const auto parse = [&call](const auto& message) { return ParseAuthorizationRequest(message, call); };
  const auto request = Parsed<v1::MigrationServiceAuthorizationRequest>(input, parse);
  if (!request.ok()) return;
  RequireId(request->partner_mc_service_id);
  RequireId(request->primary_mc_service_id);
  Require(request->request_id.has_value() == request->issued_at.has_value(), "request_id comes with issued_at");
  Require(request->authenticated_peer_system.has_value() ==
              (call.listener == Listener::kInside && call.peer.role == Role::kGateway),
          "only the own gateway names the peer, and always");
  if (request->request_id) RequireOutside(*request, protocol::ParseAuthorizationRequest);

  protocol::AuthorizationRequest canonical = *request;
  canonical.primary_mc_service_id = *identity::McServiceId::Parse(request->primary_mc_service_id.canonical());
  canonical.partner_mc_service_id = *identity::McServiceId::Parse(request->partner_mc_service_id.canonical());
  canonical.request_id.reset();
  const protocol::RequestDigest digest = DigestOf(*request, "south");
  Require(DigestOf(canonical, "south") == digest, "one digest for every spelling, whatever the request_id");
  Require(DigestOf(*request, "west") != digest, "another digest for another partner MC system");
  canonical.profile_index ^= 1;
  Require(DigestOf(canonical, "south") != digest, "another digest for another profile");
}

void CheckEnd(const Input& input, const Call& call) {
  const auto request =
      Parsed<v1::EndMigrationRequest>(input, [&call](const auto& message) { return ParseEndRequest(message, call); });
  if (!request.ok()) return;
  Require(request->epoch.incarnation > 0 && request->epoch.counter > 0, "an epoch has both parts");
  if (request->request_id) RequireOutside(*request, protocol::ParseEndRequest);
}

void CheckCancel(const Input& input, const Call& call) {
  const auto request = Parsed<v1::CancelMigrationRequest>(
      input, [&call](const auto& message) { return ParseCancelRequest(message, call); });
  if (!request.ok()) return;
  Require(request->epoch.incarnation > 0 && request->epoch.counter > 0, "an epoch has both parts");
  RequireOutside(*request, protocol::ParseCancelRequest);
}

void CheckReconcile(const Input& input, const Call& call) {
  const auto request = Parsed<v1::ReconcileMigrationsRequest>(
      input, [&call](const auto& message) { return ParseReconcileRequest(message, call); });
  if (!request.ok()) return;
  Require(request->page_size <= 1'000 && request->page_token.size() <= 4'096, "a page keeps its limits");
  Require(!request->user || request->page_token.empty(), "one user has one page");
  RequireOutside(*request, protocol::ParseReconcileRequest);
}

void CheckOthers(char kind, const Input& input) {
  if (kind == 'l') {
    v1::LookupServingSystemRequest message;
    if (!Read(input, message)) return;
    const auto request = protocol::ParseLookupRequest(message);
    if (!request.ok()) return RequireViolation(request.status(), message);
    Require(!request->primary_mc_service_ids.empty() && request->primary_mc_service_ids.size() <= protocol::kMaxLookups,
            "look-ups keep their limit");
  } else if (kind == 't') {
    v1::GetMigrationStatusRequest message;
    if (!Read(input, message)) return;
    const auto user = protocol::ParseStatusRequest(message);
    if (!user.ok()) return RequireViolation(user.status(), message);
    Require(protocol::ParseStatusRequest(ToStatusRequest(*user)).ok(), "what was read, printed, is read");
  } else {
    v1::ServiceAuthorizationRequest message;
    if (!Read(input, message)) return;
    const auto request = protocol::ParseServiceAuthorizationRequest(message);
    if (!request.ok()) return RequireViolation(request.status(), message);
    Require(!request->return_from || request->return_home, "return_from comes with return_home");
  }
}

protocol::AuthorizationRequest Sent() {
  return {.partner_mc_service_id = *identity::McServiceId::Parse("sip:visitor-alice@south.example"),
          .primary_mc_service_id = *identity::McServiceId::Parse("sip:alice@north.example"),
          .request_id = *protocol::RequestId::Of("0123456789abcdef")};
}

void CheckAuthorizationAnswer(const Input& input) {
  v1::MigrationServiceAuthorizationResponse message;
  if (!Read(input, message)) return;
  const protocol::AuthorizationRequest sent = Sent();
  const auto decision = protocol::ParseAuthorizationResponse(message, sent);
  if (!decision.ok()) return Require(absl::IsInternal(decision.status()), "an unusable answer is no decision");
  const bool success = decision->cause == protocol::Cause::kNone;
  Require(success == (message.result() == v1::MIGRATION_RESULT_SUCCESS), "a success is one by its result");
  Require(success == decision->epoch.has_value(), "a success has an epoch, a failure none");
  Require(message.primary_mc_service_id() == sent.primary_mc_service_id.received(), "it is for the IDs sent");
  const protocol::Decision outside = border::DecisionForOutside(*decision);
  Require((outside.cause == protocol::Cause::kNone) == success, "the border makes no success");
  Require(InfoOf(outside.cause).public_form == outside.cause, "what goes outside is public");
  const protocol::Decision believed = border::DecisionFromOutside(*decision);
  Require((believed.cause == protocol::Cause::kNone) == success, "the border makes no success");
  Require(InfoOf(believed.cause).public_form == believed.cause, "no cause of the inside is believed");
  const auto again = protocol::ParseAuthorizationResponse(ToProto(*decision, sent), sent);
  Require(again.ok() && again->cause == decision->cause && again->epoch == decision->epoch &&
              again->authorized_until == decision->authorized_until,
          "a decision, printed, is read as the same");
}

void CheckEndAnswer(const Input& input) {
  v1::EndMigrationResponse message;
  if (!Read(input, message)) return;
  const auto answer = protocol::ParseEndResponse(message);
  if (!answer.ok()) return Require(absl::IsInternal(answer.status()), "an unusable answer is no decision");
  const bool refused = answer->result == protocol::EndResult::kRefused;
  Require(refused == (answer->cause != protocol::Cause::kNone), "only a refusal has a cause");
  Require((answer->result == protocol::EndResult::kStale) == answer->current.has_value(), "only stale has an epoch");
  Require(border::AnswerFromOutside(*answer).ok() != refused, "no primary MC system refuses for a token");
  Require(Bytes(ToProto(*protocol::ParseEndResponse(ToProto(*answer)))) == Bytes(ToProto(*answer)),
          "an answer, printed, is read as the same");
}

void CheckPage(const Input& input) {
  v1::ReconcileMigrationsResponse message;
  if (!Read(input, message)) return;
  const auto page = protocol::ParseReconcileResponse(message);
  if (!page.ok()) return Require(absl::IsInternal(page.status()), "an unusable answer is no page");
  Require(page->entries.size() <= 1'000 && page->next_page_token.size() <= 4'096, "a page keeps its limits");
  Require(Bytes(ToProto(*protocol::ParseReconcileResponse(ToProto(*page)))) == Bytes(ToProto(*page)),
          "a page, printed, is read as the same");
}

void Check(Input input) {
  const absl::string_view letters = TakeLine(input.text);
  if (letters.size() != 2) return;
  const Call call = CallerOf(letters[1]);
  switch (letters[0]) {
    case 'a':
      return CheckAuthorization(input, call);
    case 'e':
      return CheckEnd(input, call);
    case 'c':
      return CheckCancel(input, call);
    case 'r':
      return CheckReconcile(input, call);
    case 'A':
      return CheckAuthorizationAnswer(input);
    case 'E':
      return CheckEndAnswer(input);
    case 'R':
      return CheckPage(input);
    default:
      return CheckOthers(letters[0], input);
  }
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
