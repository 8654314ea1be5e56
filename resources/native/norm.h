#pragma once

#include <cstdint>

namespace layerscope {

struct Norm {
  const float* gamma;  // null: the sum as it is
  const float* beta;   // not read where `rms`
  float epsilon;
  int64_t width;
  bool rms = false;
};

// Layer normalisation (Ba et al. 2016, equation 4), or by the root mean square (Zhang & Sennrich 2019, equation 4), of
// rows of x + residual; residual may be null, y may be x.
void NormaliseRows(const float* x, const float* residual, int64_t rows, const Norm& norm, float* y);

void NormaliseRowsParallel(const float* x, const float* residual, int64_t rows, const Norm& norm, float* y);

}  // namespace layerscope
