#include "common/ops/metrics.h"

#include <utility>
#include <vector>

#include "common/async/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace mcmig::ops {

void Counter::Add(double amount) const {
  if (counter_ != nullptr) counter_->Increment(amount);
}

void Gauge::Set(double value) const {
  if (gauge_ != nullptr) gauge_->Set(value);
}

void Histogram::Observe(double value) const {
  if (histogram_ != nullptr) histogram_->Observe(value);
}

// The library's registry for what is counted, and beside it what is read.
class Metrics::All final : public prometheus::Collectable {
 public:
  prometheus::Registry registry;

  void Add(const Family& family, prometheus::MetricType type, const Labels& labels, Read read)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<prometheus::ClientMetric::Label> named;
    for (const auto& [name, value] : labels) named.push_back({name, value});
    const async::MutexLock lock(mutex_);
    ReadFamily& added = read_[family.name];
    added.help = family.help;
    added.type = type;
    added.series.push_back({std::move(named), std::move(read)});
  }

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<prometheus::MetricFamily> families = registry.Collect();
    const async::MutexLock lock(mutex_);
    for (const auto& [name, family] : read_) {
      prometheus::MetricFamily collected{name, family.help, family.type, {}};
      for (const Series& series : family.series) {
        const std::optional<double> value = series.read();
        if (!value.has_value()) continue;
        prometheus::ClientMetric metric;
        metric.label = series.labels;
        (family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = *value;
        collected.metric.push_back(std::move(metric));
      }
      if (!collected.metric.empty()) families.push_back(std::move(collected));
    }
    return families;
  }

 private:
  struct Series {
    std::vector<prometheus::ClientMetric::Label> labels;
    Read read;
  };
  struct ReadFamily {
    std::string help;
    prometheus::MetricType type = prometheus::MetricType::Untyped;
    std::vector<Series> series;
  };

  mutable async::Mutex mutex_;
  std::map<std::string, ReadFamily> read_ ABSL_GUARDED_BY(mutex_);
};

Metrics::Metrics() : all_(std::make_shared<All>()) {}
Metrics::~Metrics() = default;

Counter Metrics::AddCounter(const Family& family, const Labels& labels) {
  return Counter(&prometheus::BuildCounter().Name(family.name).Help(family.help).Register(all_->registry).Add(labels));
}

Gauge Metrics::AddGauge(const Family& family, const Labels& labels) {
  return Gauge(&prometheus::BuildGauge().Name(family.name).Help(family.help).Register(all_->registry).Add(labels));
}

Histogram Metrics::AddHistogram(const Family& family, const Labels& labels, absl::Span<const double> bounds) {
  return Histogram(&prometheus::BuildHistogram()
                        .Name(family.name)
                        .Help(family.help)
                        .Register(all_->registry)
                        .Add(labels, prometheus::Histogram::BucketBoundaries(bounds.begin(), bounds.end())));
}

void Metrics::ReadCounter(const Family& family, const Labels& labels, Read read) {
  all_->Add(family, prometheus::MetricType::Counter, labels, std::move(read));
}

void Metrics::ReadGauge(const Family& family, const Labels& labels, Read read) {
  all_->Add(family, prometheus::MetricType::Gauge, labels, std::move(read));
}

std::string Metrics::Text() const { return prometheus::TextSerializer().Serialize(all_->Collect()); }

std::shared_ptr<prometheus::Collectable> Metrics::collectable() const { return all_; }

}  // namespace mcmig::ops
