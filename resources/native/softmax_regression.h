// Loss and gradient of softmax regressions that share their rows, in one pass over them: logits, probabilities and the
// products with the rows again while a block of rows is in cache.
#pragma once

#include <cstdint>

namespace layerscope {

struct SoftmaxRegression {
  const float* x;  // [rows, width]
  int64_t rows;
  int64_t width;
  const float* weights;     // [sets * classes, width]
  const float* intercepts;  // [sets * classes]
  const int32_t* labels;    // [sets, rows], each in [0, classes)
  int64_t sets;
  int64_t classes;
  float* losses;   // [sets]: sums of -log p(label)
  float* vectors;  // [sets * classes, width]: (P - Y)'X, Y the indicators of the labels
  float* counts;   // [sets * classes]: (P - Y)'1
};

// Equal results whatever the number of threads: rows are cut into the same parts, and their sums added in the same
// order.
void EvaluateSoftmaxRegression(const SoftmaxRegression& problem);

// A solved regression and the rows it is asked about.
struct SoftmaxAnswers {
  const float* x;  // [rows, width]
  int64_t rows;
  int64_t width;
  const float* weights;     // [classes, width]
  const float* intercepts;  // [classes]
  int64_t classes;
};

// The first class of the highest probability of every row, and that probability: [rows] each.
void AnswerSoftmax(const SoftmaxAnswers& problem, int32_t* predicted, float* probability);

// p (1 - p) of every class, class by class: [classes, stride], of which columns [0, rows) are written.
void UndecidedSoftmax(const SoftmaxAnswers& problem, float* undecided, int64_t stride);

}  // namespace layerscope
