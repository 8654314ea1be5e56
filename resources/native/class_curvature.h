// The blocks on the diagonal of a softmax regression's Hessian, one a class, and what solving with them takes. Matrices
// are padded: [classes, padded, padded], `padded` the width with one more for the intercepts, rounded up to whole pairs
// of vectors; of a symmetric one only the upper triangle is filled.
#pragma once

#include <cstdint>

namespace layerscope {

int64_t PaddedColumns(int64_t width);

struct ClassCurvature {
  const float* x;  // [rows, width]
  int64_t width;
  int64_t classes;
  const int32_t* chosen;  // rows of x, class by class
  const float* weights;   // one for each of them
  const int32_t* starts;  // [classes + 1]: where a class begins among them
  const float* shared;    // [width + 1, width + 1], symmetric
  const float* shares;    // [classes]: what `shared` counts by
  const float* ridges;    // [classes]: added to the diagonal
  float* factors;         // U of every class, with U'U = sum of weights x x' + share * shared + ridge * I
};

// Sum of x x' over every step-th of rows [first, rows) of x [rows, width], a 1 behind the last feature -> result [width
// + 1, width + 1]
void SumOuterProducts(const float* x, int64_t rows, int64_t width, int64_t first, int64_t step, float* result);

void FactorClassCurvature(const ClassCurvature& problem);

// result [classes, width + 1] = (U'U)^-1 vector, class by class.
void SolveClassCurvature(const float* factors, int64_t classes, int64_t columns, int64_t padded, const float* vector,
                         float* result);

}  // namespace layerscope
