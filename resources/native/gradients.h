// What a loss's gradient with respect to a result becomes with respect to what the result was made of.
#pragma once

#include <cstdint>

#include "norm.h"
#include "vector.h"

namespace layerscope {

// activation(x), number by number.
void ActivateAll(Activation activation, const float* x, int64_t size, float* y);

// dy times the derivative of the activation at x; dx may be dy.
void ActivationBackward(Activation activation, const float* dy, const float* x, int64_t size, float* dx);

// Of NormaliseRows(x, residual): dx [rows, width] is that of x and of the residual; dgamma and dbeta [width].
struct NormGradient {
  const float* dy;
  const float* x;
  const float* residual;  // may be null
  int64_t rows;
  float* dx;
  float* dgamma;
  float* dbeta;
};

void NormBackward(const Norm& norm, const NormGradient& gradient);

// Sums of x's columns [rows, width] -> [width]
void SumColumns(const float* x, int64_t rows, int64_t width, float* sums);

// table [entries, width]: row e is the sum of the rows of dy [rows, width] whose `index` is e.
void ScatterRows(const float* dy, const int32_t* index, int64_t rows, int64_t width, int64_t entries, float* table);

// Rows of scores [rows, classes] with the class that each should have; below 0: none.
struct SoftmaxLoss {
  const float* scores;
  const int32_t* labels;
  int64_t rows;
  int64_t classes;
};

// -log softmax(scores)[label] of every row, 0 without a label -> [rows]
void SoftmaxLosses(const SoftmaxLoss& loss, float* losses);

// Gradient of the sum of dy [rows] times the losses with respect to the scores -> [rows, classes]
void SoftmaxLossBackward(const SoftmaxLoss& loss, const float* dy, float* dscores);

// Sum of x^2.
float SumSquares(const float* x, int64_t size);

}  // namespace layerscope
