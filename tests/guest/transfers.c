/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* read(2), write(2) and their kin, and lseek(2): what they refuse, and how much they move. */
#define _GNU_SOURCE
#include <limits.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#include "file_scene.h"

#define OFFSET_MOST INT64_MAX

static char bytes[65536 + 4096];
static volatile int none;
static struct iovec one = {bytes, 4}, bad = {(void *)8, 4};

static int folder(void)
{
    int fd = open("/tmp", O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0);
    return fd;
}

/* Page 0 of this process, which is not there. */
static int own_memory(void)
{
    int fd = open("/proc/self/mem", O_RDWR);
    CHECK(fd >= 0);
    return fd;
}

static void descriptors_must_allow_it(void)
{
    int reader = open("/proc/self/exe", O_RDONLY), writer = open("/dev/null", O_WRONLY);
    CHECK(reader >= 0 && writer >= 0);
    FAILS(read(-1, bytes, 1), EBADF);
    FAILS(read(writer, bytes, 1), EBADF);
    FAILS(readv(-1, &one, 1), EBADF);
    FAILS(readv(writer, &one, 1), EBADF);
    FAILS(pread(-1, bytes, 1, 0), EBADF);
    FAILS(pread(writer, bytes, 1, 0), EBADF);
    FAILS(preadv(writer, &one, 1, 0), EBADF);
    FAILS(preadv2(writer, &one, 1, 0, 0), EBADF);
    FAILS(preadv2(77, &one, 1, -1, 0), EBADF);
    FAILS(write(-1, bytes, 1), EBADF);
    FAILS(write(reader, bytes, 1), EBADF);
    FAILS(writev(reader, &one, 1), EBADF);
    FAILS(pwrite(reader, bytes, 1, 0), EBADF);
    FAILS(pwritev(reader, &one, 1, 0), EBADF);
    FAILS(pwritev2(reader, &one, 1, 0, 0), EBADF);
    int path = open("/tmp", O_PATH);
    FAILS(read(path, bytes, 1), EBADF);
    FAILS(lseek(path, 0, SEEK_SET), EBADF);
    FAILS(lseek(-1, 0, SEEK_SET), EBADF);
}

static void folders_are_not_read(void)
{
    FAILS(read(folder(), bytes, 1), EISDIR);
    FAILS(readv(folder(), &one, 1), EISDIR);
    FAILS(pread(folder(), bytes, 1, 0), EISDIR);
    FAILS(preadv(folder(), &one, 1, 0), EISDIR);
    FAILS(preadv2(folder(), &one, 1, 0, 0), EISDIR);
}

static void addresses_must_be_the_programs(void)
{
    int fd = scratch("content");
    FAILS(read(fd, nowhere, 4), EFAULT);
    FAILS(readv(fd, &bad, 1), EFAULT);
    FAILS(readv(fd, nowhere, 1), EFAULT);
    FAILS(pread(fd, nowhere, 4, 0), EFAULT);
    FAILS(preadv(fd, &bad, 1, 0), EFAULT);
    FAILS(preadv2(fd, &bad, 1, 0, 0), EFAULT);
    FAILS(write(fd, nowhere, 4), EFAULT);
    FAILS(writev(fd, &bad, 1), EFAULT);
    FAILS(pwrite(fd, nowhere, 4, 0), EFAULT);
    FAILS(pwritev(fd, &bad, 1, 0), EFAULT);
    FAILS(pwritev2(fd, &bad, 1, 0, 0), EFAULT);
    CHECK(lseek(fd, 0, SEEK_CUR) == 0);
    FAILS(read(fd, (void *)-4096l, 4096), EFAULT);
    FAILS(write(fd, (void *)(uintptr_t)0xffff800000000000, 1), EFAULT);
}

/* A mapping of two pages whose second cannot be touched; the start of that one. */
static char *cliff(void)
{
    char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED && mprotect(at + 4096, 4096, PROT_NONE) == 0);
    return at + 4096;
}

