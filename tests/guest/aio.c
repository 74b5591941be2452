/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Asynchronous I/O, as programs see it without a library: io_setup(2) and its like. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "interrupts.h"

#ifndef IOCB_FLAG_IOPRIO
#define IOCB_FLAG_IOPRIO 2
#endif

enum {
    RING_MAGIC = 0xa10a10a1,
    IOPRIO_REALTIME = 1 << 13,
    STRANGER = 1000,
};

/* What the number of a context points to. */
struct ring {
    unsigned id, nr, head, tail, magic, compatible, incompatible, header_length;
    struct io_event events[];
};

struct sigset_arg {
    const sigset_t *set;
    size_t bytes;
};

static void *volatile bad_pointer = (void *)8; // volatile: the compiler would know that it is bad
static aio_context_t context;
static struct io_event events[512];

static void set_up(unsigned most)
{
    context = 0;
    CHECK(syscall(SYS_io_setup, most, &context) == 0 && context != 0);
}

static struct ring *ring(void)
{
    return (struct ring *)context;
}

static struct iocb request(int opcode, int fd, void *buffer, size_t bytes, long long offset)
{
    return (struct iocb){
        .aio_data = 0x1234,
        .aio_lio_opcode = (unsigned short)opcode,
        .aio_fildes = (unsigned)fd,
        .aio_buf = (unsigned long)buffer,
        .aio_nbytes = bytes,
        .aio_offset = offset,
    };
}

static struct iocb poll_of(int fd, unsigned what)
{
    struct iocb iocb = request(IOCB_CMD_POLL, fd, NULL, 0, 0);
    iocb.aio_buf = what;
    return iocb;
}

static long submit(struct iocb *iocb)
{
    return syscall(SYS_io_submit, context, 1L, &iocb);
}

static long get(long least, long most, long ms)
{
    struct timespec limit = {ms / 1000, ms % 1000 * 1000000};
    return syscall(SYS_io_getevents, context, least, most, events, ms < 0 ? NULL : &limit);
}

/* Submit, and give what its event says. */
static long long outcome(struct iocb *iocb)
{
    CHECK(submit(iocb) == 1 && get(1, 1, -1) == 1);
    CHECK(events[0].obj == (unsigned long)iocb && events[0].data == iocb->aio_data);
    CHECK(events[0].res2 == 0);
    return events[0].res;
}

static int file(void)
{
    const int fd = open("/tmp/aio-file", O_CREAT | O_TRUNC | O_RDWR, 0600);
    CHECK(fd >= 0 && unlink("/tmp/aio-file") == 0);
    return fd;
}

static long setting(const char *path)
{
    char text[32] = "";
    const int fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && read(fd, text, sizeof text - 1) > 0 && close(fd) == 0);
    return atol(text);
}

static long promised(void)
{
    return setting("/proc/sys/fs/aio-nr");
}

/* ---- Contexts ---- */

static void a_context_is_a_ring(void)
{
    const long before = promised();
    set_up(100);
    CHECK(promised() == before + 100);
    CHECK(ring()->magic == RING_MAGIC && ring()->header_length == sizeof(struct ring));
    CHECK(ring()->nr > 100 && ring()->head == 0 && ring()->tail == 0);
    CHECK(ring()->compatible == 1 && ring()->incompatible == 0);
    CHECK(context % 4096 == 0);
    const aio_context_t first = context;
    set_up(1);
    CHECK(context != first);
    CHECK(syscall(SYS_io_destroy, context) == 0);
    FAILS(syscall(SYS_io_destroy, context), EINVAL);
    CHECK((errno = 0, msync((void *)context, 4096, MS_ASYNC) == -1 && errno == ENOMEM));
    FAILS(syscall(SYS_io_getevents, context, 0L, 1L, events, NULL), EINVAL);
    CHECK(syscall(SYS_io_destroy, first) == 0 && promised() == before);
    FAILS(syscall(SYS_io_destroy, 0L), EINVAL);
    FAILS(syscall(SYS_io_destroy, bad_pointer), EINVAL);
}

