#include "tests/border/altering_peers.h"

#include <utility>

#include "absl/strings/match.h"

namespace mcmig::border {
namespace {

// The bytes of `text`, a Message, after `change`.
template <class Message>
std::string Altered(const std::string& text, const std::function<void(Message&)>& change) {
  if (!change) return text;
  Message message;
  if (!message.ParseFromString(text)) return text;
  change(message);
  return message.SerializeAsString();
}

}  // namespace

AlteringPeers::AlteringPeers(const std::string& name, const PeersOptions& options) : peers_(name, options) {
  peers_.in_place_of_north().Set([this](const Sent& sent) { return ToNorth(sent); });
  peers_.in_place_of_south().Set([this](const Sent& sent) { return ToSouth(sent); });
}

void AlteringPeers::Alter(Alterations alterations) {
  const std::lock_guard lock(mutex_);
  alterations_ = std::move(alterations);
}

Alterations AlteringPeers::Now() {
  const std::lock_guard lock(mutex_);
  return alterations_;
}

Reply AlteringPeers::ToNorth(const Sent& sent) {
  const Alterations now = Now();
  std::string request = sent.message;
  const bool authorize = absl::EndsWith(sent.method, "/AuthorizeMigration");
  const bool reconcile = absl::EndsWith(sent.method, "/ReconcileMigrations");
  if (authorize) request = Altered(request, now.ask);
  if (reconcile) request = Altered(request, now.compare);
  const Sent answered = Call(peers_.to_north(), sent.method, request);
  std::string response = answered.message;
  if (authorize) response = Altered(response, now.answer);
  if (reconcile) response = Altered(response, now.page);
  return {.message = response, .status = answered.status};
}

Reply AlteringPeers::ToSouth(const Sent& sent) {
  const bool cancels = absl::EndsWith(sent.method, "/CancelMigration");
  const Sent answered =
      Call(peers_.to_south(), sent.method, cancels ? Altered(sent.message, Now().cancel) : sent.message);
  return {.message = answered.message, .status = answered.status};
}

}  // namespace mcmig::border
