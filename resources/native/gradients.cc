#include "gradients.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "parallel.h"

namespace layerscope {
namespace {

constexpr int64_t kNumbersApiece = 1 << 14;
constexpr int64_t kRowsApiece = 64;

// Calls each(x + i, count) vector by vector; the last, shorter one by way of a buffer. Pieces are those of all sizes
// alike.
template <class Each>
void ForVectors(int64_t size, const Each& each) {
  ParallelFor((size + kNumbersApiece - 1) / kNumbersApiece, [&](int64_t piece) {
    const int64_t first = piece * kNumbersApiece, last = std::min(size, first + kNumbersApiece);
    for (int64_t i = first; i < last; i += kLanes) each(i, std::min<int64_t>(kLanes, last - i));
  });
}

inline Vec LoadPart(const float* from, int64_t count) {
  if (count == kLanes) return Load(from);
  Vec value{};
  std::memcpy(&value, from, count * sizeof(float));
  return value;
}

inline void StorePart(float* to, Vec value, int64_t count) { std::memcpy(to, &value, count * sizeof(float)); }

inline Vec Derivative(Activation activation, Vec x) {
  switch (activation) {
    case Activation::kGelu:  // Phi(x) + x phi(x)
      return 0.5f * (1.0f + Erf(x * 0.70710678f)) + x * Exp(-0.5f * x * x) * 0.39894228f;
    case Activation::kGeluTanh: {
      const Vec s = Sigmoid(1.59576912f * (x + 0.044715f * x * x * x));
      return s + x * s * (1.0f - s) * (1.59576912f + 0.21406599f * x * x);
    }
    case Activation::kRelu:
      return x > Vec{} ? Splat(1.0f) : Vec{};
    case Activation::kSilu: {
      const Vec s = Sigmoid(x);
      return s + x * s * (1.0f - s);
    }
    case Activation::kTanh: {
      const Vec t = Tanh(x);
      return 1.0f - t * t;
    }
    case Activation::kNone:
      break;
  }
  return Splat(1.0f);
}

}  // namespace

void ActivateAll(Activation activation, const float* x, int64_t size, float* y) {
  ForVectors(size,
             [&](int64_t i, int64_t count) { StorePart(y + i, Activate(activation, LoadPart(x + i, count)), count); });
}

void ActivationBackward(Activation activation, const float* dy, const float* x, int64_t size, float* dx) {
  ForVectors(size, [&](int64_t i, int64_t count) {
    StorePart(dx + i, LoadPart(dy + i, count) * Derivative(activation, LoadPart(x + i, count)), count);
  });
}

void NormBackward(const Norm& norm, const NormGradient& g) {
  const int64_t width = norm.width, parts = (g.rows + kRowsApiece - 1) / kRowsApiece;
  const float share = 1.0f / static_cast<float>(width);
  std::vector<float> sums(parts * 2 * width, 0.0f);
  ParallelFor(parts, [&](int64_t part) {
    thread_local std::vector<float> sum;
    if (static_cast<int64_t>(sum.size()) < width) sum.resize(width);
    float *dgamma = sums.data() + part * 2 * width, *dbeta = dgamma + width;
    const int64_t last = std::min(g.rows, (part + 1) * kRowsApiece);
    for (int64_t r = part * kRowsApiece; r < last; r++) {
      const float *x = g.x + r * width, *dy = g.dy + r * width;
      if (g.residual) {
        const float* residual = g.residual + r * width;
        for (int64_t i = 0; i < width; i++) sum[i] = x[i] + residual[i];
        x = sum.data();
      }
      Vec total{}, squares{};
      for (int64_t i = 0; i < width && !norm.rms; i += kLanes)
        total += LoadPart(x + i, std::min<int64_t>(kLanes, width - i));
      const float mean = Sum(total) * share;
      for (int64_t i = 0; i < width; i += kLanes) {
        const int64_t count = std::min<int64_t>(kLanes, width - i);
        const Vec centred = LoadPart(x + i, count) - mean;
        if (count == kLanes)
          squares += centred * centred;
        else
          for (int64_t c = 0; c < count; c++) squares[c] += centred[c] * centred[c];
      }
      const float scale = 1.0f / std::sqrt(Sum(squares) * share + norm.epsilon);
      Vec pulled{}, turned{};
      for (int64_t i = 0; i < width; i += kLanes) {
        const int64_t count = std::min<int64_t>(kLanes, width - i);
        const Vec up = LoadPart(dy + i, count), plain = (LoadPart(x + i, count) - mean) * scale,
                  weighted = up * LoadPart(norm.gamma + i, count);
        pulled += weighted;
        turned += weighted * plain;
        StorePart(dgamma + i, LoadPart(dgamma + i, count) + up * plain, count);
        StorePart(dbeta + i, LoadPart(dbeta + i, count) + up, count);
      }
      const float along = Sum(turned) * share, level = norm.rms ? 0.0f : Sum(pulled) * share;
      float* dx = g.dx + r * width;
      for (int64_t i = 0; i < width; i += kLanes) {
        const int64_t count = std::min<int64_t>(kLanes, width - i);
        const Vec plain = (LoadPart(x + i, count) - mean) * scale,
                  weighted = LoadPart(dy + i, count) * LoadPart(norm.gamma + i, count);
        StorePart(dx + i, (weighted - level - plain * along) * scale, count);
      }
    }
  });
  std::fill_n(g.dgamma, width, 0.0f);
  std::fill_n(g.dbeta, width, 0.0f);
  for (int64_t part = 0; part < parts; part++) {
    const float* from = sums.data() + part * 2 * width;
    for (int64_t i = 0; i < width; i++) g.dgamma[i] += from[i];
    for (int64_t i = 0; i < width; i++) g.dbeta[i] += from[width + i];
  }
}

void SumColumns(const float* x, int64_t rows, int64_t width, float* sums) {
  ParallelFor((width + kRowsApiece - 1) / kRowsApiece, [&](int64_t piece) {
    const int64_t first = piece * kRowsApiece, last = std::min(width, first + kRowsApiece);
    std::fill(sums + first, sums + last, 0.0f);
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t i = first; i < last; i++) sums[i] += x[r * width + i];
    }
  });
}

