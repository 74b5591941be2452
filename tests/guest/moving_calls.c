/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What sendfile(2), copy_file_range(2), splice(2) and their kin refuse, and how waits in them end.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "file_scene.h"
#include "limits.h"

#define OFFSET_MOST INT64_MAX
#define PROC_MOST   0x7fffffffl // offsets in files of /proc are that of 32 bits

static char bytes[65536];

static void full_pipe(int ends[2], int flags)
{
    CHECK(pipe2(ends, flags) == 0 && write(ends[1], bytes, 65536) == 65536);
}

static int memory_file(unsigned flags)
{
    int fd = memfd_create("moving", flags);
    CHECK(fd >= 0);
    return fd;
}

static void sending_names_its_errors(void)
{
    int from = scratch("0123456789"), to = scratch(""), ends[2], full[2];
    int text = open("/proc/self/stat", O_RDONLY), writer = open("/dev/null", O_WRONLY);
    off_t at = 0, late = PROC_MOST + 1, past = -1, most = OFFSET_MOST;
    full_pipe(full, O_NONBLOCK);
    CHECK(pipe(ends) == 0 && text >= 0);
    FAILS(sendfile(-1, from, NULL, 1), EBADF);
    FAILS(sendfile(to, -1, NULL, 1), EBADF);
    FAILS(sendfile(to, writer, NULL, 1), EBADF);
    FAILS(sendfile(ends[0], from, NULL, 1), EBADF);
    FAILS(sendfile(to, from, nowhere, 1), EFAULT);
    FAILS(sendfile(to, from, &past, 1), EINVAL);
    FAILS(sendfile(to, from, &most, 1), EINVAL);
    FAILS(sendfile(full[1], from, &at, 4), EAGAIN);
    FAILS(sendfile(to, text, &late, 1), EOVERFLOW);
    FAILS(sendfile(to, ends[0], &at, 1), ESPIPE);
    FAILS(sendfile(to, open("/tmp", O_RDONLY), NULL, 1), EINVAL);
    CHECK(fcntl(to, F_SETFL, O_APPEND) == 0);
    FAILS(sendfile(to, from, NULL, 1), EINVAL);
    CHECK(sendfile(ends[1], from, &at, 0) == 0 && sendfile(ends[1], from, &at, 100) == 10);
    CHECK(at == 10 && lseek(from, 0, SEEK_CUR) == 0 && sendfile(ends[1], from, NULL, 4) == 4);
    CHECK(lseek(from, 0, SEEK_CUR) == 4);
}

static void copying_names_its_errors(void)
{
    int from = scratch("0123456789"), to = scratch(""), ends[2], other = memory_file(0);
    int folder = open("/tmp", O_RDONLY), writer = open("/dev/null", O_WRONLY);
    loff_t at = 0, out = 0, most = OFFSET_MOST;
    CHECK(pipe(ends) == 0);
    FAILS(copy_file_range(from, &at, to, &out, 4, 1), EINVAL);
    FAILS(copy_file_range(-1, &at, to, &out, 4, 0), EBADF);
    FAILS(copy_file_range(from, &at, -1, &out, 4, 0), EBADF);
    FAILS(copy_file_range(writer, NULL, to, NULL, 4, 0), EINVAL);
    FAILS(copy_file_range(folder, &at, to, &out, 4, 0), EISDIR);
    FAILS(copy_file_range(from, &at, folder, &out, 4, 0), EISDIR);
    FAILS(copy_file_range(ends[0], NULL, to, &out, 4, 0), EINVAL);
    FAILS(copy_file_range(from, &at, ends[1], NULL, 4, 0), EINVAL);
    CHECK(copy_file_range(from, &most, to, &out, 4, 0) == 0);
    FAILS(copy_file_range(from, &at, to, &most, 4, 0), EFBIG);
    at = 1;
    FAILS(copy_file_range(from, &at, to, &out, SIZE_MAX, 0), EOVERFLOW);
    at = 0;
    FAILS(copy_file_range(from, &at, other, &out, 4, 0), EXDEV);
    FAILS(copy_file_range(from, nowhere, to, &out, 4, 0), EFAULT);
    at = 0, out = 2;
    FAILS(copy_file_range(from, &at, from, &out, 5, 0), EINVAL);
    out = 5;
    CHECK(copy_file_range(from, &at, from, &out, 5, 0) == 5 && at == 5 && out == 10);
    CHECK(pread(from, bytes, 20, 0) == 10 && memcmp(bytes, "0123401234", 10) == 0);
    at = 8, out = 0;
    CHECK(copy_file_range(from, &at, to, &out, 100, 0) == 2 && size_of(to) == 2);
    CHECK(copy_file_range(from, &at, to, &out, 100, 0) == 0);
    CHECK(copy_file_range(from, NULL, to, NULL, 3, 0) == 3 && lseek(from, 0, SEEK_CUR) == 3);
    CHECK(fcntl(to, F_SETFL, O_APPEND) == 0);
    FAILS(copy_file_range(from, &at, to, &out, 4, 0), EBADF);
}