static void what_came_before_a_bad_address_counts(void)
{
    char *edge = cliff();
    int fd = scratch("0123456789"), ends[2];
    struct iovec spans[2] = {{edge - 4, 4}, {edge, 4}};
    CHECK(readv(fd, spans, 2) == 4 && memcmp(edge - 4, "0123", 4) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 4);
    CHECK(writev(fd, spans, 2) == 4 && lseek(fd, 0, SEEK_CUR) == 8);
    CHECK(pread(fd, bytes, 20, 0) == 10 && memcmp(bytes, "0123012389", 10) == 0);
    CHECK(pipe(ends) == 0);
    spans[0] = (struct iovec){NULL, 0}; // an empty one may be anywhere
    spans[1] = (struct iovec){bytes, 3};
    CHECK(writev(ends[1], spans, 2) == 3 && readv(ends[0], spans, 2) == 3);
}

static void vectors_have_limits(void)
{
    static struct iovec many[IOV_MAX + 1], half[2];
    int fd = scratch("content");
    for (unsigned i = 0; i <= IOV_MAX; i++)
        many[i] = (struct iovec){bytes + i, 1};
    half[0] = (struct iovec){bytes, SSIZE_MAX};
    half[1] = (struct iovec){bytes, 1};
    FAILS(readv(fd, many, IOV_MAX + 1), EINVAL);
    FAILS(readv(fd, many, none - 1), EINVAL);
    FAILS(writev(fd, many, IOV_MAX + 1), EINVAL);
    FAILS(preadv(fd, many, IOV_MAX + 1, 0), EINVAL);
    FAILS(pwritev(fd, many, IOV_MAX + 1, 0), EINVAL);
    FAILS(preadv2(fd, many, IOV_MAX + 1, 0, 0), EINVAL);
    FAILS(pwritev2(fd, many, IOV_MAX + 1, 0, 0), EINVAL);
    half[0].iov_len = (size_t)SSIZE_MAX + 1;
    FAILS(readv(fd, half, 2), EINVAL);
    FAILS(writev(fd, half, 2), EINVAL);
    CHECK(readv(fd, many, 0) == 0 && writev(fd, many, 0) == 0 && readv(fd, NULL, 0) == 0);
    CHECK(writev(fd, many, IOV_MAX) == IOV_MAX && size_of(fd) == IOV_MAX);
    CHECK(preadv(fd, many, IOV_MAX, 0) == IOV_MAX && pwritev(fd, many, 10, 5000) == 10);
}

static void offsets_have_limits(void)
{
    int fd = scratch("content");
    FAILS(pread(fd, bytes, 1, -1), EINVAL);
    FAILS(pwrite(fd, bytes, 1, -1), EINVAL);
    FAILS(preadv(fd, &one, 1, -1), EINVAL);
    FAILS(pwritev(fd, &one, 1, -1), EINVAL);
    FAILS(preadv2(fd, &one, 1, -2, 0), EINVAL);
    FAILS(pwritev2(fd, &one, 1, -2, 0), EINVAL);
    FAILS(pread(fd, bytes, 2, OFFSET_MOST), EINVAL); // its end is past all offsets
    FAILS(pwrite(fd, bytes, 2, OFFSET_MOST - 1), EINVAL);
    CHECK(pread(fd, bytes, 1, OFFSET_MOST - 1) == 0);
    CHECK(pread(fd, bytes, 0, OFFSET_MOST) == 0);
    CHECK(lseek(fd, OFFSET_MOST, SEEK_SET) == OFFSET_MOST);
    FAILS(read(fd, bytes, 1), EINVAL);
    FAILS(write(fd, bytes, 1), EINVAL);
    CHECK(preadv2(fd, &one, 1, 3, 0) == 4 && memcmp(bytes, "tent", 4) == 0);
    CHECK(lseek(fd, 5, SEEK_SET) == 5 && preadv2(fd, &one, 1, -1, 0) == 2);
    CHECK(lseek(fd, 0, SEEK_CUR) == 7 && pwritev2(fd, &one, 1, -1, 0) == 4 && size_of(fd) == 11);
}

