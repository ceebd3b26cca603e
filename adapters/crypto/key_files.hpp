// The secrets that lie beside the data as files of mode 0600: made when a folder begins, read from then on.
#pragma once

#include <filesystem>
#include <string>

namespace rollcall {

// The file's text without its last newline. Throws std::runtime_error naming the file when it cannot be read, is empty,
// or when others may read it.
std::string read_secret(const std::filesystem::path& file);

// Makes a file of mode 0600 with this text, or puts this text in its place: after a crash it is there whole or not at
// all. Throws std::runtime_error naming the file when it cannot be written.
void write_durably(const std::filesystem::path& file, const std::string& text);

// Takes a file away for good: no crash brings it back. Nothing when it is not there.
void remove_durably(const std::filesystem::path& file);

// 32 random bytes in hex.
std::string random_hex();

}  // namespace rollcall
