// What every operation is made of: its inputs and attributes read by TensorFlow's C interface for kernels, its checks,
// and how it is registered.
#pragma once

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "attention.h"
#include "dense.h"
#include "norm.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace layerscope {

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  TF_Status* get() { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Status* status_;
};

// An input tensor for the time of one call.
class Input {
 public:
  explicit Input(TF_Tensor* tensor) : tensor_(tensor, &TF_DeleteTensor) {}
  int rank() const { return TF_NumDims(tensor_.get()); }
  int64_t dim(int i) const { return TF_Dim(tensor_.get(), i); }
  int64_t size() const { return TF_TensorElementCount(tensor_.get()); }
  template <class T>
  const T* data() const {
    return static_cast<const T*>(TF_TensorData(tensor_.get()));
  }
  // Null for a tensor without elements: how an input that is not there is passed.
  const float* floatsOrNull() const { return size() == 0 ? nullptr : data<float>(); }
  const float* floats() const { return data<float>(); }
  // A packed weight in whatever numbers it is stored; null for a tensor without elements.
  PackedWeight weight() const {
    const TF_DataType type = TF_TensorType(tensor_.get());
    const Stored stored = type == TF_HALF ? Stored::kHalf : type == TF_BFLOAT16 ? Stored::kBrain : Stored::kFloat;
    return {size() == 0 ? nullptr : TF_TensorData(tensor_.get()), stored};
  }
  // Of a tensor that is changed in place: nobody else may hold it.
  float* changeable() const { return static_cast<float*>(TF_TensorData(tensor_.get())); }

 private:
  std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)> tensor_;
};

// One call of an operation: its inputs, and what goes wrong. After the first failure every method is harmless.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context) {}

  bool Read() {
    const int count = TF_NumInputs(context_);
    for (int i = 0; i < count; i++) {
      TF_Tensor* tensor = nullptr;
      TF_GetInput(context_, i, &tensor, status_.get());
      if (!status_.ok()) return Report();
      inputs_.emplace_back(tensor);
    }
    return true;
  }

  const Input& operator[](int i) const { return inputs_[i]; }

  bool Check(bool condition, const char* message) {
    if (condition) return true;
    TF_SetStatus(status_.get(), TF_INVALID_ARGUMENT, message);
    return Report();
  }

  float* Output(int index, std::vector<int64_t> shape) {
    int64_t size = 1;
    for (int64_t extent : shape) size *= extent;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                          size * sizeof(float), status_.get());
    if (!status_.ok()) {
      Report();
      return nullptr;
    }
    float* data = static_cast<float*>(TF_TensorData(tensor));
    TF_DeleteTensor(tensor);
    return data;
  }

 private:
  bool Report() {
    TF_OpKernelContext_Failure(context_, status_.get());
    return false;
  }

  TF_OpKernelContext* context_;
  Status status_;
  std::vector<Input> inputs_;
};

struct Attributes {
  int64_t outputs = 0, heads = 0, key_value_heads = 0, depth = 0, window = 0, classes = 0, tables = 0, first = 0,
          step = 1, entries = 0;
  Activation activation = Activation::kNone;
  float epsilon = 0, scale = 1, score_cap = 0, cell_clip = 0, projection_clip = 0;
  bool keep_pattern = false, causal = false, rms = false, transposed = false, wanted = false, backward = false;
};

inline void* CreateKernel(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes;
  Status status;
  const auto has = [&](const char* name) { return TF_OpKernelConstruction_HasAttr(construction, name, status.get()); };
  const auto integer = [&](const char* name, int64_t* value) {
    if (has(name)) TF_OpKernelConstruction_GetAttrInt64(construction, name, value, status.get());
  };
  const auto number = [&](const char* name, float* value) {
    if (has(name)) TF_OpKernelConstruction_GetAttrFloat(construction, name, value, status.get());
  };
  const auto flag = [&](const char* name, bool* value) {
    unsigned char found = 0;
    if (has(name)) TF_OpKernelConstruction_GetAttrBool(construction, name, &found, status.get());
    *value = found != 0;
  };
  integer("outputs", &attributes->outputs);
  integer("heads", &attributes->heads);
  integer("key_value_heads", &attributes->key_value_heads);
  integer("depth", &attributes->depth);
  integer("window", &attributes->window);
  integer("classes", &attributes->classes);
  integer("first", &attributes->first);
  integer("step", &attributes->step);
  integer("entries", &attributes->entries);
  integer("N", &attributes->tables);
  number("epsilon", &attributes->epsilon);
  number("scale", &attributes->scale);
  number("score_cap", &attributes->score_cap);
  number("cell_clip", &attributes->cell_clip);
  number("projection_clip", &attributes->projection_clip);
  flag("backward", &attributes->backward);
  flag("keep_pattern", &attributes->keep_pattern);
  flag("causal", &attributes->causal);
  flag("rms", &attributes->rms);
  flag("transposed", &attributes->transposed);
  flag("wanted", &attributes->wanted);
  if (has("activation")) {
    int32_t value = 0;
    TF_OpKernelConstruction_GetAttrInt32(construction, "activation", &value, status.get());
    attributes->activation = static_cast<Activation>(value);
  }
  if (!status.ok()) TF_OpKernelConstruction_Failure(construction, status.get());
  return attributes;
}