static void contexts_that_cannot_be(void)
{
    const long most = setting("/proc/sys/fs/aio-max-nr"), before = promised();
    aio_context_t used = 1;
    context = 0;
    FAILS(syscall(SYS_io_setup, 0, &context), EINVAL);
    FAILS(syscall(SYS_io_setup, 1, &used), EINVAL);
    FAILS(syscall(SYS_io_setup, UINT_MAX, &context), EINVAL);
    FAILS(syscall(SYS_io_setup, 0x80000001u, &context), EAGAIN);
    FAILS(syscall(SYS_io_setup, 1, bad_pointer), EFAULT);
    void *const page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FAILS(syscall(SYS_io_setup, 1, page), EFAULT); // it can be read only
    FAILS(syscall(SYS_io_setup, (unsigned)most + 1, &context), EAGAIN);
    set_up(10);
    const aio_context_t first = context;
    context = 0;
    FAILS(syscall(SYS_io_setup, (unsigned)(most - promised()) + 1, &context), EAGAIN);
    CHECK(context == 0 && syscall(SYS_io_destroy, first) == 0 && promised() == before);
}

static void the_limit_can_be_set(void)
{
    char text[32];
    const long most = setting("/proc/sys/fs/aio-max-nr");
    const int fd = open("/proc/sys/fs/aio-max-nr", O_WRONLY);
    snprintf(text, sizeof text, "%ld\n", promised() + 20);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) > 0);
    set_up(15);
    aio_context_t other = 0;
    FAILS(syscall(SYS_io_setup, 6, &other), EAGAIN);
    CHECK(syscall(SYS_io_setup, 5, &other) == 0);
    snprintf(text, sizeof text, "%ld\n", most);
    CHECK(pwrite(fd, text, strlen(text), 0) > 0 && setting("/proc/sys/fs/aio-max-nr") == most);
}

static int status_of(pid_t child)
{
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static void a_context_ends_with_its_memory(void)
{
    const long before = promised();
    int ends[2];
    char byte;
    CHECK(pipe(ends) == 0);
    set_up(7);
    pid_t child = fork();
    if (child == 0) { // has none of the parent's, and one of its own that ends with it
        FAILS(syscall(SYS_io_getevents, context, 0L, 1L, events, NULL), EINVAL);
        FAILS(syscall(SYS_io_destroy, context), EINVAL);
        set_up(8);
        struct iocb iocb = poll_of(ends[0], POLLIN);
        CHECK(promised() == before + 15 && submit(&iocb) == 1);
        _exit(0);
    }
    CHECK(status_of(child) == 0 && promised() == before + 7);
    child = fork();
    if (child == 0) {
        set_up(9);
        struct iocb iocb = poll_of(ends[1], POLLERR); // keeps the pipe open for writing
        CHECK(submit(&iocb) == 1);
        fcntl(ends[1], F_SETFD, FD_CLOEXEC);
        execl("/bin/busybox", "true", NULL);
        _exit(1);
    }
    CHECK(close(ends[1]) == 0 && read(ends[0], &byte, 1) == 0);
    CHECK(status_of(child) == 0 && promised() == before + 7);
    CHECK(syscall(SYS_io_destroy, context) == 0);
}

static void the_ring_may_be_moved_and_lost(void)
{
    char byte = 'x';
    const int fd = file();
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, &byte, 1, 0);
    set_up(1);
    CHECK(submit(&iocb) == 1);
    void *const place = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *const moved = mremap((void *)context, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, place);
    CHECK(moved == place);
    FAILS(syscall(SYS_io_getevents, context, 0L, 1L, events, NULL), EINVAL);
    context = (aio_context_t)moved;
    CHECK(get(1, 1, -1) == 1 && events[0].res == 1 && outcome(&iocb) == 1);
    CHECK(munmap(moved, 4096) == 0);
    struct iocb *list = &iocb;
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EINVAL);
    FAILS(syscall(SYS_io_destroy, context), EINVAL);
    CHECK(mmap(moved, 4096, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1,
               0) == moved);
    memset(moved, 0xff, 4096); // Linux finds the context by what stands there
    FAILS(syscall(SYS_io_destroy, context), EINVAL);
}