static void pipes_have_no_offsets(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    FAILS(pread(ends[0], bytes, 1, 0), ESPIPE);
    FAILS(preadv(ends[0], &one, 1, 0), ESPIPE);
    FAILS(preadv2(ends[0], &one, 1, 0, 0), ESPIPE);
    FAILS(pwrite(ends[1], bytes, 1, 0), ESPIPE);
    FAILS(pwritev(ends[1], &one, 1, 0), ESPIPE);
    FAILS(pwritev2(ends[1], &one, 1, 0, 0), ESPIPE);
    FAILS(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
    CHECK(pwritev2(ends[1], &one, 1, -1, 0) == 4 && preadv2(ends[0], &one, 1, -1, 0) == 4);
}

static void nothing_is_moved_by_nothing(void)
{
    int fd = scratch("content"), ends[2];
    CHECK(pipe(ends) == 0 && read(fd, bytes, 0) == 0 && write(fd, bytes, 0) == 0);
    CHECK(read(ends[0], bytes, 0) == 0 && write(ends[1], bytes, 0) == 0);
    CHECK(pread(fd, bytes, 0, 0) == 0 && pwrite(fd, bytes, 0, 100) == 0 && size_of(fd) == 7);
    FAILS(read(ends[1], bytes, 0), EBADF);
    CHECK(lseek(fd, 100, SEEK_SET) == 100 && read(fd, bytes, 10) == 0);
    CHECK(write(fd, "x", 1) == 1 && size_of(fd) == 101 && pread(fd, bytes, 10, 96) == 5);
    CHECK(memcmp(bytes, "\0\0\0\0x", 5) == 0);
}

static void what_would_wait_does_not(void)
{
    int ends[2], log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
    CHECK(pipe2(ends, O_NONBLOCK) == 0 && log >= 0);
    FAILS(read(ends[0], bytes, 1), EAGAIN);
    FAILS(readv(ends[0], &one, 1), EAGAIN);
    FAILS(preadv2(ends[0], &one, 1, -1, 0), EAGAIN);
    CHECK(write(ends[1], bytes, sizeof bytes) == 65536); // what there is room for
    FAILS(write(ends[1], bytes, 1), EAGAIN);
    FAILS(writev(ends[1], &one, 1), EAGAIN);
    FAILS(pwritev2(ends[1], &one, 1, -1, 0), EAGAIN);
    CHECK(lseek(log, 0, SEEK_END) == 0);
    FAILS(pread(log, bytes, sizeof bytes, 0), EAGAIN);
    struct iovec all = {bytes, sizeof bytes};
    FAILS(preadv(log, &all, 1, 0), EAGAIN);
}

static void unsuitable_files_are_refused(void)
{
    uint64_t value = 1;
    int timer = timerfd_create(CLOCK_MONOTONIC, 0), counter = eventfd(0, 0);
    CHECK(timer >= 0 && counter >= 0);
    FAILS(write(timer, &value, 8), EINVAL);
    FAILS(writev(timer, &one, 1), EINVAL);
    FAILS(read(timer, &value, 7), EINVAL);
    FAILS(read(counter, &value, 7), EINVAL);
    FAILS(write(counter, &value, 7), EINVAL);
}

static void memory_that_is_not_there_is_an_error_of_the_device(void)
{
    int fd = own_memory();
    FAILS(read(fd, bytes, 1), EIO);
    FAILS(pread(fd, bytes, 1, 0), EIO);
    FAILS(readv(fd, &one, 1), EIO);
    FAILS(preadv(fd, &one, 1, 0), EIO);
    FAILS(preadv2(fd, &one, 1, 0, 0), EIO);
    FAILS(write(fd, bytes, 1), EIO);
    FAILS(pwrite(fd, bytes, 1, 0), EIO);
    FAILS(writev(fd, &one, 1), EIO);
    FAILS(pwritev(fd, &one, 1, 0), EIO);
    FAILS(pwritev2(fd, &one, 1, 0, 0), EIO);
    CHECK(pread(fd, bytes + 8, 4, (off_t)(uintptr_t)bytes) == 4);
}

static void files_grow_to_a_limit(void)
{
    struct rlimit limit = {10, RLIM_INFINITY};
    int fd = scratch("");
    catch_signal(SIGXFSZ, 0);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(write(fd, "0123456789abc", 13) == 10 && signals_seen == 0);
    FAILS(write(fd, "x", 1), EFBIG);
    CHECK(signals_seen == 1 && last_signal == SIGXFSZ && size_of(fd) == 10);
    FAILS(writev(fd, &one, 1), EFBIG);
    FAILS(pwrite(fd, "x", 1, 10), EFBIG);
    FAILS(pwritev(fd, &one, 1, 100), EFBIG);
    FAILS(pwritev2(fd, &one, 1, 100, 0), EFBIG);
    CHECK(signals_seen == 5 && pwrite(fd, "xyz", 3, 8) == 2 && size_of(fd) == 10);
    CHECK(write(fd, "x", 0) == 0 && signals_seen == 5);
    int ends[2];
    CHECK(pipe(ends) == 0 && write(ends[1], bytes, 100) == 100); // files only
}

static void volumes_fill_up(void)
{
    volume_begin("size=64k");
    int fd = open(VOLUME "/file", O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0 && write(fd, bytes, sizeof bytes) == 65536 && size_of(fd) == 65536);
    FAILS(write(fd, bytes, 1), ENOSPC);
    FAILS(writev(fd, &one, 1), ENOSPC);
    FAILS(pwrite(fd, bytes, 1, 70000), ENOSPC);
    FAILS(pwritev(fd, &one, 1, 70000), ENOSPC);
    FAILS(pwritev2(fd, &one, 1, 70000, 0), ENOSPC);
    CHECK(pwrite(fd, "x", 1, 100) == 1 && ftruncate(fd, 4096) == 0);
    CHECK(pwrite(fd, "x", 1, 60000) == 1);
    volume_end();
}

static void seals_are_seen_by_all(void)
{
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    CHECK(write(fd, "data", 4) == 4 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    FAILS(write(fd, "x", 1), EPERM);
    FAILS(writev(fd, &one, 1), EPERM);
    FAILS(pwrite(fd, "x", 1, 0), EPERM);
    FAILS(pwritev(fd, &one, 1, 0), EPERM);
    FAILS(pwritev2(fd, &one, 1, 0, 0), EPERM);
}

static void pipes_break(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
    catch_signal(SIGPIPE, 0);
    FAILS(write(ends[1], "x", 1), EPIPE);
    FAILS(writev(ends[1], &one, 1), EPIPE);
    FAILS(pwritev2(ends[1], &one, 1, -1, 0), EPIPE);
    CHECK(signals_seen == 3 && last_signal == SIGPIPE);
    CHECK(write(ends[1], "", 0) == 0);
}

static void reads_are_interrupted(void)
{
    int ends[2], log = open("/dev/kmsg", O_RDONLY);
    struct iovec all = {bytes, sizeof bytes};
    CHECK(pipe(ends) == 0 && log >= 0 && lseek(log, 0, SEEK_END) == 0);
    interrupt_after(30, 0);
    FAILS(read(ends[0], bytes, 1), EINTR);
    FAILS(readv(ends[0], &one, 1), EINTR);
    FAILS(preadv2(ends[0], &one, 1, -1, 0), EINTR);
    FAILS(pread(log, bytes, sizeof bytes, 0), EINTR);
    FAILS(preadv(log, &all, 1, 0), EINTR);
    CHECK(signals_seen >= 5);
}

static void writes_are_interrupted(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0 && write(ends[1], bytes, 65536) == 65536);
    interrupt_after(30, 0);
    FAILS(write(ends[1], bytes, 1), EINTR);
    FAILS(writev(ends[1], &one, 1), EINTR);
    FAILS(pwritev2(ends[1], &one, 1, -1, 0), EINTR);
    CHECK(read(ends[0], bytes, 65536) == 65536);
    CHECK(write(ends[1], bytes, sizeof bytes) == 65536); // what was written before counts
}

static void put_later(int fd)
{
    sleep_ms(150);
    CHECK(write(fd, "late", 4) == 4);
}

static void a_restarted_read_goes_on(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t child = start_child(put_later, ends[1]);
    interrupt_after(30, SA_RESTART);
    CHECK(read(ends[0], bytes, 4) == 4 && memcmp(bytes, "late", 4) == 0 && signals_seen > 0);
    interrupt_after(0, SA_RESTART);
    await_child(child);
}

static void take_later(int fd)
{
    sleep_ms(150);
    CHECK(read(fd, bytes, 65536) == 65536);
}

static void a_restarted_write_goes_on(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0 && write(ends[1], bytes, 65536) == 65536);
    pid_t child = start_child(take_later, ends[0]);
    interrupt_after(30, SA_RESTART);
    CHECK(write(ends[1], "more", 4) == 4 && signals_seen > 0);
    interrupt_after(0, SA_RESTART);
    await_child(child);
}

