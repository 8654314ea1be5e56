#include "class_curvature.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "parallel.h"
#include "products.h"
#include "vector.h"

namespace layerscope {
namespace {

constexpr int64_t kPair = 2 * kLanes;

// Rows that are gathered at once, and rows of a panel of the factorisation.
constexpr int64_t kGatheredRows = 64;
constexpr int64_t kPanel = 32;

inline int64_t PairBefore(int64_t column) { return column / kPair * kPair; }

// s [padded, padded], from the diagonal's pair on, += a' b, both [rows, padded]
void AddUpper(const float* a, const float* b, int64_t rows, int64_t first, int64_t padded, float* s) {
  ForTiles(padded - first, kProductRows, [&](int64_t from, int count) {
    const int64_t i = first + from;
    ProductsOf(count, a + i, padded, b, rows, padded, PairBefore(i), padded, s + i * padded);
  });
}

inline void AddRow(float* row, float factor, const float* other, int64_t from, int64_t to) {
  for (int64_t j = from; j < to; j += kLanes) Store(row + j, Load(row + j) + factor * Load(other + j));
}

// Upper Cholesky factor in place, right-looking, a panel of rows at a time.
void Factor(float* s, int64_t padded) {
  thread_local std::vector<float> steepness, negated;
  steepness.resize(padded);
  for (int64_t i = 0; i < padded; i++) steepness[i] = s[i * padded + i];
  for (int64_t k = 0; k < padded; k += kPanel) {
    const int64_t end = std::min(padded, k + kPanel);
    for (int64_t i = k; i < end; i++) {
      float* row = s + i * padded;
      for (int64_t r = k; r < i; r++) AddRow(row, -s[r * padded + i], s + r * padded, PairBefore(i), padded);
      // Where rounding leaves a pivot that is not positive, the direction stays as steep as it was by itself.
      const float pivot = row[i] > 1e-6f * steepness[i] ? row[i] : steepness[i];
      const float scale = 1 / std::sqrt(pivot);
      row[i] = pivot;
      for (int64_t j = PairBefore(i); j < padded; j += kLanes) Store(row + j, Load(row + j) * scale);
    }
    const int64_t rows = end - k;
    negated.resize(rows * padded);
    for (int64_t i = 0; i < rows * padded; i++) negated[i] = -s[k * padded + i];
    AddUpper(negated.data(), s + k * padded, rows, end, padded, s);
  }
}

void FactorClass(const ClassCurvature& q, int64_t k, int64_t padded) {
  const int64_t columns = q.width + 1;
  float* s = q.factors + k * padded * padded;
  for (int64_t i = 0; i < padded; i++) {
    for (int64_t j = 0; j < padded; j++) s[i * padded + j] = i < columns && j < columns ? q.shares[k] * q.shared[i * columns + j] : 0;
    s[i * padded + i] += i < columns ? q.ridges[k] : 1;
  }
  thread_local std::vector<float> weighted, plain;
  weighted.assign(kGatheredRows * padded, 0);
  plain.assign(kGatheredRows * padded, 0);
  for (int64_t from = q.starts[k]; from < q.starts[k + 1]; from += kGatheredRows) {
    const int64_t rows = std::min<int64_t>(kGatheredRows, q.starts[k + 1] - from);
    for (int64_t r = 0; r < rows; r++) {
      const float weight = q.weights[from + r];
      const float* x = q.x + q.chosen[from + r] * q.width;
      float *a = weighted.data() + r * padded, *b = plain.data() + r * padded;
      for (int64_t j = 0; j < q.width; j++) a[j] = weight * (b[j] = x[j]);
      a[q.width] = weight;
      b[q.width] = 1;
    }
    AddUpper(weighted.data(), plain.data(), rows, 0, padded, s);
  }
  Factor(s, padded);
}

void SolveClass(const float* u, int64_t padded, float* z) {
  // U'y = v, row by row of U, then U z = y from below.
  for (int64_t i = 0; i < padded; i++) {
    const float* row = u + i * padded;
    const int64_t pair = PairBefore(i) + kPair;
    z[i] /= row[i];
    for (int64_t j = i + 1; j < pair; j++) z[j] -= z[i] * row[j];
    AddRow(z, -z[i], row, pair, padded);
  }
  for (int64_t i = padded - 1; i >= 0; i--) {
    const float* row = u + i * padded;
    float sum = 0;
    const int64_t pair = PairBefore(i) + kPair;
    for (int64_t j = i + 1; j < pair; j++) sum += row[j] * z[j];
    Vec sums = {};
    for (int64_t j = pair; j < padded; j += kLanes) sums += Load(row + j) * Load(z + j);
    z[i] = (z[i] - sum - Sum(sums)) / row[i];
  }
}

}  // namespace

int64_t PaddedColumns(int64_t width) { return (width + kPair) / kPair * kPair; }

void FactorClassCurvature(const ClassCurvature& q) {
  const int64_t padded = PaddedColumns(q.width);
  ParallelFor(q.classes, [&](int64_t k) { FactorClass(q, k, padded); });
}

void SolveClassCurvature(const float* factors, int64_t classes, int64_t columns, int64_t padded, const float* vector, float* result) {
  ParallelFor(classes, [&](int64_t k) {
    thread_local std::vector<float> z;
    z.assign(padded, 0);
    std::copy_n(vector + k * columns, columns, z.begin());
    SolveClass(factors + k * padded * padded, padded, z.data());
    std::copy_n(z.begin(), columns, result + k * columns);
  });
}

}  // namespace layerscope
