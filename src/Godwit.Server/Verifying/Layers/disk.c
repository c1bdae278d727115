// A disk that fails, and one that loses power: loaded into the server by LD_PRELOAD.
//
// Files of DISK_FAULTS_DIR are written as always, so whoever reads them sees what was written. What was synced is copied to
// DISK_FAULTS_SYNCED as well: after the process was killed that directory holds what a disk holds that has lost its power.
// The first octet of the file DISK_FAULTS_CONTROL says what goes wrong, and may change at any time.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONE, FULL, SYNC_FAILS, SHORT_WRITES, SYNC_IGNORED, READ_ONLY, HANGS };
enum { MAX_FD = 65536, MAX_FILES = 16, MAX_RANGES = 1024 };

struct file {
  char name[128];
  int synced;              // the copy's descriptor, or -1
  off_t least;             // the least size since the last sync
  int is_cut;
  int ranges;
  struct { off_t from, to; } range[MAX_RANGES];
};

static char directory[4096], synced[4096];
static size_t directory_length;
static volatile const unsigned char *control;
static struct file files[MAX_FILES];
static int file_count;
static struct file *of[MAX_FD];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned writes;

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);

static void find_real(void) {
  real_open = dlsym(RTLD_NEXT, "open");
  real_openat = dlsym(RTLD_NEXT, "openat");
  real_close = dlsym(RTLD_NEXT, "close");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
}

__attribute__((constructor)) static void begin(void) {
  find_real();
  const char *path = getenv("DISK_FAULTS_DIR"), *copies = getenv("DISK_FAULTS_SYNCED"), *state = getenv("DISK_FAULTS_CONTROL");
  if (!path || !copies || !state) {
    return;
  }
  int fd = real_open(state, O_RDONLY);
  void *page = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) {
    abort();
  }
  control = page;
  snprintf(synced, sizeof synced, "%s", copies);
  snprintf(directory, sizeof directory, "%s/", path);
  directory_length = strlen(directory);
}

static int mode(void) {
  if (!real_open) {
    find_real();
  }
  return control ? *control : NONE;
}

// The name of a file that counts; the log's index and the lock are nothing that a disk keeps.
static const char *counted(const char *path) {
  if (!control || strncmp(path, directory, directory_length) != 0) {
    return NULL;
  }
  const char *name = path + directory_length;
  size_t length = strlen(name);
  return strchr(name, '/') || strcmp(name, "lock") == 0 || (length > 4 && strcmp(name + length - 4, "-shm") == 0) || length >= sizeof files[0].name ? NULL : name;
}

static void forget(struct file *file) {
  file->ranges = 0;
  file->is_cut = 0;
}

static void note(int fd, const char *path) {
  const char *name = counted(path);
  if (fd < 0 || fd >= MAX_FD || !name) {
    return;
  }
  pthread_mutex_lock(&lock);
  struct file *file = NULL;
  for (int i = 0; i < file_count; i++) {
    if (strcmp(files[i].name, name) == 0) {
      file = &files[i];
    }
  }
  if (!file && file_count < MAX_FILES) {
    file = &files[file_count++];
    strcpy(file->name, name);
    file->synced = -1;
  }
  of[fd] = file;
  pthread_mutex_unlock(&lock);
}

static struct file *file_of(int fd) { return fd >= 0 && fd < MAX_FD ? of[fd] : NULL; }

static void written(struct file *file, off_t from, off_t to) {
  pthread_mutex_lock(&lock);
  int i = file->ranges - 1;
  if (i >= 0 && from <= file->range[i].to && from >= file->range[i].from) {
    file->range[i].to = to > file->range[i].to ? to : file->range[i].to;
  } else if (file->ranges < MAX_RANGES) {
    file->range[file->ranges].from = from;
    file->range[file->ranges++].to = to;
  } else {
    file->range[0].from = from < file->range[0].from ? from : file->range[0].from;
    file->range[0].to = to > file->range[0].to ? to : file->range[0].to;
    for (i = 1; i < file->ranges; i++) {
      file->range[0].from = file->range[i].from < file->range[0].from ? file->range[i].from : file->range[0].from;
      file->range[0].to = file->range[i].to > file->range[0].to ? file->range[i].to : file->range[0].to;
    }
    file->ranges = 1;
  }
  pthread_mutex_unlock(&lock);
}

