#include "adapters/rocksdb/keys.hpp"

#include <atomic>
#include <list>
#include <mutex>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <rocksdb/write_batch.h>
#include <sodium.h>

#include "adapters/rocksdb/database.hpp"
#include "adapters/rocksdb/rewrap.hpp"
#include "events/big_endian.hpp"
#include "events/wiped.hpp"

namespace rollcall {
namespace {

constexpr Database::Index rows = 0;
constexpr std::size_t recent_keys = 65'536;

// Rows: k ‖ number (u64be) a data key or, empty, that it is destroyed; s ‖ purpose a secret; w the check of the
// wrapping key, which is a secret nobody uses.
constexpr std::string_view check_key = "w";
std::string number_key(KeyNumber number) { return "k" + big_endian(number); }
std::string secret_key(std::string_view purpose) { return "s" + std::string(purpose); }

std::vector<Family> families() { return {{.name = rocksdb::kDefaultColumnFamilyName}}; }

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

DataKey random_key() {
  DataKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t wrapped_bytes = nonce_bytes + sizeof(DataKey) + crypto_aead_xchacha20poly1305_ietf_ABYTES;

using Nonce = std::array<unsigned char, nonce_bytes>;
Nonce random_nonce() {
  Nonce nonce;
  randombytes_buf(nonce.data(), nonce.size());
  return nonce;
}

// Nonce ‖ XChaCha20-Poly1305(key), bound to the row it stands in.
std::string wrap(const DataKey& wrapping, std::string_view row, const DataKey& key, const Nonce& nonce) {
  std::string wrapped(wrapped_bytes, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(wrapped.data());
  std::copy(nonce.begin(), nonce.end(), out);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out + nonce_bytes, nullptr, key.data(), key.size(), bytes(row), row.size(),
                                             nullptr, out, wrapping.data());
  return wrapped;
}

// Nothing when the bytes were not wrapped under this key for this row.
std::optional<DataKey> unwrap(const DataKey& wrapping, std::string_view row, std::string_view wrapped) {
  DataKey key;
  if (wrapped.size() != wrapped_bytes ||
      crypto_aead_xchacha20poly1305_ietf_decrypt(key.data(), nullptr, nullptr, bytes(wrapped) + nonce_bytes,
                                                 wrapped.size() - nonce_bytes, bytes(row), row.size(), bytes(wrapped),
                                                 wrapping.data()) != 0)
    return std::nullopt;
  return key;
}

// The keys used last, so that most are neither read nor unwrapped again. Not thread-safe.
class RecentKeys {
 public:
  std::optional<DataKey> find(KeyNumber number) {
    const auto at = by_number_.find(number);
    if (at == by_number_.end()) return std::nullopt;
    newest_first_.splice(newest_first_.begin(), newest_first_, at->second);
    return at->second->key;
  }
  void keep(KeyNumber number, const DataKey& key) {
    if (by_number_.contains(number)) return;
    newest_first_.push_front({number, key});
    by_number_[number] = newest_first_.begin();
    if (by_number_.size() > recent_keys) forget(newest_first_.back().number);
  }
  void forget(KeyNumber number) {
    const auto at = by_number_.find(number);
    if (at == by_number_.end()) return;
    newest_first_.erase(at->second);
    by_number_.erase(at);
  }

 private:
  struct Kept {
    KeyNumber number;
    DataKey key;
  };
  using List = std::list<Kept, WipingAllocator<Kept>>;
  List newest_first_;
  std::unordered_map<KeyNumber, List::iterator> by_number_;
};

class RocksKeys final : public KeyStore {
 public:
  enum class Use { begin, write, read };

  RocksKeys(std::shared_ptr<Database> database, const DataKey& wrapping, Use use)
      : database_(std::move(database)),
        wrapping_(wrapping),
        writable_(use != Use::read),
        beginning_(use == Use::begin),
        issued_(last_number()) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium found no source of randomness");
    if (const auto check = database_->find(rows, check_key)) {
      if (!unwrap(wrapping_, check_key, *check)) throw StorageCorrupt(folder() + " is wrapped under another key");
    } else if (use != Use::begin) {
      throw StorageCorrupt(folder() +
                           " lacks the check of the key that wraps its keys: a part of it is gone; put back the key "
                           "store that belongs to the log");
    } else {
      put(check_key, wrap(wrapping_, check_key, random_key(), random_nonce()));
    }
  }
  ~RocksKeys() override {
    sodium_memzero(wrapping_.data(), wrapping_.size());
    if (!writable_) return;
    try {
      database_->flush();  // at rest nothing depends on the write-ahead log, the end of which may be lost unnoticed
    } catch (const std::exception&) {
      // All of it is durable as it is; what the disk says now it says again when the store is opened.
    }
  }

  std::optional<DataKey> find(KeyNumber number) const override {
    std::uint64_t destroyed_before = 0;
    {
      const std::lock_guard lock(recent_mutex_);
      if (const auto key = recent_.find(number)) return key;
      destroyed_before = destroyed_;
    }
    if (number == 0 || number > issued_) throw StorageError(fmt::format("key {} was never issued", number));
    const auto row = number_key(number);
    const auto wrapped = database_->find(rows, row);
    if (!wrapped) throw StorageCorrupt(fmt::format("key {} is missing in {}", number, folder()));
    if (wrapped->empty()) return std::nullopt;
    const auto key = unwrap(wrapping_, row, *wrapped);
    if (!key) throw StorageCorrupt(fmt::format("key {} in {} is altered", number, folder()));
    const std::lock_guard lock(recent_mutex_);
    if (destroyed_ == destroyed_before) recent_.keep(number, *key);  // else it may be this one that went meanwhile
    return key;
  }

  KeyNumber issued() const override { return issued_; }

  void issue_up_to(KeyNumber number) override {
    const std::lock_guard lock(writing_);
    if (number <= issued_) return;
    // The randomness of all of them at once: asking for it costs more than using it.
    struct Fresh {
      DataKey key;
      Nonce nonce;
    };
    std::vector<Fresh, WipingAllocator<Fresh>> fresh(number - issued_);
    randombytes_buf(fresh.data(), fresh.size() * sizeof(Fresh));
    rocksdb::WriteBatch batch;
    for (KeyNumber i = 0; i < fresh.size(); ++i) {
      const auto row = number_key(issued_ + 1 + i);
      batch.Put(row, wrap(wrapping_, row, fresh[i].key, fresh[i].nonce));
    }
    write(batch);
    {
      const std::lock_guard recent(recent_mutex_);
      for (KeyNumber i = 0; i < fresh.size(); ++i) recent_.keep(issued_ + 1 + i, fresh[i].key);
    }
    issued_ = number;
  }

  void destroy(KeyNumber number) override {
    if (number == 0 || number > issued_) throw StorageError(fmt::format("key {} was never issued", number));
    put(number_key(number), {});
    const std::lock_guard lock(recent_mutex_);
    ++destroyed_;
    recent_.forget(number);
  }

  DataKey secret(std::string_view purpose) override {
    const std::lock_guard lock(writing_);
    const auto row = secret_key(purpose);
    if (const auto wrapped = database_->find(rows, row)) {
      if (const auto key = unwrap(wrapping_, row, *wrapped)) return *key;
      throw StorageCorrupt(fmt::format("the secret for {} in {} is altered", purpose, folder()));
    }
    if (!beginning_)
      throw StorageCorrupt(
          fmt::format("{} lacks the secret for {}: a part of it is gone; put back the key store that "
                      "belongs to the log",
                      folder(), purpose));
    const auto key = random_key();
    put(row, wrap(wrapping_, row, key, random_nonce()));
    return key;
  }

 private:
  std::string folder() const { return database_->folder().native(); }

  KeyNumber last_number() const {
    const auto at = database_->iterate(rows, {});
    at->SeekForPrev(number_key(~KeyNumber{0}));
    ok(at->status(), "finding the last key");
    if (!at->Valid() || !at->key().starts_with("k")) return 0;
    return from_big_endian<KeyNumber>(view(at->key()).substr(1));
  }

  void put(std::string_view key, std::string_view value) {
    rocksdb::WriteBatch batch;
    batch.Put(slice(key), slice(value));
    write(batch);
  }

  void write(rocksdb::WriteBatch& batch) {
    if (!writable_) throw StorageError(folder() + " is open for reading only");
    database_->write(batch, Database::Sync::now);
  }

  std::shared_ptr<Database> database_;
  DataKey wrapping_;
  bool writable_;
  bool beginning_;  // only then a secret that is not there is made
  std::atomic<KeyNumber> issued_;
  std::mutex writing_;

  mutable std::mutex recent_mutex_;
  mutable RecentKeys recent_;    // guarded by recent_mutex_
  std::uint64_t destroyed_ = 0;  // guarded by recent_mutex_
};

}  // namespace

std::unique_ptr<KeyStore> begin_keys(const std::filesystem::path& folder, const DataKey& wrapping,
                                     const StorageOptions& options) {
  return std::make_unique<RocksKeys>(Database::open(folder, families(), Kind::original, options), wrapping,
                                     RocksKeys::Use::begin);
}

std::unique_ptr<KeyStore> open_keys(const std::filesystem::path& folder, const DataKey& wrapping,
                                    const StorageOptions& options) {
  return std::make_unique<RocksKeys>(Database::open(folder, families(), Kind::original, options), wrapping,
                                     RocksKeys::Use::write);
}

std::unique_ptr<KeyStore> open_keys_beside(const std::filesystem::path& folder, const std::filesystem::path& scratch,
                                           const DataKey& wrapping, const StorageOptions& options) {
  return std::make_unique<RocksKeys>(Database::open_beside(folder, scratch, families(), Kind::original, options),
                                     wrapping, RocksKeys::Use::read);
}

void copy_key_store_beside(const std::filesystem::path& folder, const std::filesystem::path& scratch,
                           const std::filesystem::path& to, const StorageOptions& options) {
  constexpr std::size_t rows_at_once = 4'096;
  const auto from = Database::open_beside(folder, scratch, families(), Kind::original, options);
  // Nobody was promised this copy yet: when it cannot be written its maker is told, and the process goes on.
  auto of_copy = options;
  if (!of_copy.on_failure) of_copy.on_failure = [](std::string_view) {};
  const auto copy = Database::open(to, families(), Kind::original, of_copy);
  rocksdb::WriteBatch batch;
  const auto write = [&] {
    copy->write(batch, Database::Sync::without_log);
    batch.Clear();
  };
  const auto at = from->iterate(rows, {});
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    batch.Put(at->key(), at->value());
    if (static_cast<std::size_t>(batch.Count()) >= rows_at_once) write();
  }
  ok(at->status(), "reading the keys");
  write();
  copy->flush();
}

