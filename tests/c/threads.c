/* Many threads on one handle, handles that wander between threads, results that several read at once, a call that another
   thread cancels, and a log callback that is set meanwhile: results are always the bits of one thread alone. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expect.h"
#include "models.h"
#include "task_list.h"

enum { MOST_THREADS = 16, MOST_TASKS = 16, LENGTHS = 24, CALLS = 100, OPENINGS = 2 };

static deberta_model *model;
static size_t threads, rows;
static size_t hidden_size;
static pthread_barrier_t start;

/* Rows of different lengths, and what one thread alone gets for each. */
static uint32_t ids[LENGTHS][2 * LENGTHS];
static float *expected[LENGTHS];

static size_t length_of(size_t row) { return 1 + row * 2; }

static void prepare_rows(void) {
  for (size_t row = 0; row < rows; row++) {
    size_t tokens = length_of(row), length;
    for (size_t token = 0; token < tokens; token++) ids[row][token] = (uint32_t)(5 + (row * 131 + token * 17) % 1000);
    expected[row] = malloc(tokens * hidden_size * sizeof(float));
    REQUIRE(expected[row] != NULL);
    ACCEPTED(deberta_model_encode_ids_into, model, ids[row], NULL, tokens, ((const size_t[]){0, tokens}), 1, NULL,
             expected[row], tokens * hidden_size, &length);
    EXPECT_EQUAL(length, tokens * hidden_size);
  }
}

static deberta_encoded *encode(const deberta_model *on, size_t row) {
  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_encode_ids, on, ids[row], NULL, length_of(row), ((const size_t[]){0, length_of(row)}), 1, NULL,
           &encoded);
  REQUIRE(encoded != NULL);
  return encoded;
}

static void check(const deberta_encoded *encoded, size_t row) {
  const float *values = NULL;
  size_t length = 0;
  ACCEPTED(deberta_encoded_last_hidden_state, encoded, &values, &length);
  EXPECT_EQUAL(length, length_of(row) * hidden_size);
  EXPECT_SAME_BYTES(values, expected[row], length_of(row) * hidden_size * sizeof(float), "a row on another thread");
}

/* Runs `work` on all threads at once, with each thread's number. */
static void run_on_all_threads(void *(*work)(void *)) {
  pthread_t handles[MOST_THREADS];
  static size_t numbers[MOST_THREADS];
  REQUIRE(pthread_barrier_init(&start, NULL, (unsigned)threads) == 0);
  for (size_t index = 0; index < threads; index++) {
    numbers[index] = index;
    REQUIRE(pthread_create(&handles[index], NULL, work, &numbers[index]) == 0);
  }
  for (size_t index = 0; index < threads; index++) REQUIRE(pthread_join(handles[index], NULL) == 0);
  REQUIRE(pthread_barrier_destroy(&start) == 0);
}

static void *run_alone(void *(*work)(void *), void *argument) {
  pthread_t thread;
  void *result = NULL;
  REQUIRE(pthread_create(&thread, NULL, work, argument) == 0);
  REQUIRE(pthread_join(thread, &result) == 0);
  return result;
}

static atomic_size_t calls;

/* Every other call returns a handle, the others fill a buffer. */
static void *call_on_one_handle(void *argument) {
  size_t number = *(const size_t *)argument, repetitions = amount(CALLS, 4);
  float *buffer = malloc(length_of(rows - 1) * hidden_size * sizeof *buffer);
  REQUIRE(buffer != NULL);
  pthread_barrier_wait(&start);
  for (size_t call = 0; call < repetitions; call++) {
    size_t row = (number * 7 + call) % rows, tokens = length_of(row), length = 0;
    if (call % 2 == 0) {
      deberta_encoded *encoded = encode(model, row);
      check(encoded, row);
      deberta_encoded_free(encoded);
    } else {
      ACCEPTED(deberta_model_encode_ids_into, model, ids[row], NULL, tokens, ((const size_t[]){0, tokens}), 1, NULL, buffer,
               tokens * hidden_size, &length);
      EXPECT_SAME_BYTES(buffer, expected[row], tokens * hidden_size * sizeof *buffer, "a row in a buffer");
    }
    atomic_fetch_add(&calls, 1);
  }
  free(buffer);
  return NULL;
}

static const deberta_text TEXT = {"fn main() { println!(\"hi\"); }", 29, NULL, 0};
static float scores_alone[256];
static size_t labels;

static void *classify_on_one_handle(void *unused) {
  (void)unused;
  pthread_barrier_wait(&start);
  for (size_t call = 0; call < amount(20, 1); call++) {
    deberta_classifications *answers = NULL;
    ACCEPTED(deberta_model_classify, model, &TEXT, 1, NULL, &answers);
    const float *scores = NULL;
    size_t length = 0;
    ACCEPTED(deberta_classifications_scores, answers, 0, &scores, &length);
    EXPECT_EQUAL(length, labels);
    EXPECT_SAME_BYTES(scores, scores_alone, labels * sizeof *scores, "scores of a text");
    deberta_classifications_free(answers);
  }
  return NULL;
}

