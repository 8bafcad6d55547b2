/* rustc's LLVM calls these names, which the thread sanitizer's runtime of clang 14 does not have yet; later ones, which
   do, win over weak definitions. The plain names are intercepted by the runtime. */

#include <stddef.h>
#include <string.h>

void *__tsan_memcpy(void *target, const void *source, size_t bytes);
void *__tsan_memmove(void *target, const void *source, size_t bytes);
void *__tsan_memset(void *target, int value, size_t bytes);

__attribute__((weak)) void *__tsan_memcpy(void *target, const void *source, size_t bytes) {
  return memcpy(target, source, bytes);
}

__attribute__((weak)) void *__tsan_memmove(void *target, const void *source, size_t bytes) {
  return memmove(target, source, bytes);
}

__attribute__((weak)) void *__tsan_memset(void *target, int value, size_t bytes) {
  return memset(target, value, bytes);
}
