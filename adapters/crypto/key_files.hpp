// The secrets that lie beside the data as files of mode 0600: made on first start, read on every other.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace rollcall {

// The file's text without its last newline, or what `make` returns, written durably as a new file of mode 0600.
// Throws std::runtime_error naming the file when it cannot be read or written, or when others may read it.
std::string read_or_make_secret(const std::filesystem::path& file, const std::function<std::string()>& make);

// 32 random bytes in hex.
std::string random_hex();

}  // namespace rollcall
