// SIGTERM and SIGINT.
#pragma once

#include <deberta.hpp>

// The first signal asks the program to come to an end, the second one also ends the call that is running.
class termination {
 public:
  // Installs the handlers, once in a program. Throws std::system_error.
  termination();

  // A file descriptor that is readable from the first signal on.
  int descriptor() const;
  // What the second signal cancels.
  const deberta::cancellation& cancellation() const;
};
