// poll_oneoff. Standard input is a pipe that holds `ready` and is then closed.
#include "check.h"

IMPORT(poll_oneoff) i32 raw_poll_oneoff(i32, i32, i32, i32);

static __wasi_subscription_t wanted[64];
static __wasi_event_t events[64];
static __wasi_size_t count;

static uint64_t now(__wasi_clockid_t clock) {
    __wasi_timestamp_t time;
    OK(__wasi_clock_time_get(clock, 0, &time));
    return time;
}

static void clock_(int at, uint64_t timeout, __wasi_clockid_t clock, __wasi_subclockflags_t flags) {
    wanted[at] = (__wasi_subscription_t){.userdata = 100 + at};
    wanted[at].u.tag = __WASI_EVENTTYPE_CLOCK;
    wanted[at].u.u.clock.id = clock;
    wanted[at].u.u.clock.timeout = timeout;
    wanted[at].u.u.clock.flags = flags;
}

static void descriptor(int at, __wasi_fd_t fd, __wasi_eventtype_t type) {
    wanted[at] = (__wasi_subscription_t){.userdata = 200 + at};
    wanted[at].u.tag = type;
    wanted[at].u.u.fd_read.file_descriptor = fd;
}

#define MONOTONIC __WASI_CLOCKID_MONOTONIC
#define REALTIME __WASI_CLOCKID_REALTIME
#define ABSOLUTE __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME
#define MS 1000000ull

int main(void) {
    FAILS(INVAL, __wasi_poll_oneoff(wanted, events, 0, &count));

    uint64_t start = now(MONOTONIC);
    clock_(0, 20 * MS, MONOTONIC, 0);
    OK(__wasi_poll_oneoff(wanted, events, 1, &count));
    SAME(1, count);
    SAME(100, events[0].userdata);
    SAME(__WASI_EVENTTYPE_CLOCK, events[0].type);
    SAME(0, events[0].error);
    CHECK(now(MONOTONIC) - start >= 20 * MS);

    // The earlier of two, and both where both are due.
    start = now(MONOTONIC);
    clock_(0, 30000 * MS, MONOTONIC, 0);
    clock_(1, 10 * MS, REALTIME, 0);
    OK(__wasi_poll_oneoff(wanted, events, 2, &count));
    SAME(1, count);
    SAME(101, events[0].userdata);
    CHECK(now(MONOTONIC) - start < 20000 * MS);
    clock_(0, 0, MONOTONIC, 0);
    clock_(1, 0, REALTIME, 0);
    OK(__wasi_poll_oneoff(wanted, events, 2, &count));
    SAME(2, count);

    // Points in time: one to come, one long gone.
    start = now(MONOTONIC);
    clock_(0, start + 20 * MS, MONOTONIC, ABSOLUTE);
    OK(__wasi_poll_oneoff(wanted, events, 1, &count));
    CHECK(count == 1 && now(MONOTONIC) >= start + 20 * MS);
    clock_(0, 1, MONOTONIC, ABSOLUTE);
    OK(__wasi_poll_oneoff(wanted, events, 1, &count));
    SAME(1, count);
    clock_(0, now(REALTIME) + 10 * MS, REALTIME, ABSOLUTE);
    OK(__wasi_poll_oneoff(wanted, events, 1, &count));
    SAME(1, count);

    // Descriptors: standard input has data, standard output room, a file both at once.
    descriptor(0, 0, __WASI_EVENTTYPE_FD_READ);
    clock_(1, 30000 * MS, MONOTONIC, 0);
    OK(__wasi_poll_oneoff(wanted, events, 2, &count));
    SAME(1, count);
    SAME(200, events[0].userdata);
    SAME(__WASI_EVENTTYPE_FD_READ, events[0].type);
    SAME(0, events[0].error);
    CHECK(events[0].fd_readwrite.nbytes > 0);
    descriptor(0, 1, __WASI_EVENTTYPE_FD_WRITE);
    OK(__wasi_poll_oneoff(wanted, events, 1, &count));
    SAME(1, count);
    SAME(__WASI_EVENTTYPE_FD_WRITE, events[0].type);
    make_file("file", "12345");
    __wasi_fd_t file = opened("file", 0, READING | WRITING);
    descriptor(0, file, __WASI_EVENTTYPE_FD_READ);
    descriptor(1, file, __WASI_EVENTTYPE_FD_WRITE);
    OK(__wasi_poll_oneoff(wanted, events, 2, &count));
    SAME(2, count);
    SAME(5, events[0].fd_readwrite.nbytes);

    // After its end a pipe can be read, and says that it is closed.
    char text[16];
    __wasi_iovec_t room = {(uint8_t *)text, sizeof text};
    __wasi_size_t length;
    do OK(__wasi_fd_read(0, &room, 1, &length));
    while (length > 0);
    descriptor(0, 0, __WASI_EVENTTYPE_FD_READ);
    OK(__wasi_poll_oneoff(wanted, events, 1, &count));
    SAME(1, count);
    CHECK(events[0].fd_readwrite.flags & __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP);

    // More than fit anywhere on a stack.
    for (int i = 0; i < 63; i++) descriptor(i, file, __WASI_EVENTTYPE_FD_READ);
    clock_(63, 30000 * MS, MONOTONIC, 0);
    OK(__wasi_poll_oneoff(wanted, events, 64, &count));
    SAME(63, count);
    SAME(262, events[62].userdata);

    clock_(0, 1, 77, 0);
    FAILS(INVAL, __wasi_poll_oneoff(wanted, events, 1, &count));
    clock_(0, 1, MONOTONIC, 0);
    wanted[0].u.tag = 9;
    FAILS(INVAL, __wasi_poll_oneoff(wanted, events, 1, &count));
    clock_(0, 1, MONOTONIC, 0);
    FAILS(FAULT, raw_poll_oneoff(OUTSIDE, (i32)events, 1, (i32)&count));
    FAILS(FAULT, raw_poll_oneoff((i32)wanted, OUTSIDE, 1, (i32)&count));
    FAILS(FAULT, raw_poll_oneoff((i32)wanted, (i32)events, 1, OUTSIDE));
    FAILS(FAULT, raw_poll_oneoff((i32)wanted, (i32)events, 0x7fffffff, (i32)&count));

    // A wrong descriptor is an event with an error, or an error.
    descriptor(0, 12345, __WASI_EVENTTYPE_FD_READ);
    __wasi_errno_t error = __wasi_poll_oneoff(wanted, events, 1, &count);
    CHECK(error == __WASI_ERRNO_BADF || (error == 0 && count == 1 && events[0].error == __WASI_ERRNO_BADF));
    return finish();
}
