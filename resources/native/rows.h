// What is done to rows of vectors before and after a probe is solved, straight on JavaScript's memory. Results are
// equal whatever the number of threads.
#pragma once

#include <cstdint>

namespace layerscope {

// Some rows of a matrix [*, width].
struct SelectedRows {
  const float* values;
  int64_t width;
  const int32_t* rows;
  int64_t count;
};

// Adds every feature's sum and sum of squares, in double precision: [width] each.
void SumFeatures(const SelectedRows& selected, double* sums, double* squares);

// (value - mean) * inverse of every feature -> result [count, width]
void StandardiseRows(const SelectedRows& selected, const double* mean, const double* inverse, float* result);

// Rows of every class to sum its curvature up from (classCurvature.ts says how they are drawn).
struct RowChoice {
  const float* undecided;  // [classes, rows]: p (1 - p)
  int64_t classes;
  int64_t rows;
  int64_t wanted;   // rows of a class, at most
  int32_t* chosen;  // room for wanted + 1 of every class; they lie one class after the other
  float* weights;   // the same
  int32_t* starts;  // [classes + 1]: where a class begins
  double* totals;   // [classes]: sums of p (1 - p)
};

void ChooseRows(const RowChoice& choice);

}  // namespace layerscope
