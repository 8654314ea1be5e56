#include "norm.h"

#include <algorithm>
#include <cmath>

#include "parallel.h"
#include "vector.h"

namespace layerscope {
namespace {

constexpr int64_t kRowsApiece = 64;

}  // namespace

void NormaliseRows(const float* x, const float* residual, int64_t rows, const Norm& norm, float* y) {
  const int64_t width = norm.width, whole = width - width % kLanes;
  for (int64_t r = 0; r < rows; r++, x += width, y += width, residual += residual ? width : 0) {
    // The sum first: one pass over memory, the rest over a row that lies in cache.
    Vec total{};
    float rest = 0;
    for (int64_t i = 0; i < whole; i += kLanes) {
      const Vec value = residual ? Load(x + i) + Load(residual + i) : Load(x + i);
      total += value;
      Store(y + i, value);
    }
    for (int64_t i = whole; i < width; i++) rest += y[i] = residual ? x[i] + residual[i] : x[i];
    if (!norm.gamma) continue;
    const float mean = norm.rms ? 0.0f : (Sum(total) + rest) / static_cast<float>(width);

    Vec squares{};
    rest = 0;
    for (int64_t i = 0; i < whole; i += kLanes) {
      const Vec centred = Load(y + i) - mean;
      squares += centred * centred;
    }
    for (int64_t i = whole; i < width; i++) rest += (y[i] - mean) * (y[i] - mean);
    const float scale = 1.0f / std::sqrt((Sum(squares) + rest) / static_cast<float>(width) + norm.epsilon);

    if (norm.rms) {
      for (int64_t i = 0; i < whole; i += kLanes) Store(y + i, Load(y + i) * scale * Load(norm.gamma + i));
      for (int64_t i = whole; i < width; i++) y[i] *= scale * norm.gamma[i];
      continue;
    }
    for (int64_t i = 0; i < whole; i += kLanes)
      Store(y + i, (Load(y + i) - mean) * scale * Load(norm.gamma + i) + Load(norm.beta + i));
    for (int64_t i = whole; i < width; i++) y[i] = (y[i] - mean) * scale * norm.gamma[i] + norm.beta[i];
  }
}

void NormaliseRowsParallel(const float* x, const float* residual, int64_t rows, const Norm& norm, float* y) {
  ParallelFor((rows + kRowsApiece - 1) / kRowsApiece, [&](int64_t piece) {
    const int64_t first = piece * kRowsApiece, offset = first * norm.width;
    NormaliseRows(x + offset, residual ? residual + offset : nullptr, std::min(kRowsApiece, rows - first), norm,
                  y + offset);
  });
}

}  // namespace layerscope