static void classify_alone(void) {
  deberta_classifications *answers = NULL;
  ACCEPTED(deberta_model_classify, model, &TEXT, 1, NULL, &answers);
  const float *scores = NULL;
  ACCEPTED(deberta_classifications_scores, answers, 0, &scores, &labels);
  REQUIRE(labels > 1 && labels <= sizeof scores_alone / sizeof *scores_alone);
  memcpy(scores_alone, scores, labels * sizeof *scores);
  deberta_classifications_free(answers);
}

/* A result of each task, and what one thread alone reads in it. */
static void *shared_results[MOST_TASKS];
static uint64_t sums_alone[MOST_TASKS];

static void *read_shared_results(void *argument) {
  size_t number = *(const size_t *)argument;
  pthread_barrier_wait(&start);
  for (size_t repetition = 0; repetition < amount(20, 2) * TASK_COUNT; repetition++) {
    size_t index = (number + repetition) % TASK_COUNT;
    EXPECT(TASKS[index].read(shared_results[index]) == sums_alone[index]);
  }
  return NULL;
}

static void several_threads_read_one_result(void) {
  REQUIRE(TASK_COUNT <= MOST_TASKS);
  for (size_t index = 0; index < TASK_COUNT; index++) {
    shared_results[index] = result_of_task(TASKS[index].name);
    sums_alone[index] = TASKS[index].read(shared_results[index]);
  }
  run_on_all_threads(read_shared_results);
  for (size_t index = 0; index < TASK_COUNT; index++) TASKS[index].release(shared_results[index]);
}

/* A call that takes long, which another thread ends once it has begun. */
struct long_call {
  deberta_cancellation *cancellation;
  atomic_bool has_begun;
};

static int32_t note_the_beginning(void *user_data, size_t done, size_t total) {
  struct long_call *call = user_data;
  EXPECT(done < total);
  atomic_store(&call->has_begun, true);
  return 0;
}

static void *cancel_what_has_begun(void *argument) {
  struct long_call *call = argument;
  struct timespec pause = {0, 1000000};
  while (!atomic_load(&call->has_begun)) nanosleep(&pause, NULL);
  ACCEPTED(deberta_cancellation_cancel, call->cancellation);
  return NULL;
}

static void cancel_from_another_thread(void) {
  enum { MANY = 100000 };
  deberta_text *texts = malloc(MANY * sizeof *texts);
  REQUIRE(texts != NULL);
  for (size_t index = 0; index < MANY; index++) texts[index] = TEXT;
  struct long_call call = {0};
  ACCEPTED(deberta_cancellation_new, &call.cancellation);
  deberta_run_options run;
  ACCEPTED(deberta_run_options_init, &run, sizeof run);
  run.cancellation = call.cancellation;
  run.run_callback = note_the_beginning;
  run.run_callback_data = &call;
  run.batch_tokens = 100;
  deberta_classify_options options;
  ACCEPTED(deberta_classify_options_init, &options, sizeof options);
  options.run = &run;
  deberta_classifications *answers;
  deberta_error *error = NULL;
  FILL(answers);
  pthread_t other;
  REQUIRE(pthread_create(&other, NULL, cancel_what_has_begun, &call) == 0);
  deberta_status status = deberta_model_classify(model, texts, MANY, &options, &answers, &error);
  REQUIRE(pthread_join(other, NULL) == 0);
  EXPECT_EQUAL(status, DEBERTA_STATUS_CANCELLED);
  EXPECT_EQUAL(deberta_error_status(error), DEBERTA_STATUS_CANCELLED);
  EXPECT_UNTOUCHED(answers);
  deberta_error_free(error);
  deberta_cancellation_free(call.cancellation);
  free(texts);
}

/* One call is cancelled while the others go on. */
static void *classify_and_cancel(void *argument) {
  if (*(const size_t *)argument != 0) return classify_on_one_handle(argument);
  pthread_barrier_wait(&start);
  cancel_from_another_thread();
  return NULL;
}

static void *open_here(void *unused) {
  (void)unused;
  return open_bundled(2);
}

static void *use_here(void *opened) {
  for (size_t row = 0; row < 3; row++) {
    deberta_encoded *encoded = encode(opened, row);
    check(encoded, row);
    deberta_encoded_free(encoded);
  }
  return opened;
}

static void *free_here(void *opened) {
  deberta_model_free(opened);
  return NULL;
}

static void *error_here(void *unused) {
  (void)unused;
  deberta_error *error = NULL;
  EXPECT_EQUAL(deberta_model_open("no such folder", NULL, NULL, &error), DEBERTA_STATUS_INVALID_ARGUMENT);
  return error;
}