static void appending_is_always_at_the_end(void)
{
    int fd = scratch("0123456789");
    CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0 && write(fd, "ab", 2) == 2);
    CHECK(lseek(fd, 0, SEEK_CUR) == 12 && lseek(fd, 2, SEEK_SET) == 2);
    CHECK(pwrite(fd, "cd", 2, 0) == 2 && size_of(fd) == 14 && lseek(fd, 0, SEEK_CUR) == 2);
    CHECK(pread(fd, bytes, 20, 8) == 6 && memcmp(bytes, "89abcd", 6) == 0);
    CHECK(read(fd, bytes, 1) == 1 && bytes[0] == '2');
}

static void flags_of_one_call(void)
{
    int fd = scratch("0123456789");
    FAILS(preadv2(fd, &one, 1, 0, 0x400), EOPNOTSUPP);
    FAILS(pwritev2(fd, &one, 1, 0, 0x400), EOPNOTSUPP);
    FAILS(preadv2(fd, &one, 1, 0, RWF_NOWAIT), EOPNOTSUPP); // a file in memory cannot promise that
    CHECK(preadv2(fd, &one, 1, 0, RWF_HIPRI) == 4);
    CHECK(pwritev2(fd, &one, 1, 0, RWF_DSYNC) == 4 && pwritev2(fd, &one, 1, 0, RWF_SYNC) == 4);
    CHECK(pwritev2(fd, &one, 1, 0, RWF_APPEND) == 4 && size_of(fd) == 14);
    CHECK(lseek(fd, 3, SEEK_SET) == 3 && pwritev2(fd, &one, 1, -1, RWF_APPEND) == 4);
    CHECK(lseek(fd, 0, SEEK_CUR) == 18 && size_of(fd) == 18);
}

