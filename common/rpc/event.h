#ifndef COMMON_RPC_EVENT_H_
#define COMMON_RPC_EVENT_H_

#include <coroutine>
#include <utility>

namespace mcmig::rpc {

// What a tag on a completion queue points at. Lives in the frame of the coroutine that waits for it.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;  // its address is the tag
  Event& operator=(const Event&) = delete;
  // The loop's thread, once per operation; `ok` as gRPC defines it for that operation.
  virtual void Complete(bool ok) = 0;
  [[nodiscard]] void* tag() { return static_cast<Event*>(this); }

 protected:
  ~Event() = default;
};

// Waits for one operation: `start` hands the tag to gRPC, the result is gRPC's `ok`.
template <class Start>
class [[nodiscard]] Operation final : private Event {
 public:
  explicit Operation(Start start) : start_(std::move(start)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    start_(tag());
  }
  [[nodiscard]] bool await_resume() const noexcept { return ok_; }

 private:
  void Complete(bool ok) override {
    ok_ = ok;
    waiter_.resume();
  }

  Start start_;
  std::coroutine_handle<> waiter_;
  bool ok_ = false;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_EVENT_H_
