// Typed arrays of JavaScript as pointers, for the time of one call.
#pragma once

#include <node_api.h>

#include <cstdint>

namespace tfnodejs {

// A typed array of one kind; not ok where the value is something else.
template <class T, napi_typedarray_type expected>
struct TypedArray {
  TypedArray(napi_env env, napi_value value) {
    napi_typedarray_type type;
    void* start = nullptr;
    ok = napi_get_typedarray_info(env, value, &type, &length, &start, nullptr, nullptr) == napi_ok && type == expected;
    data = ok ? static_cast<T*>(start) : nullptr;
  }
  int64_t size() const { return static_cast<int64_t>(length); }

  bool ok = false;
  T* data = nullptr;
  size_t length = 0;
};

using Floats = TypedArray<float, napi_float32_array>;
using Doubles = TypedArray<double, napi_float64_array>;
using Shorts = TypedArray<uint16_t, napi_uint16_array>;
using Integers = TypedArray<int32_t, napi_int32_array>;

}  // namespace tfnodejs
