#ifndef COMMON_ASYNC_CANCEL_H_
#define COMMON_ASYNC_CANCEL_H_

namespace mcmig::async {

// Tells everything that works for one call that nobody waits for its answer any more.
//
// Belongs to one call and is used on that call's executor thread only. Listeners are linked, not owned; each lives in
// the frame of the coroutine that waits and leaves the list when it is destroyed.
class CancelSignal {
 public:
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    // At most once. Must not destroy another listener of the same signal.
    virtual void OnCancel() = 0;

   protected:
    ~Listener() { Leave(); }
    // Joins `signal`; where it is cancelled already, OnCancel comes at once.
    void Join(CancelSignal& signal) {
      if (signal.cancelled_) {
        OnCancel();
        return;
      }
      signal_ = &signal;
      next_ = signal.first_;
      if (next_ != nullptr) next_->previous_ = this;
      signal.first_ = this;
    }
    void Leave() {
      if (signal_ == nullptr) return;
      (previous_ != nullptr ? previous_->next_ : signal_->first_) = next_;
      if (next_ != nullptr) next_->previous_ = previous_;
      signal_ = nullptr;
      previous_ = next_ = nullptr;
    }

   private:
    friend class CancelSignal;
    CancelSignal* signal_ = nullptr;
    Listener* previous_ = nullptr;
    Listener* next_ = nullptr;
  };

  CancelSignal() = default;
  CancelSignal(const CancelSignal&) = delete;
  CancelSignal& operator=(const CancelSignal&) = delete;
  ~CancelSignal() = default;

  [[nodiscard]] bool cancelled() const { return cancelled_; }

  // Idempotent.
  void Cancel() {
    cancelled_ = true;
    while (first_ != nullptr) {
      Listener* listener = first_;
      listener->Leave();
      listener->OnCancel();
    }
  }

 private:
  bool cancelled_ = false;
  Listener* first_ = nullptr;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_CANCEL_H_