/* ---- Files ---- */

static void files_are_read_and_written(void)
{
    char text[16] = "hello, world", back[16] = "";
    const int fd = file();
    struct iovec spans[2] = {{text, 5}, {text + 5, 7}}, into[2] = {{back, 3}, {back + 3, 20}};
    set_up(4);
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, text, 12, 100);
    CHECK(outcome(&iocb) == 12);
    iocb = request(IOCB_CMD_PREAD, fd, back, 16, 107);
    CHECK(outcome(&iocb) == 5 && memcmp(back, "world", 5) == 0);
    iocb = request(IOCB_CMD_PWRITEV, fd, spans, 2, 0);
    CHECK(outcome(&iocb) == 12);
    into[1].iov_len = 9;
    iocb = request(IOCB_CMD_PREADV, fd, into, 2, 0);
    CHECK(outcome(&iocb) == 12 && memcmp(back, "hello, world", 12) == 0);
    iocb = request(IOCB_CMD_PREAD, fd, back, 16, 4096);
    CHECK(outcome(&iocb) == 0);
    iocb = request(IOCB_CMD_FSYNC, fd, NULL, 0, 0);
    CHECK(outcome(&iocb) == 0);
    iocb = request(IOCB_CMD_FDSYNC, fd, NULL, 0, 0);
    CHECK(outcome(&iocb) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 0);
    iocb = request(IOCB_CMD_PWRITE, fd, text, 2, 0);
    iocb.aio_rw_flags = RWF_APPEND;
    CHECK(outcome(&iocb) == 2 && lseek(fd, 0, SEEK_END) == 114);
    iocb.aio_rw_flags = RWF_DSYNC | RWF_SYNC | RWF_HIPRI;
    CHECK(outcome(&iocb) == 2 && lseek(fd, 0, SEEK_END) == 114);
}

static void what_goes_wrong_later_is_in_the_event(void)
{
    const int fd = file();
    void *const page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    set_up(4);
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, page, 10, 0);
    CHECK(outcome(&iocb) == -EFAULT);
    CHECK(write(fd, "data", 4) == 4);
    iocb = request(IOCB_CMD_PREAD, fd, page, 4, 0);
    CHECK(outcome(&iocb) == -EFAULT);
}

static void many_go_in_one_call(void)
{
    char bytes[64];
    struct iocb iocbs[64], *list[64];
    const int fd = file();
    set_up(64);
    for (int i = 0; i < 64; i++) {
        bytes[i] = (char)i;
        iocbs[i] = request(IOCB_CMD_PWRITE, fd, bytes + i, 1, i);
        iocbs[i].aio_data = (unsigned)i;
        list[i] = &iocbs[i];
    }
    CHECK(syscall(SYS_io_submit, context, 64L, list) == 64);
    CHECK(get(0, 10, -1) == 10 && get(60, 512, 0) == 54);
    for (int i = 0; i < 54; i++)
        CHECK(events[i].data == (unsigned)i + 10 && events[i].res == 1);
    CHECK(get(0, 10, 0) == 0 && get(1, 10, 1) == 0);
    CHECK(syscall(SYS_io_submit, context, 0L, NULL) == 0);
    list[2] = bad_pointer;
    CHECK(syscall(SYS_io_submit, context, 5L, list) == 2 && get(2, 5, 0) == 2);
    list[2] = &iocbs[2];
    iocbs[3].aio_fildes = 4000;
    CHECK(syscall(SYS_io_submit, context, 5L, list) == 3 && get(0, 5, 0) == 3);
}

