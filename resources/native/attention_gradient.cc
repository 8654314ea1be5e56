#include <algorithm>
#include <vector>

#include "attention.h"
#include "dense.h"
#include "parallel.h"
#include "vector.h"

namespace layerscope {
namespace {

// What one head of queries with its keys and values needs; panels as in dense.h. Rows of `pattern` and `change` are
// `padded` long.
struct Scratch {
  std::vector<float> keys_across, values_across, keys_down, queries_down, result_down, pattern, change, output;
};

// A matrix within qkv or beside it.
struct Part {
  const float* from;
  int64_t stride;
};

// to [rows, depth] += or = the products of strips, panel by panel
template <class Strip>
void WriteStrips(int64_t rows, int64_t depth, float* to, int64_t stride, bool add, float* output, const Strip& strip) {
  const int64_t wide = Panels(depth) * kPanel, tiles = TileCount(rows);
  for (int64_t i = 0; i < tiles; i++) {
    const int64_t first = TileStart(rows, tiles, i);
    const int count = static_cast<int>(TileStart(rows, tiles, i + 1) - first);
    for (int64_t c = 0; c < wide; c += kPanel) strip(first, count, c / kPanel, output + c, wide);
    for (int r = 0; r < count; r++) {
      float* row = to + (first + r) * stride;
      for (int64_t c = 0; c < depth; c++) row[c] = add ? row[c] + output[r * wide + c] : output[r * wide + c];
    }
  }
}

// pattern -> what the scores change the loss by, scaled; the gradient of the bias is added up before the cap and the
// scale.
void SoftmaxBackward(const Attention& a, int64_t sequence, int64_t head, int64_t query, Reach reach, int64_t padded,
                     const float* scores, const float* pattern, float* change, float* bias_gradient) {
  Vec total{};
  for (int64_t k = 0; k < padded; k += kLanes) total += Load(pattern + k) * Load(change + k);
  const float mean = Sum(total);
  for (int64_t k = 0; k < padded; k += kLanes) Store(change + k, Load(pattern + k) * (Load(change + k) - mean));
  if (bias_gradient) {
    float* to = bias_gradient + sequence * a.bias_strides[0] + head * a.bias_strides[1] + query * a.bias_strides[2];
    for (int64_t k = reach.first; k < reach.last; k++) to[k * a.bias_strides[3]] += change[k];
  }
  if (a.score_cap > 0) {
    for (int64_t k = 0; k < padded; k += kLanes) {
      const Vec capped = Tanh(Load(scores + k) * (a.scale / a.score_cap));
      Store(change + k, Load(change + k) * (1.0f - capped * capped) * a.scale);
    }
    return;
  }
  for (int64_t k = 0; k < padded; k += kLanes) Store(change + k, Load(change + k) * a.scale);
}

// All query heads that share one head of keys and values, in order.
void AttendGroupBackward(const Attention& a, const AttentionGradient& gradient, int64_t sequence, int64_t first_row,
                         int64_t shared, Scratch& s) {
  const int64_t depth = a.depth, stride = a.stride(), tokens = a.lengths[sequence], group = a.heads / a.key_value_heads;
  const int64_t padded = Panels(tokens) * kPanel, wide = Panels(depth) * kPanel;
  for (std::vector<float>* across : {&s.keys_across, &s.values_across}) across->resize(padded * depth);
  for (std::vector<float>* down : {&s.keys_down, &s.queries_down, &s.result_down}) down->resize(wide * tokens);
  s.pattern.resize(tokens * padded);
  s.change.resize(tokens * padded);
  // The last row holds scores before the cap.
  s.output.resize(kTileRows * std::max(wide, padded));

  const float* rows = a.qkv + first_row * stride;
  float* changed = gradient.qkv + first_row * stride;
  const int64_t key_place = (a.heads + shared) * depth, value_place = (a.heads + a.key_value_heads + shared) * depth;
  PackTransposedPanels(rows + key_place, stride, depth, tokens, s.keys_across.data());
  PackTransposedPanels(rows + value_place, stride, depth, tokens, s.values_across.data());
  CopyValues(rows + key_place, stride, tokens, depth, s.keys_down.data());

  for (int64_t head = shared * group; head < (shared + 1) * group; head++) {
    const float* queries = rows + head * depth;
    const float* result = gradient.result + first_row * a.width() + head * depth;
    CopyValues(queries, stride, tokens, depth, s.queries_down.data());
    CopyValues(result, a.width(), tokens, depth, s.result_down.data());

    const int64_t tiles = TileCount(tokens);
    for (int64_t i = 0; i < tiles; i++) {
      const int64_t q = TileStart(tokens, tiles, i);
      const int count = static_cast<int>(TileStart(tokens, tiles, i + 1) - q);
      const int64_t from = ReachOf(a, q, tokens).first / kPanel * kPanel,
                    to = Panels(ReachOf(a, q + count - 1, tokens).last) * kPanel;
      float *pattern = s.pattern.data() + q * padded, *change = s.change.data() + q * padded;
      for (int r = 0; r < count; r++) {
        for (float* row : {pattern + r * padded, change + r * padded}) {
          std::fill_n(row, from, 0.0f);
          std::fill(row + to, row + padded, 0.0f);
        }
      }
      for (int64_t k = from; k < to; k += kPanel) {
        MultiplyStrip(queries + q * stride, stride, count, s.keys_across.data() + k * depth, depth, pattern + k,
                      padded);
        MultiplyStrip(result + q * a.width(), a.width(), count, s.values_across.data() + k * depth, depth, change + k,
                      padded);
      }
      float* scores = s.output.data();
      for (int r = 0; r < count; r++) {
        const Reach reach = ReachOf(a, q + r, tokens);
        const float* bias =
            a.bias ? a.bias + sequence * a.bias_strides[0] + head * a.bias_strides[1] + (q + r) * a.bias_strides[2]
                   : nullptr;
        if (a.score_cap > 0) std::copy_n(pattern + r * padded, padded, scores);
        Softmax(pattern + r * padded, from, to, reach, a.scale, a.score_cap, bias, a.bias_strides[3]);
        SoftmaxBackward(a, sequence, head, q + r, reach, padded, scores, pattern + r * padded, change + r * padded,
                        gradient.bias);
      }
    }

    float* output = s.output.data();
    const bool add = head > shared * group;
    WriteStrips(tokens, depth, changed + head * depth, stride, false, output,
                [&](int64_t q, int count, int64_t panel, float* to, int64_t to_stride) {
                  MultiplyStrip(s.change.data() + q * padded, padded, count,
                                s.keys_down.data() + panel * tokens * kPanel, tokens, to, to_stride);
                });
    WriteStrips(tokens, depth, changed + key_place, stride, add, output,
                [&](int64_t k, int count, int64_t panel, float* to, int64_t to_stride) {
                  MultiplyColumns(s.change.data() + k, padded, count, s.queries_down.data() + panel * tokens * kPanel,
                                  tokens, to, to_stride);
                });
    WriteStrips(tokens, depth, changed + value_place, stride, add, output,
                [&](int64_t k, int count, int64_t panel, float* to, int64_t to_stride) {
                  MultiplyColumns(s.pattern.data() + k, padded, count, s.result_down.data() + panel * tokens * kPanel,
                                  tokens, to, to_stride);
                });
  }
}

}  // namespace

void AttendBackward(const Attention& a, const AttentionGradient& gradient) {
  const std::vector<int64_t> first_row = FirstRows(a.lengths, a.sequences);
  const auto group = [&](int64_t sequence, int64_t shared) {
    thread_local Scratch scratch;
    AttendGroupBackward(a, gradient, sequence, first_row[sequence], shared, scratch);
  };
  if (!gradient.bias) {
    ParallelFor(a.sequences * a.key_value_heads,
                [&](int64_t piece) { group(piece / a.key_value_heads, piece % a.key_value_heads); });
    return;
  }
  // Sequences may share a bias: whatever is added to one number of its gradient is added by one thread, in order.
  std::fill_n(gradient.bias, gradient.bias_size, 0.0f);
  const bool apart = a.bias_strides[1] != 0;
  ParallelFor(apart ? a.key_value_heads : 1, [&](int64_t piece) {
    for (int64_t s = 0; s < a.sequences; s++) {
      for (int64_t shared = apart ? piece : 0; shared < (apart ? piece + 1 : a.key_value_heads); shared++)
        group(s, shared);
    }
  });
}

}  // namespace layerscope
