#pragma once

#include <cstdint>

namespace layerscope {

struct Attention {
  // [rows, 3 * width]: queries, keys and values side by side, each with its heads side by side. The sequences lie one after another.
  const float* qkv;
  int64_t width;
  int64_t heads;
  const int32_t* lengths;
  int64_t sequences;
  // Of the longest sequence: the extent of the pattern.
  int64_t longest;
  float scale;
  // Added to the scaled scores; null: none. Strides by sequence, head, query and key; 0 where it is broadcast.
  const float* bias;
  int64_t bias_strides[4];
  float* result;   // [rows, width]
  float* pattern;  // [sequences, heads, longest, longest], zero outside the sequences; null: not wanted
};

// Scaled dot-product attention (Vaswani et al. 2017, equation 1) of every head, each sequence by itself, on all threads.
void Attend(const Attention& attention);

}  // namespace layerscope