static void open_use_and_free_on_different_threads(void) {
  void *opened = run_alone(open_here, NULL);
  REQUIRE(opened != NULL);
  run_alone(use_here, opened);
  run_alone(free_here, opened);
  deberta_error *error = run_alone(error_here, NULL);
  EXPECT_TEXT(deberta_error_message(error), "model is NULL");
  deberta_error_free(error);
}

/* Opening is what takes longest under slow tools. */
static size_t openers(void) { return amount(MOST_THREADS / 2, 2); }

static void *open_many(void *argument) {
  size_t number = *(const size_t *)argument, repetitions = number < openers() ? amount(OPENINGS, 1) : 0;
  pthread_barrier_wait(&start);
  for (size_t repetition = 0; repetition < repetitions; repetition++) {
    deberta_model *opened = open_bundled(1 + (uint32_t)(number % 3));
    use_here(opened);
    deberta_model_free(opened);
  }
  return NULL;
}

/* Each thread leaves results for its neighbour, which checks and frees them. */
static deberta_encoded *handed_on[MOST_THREADS][LENGTHS];

static void *hand_results_on(void *argument) {
  size_t number = *(const size_t *)argument;
  for (size_t row = 0; row < rows; row++) handed_on[number][row] = encode(model, row);
  pthread_barrier_wait(&start);
  size_t neighbour = (number + 1) % threads;
  for (size_t row = 0; row < rows; row++) {
    check(handed_on[neighbour][row], row);
    deberta_encoded_free(handed_on[neighbour][row]);
  }
  return NULL;
}

/* The callback's data is freed as soon as another was set: a message that still arrived there would be seen by the
   tools that this test runs under, and by the mark. */
struct receiver {
  uint32_t mark;
  atomic_size_t messages;
};
enum { LIVE = 0x11223344 };
static atomic_size_t messages;

static void receive(void *user_data, int32_t level, deberta_string target, deberta_string message) {
  struct receiver *receiver = user_data;
  EXPECT_EQUAL(receiver->mark, LIVE);
  EXPECT(level >= DEBERTA_LOG_LEVEL_ERROR && level <= DEBERTA_LOG_LEVEL_TRACE);
  EXPECT(target.length > 0 && message.length > 0);
  atomic_fetch_add(&receiver->messages, 1);
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "from inside of it", deberta_set_log_callback, NULL, NULL, 0);
}

static void *set_callbacks_while_others_open(void *argument) {
  size_t number = *(const size_t *)argument, repetitions = amount(40, 2);
  if (number % 4 != 0) return open_many(argument);
  pthread_barrier_wait(&start);
  for (size_t repetition = 0; repetition < repetitions; repetition++) {
    struct receiver *receiver = malloc(sizeof *receiver);
    REQUIRE(receiver != NULL);
    receiver->mark = LIVE;
    atomic_init(&receiver->messages, 0);
    ACCEPTED(deberta_set_log_callback, receive, receiver, DEBERTA_LOG_LEVEL_TRACE);
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
    /* Two threads that set the callback at once replace each other's, so only the own NULL makes sure. */
    ACCEPTED(deberta_set_log_callback, NULL, NULL, DEBERTA_LOG_LEVEL_OFF);
    atomic_fetch_add(&messages, atomic_load(&receiver->messages));
    receiver->mark = 0;
    free(receiver);
  }
  return NULL;
}

/* Without other threads that set it, each model opened is one message. */
static void receive_messages_of_others(void) {
  struct receiver receiver = {.mark = LIVE};
  ACCEPTED(deberta_set_log_callback, receive, &receiver, DEBERTA_LOG_LEVEL_INFO);
  run_on_all_threads(open_many);
  ACCEPTED(deberta_set_log_callback, NULL, NULL, DEBERTA_LOG_LEVEL_OFF);
  size_t received = atomic_load(&receiver.messages);
  EXPECT(received >= openers() * amount(OPENINGS, 1));
  run_alone(free_here, open_bundled(1));
  EXPECT_EQUAL(atomic_load(&receiver.messages), received);
}

int main(void) {
  threads = amount(MOST_THREADS, 4);
  rows = amount(LENGTHS, 4);
  model = open_bundled(4);
  deberta_model_info info;
  ACCEPTED(deberta_model_info_init, &info, sizeof info);
  ACCEPTED(deberta_model_get_info, model, &info);
  hidden_size = info.hidden_size;
  prepare_rows();
  classify_alone();

  run_on_all_threads(call_on_one_handle);
  EXPECT_EQUAL(atomic_load(&calls), threads * amount(CALLS, 4));
  run_on_all_threads(classify_on_one_handle);
  run_on_all_threads(classify_and_cancel);
  several_threads_read_one_result();
  open_use_and_free_on_different_threads();
  run_on_all_threads(open_many);
  run_on_all_threads(hand_results_on);
  run_on_all_threads(set_callbacks_while_others_open);
  receive_messages_of_others();

  for (size_t row = 0; row < rows; row++) free(expected[row]);
  deberta_model_free(model);
  return finish();
}
