// The rows of a probe, straight from JavaScript's memory: what would be copied into a tensor first, or gone through by
// one thread, is done here by all.

#include <algorithm>

#include "arguments.h"
#include "rows.h"
#include "softmax_regression.h"
#include "tf_auto_tensor.h"
#include "typed_arrays.h"
#include "utils.h"

namespace tfnodejs {
namespace {

// Values, width and rows as they are given to the functions below; false where they are not what they should be.
bool ReadRows(napi_env env, napi_value values, napi_value width, napi_value rows, layerscope::SelectedRows* selected) {
  const Floats floats(env, values);
  const Integers integers(env, rows);
  int64_t across = 0;
  if (!floats.ok || !integers.ok || napi_get_value_int64(env, width, &across) != napi_ok || across < 1) return false;
  const int64_t there = floats.size() / across;
  if (!std::all_of(integers.data, integers.data + integers.size(),
                   [&](int32_t row) { return row >= 0 && row < there; }))
    return false;
  *selected = {floats.data, across, integers.data, integers.size()};
  return true;
}

// Weights [classes, width] and intercepts of a regression over rows of that width.
bool ReadRegression(napi_env env, napi_value weights, napi_value intercepts, int64_t width,
                    layerscope::SoftmaxAnswers* problem) {
  const Floats w(env, weights), b(env, intercepts);
  if (!w.ok || !b.ok || b.size() < 1 || w.size() != b.size() * width) return false;
  problem->width = width;
  problem->weights = w.data;
  problem->intercepts = b.data;
  problem->classes = b.size();
  return true;
}

}  // namespace

// sumFeatures(values: Float32Array, width, rows: Int32Array, sums: Float64Array, squares: Float64Array)
napi_value SumFeatures(napi_env env, napi_callback_info info) {
  napi_value args[5];
  layerscope::SelectedRows selected;
  if (!ReadArguments(env, info, args) || !ReadRows(env, args[0], args[1], args[2], &selected))
    return Refuse(env, "sumFeatures was given rows that are not there.");
  const Doubles sums(env, args[3]), squares(env, args[4]);
  if (!sums.ok || !squares.ok || sums.size() != selected.width || squares.size() != selected.width)
    return Refuse(env, "sumFeatures adds to one number for each feature.");
  layerscope::SumFeatures(selected, sums.data, squares.data);
  return nullptr;
}

// standardiseRows(values: Float32Array, width, rows: Int32Array, mean: Float64Array, inverse: Float64Array): the number
// of a tensor [rows, width]
napi_value StandardiseRows(napi_env env, napi_callback_info info) {
  napi_value args[5];
  layerscope::SelectedRows selected;
  if (!ReadArguments(env, info, args) || !ReadRows(env, args[0], args[1], args[2], &selected))
    return Refuse(env, "standardiseRows was given rows that are not there.");
  const Doubles mean(env, args[3]), inverse(env, args[4]);
  if (!mean.ok || !inverse.ok || mean.size() != selected.width || inverse.size() != selected.width)
    return Refuse(env, "standardiseRows takes one number for each feature.");
  const int64_t shape[2] = {selected.count, selected.width};
  TF_AutoTensor tensor(TF_AllocateTensor(TF_FLOAT, shape, 2, shape[0] * shape[1] * sizeof(float)));
  if (!tensor.tensor) return Refuse(env, "There is no memory for the standardised rows.");
  layerscope::StandardiseRows(selected, mean.data, inverse.data, static_cast<float*>(TF_TensorData(tensor.tensor)));
  TF_AutoStatus status;
  TFE_TensorHandle* handle = TFE_NewTensorHandle(tensor.tensor, status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  napi_value id;
  ENSURE_NAPI_OK_RETVAL(env, napi_create_int32(env, BackendOf(env)->AddHandle(handle), &id), nullptr);
  return id;
}

// answerSoftmax(values: Float32Array [rows, width], weights: Float32Array [classes, width], intercepts: Float32Array,
// predicted: Int32Array, probability: Float32Array)
napi_value AnswerSoftmax(napi_env env, napi_callback_info info) {
  napi_value args[5];
  if (!ReadArguments(env, info, args)) return Refuse(env, "answerSoftmax takes five arrays.");
  const Floats values(env, args[0]), intercepts(env, args[2]), weights(env, args[1]), probability(env, args[4]);
  const Integers predicted(env, args[3]);
  layerscope::SoftmaxAnswers problem;
  const bool known = intercepts.ok && intercepts.size() > 0 && weights.ok &&
                     ReadRegression(env, args[1], args[2], weights.size() / intercepts.size(), &problem);
  if (!known || !values.ok || !predicted.ok || !probability.ok || probability.length != predicted.length ||
      values.size() != predicted.size() * problem.width) {
    return Refuse(env, "answerSoftmax was given arrays that do not fit each other.");
  }
  problem.x = values.data;
  problem.rows = predicted.size();
  layerscope::AnswerSoftmax(problem, predicted.data, probability.data);
  return nullptr;
}

// undecidedSoftmax(tensor [rows, width], weights: Float32Array [classes, width], intercepts: Float32Array, undecided:
// Float32Array [classes, all rows], from)
napi_value UndecidedSoftmax(napi_env env, napi_callback_info info) {
  napi_value args[5];
  int32_t id = -1;
  int64_t from = 0;
  if (!ReadArguments(env, info, args) || napi_get_value_int32(env, args[0], &id) != napi_ok ||
      napi_get_value_int64(env, args[4], &from) != napi_ok)
    return Refuse(env, "undecidedSoftmax takes a tensor, three arrays and a number.");
  TFE_TensorHandle* handle = BackendOf(env)->FindHandle(id);
  if (!handle) return Refuse(env, "undecidedSoftmax was given a tensor that is not there.");
  TF_AutoStatus status;
  TF_AutoTensor tensor(TFE_TensorHandleResolve(handle, status.status));
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  const Floats undecided(env, args[3]);
  layerscope::SoftmaxAnswers problem;
  if (TF_TensorType(tensor.tensor) != TF_FLOAT || TF_NumDims(tensor.tensor) != 2 ||
      !ReadRegression(env, args[1], args[2], TF_Dim(tensor.tensor, 1), &problem)) {
    return Refuse(env, "undecidedSoftmax was given weights of another width.");
  }
  problem.x = static_cast<const float*>(TF_TensorData(tensor.tensor));
  problem.rows = TF_Dim(tensor.tensor, 0);
  const int64_t stride = undecided.ok ? undecided.size() / problem.classes : 0;
  if (from < 0 || from + problem.rows > stride) return Refuse(env, "undecidedSoftmax was given too little room.");
  layerscope::UndecidedSoftmax(problem, undecided.data + from, stride);
  return nullptr;
}

// chooseRows(undecided: Float32Array [classes, rows], wanted, chosen: Int32Array, weights: Float32Array, starts:
// Int32Array [classes + 1], totals: Float64Array [classes])
napi_value ChooseRows(napi_env env, napi_callback_info info) {
  napi_value args[6];
  int64_t wanted = 0;
  if (!ReadArguments(env, info, args) || napi_get_value_int64(env, args[1], &wanted) != napi_ok)
    return Refuse(env, "chooseRows takes five arrays and a number.");
  const Floats undecided(env, args[0]), weights(env, args[3]);
  const Integers chosen(env, args[2]), starts(env, args[4]);
  const Doubles totals(env, args[5]);
  const int64_t classes = totals.ok ? totals.size() : 0;
  if (classes < 1 || wanted < 1 || !undecided.ok || !weights.ok || !chosen.ok || !starts.ok ||
      starts.size() != classes + 1 || chosen.size() != classes * (wanted + 1) || weights.length != chosen.length) {
    return Refuse(env, "chooseRows was given arrays that do not fit each other.");
  }
  layerscope::ChooseRows({undecided.data, classes, undecided.size() / classes, wanted, chosen.data, weights.data,
                          starts.data, totals.data});
  return nullptr;
}

}  // namespace tfnodejs
