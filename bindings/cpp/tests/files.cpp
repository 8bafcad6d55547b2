#include "files.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

std::filesystem::path repository(const std::filesystem::path& path) { return std::filesystem::path(REPOSITORY) / path; }
std::filesystem::path bundled_model() { return repository("models/code-language"); }
std::filesystem::path golden(const std::filesystem::path& path) { return repository("tests/goldens") / path; }

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return bytes.str();
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

nlohmann::json read_json(const std::filesystem::path& path) { return nlohmann::json::parse(read_file(path)); }

temporary_folder::temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "deberta-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
}

temporary_folder::temporary_folder(temporary_folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}
