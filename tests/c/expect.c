#include "expect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not a value that a field, a length or a float would have by accident. */
static const unsigned char FILLING = 0xA7;

static atomic_size_t checks, failures;

void failed(const char *file, int line, const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  atomic_fetch_add(&failures, 1);
  /* One call, so that the lines of several threads do not mix. */
  fprintf(stderr, "%s:%d: %s\n", file, line, message);
}

static bool counted(bool holds) {
  atomic_fetch_add(&checks, 1);
  return holds;
}

void expect_true(bool holds, const char *condition, const char *file, int line) {
  if (!counted(holds)) failed(file, line, "expected: %s", condition);
}

void expect_equal(intmax_t found, intmax_t expected, const char *what, const char *file, int line) {
  if (!counted(found == expected)) {
    failed(file, line, "%s: expected %" PRIdMAX ", found %" PRIdMAX, what, expected, found);
  }
}

void expect_text(deberta_string found, const char *expected, const char *what, const char *file, int line) {
  if (!counted(found.length == strlen(expected) && memcmp(found.data, expected, found.length) == 0)) {
    failed(file, line, "%s: expected \"%s\", found \"%.*s\"", what, expected, (int)found.length, found.data);
  }
}

void expect_same_bytes(const void *found, const void *expected, size_t bytes, const char *what, const char *file,
                       int line) {
  if (counted(bytes == 0 || memcmp(found, expected, bytes) == 0)) return;
  const unsigned char *left = found, *right = expected;
  size_t first = 0, differing = 0;
  for (size_t index = bytes; index-- > 0;) {
    if (left[index] == right[index]) continue;
    first = index;
    differing++;
  }
  failed(file, line, "%s: %zu of %zu bytes differ, first byte %zu: expected 0x%02x, found 0x%02x", what, differing,
         bytes, first, right[first], left[first]);
}

void fill(void *object, size_t bytes) { memset(object, FILLING, bytes); }

void expect_untouched(const void *object, size_t bytes, const char *what, const char *file, int line) {
  const unsigned char *values = object;
  size_t index = 0;
  while (index < bytes && values[index] == FILLING) index++;
  if (!counted(index == bytes)) failed(file, line, "%s was written to: byte %zu is 0x%02x", what, index, values[index]);
}

void expect_accepted(deberta_status status, deberta_error *error, const char *function, const char *file, int line) {
  if (!counted(status == DEBERTA_STATUS_OK)) {
    failed(file, line, "%s: expected OK, found %s: %s", function, deberta_status_name(status).data,
           deberta_error_message(error).data);
  } else if (error != NULL) {
    failed(file, line, "%s: an error in spite of the status OK: %s", function, deberta_error_message(error).data);
  }
  deberta_error_free(error);
}

void expect_refused(deberta_status status, deberta_error *error, deberta_status expected, const char *part,
                    const char *function, const char *file, int line) {
  deberta_string message = deberta_error_message(error);
  if (!counted(status == expected)) {
    failed(file, line, "%s: expected the status %s (%s), found %s (%s)", function, deberta_status_name(expected).data,
           part, deberta_status_name(status).data, message.data);
  } else if (error == NULL) {
    failed(file, line, "%s: no error with the status %s", function, deberta_status_name(status).data);
  } else if (deberta_error_status(error) != expected) {
    failed(file, line, "%s: expected an error of status %d, found %d", function, (int)expected,
           (int)deberta_error_status(error));
  } else if (strstr(message.data, part) == NULL) {
    failed(file, line, "%s: expected a message with \"%s\", found \"%s\"", function, part, message.data);
  } else if (message.data[message.length] != '\0' || strlen(message.data) != message.length) {
    failed(file, line, "%s: the message's length is %zu, but its NUL is elsewhere", function, message.length);
  }
  deberta_error_free(error);
}

uint64_t sum_of(uint64_t before, const void *values, size_t bytes) {
  uint64_t sum = before;
  for (size_t index = 0; index < bytes; index++) sum = sum * 31 + ((const unsigned char *)values)[index];
  return sum;
}

void require(bool holds, const char *condition, const char *file, int line) {
  if (counted(holds)) return;
  failed(file, line, "the test cannot go on without: %s", condition);
  exit(1);
}

int finish(void) {
  size_t made = atomic_load(&checks), wrong = atomic_load(&failures);
  printf("%zu checks, %zu failed\n", made, wrong);
  return made > 0 && wrong == 0 ? 0 : 1;
}