static void keep(int fd, struct file *file) {
  static char buffer[1 << 16];
  pthread_mutex_lock(&lock);
  if (file->synced < 0) {
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", synced, file->name);
    file->synced = real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file->synced < 0) {
      abort();
    }
  }
  if (file->is_cut && real_ftruncate(file->synced, file->least) != 0) {
    abort();
  }
  for (int i = 0; i < file->ranges; i++) {
    for (off_t at = file->range[i].from; at < file->range[i].to;) {
      off_t left = file->range[i].to - at;
      ssize_t got = pread(fd, buffer, left < (off_t)sizeof buffer ? (size_t)left : sizeof buffer, at);
      if (got <= 0) {
        break;
      }
      if (real_pwrite(file->synced, buffer, (size_t)got, at) != got) {
        abort();
      }
      at += got;
    }
  }
  struct stat now;
  if (fstat(fd, &now) == 0 && real_ftruncate(file->synced, now.st_size) != 0) {
    abort();
  }
  forget(file);
  pthread_mutex_unlock(&lock);
}

static int may_open(const char *path, int flags) {
  if (mode() == READ_ONLY && counted(path) && (flags & (O_WRONLY | O_RDWR | O_CREAT))) {
    errno = EROFS;
    return 0;
  }
  return 1;
}

#define MODE_OF(flags) \
  mode_t rights = 0; \
  if ((flags) & O_CREAT) { \
    va_list rest; \
    va_start(rest, flags); \
    rights = (mode_t)va_arg(rest, int); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  if (!may_open(path, flags)) {
    return -1;
  }
  int fd = real_open(path, flags, rights);
  note(fd, path);
  return fd;
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags)
  return open(path, flags, rights);
}

int openat(int at, const char *path, int flags, ...) {
  MODE_OF(flags)
  if (!may_open(path, flags)) {
    return -1;
  }
  int fd = real_openat(at, path, flags, rights);
  note(fd, path);
  return fd;
}

int close(int fd) {
  mode();
  if (fd >= 0 && fd < MAX_FD) {
    of[fd] = NULL;
  }
  return real_close(fd);
}

// How much of a write goes through; -1 if nothing does.
static ssize_t allowed(struct file *file, size_t count) {
  switch (file ? mode() : NONE) {
    case FULL: errno = ENOSPC; return -1;
    case READ_ONLY: errno = EROFS; return -1;
    case SHORT_WRITES: return count > 1 && __atomic_fetch_add(&writes, 1, __ATOMIC_RELAXED) % 3 == 0 ? (ssize_t)(count / 2) : (ssize_t)count;
    default: return (ssize_t)count;
  }
}

ssize_t write(int fd, const void *from, size_t count) {
  if (!real_write) {
    find_real();
  }
  struct file *file = file_of(fd);
  if (!file) {
    return real_write(fd, from, count);
  }
  ssize_t part = allowed(file, count);
  if (part < 0) {
    return -1;
  }
  off_t at = lseek(fd, 0, SEEK_CUR);
  ssize_t done = real_write(fd, from, (size_t)part);
  if (done > 0) {
    written(file, at, at + done);
  }
  return done;
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t at) {
  if (!real_pwrite) {
    find_real();
  }
  struct file *file = file_of(fd);
  ssize_t part = allowed(file, count);
  if (part < 0) {
    return -1;
  }
  ssize_t done = real_pwrite(fd, from, (size_t)part, at);
  if (file && done > 0) {
    written(file, at, at + done);
  }
  return done;
}

ssize_t pwrite64(int fd, const void *from, size_t count, off_t at) { return pwrite(fd, from, count, at); }

int fsync(int fd) {
  int what = mode();
  struct file *file = file_of(fd);
  if (!file) {
    return real_fsync(fd);
  }
  while (what == HANGS) {
    usleep(10000);
    what = mode();
  }
  if (what == SYNC_FAILS) {
    errno = EIO;
    return -1;
  }
  if (what != SYNC_IGNORED) {
    keep(fd, file);
  }
  return 0;
}

int fdatasync(int fd) { return fsync(fd); }

int ftruncate(int fd, off_t size) {
  struct file *file = file_of(fd);
  if (file && (mode() == FULL || mode() == READ_ONLY)) {
    errno = mode() == FULL ? ENOSPC : EROFS;
    return -1;
  }
  if (file) {
    pthread_mutex_lock(&lock);
    file->least = !file->is_cut || size < file->least ? size : file->least;
    file->is_cut = 1;
    pthread_mutex_unlock(&lock);
  }
  return real_ftruncate(fd, size);
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

int unlink(const char *path) {
  mode();
  const char *name = counted(path);
  if (name) {
    char copy[8192];
    snprintf(copy, sizeof copy, "%s/%s", synced, name);
    real_unlink(copy);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < file_count; i++) {
      if (strcmp(files[i].name, name) == 0) {
        if (files[i].synced >= 0) {
          real_close(files[i].synced);
          files[i].synced = -1;
        }
        forget(&files[i]);
      }
    }
    pthread_mutex_unlock(&lock);
  }
  return real_unlink(path);
}
