// Weights of 16-bit numbers as tensors. tfjs-node knows no such tensors, so they are made here, and JavaScript holds
// them by their numbers.

#include <algorithm>

#include "arguments.h"
#include "dense.h"
#include "tf_auto_tensor.h"
#include "typed_arrays.h"
#include "utils.h"

namespace tfnodejs {
namespace {

using layerscope::kPanel;

bool ReadSizes(napi_env env, napi_value rows, napi_value columns, int64_t (&sizes)[2]) {
  return napi_get_value_int64(env, rows, &sizes[0]) == napi_ok &&
         napi_get_value_int64(env, columns, &sizes[1]) == napi_ok && sizes[0] > 0 && sizes[1] > 0;
}

// A new tensor of 16-bit numbers; null where there is no memory for it.
TF_Tensor* Allocate(bool brain, const int64_t* shape, int rank) {
  size_t bytes = sizeof(uint16_t);
  for (int i = 0; i < rank; i++) bytes *= shape[i];
  return TF_AllocateTensor(brain ? TF_BFLOAT16 : TF_HALF, shape, rank, bytes);
}

uint16_t* NumbersOf(TF_Tensor* tensor) { return static_cast<uint16_t*>(TF_TensorData(tensor)); }

// Calls `work` with a number of the type.
template <class Work>
void ForType(bool brain, const Work& work) {
  if (brain)
    work(layerscope::Brain{});
  else
    work(layerscope::Half{});
}

template <class Number>
Number* As(Number, uint16_t* bits) {
  return reinterpret_cast<Number*>(bits);
}

// The number by which JavaScript holds the tensor from now on.
napi_value NumberOf(napi_env env, TF_Tensor* tensor) {
  TF_AutoStatus status;
  TFE_TensorHandle* handle = TFE_NewTensorHandle(tensor, status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  napi_value id;
  ENSURE_NAPI_OK_RETVAL(env, napi_create_int32(env, BackendOf(env)->AddHandle(handle), &id), nullptr);
  return id;
}

// The matrix of 16-bit numbers behind a number; null where there is none. The caller deletes it.
TF_Tensor* MatrixOf(napi_env env, napi_value number) {
  int32_t id = -1;
  if (napi_get_value_int32(env, number, &id) != napi_ok) return nullptr;
  TFE_TensorHandle* handle = BackendOf(env)->FindHandle(id);
  if (!handle) return nullptr;
  TF_AutoStatus status;
  TF_Tensor* tensor = TFE_TensorHandleResolve(handle, status.status);
  if (TF_GetCode(status.status) != TF_OK) return nullptr;
  const TF_DataType type = TF_TensorType(tensor);
  if (TF_NumDims(tensor) == 2 && (type == TF_HALF || type == TF_BFLOAT16)) return tensor;
  TF_DeleteTensor(tensor);
  return nullptr;
}

}  // namespace

// packHalves(numbers: Uint16Array [inputs, outputs], or transposed [outputs, inputs], inputs, outputs, brain: boolean,
// transposed: boolean): the number of a packed weight
napi_value PackHalves(napi_env env, napi_callback_info info) {
  napi_value args[5];
  int64_t sizes[2];
  bool brain = false, transposed = false;
  if (!ReadArguments(env, info, args) || !ReadSizes(env, args[1], args[2], sizes) ||
      napi_get_value_bool(env, args[3], &brain) != napi_ok ||
      napi_get_value_bool(env, args[4], &transposed) != napi_ok) {
    return Refuse(env, "packHalves takes an array, two sizes, a type and a layout.");
  }
  const Shorts numbers(env, args[0]);
  if (!numbers.ok || numbers.size() != sizes[0] * sizes[1])
    return Refuse(env, "packHalves was given a matrix of another size.");
  const int64_t shape[3] = {layerscope::Panels(sizes[1]), sizes[0], kPanel};
  TF_AutoTensor tensor(Allocate(brain, shape, 3));
  if (!tensor.tensor) return Refuse(env, "There is no memory for the weight.");
  ForType(brain, [&](auto number) {
    const auto* from = As(number, numbers.data);
    auto* to = As(number, NumbersOf(tensor.tensor));
    if (transposed)
      layerscope::PackTransposedParallel(from, sizes[0], sizes[1], to);
    else
      layerscope::PackPanels(from, sizes[0], sizes[1], to);
  });
  return NumberOf(env, tensor.tensor);
}

// makeHalves(rows, columns, brain: boolean): the number of a matrix that is still to be filled
napi_value MakeHalves(napi_env env, napi_callback_info info) {
  napi_value args[3];
  int64_t sizes[2];
  bool brain = false;
  if (!ReadArguments(env, info, args) || !ReadSizes(env, args[0], args[1], sizes) ||
      napi_get_value_bool(env, args[2], &brain) != napi_ok)
    return Refuse(env, "makeHalves takes two sizes and a type.");
  TF_AutoTensor tensor(Allocate(brain, sizes, 2));
  if (!tensor.tensor) return Refuse(env, "There is no memory for the table.");
  return NumberOf(env, tensor.tensor);
}

// fillHalves(matrix, numbers: Uint16Array, first): its numbers from number `first` on
napi_value FillHalves(napi_env env, napi_callback_info info) {
  napi_value args[3];
  int64_t first = -1;
  if (!ReadArguments(env, info, args) || napi_get_value_int64(env, args[2], &first) != napi_ok)
    return Refuse(env, "fillHalves takes a matrix, an array and a number.");
  TF_AutoTensor matrix(MatrixOf(env, args[0]));
  if (!matrix.tensor) return Refuse(env, "fillHalves was given a matrix that is not there.");
  const Shorts numbers(env, args[1]);
  if (!numbers.ok || first < 0 || first + numbers.size() > TF_TensorElementCount(matrix.tensor))
    return Refuse(env, "fillHalves was given more numbers than there is room for.");
  std::copy_n(numbers.data, numbers.size(), NumbersOf(matrix.tensor) + first);
  return nullptr;
}

// packHalvesTransposed(matrix [outputs, inputs]): the number of a packed weight
napi_value PackHalvesTransposed(napi_env env, napi_callback_info info) {
  napi_value args[1];
  if (!ReadArguments(env, info, args)) return Refuse(env, "packHalvesTransposed takes a matrix.");
  TF_AutoTensor matrix(MatrixOf(env, args[0]));
  if (!matrix.tensor) return Refuse(env, "packHalvesTransposed was given a matrix that is not there.");
  const int64_t outputs = TF_Dim(matrix.tensor, 0), inputs = TF_Dim(matrix.tensor, 1);
  const int64_t shape[3] = {layerscope::Panels(outputs), inputs, kPanel};
  const bool brain = TF_TensorType(matrix.tensor) == TF_BFLOAT16;
  TF_AutoTensor tensor(Allocate(brain, shape, 3));
  if (!tensor.tensor) return Refuse(env, "There is no memory for the head's matrix.");
  ForType(brain, [&](auto number) {
    layerscope::PackTransposedParallel(As(number, NumbersOf(matrix.tensor)), inputs, outputs,
                                       As(number, NumbersOf(tensor.tensor)));
  });
  return NumberOf(env, tensor.tensor);
}

}  // namespace tfnodejs
