// Lines of a file descriptor, as they arrive.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

class line_reader {
 public:
  // Reads `input`; becoming readable, `stop` ends that. Neither is owned.
  line_reader(int input, int stop) : input_(input), stop_(stop) {}

  // Waits for a line, then takes those that are there already, `most` in all. Without any, the input is over or reading
  // was stopped. Throws std::system_error.
  std::vector<std::string> next(std::size_t most);

 private:
  std::optional<std::string> take_line();
  // Whether more bytes came; waits for them if `wait`.
  bool fill(bool wait);

  int input_;
  int stop_;
  std::string buffer_;
  std::size_t searched_ = 0;
  bool is_over_ = false;
};