static void requests_that_are_refused(void)
{
    char byte = 0;
    const int fd = file(), reader = open("/dev/zero", O_RDONLY), folder = open("/", O_RDONLY);
    const int path_only = open("/", O_PATH);
    struct iocb good = request(IOCB_CMD_PREAD, fd, &byte, 1, 0), iocb = good, *list = &iocb;
    set_up(4);
    FAILS(syscall(SYS_io_submit, context, -1L, &list), EINVAL);
    FAILS(syscall(SYS_io_submit, 0L, 1L, &list), EINVAL);
    FAILS(syscall(SYS_io_submit, context, 1L, bad_pointer), EFAULT);
    list = bad_pointer;
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EFAULT);
    list = &iocb;
    const struct {
        int error;
        struct iocb iocb;
    } bad[] = {
        {EBADF, request(IOCB_CMD_PREAD, 4000, &byte, 1, 0)},
        {EBADF, request(IOCB_CMD_PREAD, path_only, &byte, 1, 0)},
        {EBADF, request(IOCB_CMD_PWRITE, reader, &byte, 1, 0)},
        {EINVAL, request(IOCB_CMD_PREAD, folder, &byte, 1, 0)},
        {EINVAL, request(IOCB_CMD_PREAD, fd, &byte, 1, -1)},
        {EINVAL, request(IOCB_CMD_PREAD, fd, &byte, (size_t)-1, 0)},
        {EFAULT, request(IOCB_CMD_PREAD, fd, (void *)-4096L, 1, 0)},
        {EFAULT, request(IOCB_CMD_PREADV, fd, bad_pointer, 1, 0)},
        {EINVAL, request(IOCB_CMD_PREADV, fd, &byte, 1025, 0)},
        {EINVAL, request(IOCB_CMD_NOOP, fd, NULL, 0, 0)},
        {EINVAL, request(4, fd, NULL, 0, 0)},
        {EINVAL, request(99, fd, NULL, 0, 0)},
        {EINVAL, request(IOCB_CMD_FSYNC, fd, &byte, 0, 0)},
        {EINVAL, request(IOCB_CMD_FDSYNC, fd, NULL, 1, 0)},
        {EINVAL, poll_of(fd, 0x10000)},
        {EINVAL, request(IOCB_CMD_POLL, fd, NULL, 1, 0)},
        {EINVAL, request(IOCB_CMD_POLL, fd, NULL, 0, 1)},
        {EINVAL, poll_of(fd, POLLPRI)}, // never ready, and nobody would tell
        {EBADF, poll_of(4000, POLLIN)},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        iocb = bad[i].iocb;
        const long result = (errno = 0, submit(&iocb));
        if (result != -1 || errno != bad[i].error)
            printf("request %u: gives %ld, errno %d instead of %d\n", i, result, errno,
                   bad[i].error);
        CHECK(result == -1 && errno == bad[i].error);
    }
    iocb = good;
    iocb.aio_fildes = 4000;
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EBADF);
    iocb = good;
    iocb.aio_reserved2 = 1;
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EINVAL);
    iocb = good;
    iocb.aio_rw_flags = 1 << 30;
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EOPNOTSUPP);
    iocb = good;
    iocb.aio_flags = IOCB_FLAG_RESFD;
    iocb.aio_resfd = 4000;
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EBADF);
    iocb.aio_resfd = (unsigned)fd;
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EINVAL);
    CHECK(get(0, 4, 0) == 0); // none of them has left an event
}

static void priorities_of_requests(void)
{
    char byte = 0;
    const int fd = file();
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, &byte, 1, 0), *list = &iocb;
    set_up(4);
    iocb.aio_flags = IOCB_FLAG_IOPRIO;
    iocb.aio_reqprio = IOPRIO_REALTIME;
    CHECK(outcome(&iocb) == 1);
    iocb.aio_reqprio = 4 << 13; // no class
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EINVAL);
    CHECK(setresuid(STRANGER, STRANGER, STRANGER) == 0);
    iocb.aio_reqprio = IOPRIO_REALTIME;
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EPERM);
    iocb.aio_reqprio = 7 | 2 << 13;
    CHECK(outcome(&iocb) == 1);
}

