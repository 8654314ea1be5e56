#include "lstm.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "dense.h"
#include "parallel.h"
#include "vector.h"

namespace layerscope {
namespace {

// Numbers of a row that one piece of the gates' arithmetic takes.
constexpr int64_t kColumns = 16 * kLanes;

inline Vec Clip(Vec x, float clip) { return clip > 0 ? Max(Min(x, Splat(clip)), Splat(-clip)) : x; }

// Places [first, last) of a row: cell and hidden state from the gates of the input and, after the first step, of the
// output before.
void UpdateCell(const Lstm& lstm, const float* input, const float* before, int64_t first, int64_t last, float* cell,
                float* hidden) {
  const int64_t width = lstm.hidden;
  const auto update = [&](Vec i, Vec f, Vec g, Vec o, Vec c, Vec& h) {
    const Vec entered = Sigmoid(i) * Tanh(g);
    const Vec next = Clip(before ? Sigmoid(f) * c + entered : entered, lstm.cell_clip);
    h = Sigmoid(o) * Tanh(next);
    return next;
  };
  const auto gate = [&](int64_t number, int64_t at) {
    const Vec value = Load(input + number * width + at);
    return before ? value + Load(before + number * width + at) : value;
  };
  int64_t at = first;
  for (; at + kLanes <= last; at += kLanes) {
    Vec h;
    Store(cell + at, update(gate(0, at), gate(1, at), gate(2, at), gate(3, at), before ? Load(cell + at) : Vec{}, h));
    Store(hidden + at, h);
  }
  if (at == last) return;
  const int64_t count = last - at;
  float padded[5][kLanes] = {};
  for (int64_t number = 0; number < 4; number++)
    for (int64_t k = 0; k < count; k++)
      padded[number][k] = input[number * width + at + k] + (before ? before[number * width + at + k] : 0.0f);
  if (before) std::copy_n(cell + at, count, padded[4]);
  Vec h;
  Store(padded[4], update(Load(padded[0]), Load(padded[1]), Load(padded[2]), Load(padded[3]), Load(padded[4]), h));
  std::copy_n(padded[4], count, cell + at);
  Store(padded[0], h);
  std::copy_n(padded[0], count, hidden + at);
}

}  // namespace

void RunLstm(const Lstm& lstm) {
  const int64_t width = lstm.hidden, outputs = lstm.outputs;
  std::vector<int64_t> starts(lstm.sequences), order(lstm.sequences);
  int64_t rows = 0;
  for (int64_t s = 0; s < lstm.sequences; s++) starts[s] = rows, rows += lstm.lengths[s];
  std::iota(order.begin(), order.end(), 0);
  // The longest first: those that still run are always the first.
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return lstm.lengths[a] > lstm.lengths[b]; });
  std::vector<float> before(lstm.sequences * 4 * width), cell(lstm.sequences * width), hidden(lstm.sequences * width),
      output;
  if (lstm.projection) output.resize(lstm.sequences * outputs);
  const float* last = lstm.projection ? output.data() : hidden.data();
  const int64_t blocks = (width + kColumns - 1) / kColumns;
  int64_t active = lstm.sequences;
  for (int64_t t = 0;; t++) {
    while (active > 0 && lstm.lengths[order[active - 1]] <= t) active--;
    if (active == 0) return;
    if (t > 0)
      MultiplyParallel({last, active, outputs, lstm.recurrent, outputs, 4 * width, nullptr, Activation::kNone,
                        before.data(), 4 * width});
    const auto row_of = [&](int64_t i) {
      return starts[order[i]] + (lstm.backward ? lstm.lengths[order[i]] - 1 - t : t);
    };
    ParallelFor(active * blocks, [&](int64_t piece) {
      const int64_t i = piece / blocks, first = piece % blocks * kColumns;
      UpdateCell(lstm, lstm.gates + row_of(i) * 4 * width, t > 0 ? before.data() + i * 4 * width : nullptr, first,
                 std::min(width, first + kColumns), cell.data() + i * width, hidden.data() + i * width);
    });
    if (lstm.projection) {
      MultiplyParallel({hidden.data(), active, width, lstm.projection, width, outputs, nullptr, Activation::kNone,
                        output.data(), outputs});
      if (lstm.projection_clip > 0)
        for (int64_t k = 0; k < active * outputs; k++)
          output[k] = std::max(-lstm.projection_clip, std::min(lstm.projection_clip, output[k]));
    }
    for (int64_t i = 0; i < active; i++) std::copy_n(last + i * outputs, outputs, lstm.y + row_of(i) * outputs);
  }
}

}  // namespace layerscope
