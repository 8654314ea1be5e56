// What the functions that JavaScript calls have in common: their arguments, their refusals, and the tensors they know.
#pragma once

#include <node_api.h>

#include "tfjs_backend.h"
#include "utils.h"

namespace tfnodejs {

template <size_t count>
bool ReadArguments(napi_env env, napi_callback_info info, napi_value (&args)[count]) {
  size_t given = count;
  return napi_get_cb_info(env, info, &given, args, nullptr, nullptr) == napi_ok && given == count;
}

inline napi_value Refuse(napi_env env, const char* message) {
  NAPI_THROW_ERROR(env, message);
  return nullptr;
}

inline TFJSBackend* BackendOf(napi_env env) {
  TFJSBackend* backend = nullptr;
  napi_get_instance_data(env, reinterpret_cast<void**>(&backend));
  return backend;
}

}  // namespace tfnodejs