static void a_context_takes_no_more_than_fits(void)
{
    static struct iocb iocbs[4096];
    int ends[2], count = 0;
    set_up(1);
    CHECK(pipe(ends) == 0);
    struct iocb *list = &iocbs[0];
    for (; count < 4096; list = &iocbs[++count]) {
        iocbs[count] = poll_of(ends[0], POLLIN);
        if (syscall(SYS_io_submit, context, 1L, &list) != 1)
            break;
    }
    CHECK(count >= 1 && count < (int)ring()->nr && count < 4096);
    FAILS(syscall(SYS_io_submit, context, 1L, &list), EAGAIN);
    CHECK(write(ends[1], "x", 1) == 1);
    for (int left = count; left > 0;) {
        const long got = get(1, 512, -1);
        CHECK(got >= 1 && got <= left);
        left -= (int)got;
    }
    CHECK(submit(list) == 1 && get(1, 1, -1) == 1);
}

/* ---- Events ---- */

static void events_that_cannot_be_had(void)
{
    char byte = 0;
    const int fd = file();
    struct timespec now = {0, 0};
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, &byte, 1, 0);
    struct sigset_arg mask = {bad_pointer, 8};
    sigset_t none;
    set_up(4);
    FAILS(syscall(SYS_io_getevents, context, -1L, 1L, events, &now), EINVAL);
    FAILS(syscall(SYS_io_getevents, context, 2L, 1L, events, &now), EINVAL);
    FAILS(syscall(SYS_io_getevents, context + 8, 0L, 1L, events, &now), EINVAL);
    FAILS(syscall(SYS_io_getevents, context, 0L, 1L, events, bad_pointer), EFAULT);
    FAILS(syscall(SYS_io_pgetevents, context, -1L, 1L, events, &now, NULL), EINVAL);
    FAILS(syscall(SYS_io_pgetevents, context, 0L, 1L, events, bad_pointer, NULL), EFAULT);
    FAILS(syscall(SYS_io_pgetevents, context, 0L, 1L, events, &now, bad_pointer), EFAULT);
    FAILS(syscall(SYS_io_pgetevents, context, 0L, 1L, events, &now, &mask), EFAULT);
    sigemptyset(&none);
    mask = (struct sigset_arg){&none, 7};
    FAILS(syscall(SYS_io_pgetevents, context, 0L, 1L, events, &now, &mask), EINVAL);
    CHECK(submit(&iocb) == 1);
    FAILS(syscall(SYS_io_getevents, context, 1L, 1L, bad_pointer, &now), EFAULT);
    FAILS(syscall(SYS_io_pgetevents, context, 1L, 1L, bad_pointer, &now, NULL), EFAULT);
    mask.bytes = 8;
    CHECK(syscall(SYS_io_pgetevents, context, 1L, 1L, events, NULL, &mask) == 1);
    CHECK(events[0].res == 1);
    CHECK(syscall(SYS_io_pgetevents, context, 1L, 1L, events, &now, NULL) == 0);
}

static void waiting_is_interrupted(void)
{
    char byte = 0;
    const int fd = file();
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, &byte, 1, 0);
    sigset_t blocked, none;
    const struct sigset_arg mask = {&none, 8};
    set_up(4);
    interrupt_after(50, SA_RESTART);
    FAILS(syscall(SYS_io_getevents, context, 1L, 1L, events, NULL), EINTR);
    CHECK(submit(&iocb) == 1);
    CHECK(get(2, 2, -1) == 1); // one event, then a signal
    alarm_after(0);
    signals_seen = 0;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0 && raise(SIGALRM) == 0);
    CHECK(get(1, 1, 1) == 0 && signals_seen == 0);
    FAILS(syscall(SYS_io_pgetevents, context, 1L, 1L, events, NULL, &mask), EINTR);
    CHECK(signals_seen == 1 && sigprocmask(SIG_BLOCK, NULL, &none) == 0);
    CHECK(sigismember(&none, SIGALRM));
}

