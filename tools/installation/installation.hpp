// A data folder opened: its keys, its log, its decision state, checked against each other. Where all adapters of the
// writing side meet; serve, demo and bench begin here.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/crypto/tokens.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log.hpp"
#include "domain/engine/ports.hpp"
#include "domain/engine/writer.hpp"
#include "tools/installation/folder.hpp"

namespace rollcall {

struct InstallationOptions {
  std::filesystem::path folder;
  std::string origin;  // of a new log; empty is rollcall.local/<log id>
  LogOptions log;
  bool must_exist = false;
  bool create = false;    // begin one even where there is no folder yet
  bool rotating = false;  // a rotation of keys may be under way: this is it
  // The clock is right, though it lies before the log's time: written down as such.
  bool confirm_clock = false;
  // Told how far a replay of decision state is, when one is needed.
  std::function<void(Position done, Position total)> replaying;
};

// Throws std::runtime_error with a sentence for people when the folder cannot be opened, or must not be.
class Installation {
 public:
  Installation(const InstallationOptions& options, const Clock& clock);

  const DataFolder& folder() const { return folder_; }
  bool created() const { return created_; }
  const std::string& operator_key() const { return operator_key_; }
  const SigningKey& signer() const { return *signer_; }
  StoredLog& log() { return *log_; }
  const StoredLog& log() const { return *log_; }
  KeyStore& keys() { return *keys_; }
  const KeyStore& keys() const { return *keys_; }
  Claims claims() const { return Claims(keys_->secret("claims")); }
  Tokens tokens() const { return Tokens(keys_->secret("tokens")); }
  DataKey request_secret() const { return keys_->secret("requests"); }

 private:
  void begin(const InstallationOptions& options, const Clock& clock);
  void open(const InstallationOptions& options, decltype(&open_keys) keys_in);
  void check_state(const InstallationOptions& options, const Clock& clock);
  void refuse_foreign_keys(const State& state) const;
  void confirm_clock(const Clock& clock);

  DataFolder folder_;
  std::optional<FolderLock> lock_;
  bool created_ = false;
  std::string operator_key_;
  DataKey wrapping_key_{};
  std::optional<SigningKey> signer_;
  std::unique_ptr<StoredLog> log_;
  mutable std::unique_ptr<KeyStore> keys_;
};

// The clock of the machine.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  Duration monotonic() const override;
};

}  // namespace rollcall
