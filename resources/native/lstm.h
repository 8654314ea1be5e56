// The recurrent part of an LSTM over sequences of different lengths.
#pragma once

#include <cstdint>

namespace layerscope {

struct Lstm {
  const float* gates;  // [rows, 4 * hidden]: i, f, g, o of the input, biases included; the sequences one after another
  int64_t hidden;
  const int32_t* lengths;
  int64_t sequences;
  bool backward;            // from the last row of each sequence to the first
  const float* recurrent;   // panels of [outputs, 4 * hidden]
  const float* projection;  // panels of [hidden, outputs]; null: outputs = hidden
  int64_t outputs;
  float cell_clip;        // 0: none
  float projection_clip;  // 0: none
  float* y;               // [rows, outputs]
};

// c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c) from zero state, on all threads.
void RunLstm(const Lstm& lstm);

}  // namespace layerscope
