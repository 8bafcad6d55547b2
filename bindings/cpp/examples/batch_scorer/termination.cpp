#include "termination.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <unistd.h>

namespace {

// A signal handler reaches nothing but what is static.
int pipe_ends[2];
volatile std::sig_atomic_t signals = 0;
const deberta::cancellation second_signal;

extern "C" void handle(int) {
  const int error = errno;
  signals = signals + 1;
  if (signals > 1) second_signal.cancel();
  [[maybe_unused]] const auto written = write(pipe_ends[1], "", 1);
  errno = error;
}

}  // namespace

termination::termination() {
  if (pipe(pipe_ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  struct sigaction action {};
  action.sa_handler = handle;
  for (const int signal : {SIGTERM, SIGINT}) {
    if (sigaction(signal, &action, nullptr) != 0) throw std::system_error(errno, std::generic_category(), "sigaction");
  }
}

int termination::descriptor() const { return pipe_ends[0]; }
const deberta::cancellation& termination::cancellation() const { return second_signal; }
