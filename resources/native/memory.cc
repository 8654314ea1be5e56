// What becomes of memory that is free again. The C library of most Linux systems gives a large piece back to the system
// at once and asks for it again, page by page, for the next layer: a fifth of a probe's time. So pieces of up to 128
// MiB are kept, until somebody says that a job is done.

#include <cstdlib>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <node_api.h>

namespace tfnodejs {

#if defined(__GLIBC__)
constexpr int kKeptPiece = 128 << 20, kKeptAtTheEnd = 256 << 20;
#endif

// keepMemory(): from now on
napi_value KeepMemory(napi_env, napi_callback_info) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, kKeptPiece);
  mallopt(M_TRIM_THRESHOLD, kKeptAtTheEnd);
#endif
  return nullptr;
}

// returnMemory(): what is free now goes back to the system.
napi_value ReturnMemory(napi_env, napi_callback_info) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  return nullptr;
}

}  // namespace tfnodejs
