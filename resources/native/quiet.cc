// Silences the process's standard error while TensorFlow's libraries are loaded: their static initialisers greet
// developers there before any log level can be set. An add-on of its own, without TensorFlow, because it has to run
// before the libraries are mapped.

#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdio>

namespace {

int saved_descriptor = -1;

napi_value Mute(napi_env, napi_callback_info) {
  if (saved_descriptor >= 0) return nullptr;
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere < 0) return nullptr;
  fflush(stderr);
  saved_descriptor = dup(STDERR_FILENO);
  if (saved_descriptor >= 0) dup2(nowhere, STDERR_FILENO);
  close(nowhere);
  return nullptr;
}

napi_value Unmute(napi_env, napi_callback_info) {
  if (saved_descriptor < 0) return nullptr;
  fflush(stderr);
  dup2(saved_descriptor, STDERR_FILENO);
  close(saved_descriptor);
  saved_descriptor = -1;
  return nullptr;
}

napi_value Init(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
      {"mute", nullptr, Mute, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"unmute", nullptr, Unmute, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 2, properties);
  return exports;
}

}  // namespace

NAPI_MODULE(layerscope_quiet, Init)
