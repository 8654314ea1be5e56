#include "attention.h"

#include <algorithm>
#include <vector>

#include "dense.h"
#include "parallel.h"
#include "vector.h"

namespace layerscope {

void CopyValues(const float* values, int64_t stride, int64_t tokens, int64_t depth, float* panels) {
  for (int64_t first = 0; first < depth; first += kPanel, panels += tokens * kPanel) {
    const int64_t count = std::min<int64_t>(kPanel, depth - first);
    for (int64_t t = 0; t < tokens; t++) {
      std::copy_n(values + t * stride + first, count, panels + t * kPanel);
      std::fill_n(panels + t * kPanel + count, kPanel - count, 0.0f);
    }
  }
}

Reach ReachOf(const Attention& a, int64_t query, int64_t tokens) {
  const int64_t first = a.window > 0 ? std::max<int64_t>(0, query - a.window + 1) : 0;
  const int64_t last = a.causal ? query + 1 : a.window > 0 ? std::min(tokens, query + a.window) : tokens;
  return {first, last};
}

void Softmax(float* scores, int64_t from, int64_t to, Reach reach, float scale, float cap, const float* bias,
             int64_t bias_stride) {
  constexpr float kLowest = -3.0e38f;
  if (cap > 0) {
    for (int64_t k = from; k < to; k += kLanes) Store(scores + k, Tanh(Load(scores + k) * (scale / cap)) * cap);
    scale = 1;
  }
  if (bias && bias_stride == 1) {
    int64_t k = reach.first;
    for (; k + kLanes <= reach.last; k += kLanes) Store(scores + k, Load(scores + k) * scale + Load(bias + k));
    for (; k < reach.last; k++) scores[k] = scores[k] * scale + bias[k];
    scale = 1;
  } else if (bias) {
    for (int64_t k = reach.first; k < reach.last; k++) scores[k] = scores[k] * scale + bias[k * bias_stride];
    scale = 1;
  }
  std::fill(scores + from, scores + reach.first, kLowest);
  std::fill(scores + reach.last, scores + to, kLowest);
  Vec largest = Splat(kLowest);
  for (int64_t k = from; k < to; k += kLanes) largest = Max(largest, Load(scores + k));
  const float shift = Largest(largest) * scale;
  Vec total{};
  for (int64_t k = from; k < to; k += kLanes) {
    const Vec weight = Exp(Load(scores + k) * scale - shift);
    Store(scores + k, weight);
    total += weight;
  }
  const float factor = 1.0f / Sum(total);
  for (int64_t k = from; k < to; k += kLanes) Store(scores + k, Load(scores + k) * factor);
}

namespace {

struct Scratch {
  std::vector<float> keys, values, scores, output;
};

// `same_keys`: the scratch holds the keys and values of this head already, from a head that shares them.
void AttendHead(const Attention& a, int64_t sequence, int64_t first_row, int64_t head, Scratch& scratch,
                bool same_keys) {
  const int64_t depth = a.depth, stride = a.stride(), tokens = a.lengths[sequence];
  const int64_t padded = Panels(tokens) * kPanel, wide = Panels(depth) * kPanel;
  scratch.keys.resize(padded * depth);
  scratch.values.resize(wide * tokens);
  scratch.scores.resize(kTileRows * padded);
  scratch.output.resize(kTileRows * wide);
  float* scores = scratch.scores.data();
  float* output = scratch.output.data();

  const float* row = a.qkv + first_row * stride;
  const float* queries = row + head * depth;
  const int64_t shared = head / (a.heads / a.key_value_heads);
  if (!same_keys) {
    PackTransposedPanels(row + (a.heads + shared) * depth, stride, depth, tokens, scratch.keys.data());
    CopyValues(row + (a.heads + a.key_value_heads + shared) * depth, stride, tokens, depth, scratch.values.data());
  }

  const int64_t tiles = TileCount(tokens);
  for (int64_t i = 0; i < tiles; i++) {
    const int64_t q = TileStart(tokens, tiles, i);
    const int rows = static_cast<int>(TileStart(tokens, tiles, i + 1) - q);
    // What any of these queries reaches, in whole panels: the rest of the map is neither computed nor read.
    const int64_t from = ReachOf(a, q, tokens).first / kPanel * kPanel;
    const int64_t last = ReachOf(a, q + rows - 1, tokens).last, to = Panels(last) * kPanel;
    for (int64_t k = from; k < to; k += kPanel) {
      MultiplyStrip(queries + q * stride, stride, rows, scratch.keys.data() + k * depth, depth, scores + k, padded);
    }
    for (int r = 0; r < rows; r++) {
      const float* bias =
          a.bias ? a.bias + sequence * a.bias_strides[0] + head * a.bias_strides[1] + (q + r) * a.bias_strides[2]
                 : nullptr;
      Softmax(scores + r * padded, from, to, ReachOf(a, q + r, tokens), a.scale, a.score_cap, bias, a.bias_strides[3]);
      if (a.pattern) {
        float* map = a.pattern + ((sequence * a.heads + head) * a.longest + q + r) * a.longest;
        std::fill_n(map, from, 0.0f);
        std::copy(scores + r * padded + from, scores + r * padded + last, map + from);
        std::fill(map + last, map + a.longest, 0.0f);
      }
    }
    float* result = a.result + (first_row + q) * a.width() + head * depth;
    // Heads that fill their panels are written where they belong; the others by way of a buffer, without the padding.
    float* target = wide == depth ? result : output;
    const int64_t target_stride = wide == depth ? a.width() : wide;
    for (int64_t c = 0; c < wide; c += kPanel) {
      MultiplyStrip(scores + from, padded, rows, scratch.values.data() + c * tokens + from * kPanel, last - from,
                    target + c, target_stride);
    }
    for (int r = 0; wide != depth && r < rows; r++) std::copy_n(output + r * wide, depth, result + r * a.width());
  }
  if (a.pattern) {
    float* rest = a.pattern + ((sequence * a.heads + head) * a.longest + tokens) * a.longest;
    std::fill_n(rest, (a.longest - tokens) * a.longest, 0.0f);
  }
}

Scratch& ThreadScratch() {
  thread_local Scratch scratch;
  return scratch;
}

}  // namespace

std::vector<int64_t> FirstRows(const int32_t* lengths, int64_t sequences) {
  std::vector<int64_t> first(sequences + 1, 0);
  for (int64_t s = 0; s < sequences; s++) first[s + 1] = first[s] + lengths[s];
  return first;
}

void AttendSequence(const Attention& attention, int64_t sequence, int64_t first_row) {
  const int64_t group = attention.heads / attention.key_value_heads;
  for (int64_t head = 0; head < attention.heads; head++)
    AttendHead(attention, sequence, first_row, head, ThreadScratch(), head % group != 0);
}

void Attend(const Attention& attention) {
  const std::vector<int64_t> first_row = FirstRows(attention.lengths, attention.sequences);
  ParallelFor(attention.sequences * attention.heads, [&](int64_t piece) {
    const int64_t sequence = piece / attention.heads;
    AttendHead(attention, sequence, first_row[sequence], piece % attention.heads, ThreadScratch(), false);
  });
}

}  // namespace layerscope
