#ifndef COMMON_OPS_METRICS_H_
#define COMMON_OPS_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/types/span.h"

namespace prometheus {
class Collectable;
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace mcmig::ops {

// What the series of one name are about. Literals, in Prometheus' style: base units, counters end in _total.
struct Family {
  const char* name;
  const char* help;
};

// Tells the series of a family apart. Every value comes from a bounded set, such as names in the code or in the system
// table, and never from a message.
using Labels = std::map<std::string, std::string>;

// The three below are handles of one series: copies are the same one, a default-made one measures nothing. They cost
// a few atomic operations or a short lock, allocate nothing, and are for any thread. Outlived by the Metrics they are
// of.
class Counter {
 public:
  Counter() = default;
  // `amount` is not negative.
  void Add(double amount = 1) const;

 private:
  friend class Metrics;
  explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
  prometheus::Counter* counter_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  void Set(double value) const;

 private:
  friend class Metrics;
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  prometheus::Gauge* gauge_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  void Observe(double value) const;

 private:
  friend class Metrics;
  explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  prometheus::Histogram* histogram_ = nullptr;
};

// Bucket bounds in seconds, 100 µs to 10 s.
inline constexpr double kDurationBounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                             0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

// All that one process measures about itself, for Prometheus. Any thread.
//
// Adding the same name and labels again gives the same series. It takes locks and allocates: done at the start, or once
// for each series. A name that Prometheus does not take, or that already has another type, ends the process.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter AddCounter(const Family& family, const Labels& labels = {});
  Gauge AddGauge(const Family& family, const Labels& labels = {});
  // `bounds` are the buckets' upper bounds, rising; the same for all series of a family.
  Histogram AddHistogram(const Family& family, const Labels& labels, absl::Span<const double> bounds);

  // Series that are read when they are asked for, on the asking thread; none at that moment where `read` gives nothing.
  // What `read` uses outlives the last asking: the MetricsServer's and Text.
  using Read = std::function<std::optional<double>()>;
  void ReadCounter(const Family& family, const Labels& labels, Read read);
  void ReadGauge(const Family& family, const Labels& labels, Read read);

  // Everything now, in Prometheus' text format.
  [[nodiscard]] std::string Text() const;
  // The same for the MetricsServer.
  [[nodiscard]] std::shared_ptr<prometheus::Collectable> collectable() const;

 private:
  class All;
  std::shared_ptr<All> all_;
};

}  // namespace mcmig::ops

#endif  // COMMON_OPS_METRICS_H_
