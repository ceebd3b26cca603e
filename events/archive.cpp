#include "events/archive.hpp"

namespace rollcall {

void Encoder::seal_in(const Personal& personal, std::string_view where) {
  const auto number = personal.key();
  (*this)(number);
  if (!personal.clear()) {
    (*this)(std::uint32_t{0});
    return;
  }
  const auto key = keys_ ? keys_->find(number) : std::nullopt;
  if (!key) throw std::logic_error("personal data cannot be written without its key");
  const auto path = where == where_ ? path_.text() : std::string{};
  (*this)(seal(*key, number, where, path, personal.shown()));
}

Personal Decoder::open_next(std::string_view where) {
  KeyNumber number;
  std::uint32_t size;
  (*this)(number, size);
  const auto bytes = take(size);
  if (bytes.empty()) return Personal::erased(number);
  if (!keys_) return Personal::sealed(number);
  const auto key = keys_->find(number);
  if (!key) return Personal::erased(number);
  const auto path = where == where_ ? path_.text() : std::string{};
  auto text = open_sealed(*key, number, where, path, bytes);
  if (!text) throw Malformed("sealed data does not open with its key in its place");
  return Personal(number, std::move(*text));
}

}  // namespace rollcall
