/* Preloaded into the program: its wall clock jumps forth and back. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *at)
{
    static unsigned asked;
    long result = syscall(SYS_clock_gettime, clock, at);
    if (result == 0 && clock == CLOCK_REALTIME) {
        static const long hours[] = {0, 26, -3, 9000, -700, 1};
        unsigned turn = __atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED) / 7;
        at->tv_sec += 3600 * hours[turn % 6];
    }
    return (int)result;
}
