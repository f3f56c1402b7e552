#ifndef COMMON_PROTOCOL_STREAM_H_
#define COMMON_PROTOCOL_STREAM_H_

#include "common/async/task.h"

namespace mcmig::protocol {

// Where the handler of a server stream sends its messages. Outlives the handler; made by common/rpc, or by a test. The
// executor's thread, one Write at a time.
//
// A stream has no deadline but an age that the listener gives it; then, and when its server drains, the call's cancel
// signal tells the handler to end, and the caller gets UNAVAILABLE: to go on elsewhere.
template <class Message>
class Stream {
 public:
  virtual ~Stream() = default;
  // Done when the transport has taken the message, so that a slow reader holds up its handler and nothing gathers
  // between them. False: nobody reads any more, the handler is to end. `message` outlives the task.
  virtual async::Task<bool> Write(const Message& message) = 0;
};

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_STREAM_H_
