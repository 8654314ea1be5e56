// Takes word vectors out of a tensor straight into JavaScript's memory. Reading the whole tensor back first would copy
// every row, into a fresh array that the system has to clear: a tenth of the time of the forward pass itself.

#include <algorithm>

#include "parallel.h"
#include "typed_arrays.h"
#include "tf_auto_tensor.h"
#include "tfjs_backend.h"
#include "utils.h"

namespace tfnodejs {
namespace {

constexpr int64_t kSpansApiece = 64;

void MeanOfRows(const float* rows, int64_t count, int64_t width, float* target) {
  std::copy_n(rows, width, target);
  if (count == 1) return;
  const float share = 1.0f / static_cast<float>(count);
  for (int64_t r = 1; r < count; r++) {
    for (int64_t i = 0; i < width; i++) target[i] += rows[r * width + i];
  }
  for (int64_t i = 0; i < width; i++) target[i] *= share;
}

}  // namespace

// poolRows(tensorId, starts: Int32Array, counts: Int32Array, targets: Int32Array, target: Float32Array)
napi_value PoolRows(napi_env env, napi_callback_info info) {
  size_t argc = 5;
  napi_value args[5];
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &argc, args, nullptr, nullptr), nullptr);
  TFJSBackend* backend = nullptr;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_instance_data(env, reinterpret_cast<void**>(&backend)), nullptr);

  int32_t id = -1;
  const Integers starts(env, args[1]), counts(env, args[2]), targets(env, args[3]);
  const Floats target(env, args[4]);
  if (argc != 5 || napi_get_value_int32(env, args[0], &id) != napi_ok || !starts.ok || !counts.ok || !targets.ok ||
      !target.ok || counts.length != starts.length || targets.length != starts.length) {
    NAPI_THROW_ERROR(env, "poolRows takes a tensor, three Int32Arrays of one length and a Float32Array.");
    return nullptr;
  }
  TFE_TensorHandle* handle = backend->FindHandle(id);
  if (!handle) {
    NAPI_THROW_ERROR(env, "poolRows was given a tensor that is not there.");
    return nullptr;
  }
  TF_AutoStatus status;
  TF_AutoTensor tensor(TFE_TensorHandleResolve(handle, status.status));
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  if (TF_TensorType(tensor.tensor) != TF_FLOAT || TF_NumDims(tensor.tensor) != 2) {
    NAPI_THROW_ERROR(env, "poolRows takes a matrix of float32.");
    return nullptr;
  }
  const int64_t rows = TF_Dim(tensor.tensor, 0), width = TF_Dim(tensor.tensor, 1);
  const int64_t target_rows = width > 0 ? target.size() / width : 0, spans = starts.size();
  for (int64_t i = 0; i < spans; i++) {
    if (starts.data[i] < 0 || counts.data[i] < 1 || static_cast<int64_t>(starts.data[i]) + counts.data[i] > rows ||
        targets.data[i] < 0 || targets.data[i] >= target_rows) {
      NAPI_THROW_ERROR(env, "poolRows was given rows outside the tensor or the target.");
      return nullptr;
    }
  }
  const float* data = static_cast<const float*>(TF_TensorData(tensor.tensor));
  const int64_t pieces = (spans + kSpansApiece - 1) / kSpansApiece;
  layerscope::ParallelFor(pieces, [&](int64_t piece) {
    const int64_t last = std::min<int64_t>(spans, (piece + 1) * kSpansApiece);
    for (int64_t i = piece * kSpansApiece; i < last; i++)
      MeanOfRows(data + starts.data[i] * width, counts.data[i], width, target.data + targets.data[i] * width);
  });
  return nullptr;
}

// setThreads(count)
napi_value SetThreads(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value args[1];
  int32_t count = 0;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &argc, args, nullptr, nullptr), nullptr);
  ENSURE_NAPI_OK_RETVAL(env, napi_get_value_int32(env, args[0], &count), nullptr);
  layerscope::SetThreadCount(count);
  return nullptr;
}

}  // namespace tfnodejs
