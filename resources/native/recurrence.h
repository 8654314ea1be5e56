// Sums over the tokens of a sequence: a short convolution of every channel, and selective state spaces.
#pragma once

#include <cstdint>

namespace layerscope {

// y[t] = bias + sum of weight[k] x[t - (kernel - 1 - k)], every channel by itself, nothing before a sequence's first
// token.
struct Convolution {
  const float* x;  // [rows, channels], the sequences one after another
  int64_t channels;
  const float* weight;  // [kernel, channels]
  int64_t kernel;
  const float* bias;  // [channels]; null: none
  bool silu;
  const int32_t* lengths;
  int64_t sequences;
  float* y;
};

void Convolve(const Convolution& convolution);

// h = exp(step decay) h + step x input; y = output h + skip x, token by token (Gu & Dao 2024, section 3.2). Channels
// are in heads of one width, which share their step; heads are in groups, which share input and output.
struct Scan {
  const float* x;       // [rows, channels]
  const float* step;    // [rows, heads]
  const float* decay;   // [heads, decays]; one number a head where decays is 1
  const float* input;   // [rows, groups * state]
  const float* output;  // [rows, groups * state]
  const float* skip;    // [heads]
  int64_t channels, heads, groups, state, decays;
  const int32_t* lengths;
  int64_t sequences;
  float* y;       // [rows, channels]
  float* states;  // [rows, channels * state]; null: not wanted
};

void ScanSequences(const Scan& scan);

}  // namespace layerscope