inline void DeleteKernel(void* kernel) { delete static_cast<Attributes*>(kernel); }

// A packed weight is [panels, inputs, kPanel].
inline bool CheckProduct(Call& call, const Input& x, const Input& weight, const Input& bias, int64_t outputs) {
  return call.Check(x.rank() == 2, "x must have two dimensions.") &&
         call.Check(weight.rank() == 3 && weight.dim(2) == kPanel, "The weight is not packed for this build.") &&
         call.Check(weight.dim(1) == x.dim(1), "The weight has another number of inputs than x has columns.") &&
         call.Check(weight.dim(0) == Panels(outputs), "The weight has another number of outputs.") &&
         call.Check(bias.size() == 0 || bias.size() == outputs, "The bias has another length than the outputs.");
}

inline bool CheckNorm(Call& call, const Input& gamma, const Input& beta, int64_t width) {
  return call.Check(gamma.size() == width && beta.size() == width, "gamma and beta must be as long as a row.");
}

// A norm that may be left out: gamma without elements.
inline bool CheckNormIfAny(Call& call, const Input& gamma, const Input& beta, int64_t width) {
  return gamma.size() == 0 || CheckNorm(call, gamma, beta, width);
}

inline Norm NormOf(const Attributes& a, const Input& gamma, const Input& beta, int64_t width) {
  return {gamma.floatsOrNull(), beta.floatsOrNull(), a.epsilon, width, a.rms};
}

// Reads attributes, lengths and bias into `attention`. `columns` are those of queries, keys and values.
inline bool ReadAttention(const Attributes& a, Call& call, const Input& lengths, const Input& bias,
                          Attention& attention, int64_t rows, int64_t columns) {
  const int64_t parts = a.heads + 2 * a.key_value_heads;
  if (!call.Check(a.heads > 0 && a.key_value_heads > 0 && a.heads % a.key_value_heads == 0 && columns % parts == 0,
                  "qkv must hold equal parts for each head of queries, keys and values."))
    return false;
  attention.heads = a.heads;
  attention.key_value_heads = a.key_value_heads;
  attention.depth = columns / parts;
  attention.scale = a.scale;
  attention.score_cap = a.score_cap;
  attention.causal = a.causal;
  attention.window = a.window;
  attention.lengths = lengths.data<int32_t>();
  attention.sequences = lengths.size();
  int64_t total = 0;
  for (int64_t s = 0; s < attention.sequences; s++) {
    total += attention.lengths[s];
    attention.longest = std::max<int64_t>(attention.longest, attention.lengths[s]);
  }
  if (!call.Check(total == rows, "There must be one row for each token of the sequences.")) return false;
  if (bias.size() > 0) {
    const int64_t full[4] = {attention.sequences, a.heads, attention.longest, attention.longest};
    if (!call.Check(bias.rank() == 4, "The bias must have four dimensions.")) return false;
    int64_t stride = 1;
    for (int i = 3; i >= 0; i--) {
      if (!call.Check(bias.dim(i) == 1 || bias.dim(i) == full[i], "The bias can not be broadcast to the scores."))
        return false;
      attention.bias_strides[i] = bias.dim(i) == 1 ? 0 : stride;
      stride *= bias.dim(i);
    }
    attention.bias = bias.floats();
  }
  return true;
}

// Memory that a thread keeps from piece to piece.
inline float* Room(std::vector<float>& buffer, int64_t size) {
  if (static_cast<int64_t>(buffer.size()) < size) buffer.resize(size);
  return buffer.data();
}

template <void (*compute)(const Attributes&, Call&)>
void Compute(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  if (call.Read()) compute(*static_cast<const Attributes*>(kernel), call);
}

inline void UnknownShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

template <void (*compute)(const Attributes&, Call&)>
void Register(const char* name, const std::vector<const char*>& inputs, const std::vector<const char*>& outputs,
              const std::vector<const char*>& attributes) {
  Status status;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, &UnknownShape);
  TF_RegisterOpDefinition(definition, status.get());
  if (status.ok())
    TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", &CreateKernel, &Compute<compute>, &DeleteKernel),
                             status.get());
  if (!status.ok())
    std::fprintf(stderr, "Layerscope's kernel %s could not be registered: %s\n", name, TF_Message(status.get()));
}

}  // namespace layerscope
