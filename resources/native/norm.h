#pragma once

#include <cstdint>

namespace layerscope {

struct Norm {
  const float* gamma;
  const float* beta;
  float epsilon;
  int64_t width;
};

// Layer normalisation (Ba et al. 2016, equation 4) of rows of x + residual; residual may be null, y may be x.
void NormaliseRows(const float* x, const float* residual, int64_t rows, const Norm& norm, float* y);

void NormaliseRowsParallel(const float* x, const float* residual, int64_t rows, const Norm& norm, float* y);

}  // namespace layerscope
