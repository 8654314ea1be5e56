/* A slow network folder, for tests: every call that makes, opens, renames, removes or looks for a file below
   SLOWDISK_UNDER takes SLOWDISK_MS milliseconds longer. Node's calls go through these functions.
     cc -shared -fPIC -O1 -o slowdisk.so slowdisk.c
     LD_PRELOAD=./slowdisk.so SLOWDISK_UNDER=/shared SLOWDISK_MS=50 node ... */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static void slow(const char *path) {
  const char *folder = getenv("SLOWDISK_UNDER"), *text = getenv("SLOWDISK_MS");
  long ms = text ? atol(text) : 20;
  if (!folder || !path || strncmp(path, folder, strlen(folder)) != 0 || ms <= 0) return;
  struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
  nanosleep(&t, NULL);
}

#define REAL(type, name, ...) type (*real)(__VA_ARGS__) = dlsym(RTLD_NEXT, name)

#define OPEN(name)                                        \
  int name(const char *path, int flags, ...) {            \
    REAL(int, #name, const char *, int, ...);             \
    mode_t mode = 0;                                      \
    if (flags & O_CREAT) {                                \
      va_list a;                                          \
      va_start(a, flags);                                 \
      mode = va_arg(a, int);                              \
      va_end(a);                                          \
    }                                                     \
    slow(path);                                           \
    return real(path, flags, mode);                       \
  }
OPEN(open)
OPEN(open64)

#define OF_PATH(name)                    \
  int name(const char *path) {           \
    REAL(int, #name, const char *);      \
    slow(path);                          \
    return real(path);                   \
  }
OF_PATH(unlink)
OF_PATH(rmdir)

#define OF_TWO(name)                                \
  int name(const char *from, const char *to) {      \
    REAL(int, #name, const char *, const char *);   \
    slow(to);                                       \
    return real(from, to);                          \
  }
OF_TWO(rename)
OF_TWO(link)

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  slow(path);
  return real(path, mode);
}

int access(const char *path, int mode) {
  REAL(int, "access", const char *, int);
  slow(path);
  return real(path, mode);
}
