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

// Rows of a triangle that are solved together; a pair of vectors holds whole such groups.
constexpr int64_t kSolvedRows = 4;

// Parts of the rows whose outer products are summed up apart.
constexpr int64_t kOuterParts = 8;

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
    for (int64_t j = 0; j < padded; j++)
      s[i * padded + j] = i < columns && j < columns ? q.shares[k] * q.shared[i * columns + j] : 0;
    s[i * padded + i] += i < columns ? q.ridges[k] : 1;
  }
  thread_local std::vector<float> gathered;
  gathered.assign(kGatheredRows * padded, 0);
  for (int64_t from = q.starts[k]; from < q.starts[k + 1]; from += kGatheredRows) {
    const int64_t rows = std::min<int64_t>(kGatheredRows, q.starts[k + 1] - from);
    for (int64_t r = 0; r < rows; r++) {
      const float root = std::sqrt(q.weights[from + r]);
      const float* x = q.x + q.chosen[from + r] * q.width;
      float* row = gathered.data() + r * padded;
      for (int64_t j = 0; j < q.width; j++) row[j] = root * x[j];
      row[q.width] = root;
    }
    AddUpper(gathered.data(), gathered.data(), rows, 0, padded, s);
  }
  Factor(s, padded);
}

// U'y = v, then U z = y, in place. Rows go four at a time: z is fetched and stored once for the four, and their sums do
// not wait for one another.
void SolveClass(const float* u, int64_t padded, float* z) {
  for (int64_t i = 0; i < padded; i += kSolvedRows) {
    const float* row = u + i * padded;
    const int64_t rest = PairBefore(i) + kPair;
    for (int64_t c = 0; c < kSolvedRows; c++) {
      z[i + c] /= row[c * padded + i + c];
      for (int64_t j = i + c + 1; j < rest; j++) z[j] -= z[i + c] * row[c * padded + j];
    }
    for (int64_t j = rest; j < padded; j += kLanes) {
      Vec sum = Load(z + j);
      for (int64_t c = 0; c < kSolvedRows; c++) sum -= z[i + c] * Load(row + c * padded + j);
      Store(z + j, sum);
    }
  }
  for (int64_t i = padded - kSolvedRows; i >= 0; i -= kSolvedRows) {
    const float* row = u + i * padded;
    const int64_t rest = PairBefore(i) + kPair;
    Vec sums[kSolvedRows] = {};
    for (int64_t j = rest; j < padded; j += kLanes) {
      const Vec value = Load(z + j);
      for (int64_t c = 0; c < kSolvedRows; c++) sums[c] += Load(row + c * padded + j) * value;
    }
    for (int64_t c = kSolvedRows - 1; c >= 0; c--) {
      float sum = Sum(sums[c]);
      for (int64_t j = i + c + 1; j < rest; j++) sum += row[c * padded + j] * z[j];
      z[i + c] = (z[i + c] - sum) / row[c * padded + i + c];
    }
  }
}

}  // namespace

int64_t PaddedColumns(int64_t width) { return (width + kPair) / kPair * kPair; }

void SumOuterProducts(const float* x, int64_t rows, int64_t width, int64_t first, int64_t step, float* result) {
  const int64_t padded = PaddedColumns(width), columns = width + 1;
  const int64_t count = first < rows ? (rows - first + step - 1) / step : 0;
  std::vector<std::vector<float>> sums(kOuterParts);
  ParallelFor(kOuterParts, [&](int64_t part) {
    std::vector<float>& sum = sums[part];
    sum.assign(padded * padded, 0);
    thread_local std::vector<float> gathered;
    gathered.assign(kGatheredRows * padded, 0);
    const int64_t last = count * (part + 1) / kOuterParts;
    for (int64_t from = count * part / kOuterParts; from < last; from += kGatheredRows) {
      const int64_t here = std::min(kGatheredRows, last - from);
      for (int64_t r = 0; r < here; r++) {
        std::copy_n(x + (first + (from + r) * step) * width, width, gathered.data() + r * padded);
        gathered[r * padded + width] = 1;
      }
      AddUpper(gathered.data(), gathered.data(), here, 0, padded, sum.data());
    }
  });
  ParallelFor(columns, [&](int64_t i) {
    for (int64_t j = 0; j < columns; j++) {
      const int64_t at = i < j ? i * padded + j : j * padded + i;
      float total = 0;
      for (const std::vector<float>& sum : sums) total += sum[at];
      result[i * columns + j] = total;
    }
  });
}

void FactorClassCurvature(const ClassCurvature& q) {
  const int64_t padded = PaddedColumns(q.width);
  ParallelFor(q.classes, [&](int64_t k) { FactorClass(q, k, padded); });
}

void SolveClassCurvature(const float* factors, int64_t classes, int64_t columns, int64_t padded, const float* vector,
                         float* result) {
  ParallelFor(classes, [&](int64_t k) {
    thread_local std::vector<float> z;
    z.assign(padded, 0);
    std::copy_n(vector + k * columns, columns, z.begin());
    SolveClass(factors + k * padded * padded, padded, z.data());
    std::copy_n(z.begin(), columns, result + k * columns);
  });
}

}  // namespace layerscope
