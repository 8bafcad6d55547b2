// Where log messages go.

#include <deberta.hpp>

#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "expect.hpp"
#include "models.hpp"

TEST(log, messages_reach_the_sink) {
  std::mutex mutex;
  std::vector<std::string> messages;
  const auto opened = [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    std::size_t count = 0;
    for (const auto& message : messages) count += message.rfind("opened", 0) == 0 ? 1 : 0;
    return count;
  };
  const auto record = [&](deberta::log_level level, std::string_view target, std::string_view message) {
    EXPECT_LE(level, deberta::log_level::info);
    EXPECT_EQ(target.rfind("deberta", 0), 0u);
    // Neither setting a sink nor what causes messages is a deadlock in here.
    EXPECT_TRUE(invalid(deberta::try_set_log({}), "from inside of it"));
    const std::lock_guard<std::mutex> lock(mutex);
    messages.emplace_back(message);
  };
  deberta::set_log(record, deberta::log_level::warn);
  open_golden("act_relu");
  EXPECT_EQ(opened(), 0u);
  deberta::set_log(record);
  open_golden("act_relu");
  EXPECT_EQ(opened(), 1u);
  deberta::set_log([](auto, auto, auto) { throw std::logic_error("is dropped"); });
  open_golden("act_relu");
  deberta::set_log({});
  open_golden("act_relu");
  EXPECT_EQ(opened(), 1u);
}
