#pragma once

#include <cstdint>
#include <vector>

namespace layerscope {

struct Attention {
  // [rows, stride()]: queries, keys and values side by side, each with its heads side by side. The sequences lie one
  // after another.
  const float* qkv = nullptr;
  int64_t heads = 0;
  // Fewer than `heads` where several queries share a key and a value (Ainslie et al. 2023); divides `heads`.
  int64_t key_value_heads = 0;
  int64_t depth = 0;
  const int32_t* lengths = nullptr;
  int64_t sequences = 0;
  // Of the longest sequence: the extent of the pattern.
  int64_t longest = 0;
  float scale = 1;
  // Scores are squeezed to this range by tanh before anything is added (Gemma Team 2024, section 2); 0: they are not.
  float score_cap = 0;
  // Keys after the query are out of reach; keys at least `window` away too, where it is not 0.
  bool causal = false;
  int64_t window = 0;
  // Added to the scaled scores; null: none. Strides by sequence, head, query and key; 0 where it is broadcast.
  const float* bias = nullptr;
  int64_t bias_strides[4] = {0, 0, 0, 0};
  float* result = nullptr;   // [rows, heads * depth]
  float* pattern = nullptr;  // [sequences, heads, longest, longest], zero outside the sequences; null: not wanted

  int64_t stride() const { return (heads + 2 * key_value_heads) * depth; }
  int64_t width() const { return heads * depth; }
};

// Scaled dot-product attention (Vaswani et al. 2017, equation 1) of every head, each sequence by itself, on all
// threads.
void Attend(const Attention& attention);

// All heads of one sequence on the calling thread; its rows of qkv and result begin at `first_row`.
void AttendSequence(const Attention& attention, int64_t sequence, int64_t first_row);

// Keys within a query's reach: from `first` to before `last`.
struct Reach {
  int64_t first, last;
};

Reach ReachOf(const Attention& attention, int64_t query, int64_t tokens);

// scores [from, to) -> weights that sum to 1 over the reach; what lies outside becomes 0. From and to are whole vectors
// apart.
void Softmax(float* scores, int64_t from, int64_t to, Reach reach, float scale, float cap, const float* bias,
             int64_t bias_stride);

// values [tokens, stride] -> panels [Panels(depth), tokens, kPanel]
void CopyValues(const float* values, int64_t stride, int64_t tokens, int64_t depth, float* panels);

// What a loss's gradient with respect to the result of attention becomes.
struct AttentionGradient {
  const float* result;  // [rows, heads * depth]
  float* qkv;           // [rows, stride()]
  float* bias;          // as the bias; null: not wanted
  int64_t bias_size;
};

// The pattern is computed again, head by head in cache (Dao et al. 2022, algorithm 4, without its blocks). `attention`
// needs no result.
void AttendBackward(const Attention& attention, const AttentionGradient& gradient);

// The row at which each sequence begins, and at the end the number of rows.
std::vector<int64_t> FirstRows(const int32_t* lengths, int64_t sequences);

}  // namespace layerscope