std::uint64_t rewrap_keys(const std::filesystem::path& folder, const DataKey& from, const DataKey& to,
                          const std::function<void(std::uint64_t done, std::uint64_t total)>& progress,
                          const StorageOptions& options) {
  constexpr std::size_t rows_at_once = 4'096;
  if (sodium_init() < 0) throw std::runtime_error("libsodium found no source of randomness");
  const auto database = Database::open(folder, families(), Kind::original, options);
  const auto each_row = [&](auto&& visit) {
    std::uint64_t rows_seen = 0;
    const auto at = database->iterate(rows, {});
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      visit(view(at->key()), view(at->value()));
      ++rows_seen;
    }
    ok(at->status(), "reading the keys");
    return rows_seen;
  };
  const auto check = database->find(rows, check_key);
  if (!check || (!unwrap(from, check_key, *check) && !unwrap(to, check_key, *check)))
    throw StorageCorrupt(folder.native() + " lacks the check of the key that wraps its keys, or has another's");
  const auto total = each_row([](auto, auto) {});
  rocksdb::WriteBatch batch;
  std::uint64_t done = 0;
  const auto write = [&] {
    database->write(batch, Database::Sync::now);
    batch.Clear();
    if (progress) progress(done, total);
  };
  // The check comes last, and is last in no order of rows: what was cut short begins under the key before.
  (void)each_row([&](std::string_view row, std::string_view wrapped) {
    ++done;
    if (wrapped.empty() || row == check_key) return;  // a key that was destroyed
    if (const auto key = unwrap(from, row, wrapped))
      batch.Put(slice(row), wrap(to, row, *key, random_nonce()));
    else if (!unwrap(to, row, wrapped))
      throw StorageCorrupt(fmt::format("a row of {} is wrapped under neither of the two keys", folder.native()));
    if (static_cast<std::size_t>(batch.Count()) >= rows_at_once) write();
  });
  batch.Put(slice(check_key), wrap(to, check_key, random_key(), random_nonce()));
  write();
  database->rewrite();
  return total;
}

}  // namespace rollcall
