// Files and folders of the tests.
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

// A path in the repository.
std::filesystem::path repository(const std::filesystem::path& path);
std::filesystem::path bundled_model();
std::filesystem::path golden(const std::filesystem::path& path);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& bytes);
nlohmann::json read_json(const std::filesystem::path& path);

// A folder that is removed with the object.
class temporary_folder {
 public:
  temporary_folder();
  temporary_folder(temporary_folder&& other) noexcept;
  temporary_folder& operator=(temporary_folder&&) = delete;
  ~temporary_folder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};
