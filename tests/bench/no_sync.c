/* Preloaded into a process, makes every request to bring a file to the disk succeed without doing so: what a benchmark
 * calls volatile. Everything else, all writes included, stays as it is. */
#include <unistd.h>

int fsync(int file) {
  (void)file;
  return 0;
}

int fdatasync(int file) {
  (void)file;
  return 0;
}
