// Takes word vectors out of a tensor straight into JavaScript's memory. Reading the whole tensor back first would copy every row, into a fresh
// array that the system has to clear: a tenth of the time of the forward pass itself.

#include <algorithm>

#include "parallel.h"
#include "tf_auto_tensor.h"
#include "tfjs_backend.h"
#include "utils.h"

namespace tfnodejs {
namespace {

constexpr int64_t kSpansApiece = 64;

template <class T>
bool ReadArray(napi_env env, napi_value value, napi_typedarray_type expected, T** data, size_t* length) {
  napi_typedarray_type type;
  void* start = nullptr;
  return napi_get_typedarray_info(env, value, &type, length, &start, nullptr, nullptr) == napi_ok && type == expected && (*data = static_cast<T*>(start), true);
}

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
  int32_t *starts = nullptr, *counts = nullptr, *targets = nullptr;
  float* target = nullptr;
  size_t spans = 0, counts_length = 0, targets_length = 0, target_length = 0;
  if (argc != 5 || napi_get_value_int32(env, args[0], &id) != napi_ok || !ReadArray(env, args[1], napi_int32_array, &starts, &spans) ||
      !ReadArray(env, args[2], napi_int32_array, &counts, &counts_length) || !ReadArray(env, args[3], napi_int32_array, &targets, &targets_length) ||
      !ReadArray(env, args[4], napi_float32_array, &target, &target_length) || counts_length != spans || targets_length != spans) {
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
  const int64_t target_rows = width > 0 ? static_cast<int64_t>(target_length) / width : 0;
  for (size_t i = 0; i < spans; i++) {
    if (starts[i] < 0 || counts[i] < 1 || static_cast<int64_t>(starts[i]) + counts[i] > rows || targets[i] < 0 || targets[i] >= target_rows) {
      NAPI_THROW_ERROR(env, "poolRows was given rows outside the tensor or the target.");
      return nullptr;
    }
  }
  const float* data = static_cast<const float*>(TF_TensorData(tensor.tensor));
  const int64_t pieces = (static_cast<int64_t>(spans) + kSpansApiece - 1) / kSpansApiece;
  layerscope::ParallelFor(pieces, [&](int64_t piece) {
    const int64_t last = std::min<int64_t>(spans, (piece + 1) * kSpansApiece);
    for (int64_t i = piece * kSpansApiece; i < last; i++) MeanOfRows(data + starts[i] * width, counts[i], width, target + targets[i] * width);
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
