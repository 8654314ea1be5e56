#include "rows.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "parallel.h"

namespace layerscope {
namespace {

// Rows whose sums go into one accumulator, and rows that are standardised at once.
constexpr int64_t kPartRows = 1024;

int64_t Parts(int64_t count) { return (count + kPartRows - 1) / kPartRows; }

// The factor r with sum of min(1, r w) about `wanted`: what is certain is taken out and the rest scaled again, a few
// times.
double SamplingRate(const float* weights, int64_t count, double total, double wanted) {
  double rate = wanted / total;
  for (int round = 0; round < 4; round++) {
    int64_t certain = 0;
    double rest = 0;
    for (int64_t i = 0; i < count; i++) {
      const bool all = rate * weights[i] >= 1;
      certain += all;
      rest += all ? 0 : weights[i];
    }
    if (certain == 0 || certain >= wanted || rest < 1e-6 * total) break;
    rate = (wanted - certain) / rest;
  }
  return rate;
}

}  // namespace

void SumFeatures(const SelectedRows& s, double* sums, double* squares) {
  const int64_t parts = Parts(s.count), width = s.width;
  std::vector<std::vector<double>> part_sums(parts);
  ParallelFor(parts, [&](int64_t p) {
    std::vector<double>& sum = part_sums[p];
    sum.assign(2 * width, 0);
    const int64_t last = std::min(s.count, (p + 1) * kPartRows);
    for (int64_t r = p * kPartRows; r < last; r++) {
      const float* row = s.values + s.rows[r] * width;
      double *plain = sum.data(), *squared = sum.data() + width;
      for (int64_t j = 0; j < width; j++) {
        const double value = row[j];
        plain[j] += value;
        squared[j] += value * value;
      }
    }
  });
  for (const std::vector<double>& sum : part_sums) {
    for (int64_t j = 0; j < width; j++) {
      sums[j] += sum[j];
      squares[j] += sum[width + j];
    }
  }
}

void StandardiseRows(const SelectedRows& s, const double* mean, const double* inverse, float* result) {
  ParallelFor(Parts(s.count), [&](int64_t p) {
    const int64_t last = std::min(s.count, (p + 1) * kPartRows);
    for (int64_t r = p * kPartRows; r < last; r++) {
      const float* row = s.values + s.rows[r] * s.width;
      float* to = result + r * s.width;
      for (int64_t j = 0; j < s.width; j++) to[j] = static_cast<float>((row[j] - mean[j]) * inverse[j]);
    }
  });
}

void ChooseRows(const RowChoice& q) {
  std::vector<std::vector<std::pair<int32_t, float>>> chosen(q.classes);
  ParallelFor(q.classes, [&](int64_t k) {
    const float* undecided = q.undecided + k * q.rows;
    double total = 0;
    for (int64_t row = 0; row < q.rows; row++) total += undecided[row];
    q.totals[k] = total;
    // A class that is decided everywhere has no curvature.
    if (!(total > 0)) return;
    const double rate = SamplingRate(undecided, q.rows, total, static_cast<double>(q.wanted));
    double sum = 0.5;
    for (int64_t row = 0; row < q.rows; row++) {
      const double chance = std::min(1.0, rate * undecided[row]);
      if (std::floor(sum + chance) > std::floor(sum))
        chosen[k].emplace_back(static_cast<int32_t>(row), static_cast<float>(undecided[row] / chance));
      sum += chance;
    }
    // Rounding of the sum may draw one more than there is room for.
    if (static_cast<int64_t>(chosen[k].size()) > q.wanted + 1) chosen[k].resize(q.wanted + 1);
  });
  int32_t at = 0;
  q.starts[0] = 0;
  for (int64_t k = 0; k < q.classes; k++) {
    for (const auto& [row, weight] : chosen[k]) {
      q.chosen[at] = row;
      q.weights[at++] = weight;
    }
    q.starts[k + 1] = at;
  }
}

}  // namespace layerscope
