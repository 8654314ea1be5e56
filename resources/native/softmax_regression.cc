#include "softmax_regression.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "parallel.h"
#include "products.h"
#include "vector.h"

namespace layerscope {
namespace {

// Register tiles of the logits, rows x vectors of classes; smaller where there are only the 16 registers of AVX2.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kLogitRows = 8, kLogitVectors = 3;
#else
constexpr int kLogitRows = 6, kLogitVectors = 2;
#endif

// Rows that stay in the second-level cache between the two products, whole tiles of them, and rows whose sums go into
// one accumulator.
constexpr int64_t kBlockRows = 64 / kLogitRows * kLogitRows;
constexpr int64_t kPartRows = 16 * kBlockRows;

// Blocks that one set of labels goes through before the next: more, and they would leave the second-level cache between
// two sets; fewer, and the sums of the sets would.
constexpr int64_t kGroupBlocks = 2;

// Classes left over when the others fill whole vectors: up to so many are cheaper one by one, as dot products along the
// width.
constexpr int64_t kMostSingles = kLanes / 2;

inline int64_t Padded(int64_t classes) { return (classes + kLanes - 1) / kLanes * kLanes; }

template <class T>
inline T Halved(const void* lanes) {
  T halves[2];
  std::memcpy(halves, lanes, sizeof halves);
  return halves[0] + halves[1];
}

// Adds the lanes by halves, which takes fewer steps than one after another.
inline float SumByHalves(Vec v) {
  typedef float Four __attribute__((vector_size(16)));
#if defined(__AVX512F__)
  typedef float Eight __attribute__((vector_size(32)));
  const Eight eight = Halved<Eight>(&v);
  const Four four = Halved<Four>(&eight);
#elif defined(__AVX__)
  const Four four = Halved<Four>(&v);
#else
  const Four four = v;
#endif
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// The weights of one set as the logits want them. Only differences of logits count: where one class is left over when
// the others fill whole vectors, the others are taken relative to it, and it costs nothing: its logit is 0, and its
// part of the gradient what makes the sum over all classes 0.
struct Weights {
  int64_t classes, width;
  bool relative;                  // to a last class behind `classes`
  int64_t vectors;                // of classes, side by side
  int64_t singles;                // classes behind them
  const float* rows;              // [classes, width]
  std::vector<float> columns;     // tile by tile of vectors: [width, vectors of the tile]
  std::vector<float> intercepts;  // padded
};

Weights Prepare(const float* rows, const float* intercepts, int64_t classes, int64_t width, bool may_be_relative) {
  std::vector<float> relative_rows, relative_intercepts;
  const bool relative = may_be_relative && classes > 1 && classes % kLanes == 1;
  if (relative) {
    classes--;
    relative_rows.resize(classes * width);
    relative_intercepts.resize(classes);
    for (int64_t k = 0; k < classes; k++) {
      for (int64_t j = 0; j < width; j++)
        relative_rows[k * width + j] = rows[k * width + j] - rows[classes * width + j];
      relative_intercepts[k] = intercepts[k] - intercepts[classes];
    }
    rows = relative_rows.data();
    intercepts = relative_intercepts.data();
  }
  const int64_t rest = classes % kLanes;
  Weights w = {classes, width, relative, classes / kLanes, rest, rows, {}, std::vector<float>(Padded(classes), 0.0f)};
  if (rest > kMostSingles) {
    w.vectors++;
    w.singles = 0;
  }
  std::copy_n(intercepts, classes, w.intercepts.begin());
  w.columns.assign(w.vectors * kLanes * width, 0.0f);
  ForTiles(w.vectors, kLogitVectors, [&](int64_t from, int count) {
    float* tile = w.columns.data() + from * kLanes * width;
    const int64_t across = count * kLanes, first = from * kLanes, here = std::min<int64_t>(across, classes - first);
    for (int64_t k = 0; k < here; k++) {
      for (int64_t j = 0; j < width; j++) tile[j * across + k] = rows[(first + k) * width + j];
    }
  });
  return w;
}

template <int kRows, int kVectors>
inline __attribute__((always_inline)) void LogitTile(const float* x, int64_t width, const float* columns,
                                                     const float* b, float* z, int64_t z_stride) {
  Vec sum[kRows][kVectors];
  for (int v = 0; v < kVectors; v++) {
    for (int r = 0; r < kRows; r++) sum[r][v] = Load(b + v * kLanes);
  }
  for (int64_t j = 0; j < width; j++, columns += kVectors * kLanes) {
    // The next tile's rows are on their way while this one's are used: eight streams at once are too many for the
    // processor to foresee.
    if (j % kLanes == 0) {
      for (int r = 0; r < kRows; r++) __builtin_prefetch(x + (kRows + r) * width + j);
    }
    Vec weight[kVectors];
    for (int v = 0; v < kVectors; v++) weight[v] = Held(Load(columns + v * kLanes));
    for (int r = 0; r < kRows; r++) {
      const Vec value = Splat(x[r * width + j]);
      for (int v = 0; v < kVectors; v++) sum[r][v] += value * weight[v];
    }
  }
  for (int r = 0; r < kRows; r++) {
    for (int v = 0; v < kVectors; v++) Store(z + r * z_stride + v * kLanes, sum[r][v]);
  }
}

template <int kVectors>
void LogitColumns(const float* x, int64_t rows, int64_t width, const float* columns, const float* b, float* z,
                  int64_t z_stride) {
  int64_t r = 0;
  for (; r + kLogitRows <= rows; r += kLogitRows)
    LogitTile<kLogitRows, kVectors>(x + r * width, width, columns, b, z + r * z_stride, z_stride);
  for (; r < rows; r++) LogitTile<1, kVectors>(x + r * width, width, columns, b, z + r * z_stride, z_stride);
}

template <int kRows>
inline __attribute__((always_inline)) void SingleTile(const float* x, const float* w, float b, int64_t width, float* z,
                                                      int64_t z_stride) {
  Vec sum[kRows] = {};
  const int64_t whole = width / kLanes * kLanes;
  for (int64_t j = 0; j < whole; j += kLanes) {
    const Vec weight = Load(w + j);
    for (int r = 0; r < kRows; r++) sum[r] += Load(x + r * width + j) * weight;
  }
  for (int r = 0; r < kRows; r++) {
    float total = SumByHalves(sum[r]) + b;
    for (int64_t j = whole; j < width; j++) total += x[r * width + j] * w[j];
    z[r * z_stride] = total;
  }
}

// x weights' + intercepts -> z [rows, Padded(classes)]
void Logits(const float* x, int64_t rows, const Weights& w, float* z) {
  const int64_t stride = Padded(w.classes);
  ForTiles(w.vectors, kLogitVectors, [&](int64_t from, int count) {
    const float* columns = w.columns.data() + from * kLanes * w.width;
    const float* b = w.intercepts.data() + from * kLanes;
    float* to = z + from * kLanes;
    if (count == 1)
      LogitColumns<1>(x, rows, w.width, columns, b, to, stride);
    else if (count == 2)
      LogitColumns<2>(x, rows, w.width, columns, b, to, stride);
    else
      LogitColumns<3>(x, rows, w.width, columns, b, to, stride);
  });
  for (int64_t k = w.classes - w.singles; k < w.classes; k++) {
    int64_t r = 0;
    for (; r + kLogitRows <= rows; r += kLogitRows)
      SingleTile<kLogitRows>(x + r * w.width, w.rows + k * w.width, w.intercepts[k], w.width, z + r * stride + k,
                             stride);
    for (; r < rows; r++)
      SingleTile<1>(x + r * w.width, w.rows + k * w.width, w.intercepts[k], w.width, z + r * stride + k, stride);
  }
}

// Logits of one row become probabilities; returns -log p(label). Padding takes no part; relative to a last class, that
// one has the logit 0.
inline float Softmax(float* z, int64_t classes, int64_t padded, bool relative, int32_t label) {
  std::fill(z + classes, z + padded, -INFINITY);
  Vec most = relative ? Vec{} : Load(z);
  for (int64_t k = 0; k < padded; k += kLanes) most = Max(most, Load(z + k));
  const float largest = Largest(most);
  const float gold = label < classes ? z[label] : 0;
  Vec sums = {};
  for (int64_t k = 0; k < padded; k += kLanes) {
    const Vec e = Exp(Load(z + k) - largest);
    Store(z + k, e);
    sums += e;
  }
  const float sum = SumByHalves(sums) + (relative ? std::exp(-largest) : 0.0f);
  const float scale = 1 / sum;
  for (int64_t k = 0; k < padded; k += kLanes) Store(z + k, Load(z + k) * scale);
  return largest + std::log(sum) - gold;
}

// Sums over one part of the rows.
struct Part {
  std::vector<double> losses;
  std::vector<float> vectors, counts;
};

void EvaluatePart(const SoftmaxRegression& q, const std::vector<Weights>& weights, int64_t first, int64_t last,
                  Part& part) {
  thread_local std::vector<float> logits;
  logits.resize(kBlockRows * Padded(q.classes));
  part.losses.assign(q.sets, 0);
  part.vectors.assign(q.sets * q.classes * q.width, 0);
  part.counts.assign(q.sets * q.classes, 0);
  for (int64_t group = first; group < last; group += kGroupBlocks * kBlockRows) {
    const int64_t end = std::min(last, group + kGroupBlocks * kBlockRows);
    for (int64_t set = 0; set < q.sets; set++) {
      const Weights& w = weights[set];
      const int64_t base = set * q.classes, padded = Padded(w.classes);
      float* z = logits.data();
      for (int64_t row = group; row < end; row += kBlockRows) {
        const int64_t rows = std::min(kBlockRows, end - row);
        const float* x = q.x + row * q.width;
        Logits(x, rows, w, z);
        for (int64_t r = 0; r < rows; r++) {
          const int32_t label = q.labels[set * q.rows + row + r];
          part.losses[set] += Softmax(z + r * padded, w.classes, padded, w.relative, label);
          if (label < w.classes) z[r * padded + label] -= 1;
        }
        for (int64_t r = 0; r < rows; r++) {
          for (int64_t k = 0; k < w.classes; k++) part.counts[base + k] += z[r * padded + k];
        }
        ForTiles(w.classes, kProductRows, [&](int64_t from, int count) {
          ProductsOf(count, z + from, padded, x, rows, q.width, 0, q.width,
                     part.vectors.data() + (base + from) * q.width);
        });
      }
    }
  }
}

// What the classes before it leave of a sum that is 0 over all of them.
void CompleteLastClass(int64_t classes, int64_t width, float* vectors, float* counts) {
  const int64_t last = classes - 1;
  std::vector<double> total(width, 0);
  double count = 0;
  for (int64_t k = 0; k < last; k++) {
    for (int64_t j = 0; j < width; j++) total[j] += vectors[k * width + j];
    count += counts[k];
  }
  for (int64_t j = 0; j < width; j++) vectors[last * width + j] = static_cast<float>(-total[j]);
  counts[last] = static_cast<float>(-count);
}

// Calls take(first row, rows, probabilities [rows, Padded(classes)]) for block after block.
template <class Take>
void ForProbabilities(const SoftmaxAnswers& q, const Take& take) {
  const Weights weights = Prepare(q.weights, q.intercepts, q.classes, q.width, false);
  const int64_t padded = Padded(q.classes);
  ParallelFor((q.rows + kPartRows - 1) / kPartRows, [&](int64_t part) {
    thread_local std::vector<float> logits;
    logits.resize(kBlockRows * padded);
    const int64_t last = std::min(q.rows, (part + 1) * kPartRows);
    for (int64_t row = part * kPartRows; row < last; row += kBlockRows) {
      const int64_t rows = std::min(kBlockRows, last - row);
      Logits(q.x + row * q.width, rows, weights, logits.data());
      for (int64_t r = 0; r < rows; r++) Softmax(logits.data() + r * padded, q.classes, padded, false, 0);
      take(row, rows, logits.data());
    }
  });
}

}  // namespace

void AnswerSoftmax(const SoftmaxAnswers& q, int32_t* predicted, float* probability) {
  const int64_t padded = Padded(q.classes);
  ForProbabilities(q, [&](int64_t first, int64_t rows, const float* p) {
    for (int64_t r = 0; r < rows; r++, p += padded) {
      int64_t best = 0;
      for (int64_t k = 1; k < q.classes; k++) best = p[k] > p[best] ? k : best;
      predicted[first + r] = static_cast<int32_t>(best);
      probability[first + r] = p[best];
    }
  });
}

void UndecidedSoftmax(const SoftmaxAnswers& q, float* undecided, int64_t stride) {
  const int64_t padded = Padded(q.classes);
  ForProbabilities(q, [&](int64_t first, int64_t rows, const float* p) {
    for (int64_t k = 0; k < q.classes; k++) {
      for (int64_t r = 0; r < rows; r++)
        undecided[k * stride + first + r] = p[r * padded + k] * (1 - p[r * padded + k]);
    }
  });
}

void EvaluateSoftmaxRegression(const SoftmaxRegression& q) {
  const int64_t parts = (q.rows + kPartRows - 1) / kPartRows;
  std::vector<Part> sums(parts);
  std::vector<Weights> weights;
  for (int64_t set = 0; set < q.sets; set++)
    weights.push_back(
        Prepare(q.weights + set * q.classes * q.width, q.intercepts + set * q.classes, q.classes, q.width, true));
  ParallelFor(parts, [&](int64_t p) {
    EvaluatePart(q, weights, p * kPartRows, std::min(q.rows, (p + 1) * kPartRows), sums[p]);
  });
  for (int64_t set = 0; set < q.sets; set++) {
    double loss = 0;
    for (const Part& part : sums) loss += part.losses[set];
    q.losses[set] = static_cast<float>(loss);
  }
  const int64_t outputs = q.sets * q.classes;
  ParallelFor(outputs, [&](int64_t k) {
    double count = 0;
    for (const Part& part : sums) count += part.counts[k];
    q.counts[k] = static_cast<float>(count);
    thread_local std::vector<double> total;
    total.assign(q.width, 0);
    for (const Part& part : sums) {
      for (int64_t j = 0; j < q.width; j++) total[j] += part.vectors[k * q.width + j];
    }
    for (int64_t j = 0; j < q.width; j++) q.vectors[k * q.width + j] = static_cast<float>(total[j]);
  });
  for (int64_t set = 0; set < q.sets; set++) {
    if (weights[set].relative)
      CompleteLastClass(q.classes, q.width, q.vectors + set * q.classes * q.width, q.counts + set * q.classes);
  }
}

}  // namespace layerscope