void ScatterRows(const float* dy, const int32_t* index, int64_t rows, int64_t width, int64_t entries, float* table) {
  const int64_t apiece = std::max<int64_t>(1, (1 << 20) / width);
  ParallelFor((entries + apiece - 1) / apiece, [&](int64_t piece) {
    const int64_t first = piece * apiece, last = std::min(entries, first + apiece);
    std::fill(table + first * width, table + last * width, 0.0f);
    for (int64_t r = 0; r < rows; r++) {
      if (index[r] < first || index[r] >= last) continue;
      float* to = table + index[r] * width;
      for (int64_t i = 0; i < width; i++) to[i] += dy[r * width + i];
    }
  });
}

namespace {

// The largest score of a row, and the sum of e^(score - largest).
struct Partition {
  float largest;
  float sum;
};

Partition PartitionOf(const float* scores, int64_t classes) {
  Vec most = Splat(scores[0]);
  const int64_t whole = classes - classes % kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) most = Max(most, Load(scores + i));
  float largest = Largest(most);
  for (int64_t i = whole; i < classes; i++) largest = std::max(largest, scores[i]);
  // Of a vocabulary's many numbers: part by part, so that small ones are not lost.
  constexpr int64_t kPart = 1 << 12;
  float sum = 0;
  for (int64_t from = 0; from < classes; from += kPart) {
    const int64_t to = std::min(classes, from + kPart), last = from + (to - from) / kLanes * kLanes;
    Vec part{};
    for (int64_t i = from; i < last; i += kLanes) part += Exp(Load(scores + i) - largest);
    sum += Sum(part);
    for (int64_t i = last; i < to; i++) sum += std::exp(scores[i] - largest);
  }
  return {largest, sum};
}

}  // namespace

void SoftmaxLosses(const SoftmaxLoss& loss, float* losses) {
  ParallelFor(loss.rows, [&](int64_t r) {
    if (loss.labels[r] < 0) {
      losses[r] = 0;
      return;
    }
    const float* scores = loss.scores + r * loss.classes;
    const Partition partition = PartitionOf(scores, loss.classes);
    losses[r] = std::log(partition.sum) + (partition.largest - scores[loss.labels[r]]);
  });
}

void SoftmaxLossBackward(const SoftmaxLoss& loss, const float* dy, float* dscores) {
  ParallelFor(loss.rows, [&](int64_t r) {
    float* to = dscores + r * loss.classes;
    if (loss.labels[r] < 0) {
      std::fill_n(to, loss.classes, 0.0f);
      return;
    }
    const float* scores = loss.scores + r * loss.classes;
    const Partition partition = PartitionOf(scores, loss.classes);
    const float factor = dy[r] / partition.sum;
    for (int64_t i = 0; i < loss.classes; i += kLanes) {
      const int64_t count = std::min<int64_t>(kLanes, loss.classes - i);
      StorePart(to + i, Exp(LoadPart(scores + i, count) - partition.largest) * factor, count);
    }
    to[loss.labels[r]] -= dy[r];
  });
}

float SumSquares(const float* x, int64_t size) {
  const int64_t parts = (size + kNumbersApiece - 1) / kNumbersApiece;
  std::vector<float> sums(parts);
  ParallelFor(parts, [&](int64_t part) {
    const int64_t first = part * kNumbersApiece, last = std::min(size, first + kNumbersApiece);
    Vec sum[4] = {};
    int64_t i = first;
    for (; i + 4 * kLanes <= last; i += 4 * kLanes) {
      for (int h = 0; h < 4; h++) sum[h] += Load(x + i + h * kLanes) * Load(x + i + h * kLanes);
    }
    for (; i < last; i += kLanes) {
      const Vec value = LoadPart(x + i, std::min<int64_t>(kLanes, last - i));
      sum[0] += value * value;
    }
    sums[part] = Sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
  });
  double total = 0;
  for (const float sum : sums) total += sum;
  return static_cast<float>(total);
}

}  // namespace layerscope