static void the_program_takes_events_itself(void)
{
    char byte = 0;
    const int fd = file();
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, &byte, 1, 0);
    set_up(1);
    volatile struct ring *const own = ring();
    for (unsigned i = 0; i < 1000; i++) {
        iocb.aio_data = i;
        CHECK(submit(&iocb) == 1);
        const unsigned head = own->head;
        CHECK(own->tail == (head + 1) % own->nr);
        CHECK(own->events[head].data == i && own->events[head].res == 1);
        own->head = (head + 1) % own->nr;
        CHECK(get(0, 1, 0) == 0);
    }
    CHECK(submit(&iocb) == 1 && get(1, 1, -1) == 1);
    CHECK(own->head == own->tail);
}

static void what_stands_in_the_ring_hurts_nobody(void)
{
    static const unsigned values[] = {0, 1, 126, 127, 128, 0x7fffffff, 0x80000000, 0xffffffff};
    char byte = 0;
    const int fd = file();
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, &byte, 1, 0);
    set_up(1);
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        ring()->head = values[i];
        ring()->tail = values[7 - i];
        ring()->nr = values[i];
        const long result = submit(&iocb);
        CHECK(result == 1 || (result == -1 && errno == EAGAIN));
        ring()->head = values[i];
        CHECK(get(0, 512, 0) >= 0);
    }
    const unsigned id = ring()->id;
    memset(ring(), 0xff, 4096);
    ring()->id = id; // Linux finds the context by it
    const long result = submit(&iocb);
    CHECK(result == 1 || (result == -1 && errno == EAGAIN));
    CHECK(get(0, 512, 0) >= 0 && madvise(ring(), 4096, MADV_DONTNEED) == 0);
    CHECK(syscall(SYS_io_destroy, context) == 0);
}

static void an_eventfd_is_told(void)
{
    char byte = 0;
    int ends[2];
    unsigned long long count;
    const int fd = file(), event = eventfd(0, EFD_NONBLOCK);
    struct iocb iocb = request(IOCB_CMD_PWRITE, fd, &byte, 1, 0);
    iocb.aio_flags = IOCB_FLAG_RESFD;
    iocb.aio_resfd = (unsigned)event;
    set_up(4);
    CHECK(event >= 0 && outcome(&iocb) == 1 && outcome(&iocb) == 1);
    CHECK(read(event, &count, 8) == 8 && count == 2);
    CHECK(pipe(ends) == 0);
    iocb = poll_of(ends[0], POLLIN);
    iocb.aio_flags = IOCB_FLAG_RESFD;
    iocb.aio_resfd = (unsigned)event;
    CHECK(submit(&iocb) == 1 && read(event, &count, 8) == -1 && errno == EAGAIN);
    CHECK(write(ends[1], "x", 1) == 1);
    struct pollfd wait = {event, POLLIN, 0};
    CHECK(poll(&wait, 1, -1) == 1 && read(event, &count, 8) == 8 && count == 1);
    CHECK(get(1, 1, 0) == 1 && (events[0].res & POLLIN));
}

static const struct test_case cases[] = {
    CASE(a_context_is_a_ring),
    CASE(contexts_that_cannot_be),
    CASE(the_limit_can_be_set),
    CASE(a_context_ends_with_its_memory),
    CASE(the_ring_may_be_moved_and_lost),
    CASE(files_are_read_and_written),
    CASE(what_goes_wrong_later_is_in_the_event),
    CASE(many_go_in_one_call),
    CASE(requests_that_are_refused),
    CASE(priorities_of_requests),
    CASE(a_context_takes_no_more_than_fits),
    CASE(events_that_cannot_be_had),
    CASE(waiting_is_interrupted),
    CASE(the_program_takes_events_itself),
    CASE(what_stands_in_the_ring_hurts_nobody),
    CASE(an_eventfd_is_told),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