static void seeking_names_its_errors(void)
{
    int fd = scratch("0123456789");
    FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    FAILS(lseek(fd, -11, SEEK_END), EINVAL);
    FAILS(lseek(fd, 0, 99), EINVAL);
    FAILS(lseek(fd, OFFSET_MOST, SEEK_END), EINVAL);
    CHECK(lseek(fd, 1, SEEK_SET) == 1);
    FAILS(lseek(fd, OFFSET_MOST, SEEK_CUR), EINVAL);
    FAILS(lseek(fd, 10, SEEK_DATA), ENXIO);
    FAILS(lseek(fd, 10, SEEK_HOLE), ENXIO);
    FAILS(lseek(fd, -1, SEEK_DATA), ENXIO);
    CHECK(lseek(fd, 0, SEEK_CUR) == 1 && lseek(fd, -1, SEEK_CUR) == 0);
    CHECK(lseek(fd, -10, SEEK_END) == 0 && lseek(fd, OFFSET_MOST - 10, SEEK_END) == OFFSET_MOST);
}

static void holes_are_found(void)
{
    int fd = scratch("");
    CHECK(pwrite(fd, "x", 1, 8192) == 1 && ftruncate(fd, 32768) == 0);
    CHECK(lseek(fd, 0, SEEK_DATA) == 8192 && lseek(fd, 0, SEEK_HOLE) == 0);
    CHECK(lseek(fd, 8192, SEEK_HOLE) == 12288 && lseek(fd, 8200, SEEK_DATA) == 8200);
    FAILS(lseek(fd, 12288, SEEK_DATA), ENXIO);
    CHECK(lseek(fd, 20000, SEEK_HOLE) == 20000);
    int full = scratch("0123456789");
    CHECK(lseek(full, 3, SEEK_HOLE) == 10 && lseek(full, 3, SEEK_DATA) == 3);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(descriptors_must_allow_it),
        CASE(folders_are_not_read),
        CASE(addresses_must_be_the_programs),
        CASE(what_came_before_a_bad_address_counts),
        CASE(vectors_have_limits),
        CASE(offsets_have_limits),
        CASE(pipes_have_no_offsets),
        CASE(nothing_is_moved_by_nothing),
        CASE(what_would_wait_does_not),
        CASE(unsuitable_files_are_refused),
        CASE(memory_that_is_not_there_is_an_error_of_the_device),
        CASE(files_grow_to_a_limit),
        CASE(volumes_fill_up),
        CASE(seals_are_seen_by_all),
        CASE(pipes_break),
        CASE(reads_are_interrupted),
        CASE(writes_are_interrupted),
        CASE(a_restarted_read_goes_on),
        CASE(a_restarted_write_goes_on),
        CASE(appending_is_always_at_the_end),
        CASE(flags_of_one_call),
        CASE(seeking_names_its_errors),
        CASE(holes_are_found),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
