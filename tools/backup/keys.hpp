// The keys of an installation, taken away and brought back: the key store, and the three files beside the data.
#pragma once

#include <filesystem>
#include <functional>

#include "events/proof/note.hpp"
#include "tools/installation/folder.hpp"

namespace rollcall::tools {

// A copy of the keys, made beside the process that writes them or without one, to be put in the place of the copy that
// is there. Until then, and when it is not put, that one stays as it is.
class CopyOfKeys {
 public:
  // Makes it beside `to`, durable. `fits` throws when the signing key that was copied is not the one it should be; keys
  // and what wraps them that do not fit, since they were rotated meanwhile, are refused as well, and so is `to` when it
  // is anything but a copy of these keys. `scratch` as for open_keys_beside. Throws Failure or StorageError.
  CopyOfKeys(const DataFolder& data, std::filesystem::path to, const std::filesystem::path& scratch,
             const std::function<void(const SigningKey& copied)>& fits);
  ~CopyOfKeys();
  CopyOfKeys(const CopyOfKeys&) = delete;
  CopyOfKeys& operator=(const CopyOfKeys&) = delete;

  // After a crash `to` has the one or the other; in between it lies beside, and restoring says so.
  void put();

 private:
  void drop() noexcept;

  std::filesystem::path to_, fresh_, old_;
  bool put_ = false;
};

// Throws Failure when what is there is no copy of keys, or lacks a part of one. Writes nothing.
void check_copy_of_keys(const std::filesystem::path& from);
// Puts a copy into a folder that has none. Throws Failure when the copy lacks a part.
void bring_back_keys(const std::filesystem::path& from, const DataFolder& data);

}  // namespace rollcall::tools
