/* Calls with NULL for one of the arguments. */

#ifndef REFUSED_NULL_H
#define REFUSED_NULL_H

#include "expect.h"

#define REFUSED_NULL(name, ...) REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, name " is NULL", __VA_ARGS__)

/* A function that writes one value, after the handle any indices: without handle, without place for the value. */
#define VALUE_REFUSES_NULL(type, handle_name, value_name, function, handle, ...)  \
  do {                                                                           \
    type value;                                                                  \
    FILL(value);                                                                 \
    REFUSED_NULL(handle_name, function, NULL, __VA_ARGS__, &value);               \
    REFUSED_NULL(value_name, function, handle, __VA_ARGS__, NULL);                \
    EXPECT_UNTOUCHED(value);                                                     \
  } while (0)

/* What every task's result tells of a row. */
#define LENGTHS_REFUSE_NULL(handle_name, windows, truncation, handle)                             \
  do {                                                                                            \
    VALUE_REFUSES_NULL(size_t, handle_name, "windows", windows, handle, 0);                        \
    VALUE_REFUSES_NULL(deberta_truncated_text, handle_name, "truncated", truncation, handle, 0);   \
  } while (0)

/* A function that gives out an array: without handle, without place for the address, without place for the length. */
#define ARRAY_REFUSES_NULL(type, handle_name, values_name, function, ...)                        \
  do {                                                                                           \
    const type *array;                                                                           \
    size_t array_length;                                                                         \
    FILL(array);                                                                                 \
    FILL(array_length);                                                                          \
    REFUSED_NULL(handle_name, function, NULL ARGUMENT_OF(__VA_ARGS__), &array, &array_length);    \
    REFUSED_NULL(values_name, function, __VA_ARGS__, NULL, &array_length);                        \
    REFUSED_NULL("length", function, __VA_ARGS__, &array, NULL);                                  \
    EXPECT_UNTOUCHED(array);                                                                     \
    EXPECT_UNTOUCHED(array_length);                                                              \
  } while (0)
/* What follows the handle: nothing, or an index. */
#define ARGUMENT_OF(...) ARGUMENT_CHOSEN(__VA_ARGS__, WITH_INDEX, WITHOUT_INDEX, none)(__VA_ARGS__)
#define ARGUMENT_CHOSEN(first, second, chosen, ...) chosen
#define WITH_INDEX(handle, index) , index
#define WITHOUT_INDEX(handle)

#endif