static void copies_meet_limits(void)
{
    struct rlimit limit = {8, RLIM_INFINITY};
    int from = scratch("0123456789"), to = scratch(""), sealed = memory_file(MFD_ALLOW_SEALING);
    int source = memory_file(0);
    loff_t at = 0, out = 8;
    CHECK(write(source, "data", 4) == 4 && fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    FAILS(copy_file_range(source, &at, sealed, NULL, 4, 0), EPERM);
    catch_signal(SIGXFSZ, 0);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    FAILS(copy_file_range(from, &at, to, &out, 4, 0), EFBIG);
    CHECK(signals_seen == 1);
    out = 6;
    CHECK(copy_file_range(from, &at, to, &out, 4, 0) == 2 && out == 8);
}

static void copies_find_no_room(void)
{
    volume_begin("size=64k");
    int from = open(VOLUME "/from", O_RDWR | O_CREAT, 0600);
    int to = open(VOLUME "/to", O_RDWR | O_CREAT, 0600);
    loff_t at = 0;
    CHECK(write(from, bytes, 65536) == 65536);
    FAILS(copy_file_range(from, &at, to, NULL, 4096, 0), ENOSPC);
    volume_end();
}

static void splicing_names_its_errors(void)
{
    int a[2], full[2], file = scratch("0123456789");
    loff_t at = 0;
    full_pipe(full, O_NONBLOCK);
    CHECK(pipe(a) == 0);
    FAILS(splice(-1, NULL, a[1], NULL, 1, 0), EBADF);
    FAILS(splice(a[1], NULL, file, NULL, 1, 0), EBADF);
    FAILS(splice(file, NULL, file, NULL, 1, 0), EINVAL);
    FAILS(splice(a[0], NULL, a[1], NULL, 1, 0), EINVAL);
    FAILS(splice(a[0], &at, full[1], NULL, 1, 0), ESPIPE);
    FAILS(splice(file, &at, full[1], NULL, 1, SPLICE_F_NONBLOCK), EAGAIN);
    FAILS(splice(file, nowhere, a[1], NULL, 1, 0), EFAULT);
    FAILS(splice(a[0], NULL, file, NULL, 1, 0x80), EINVAL);
    FAILS(tee(a[0], full[1], 1, SPLICE_F_NONBLOCK), EAGAIN);
    FAILS(tee(file, a[1], 1, 0), EINVAL);
    FAILS(tee(a[0], a[1], 1, 0), EINVAL);
    struct iovec one = {bytes, 4};
    FAILS(vmsplice(full[1], &one, 1, SPLICE_F_NONBLOCK), EAGAIN);
    FAILS(vmsplice(-1, &one, 1, 0), EBADF);
    FAILS(vmsplice(file, &one, 1, 0), EBADF);
    FAILS(vmsplice(a[1], &one, 1025, 0), EINVAL);
    FAILS(vmsplice(a[1], nowhere, 1, 0), EFAULT);
    CHECK(vmsplice(a[1], &one, 1, 0) == 4 && splice(a[0], NULL, file, NULL, 100, 0) == 4);
}

static void moving_is_interrupted(void)
{
    int a[2], b[2], full[2];
    struct iovec one = {bytes, 4};
    CHECK(pipe(a) == 0 && pipe(b) == 0);
    full_pipe(full, 0);
    interrupt_after(30, 0);
    FAILS(splice(a[0], NULL, b[1], NULL, 10, 0), EINTR);
    FAILS(tee(a[0], b[1], 10, 0), EINTR);
    FAILS(vmsplice(full[1], &one, 1, 0), EINTR);
    FAILS(sendfile(full[1], scratch("data"), NULL, 4), EINTR);
}

static void memory_files_name_their_errors(void)
{
    char name[251];
    memset(name, 'a', sizeof name);
    name[250] = '\0';
    FAILS(memfd_create(name, 0), EINVAL);
    FAILS(memfd_create("x", 0x40), EINVAL);
    FAILS(memfd_create(nowhere, 0), EFAULT);
    name[249] = '\0';
    CHECK(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING) >= 0 && memfd_create("", 0) >= 0);
    files_use_up();
    FAILS(memfd_create("x", 0), ENFILE);
    files_give_back();
    descriptors_use_up();
    FAILS(memfd_create("x", 0), EMFILE);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(sending_names_its_errors),
        CASE(copying_names_its_errors),
        CASE(copies_meet_limits),
        CASE(copies_find_no_room),
        CASE(splicing_names_its_errors),
        CASE(moving_is_interrupted),
        CASE(memory_files_name_their_errors),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
