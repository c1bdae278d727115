/* A clock that a test moves: the time of day is the eight octets of a file, nanoseconds since the Unix epoch. The monotonic clock goes on by itself, so timers do. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *now;

static int64_t fake(void)
{
    if (!now) {
        const char *file = getenv("GODWIT_TEST_CLOCK");
        int opened = file ? open(file, O_RDONLY) : -1;
        void *mapped = opened < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, opened, 0);
        if (mapped == MAP_FAILED)
            abort();
        now = mapped;
        close(opened);
    }
    return *now;
}

int gettimeofday(struct timeval *time, void *zone)
{
    int64_t at = fake();
    (void)zone;
    time->tv_sec = at / 1000000000;
    time->tv_usec = at % 1000000000 / 1000;
    return 0;
}

time_t time(time_t *time)
{
    time_t at = fake() / 1000000000;
    if (time)
        *time = at;
    return at;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
        return (int)syscall(SYS_clock_gettime, clock, time);
    int64_t at = fake();
    time->tv_sec = at / 1000000000;
    time->tv_nsec = at % 1000000000;
    return 0;
}
