#include "line_reader.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <poll.h>
#include <unistd.h>

std::vector<std::string> line_reader::next(std::size_t most) {
  std::vector<std::string> lines;
  while (lines.size() < most) {
    if (auto line = take_line()) {
      lines.push_back(std::move(*line));
    } else if (!fill(lines.empty())) {
      break;
    }
  }
  return lines;
}

std::optional<std::string> line_reader::take_line() {
  const std::size_t end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    // The last line may have no end.
    if (!is_over_ || buffer_.empty()) return std::nullopt;
    searched_ = 0;
    return std::exchange(buffer_, {});
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  searched_ = 0;
  return line;
}

bool line_reader::fill(bool wait) {
  while (!is_over_) {
    pollfd files[] = {{input_, POLLIN, 0}, {stop_, POLLIN, 0}};
    const int ready = poll(files, 2, wait ? -1 : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) throw std::system_error(errno, std::generic_category(), "poll");
    if (ready == 0) return false;
    if (files[1].revents != 0) {
      // What has no end of line yet is not a line.
      buffer_.clear();
      is_over_ = true;
      return false;
    }
    char bytes[1 << 16];
    const ssize_t count = read(input_, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "read");
    is_over_ = count == 0;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return !is_over_ || !buffer_.empty();
  }
  return false;
}
