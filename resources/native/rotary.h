#pragma once

#include <cstdint>

namespace layerscope {

// Rotary positions (Su et al. 2021, equation 34); the pairs are the halves of a head's first 2 * half values.
struct Rotary {
  const float* cosines;  // [rows, half]
  const float* sines;
  int64_t half;
};

// Turns the first `heads` heads, each `depth` wide, of every row of x [rows, stride] in place.
void RotateRows(float* x, int64_t rows, int64_t stride, int64_t heads, int64_t depth, const Rotary& rotary);

}  // namespace layerscope
