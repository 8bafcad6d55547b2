/* Checks. Each that fails prints where it stands, what was expected and what was found; the test then goes on. */

#ifndef EXPECT_H
#define EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <deberta.h>

#define PLACE __FILE__, __LINE__

#define EXPECT(condition) expect_true((condition), #condition, PLACE)
#define EXPECT_EQUAL(found, expected) expect_equal((intmax_t)(found), (intmax_t)(expected), #found, PLACE)
#define EXPECT_TEXT(found, expected) expect_text((found), (expected), #found, PLACE)

/* Both arrays have the same bytes; `what` names them in the message. */
#define EXPECT_SAME_BYTES(found, expected, bytes, what) expect_same_bytes((found), (expected), (bytes), (what), PLACE)

/* Every byte of an object is still what fill() made of it: nothing was written to it. */
#define EXPECT_UNTOUCHED(object) expect_untouched(&(object), sizeof(object), #object, PLACE)
#define FILL(object) fill(&(object), sizeof(object))

/* Ends the test if its own preparations failed. */
#define REQUIRE(condition) require((condition), #condition, PLACE)

/* Calls a function, all but its last argument given, and expects DEBERTA_STATUS_OK and no error. */
#define ACCEPTED(function, ...)                                \
  do {                                                         \
    deberta_error *accepted_error = NULL;                      \
    deberta_status accepted_status = function(__VA_ARGS__, &accepted_error); \
    expect_accepted(accepted_status, accepted_error, #function, PLACE); \
  } while (0)

/* Calls a function twice, with an error pointer and without: expects the status both times, and an error that has the
   same status and a message with `part` in it. */
#define REFUSED(status, part, function, ...)                   \
  do {                                                         \
    deberta_error *refused_error = NULL;                       \
    deberta_status refused_status = function(__VA_ARGS__, &refused_error); \
    expect_refused(refused_status, refused_error, (status), (part), #function, PLACE); \
    expect_equal(function(__VA_ARGS__, NULL), (status), #function " without an error pointer", PLACE); \
  } while (0)

void expect_true(bool holds, const char *condition, const char *file, int line);
void expect_equal(intmax_t found, intmax_t expected, const char *what, const char *file, int line);
void expect_text(deberta_string found, const char *expected, const char *what, const char *file, int line);
void expect_same_bytes(const void *found, const void *expected, size_t bytes, const char *what, const char *file,
                       int line);
void expect_untouched(const void *object, size_t bytes, const char *what, const char *file, int line);
void expect_accepted(deberta_status status, deberta_error *error, const char *function, const char *file, int line);
void expect_refused(deberta_status status, deberta_error *error, deberta_status expected, const char *part,
                    const char *function, const char *file, int line);
void require(bool holds, const char *condition, const char *file, int line);
void fill(void *object, size_t bytes);

/* A number that stands for what was read so far and these bytes. */
uint64_t sum_of(uint64_t before, const void *values, size_t bytes);

/* A failure in words, for checks that are made elsewhere. */
void failed(const char *file, int line, const char *format, ...);

/* Prints how many checks were made and how many failed; returns the test's exit code. A test without checks fails. */
int finish(void);

#endif
