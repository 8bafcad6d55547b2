/* Structs of other sizes than the library's. */

#ifndef STRUCT_SIZES_H
#define STRUCT_SIZES_H

#include <string.h>

#include "expect.h"

#define INVALID(part, ...) REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, part, __VA_ARGS__)

static const size_t WRONG_SIZES[] = {0, 1, 7, 9, 12, 4097, 4104, SIZE_MAX, SIZE_MAX - 7};
enum { WRONG_COUNT = sizeof WRONG_SIZES / sizeof *WRONG_SIZES };

/* A struct of a newer program: what the library knows, and a tail. */
#define LONGER(type)     \
  struct {               \
    type known;          \
    uint64_t tail[2];    \
  }

/* The _init function of one struct: wrong sizes write nothing, a shorter one only itself, a longer one all of itself. */
#define CHECK_INIT(type, init)                                                               \
  do {                                                                                       \
    LONGER(type) longer;                                                                     \
    for (size_t index = 0; index < WRONG_COUNT; index++) {                                   \
      FILL(longer);                                                                          \
      INVALID("struct_size of " #type " is", init, &longer.known, WRONG_SIZES[index]);        \
      EXPECT_UNTOUCHED(longer);                                                              \
    }                                                                                        \
    FILL(longer);                                                                            \
    ACCEPTED(init, &longer.known, sizeof(size_t));                                           \
    EXPECT_EQUAL(longer.known.struct_size, sizeof(size_t));                                  \
    expect_untouched((char *)&longer + sizeof(size_t), sizeof longer - sizeof(size_t), "the rest of " #type, PLACE); \
    FILL(longer);                                                                            \
    ACCEPTED(init, &longer.known, sizeof(type) + sizeof(uint64_t));                          \
    EXPECT_EQUAL(longer.known.struct_size, sizeof(type) + sizeof(uint64_t));                 \
    longer.known.struct_size = 0;                                                            \
    static const type zeros;                                                                 \
    EXPECT_SAME_BYTES(&longer.known, &zeros, sizeof(type), #type);                           \
    EXPECT_EQUAL(longer.tail[0], 0);                                                         \
    EXPECT_UNTOUCHED(longer.tail[1]);                                                        \
  } while (0)

/* Options of each kind, given to a function that reads them and writes `output`, an opaque handle. Too long with zeros in
   the tail is fine; with anything else it is not. */
#define CHECK_OPTIONS(type, init, output, release, call, ...)                                \
  do {                                                                                       \
    LONGER(type) longer;                                                                     \
    memset(&longer, 0, sizeof longer);                                                       \
    type *options = &longer.known;                                                           \
    FILL(output);                                                                            \
    for (size_t index = 0; index < WRONG_COUNT; index++) {                                   \
      options->struct_size = WRONG_SIZES[index];                                             \
      INVALID("struct_size of " #type " is", call, __VA_ARGS__);                              \
    }                                                                                        \
    options->struct_size = sizeof longer;                                                    \
    longer.tail[1] = UINT64_C(1) << 56;                                                      \
    REFUSED(DEBERTA_STATUS_UNSUPPORTED, "which this version of libdeberta does not know", call, __VA_ARGS__); \
    EXPECT_UNTOUCHED(output);                                                                \
    longer.tail[1] = 0;                                                                      \
    output = NULL;                                                                           \
    ACCEPTED(call, __VA_ARGS__);                                                             \
    release(output);                                                                         \
    /* What a shorter struct does not have is not looked at. */                              \
    memset(&longer, 0xFF, sizeof longer);                                                    \
    options->struct_size = sizeof(size_t);                                                   \
    output = NULL;                                                                           \
    ACCEPTED(call, __VA_ARGS__);                                                             \
    release(output);                                                                         \
  } while (0)

/* A struct for results, filled by `call`: `full` is what it holds with the library's own size. */
#define CHECK_RESULT(type, call, handle)                                                     \
  do {                                                                                       \
    type full;                                                                               \
    LONGER(type) longer;                                                                     \
    full.struct_size = sizeof full;                                                          \
    ACCEPTED(call, handle, &full);                                                           \
    for (size_t index = 0; index < WRONG_COUNT; index++) {                                   \
      FILL(longer);                                                                          \
      longer.known.struct_size = WRONG_SIZES[index];                                         \
      INVALID("struct_size of " #type " is", call, handle, &longer.known);                   \
      EXPECT_EQUAL(longer.known.struct_size, WRONG_SIZES[index]);                            \
      expect_untouched((char *)&longer + sizeof(size_t), sizeof longer - sizeof(size_t), #type, PLACE); \
    }                                                                                        \
    FILL(longer);                                                                            \
    longer.known.struct_size = 2 * sizeof(size_t);                                           \
    ACCEPTED(call, handle, &longer.known);                                                   \
    EXPECT_SAME_BYTES((char *)&longer + sizeof(size_t), (char *)&full + sizeof(size_t), sizeof(size_t), #type); \
    expect_untouched((char *)&longer + 2 * sizeof(size_t), sizeof longer - 2 * sizeof(size_t), #type, PLACE); \
    FILL(longer);                                                                            \
    longer.known.struct_size = sizeof(type) + sizeof(uint64_t);                              \
    ACCEPTED(call, handle, &longer.known);                                                   \
    EXPECT_EQUAL(longer.known.struct_size, sizeof(type) + sizeof(uint64_t));                 \
    EXPECT_SAME_BYTES((char *)&longer + sizeof(size_t), (char *)&full + sizeof(size_t),      \
                      sizeof full - sizeof(size_t), #type);                                  \
    EXPECT_EQUAL(longer.tail[0], 0);                                                         \
    EXPECT_UNTOUCHED(longer.tail[1]);                                                        \
  } while (0)

#endif
