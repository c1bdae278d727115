// A disk whose syncs take their time: loaded into a server by LD_PRELOAD. Each fsync and fdatasync takes at least as many
// nanoseconds as SLOW_SYNC_NS says; what the real one takes is part of it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static long long least(void) {
  const char *text = getenv("SLOW_SYNC_NS");
  return text ? atoll(text) : 0;
}

static int slow(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  long long at = until.tv_sec * 1000000000LL + until.tv_nsec + least();
  until.tv_sec = at / 1000000000LL;
  until.tv_nsec = at % 1000000000LL;
  int result = real(fd);
  int error = errno;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
  }
  errno = error;
  return result;
}

int fsync(int fd) { return slow("fsync", fd); }

int fdatasync(int fd) { return slow("fdatasync", fd); }
