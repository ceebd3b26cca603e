#include "tests/tools/program.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/where.hpp"

namespace rollcall::tests {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

void redirect(const std::filesystem::path& file, int flags, int to) {
  const int fd = ::open(file.c_str(), flags, 0600);
  if (fd < 0 || ::dup2(fd, to) < 0) ::_exit(126);
}

}  // namespace

Outcome Program::run(const std::vector<std::string>& arguments, const std::string& input) const {
  const auto in = folder_.write("stdin", input);
  const auto out = folder_.path() / "stdout", err = folder_.path() / "stderr";
  std::vector<std::string> command{where::program().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto settings = where::program_environment();
  settings.push_back("XDG_CONFIG_HOME=" + (folder_.path() / "config").string());
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  const auto argv = pointers(command), envp = pointers(settings);

  const auto child = ::fork();
  if (child == 0) {
    redirect(in, O_RDONLY, 0);
    redirect(out, O_WRONLY | O_CREAT | O_TRUNC, 1);
    redirect(err, O_WRONLY | O_CREAT | O_TRUNC, 2);
    if (::chdir(folder_.path().c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), folder_.read("stdout"),
          folder_.read("stderr")};
}

}  // namespace rollcall::tests
