/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Memory files, seals, and moving data between files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "check.h"

static void *volatile nowhere = (void *)8;

static int make_memory(const char *name, unsigned flags)
{
    int fd = memfd_create(name, flags);
    CHECK(fd >= 0);
    return fd;
}

static void memory_files_check_their_arguments(void)
{
    char name[300], link[300], path[64];
    memset(name, 'a', sizeof name);
    name[250] = '\0';
    FAILS(memfd_create(name, 0), EINVAL);
    FAILS(memfd_create(nowhere, 0), EFAULT);
    FAILS(memfd_create("x", 0x4000), EINVAL);
    name[249] = '\0';
    close(make_memory(name, 0));
    int fd = make_memory("some name", MFD_CLOEXEC);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, link, sizeof link - 1);
    CHECK(length > 0);
    link[length] = '\0';
    CHECK(strcmp(link, "/memfd:some name (deleted)") == 0);
    struct stat status;
    CHECK(fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0 &&
          (status.st_mode & 0777) == 0777);
    CHECK(fchmod(fd, 0640) == 0 && fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0640);
    CHECK(fchown(fd, 0, 5) == 0 && fstat(fd, &status) == 0 && status.st_gid == 5);
    CHECK(fsync(fd) == 0);
}

static void memory_files_hold_data(void)
{
    char buffer[16] = {0};
    int fd = make_memory("data", 0);
    CHECK(write(fd, "hello", 5) == 5 && pread(fd, buffer, 16, 0) == 5 && !strcmp(buffer, "hello"));
    CHECK(ftruncate(fd, 10000) == 0 && lseek(fd, 0, SEEK_END) == 10000);
    char *map = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED && map[0] == 'h' && map[9999] == 0);
    map[9000] = 'z';
    CHECK(pread(fd, buffer, 1, 9000) == 1 && buffer[0] == 'z');
    pid_t child = fork();
    if (child == 0) {
        map[1] = 'E';
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child && map[1] == 'E');
}

static void seals_are_kept(void)
{
    int plain = make_memory("plain", 0), fd = make_memory("sealed", MFD_ALLOW_SEALING), ends[2];
    CHECK(pipe(ends) == 0);
    CHECK(fcntl(plain, F_GET_SEALS) == F_SEAL_SEAL);
    FAILS(fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    FAILS(fcntl(ends[0], F_GET_SEALS), EINVAL);
    FAILS(fcntl(ends[1], F_ADD_SEALS, F_SEAL_WRITE), EINVAL);
    CHECK(fcntl(fd, F_GET_SEALS) == 0);
    FAILS(fcntl(fd, F_ADD_SEALS, 0x1000), EINVAL);
    CHECK(ftruncate(fd, 8192) == 0);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
    FAILS(ftruncate(fd, 8193), EPERM);
    FAILS(pwrite(fd, "x", 1, 8192), EPERM);
    FAILS(fallocate(fd, 0, 8192, 4096), EPERM);
    CHECK(ftruncate(fd, 4096) == 0);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    FAILS(ftruncate(fd, 4095), EPERM);
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED);
    FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    CHECK(munmap(map, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    FAILS(pwrite(fd, "x", 1, 0), EPERM);
    FAILS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), EPERM);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED &&
          errno == EPERM);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
    FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
    CHECK(fcntl(fd, F_GET_SEALS) == (F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL));
}

static void writes_to_come_can_be_sealed(void)
{
    int fd = make_memory("future", MFD_ALLOW_SEALING);
    CHECK(ftruncate(fd, 4096) == 0);
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED && fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
    map[0] = 'x'; // the old mapping stays as it was
    FAILS(pwrite(fd, "x", 1, 0), EPERM);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED &&
          errno == EPERM);
    char *view = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(view != MAP_FAILED && view[0] == 'x');
    FAILS(mprotect(view, 4096, PROT_READ | PROT_WRITE), EACCES);
}

static void splice_checks_its_arguments(void)
{
    int a[2], b[2], file = make_memory("file", 0);
    loff_t offset = 0;
    CHECK(pipe(a) == 0 && pipe(b) == 0);
    FAILS(splice(-1, NULL, a[1], NULL, 1, 0), EBADF);
    FAILS(splice(a[0], NULL, -1, NULL, 1, 0), EBADF);
    FAILS(splice(a[1], NULL, b[1], NULL, 1, 0), EBADF);
    FAILS(splice(a[0], NULL, b[0], NULL, 1, 0), EBADF);
    FAILS(splice(file, NULL, file, NULL, 1, 0), EINVAL);
    FAILS(splice(a[0], NULL, a[1], NULL, 1, 0), EINVAL);
    FAILS(splice(a[0], &offset, b[1], NULL, 1, 0), ESPIPE);
    FAILS(splice(a[0], NULL, b[1], &offset, 1, 0), ESPIPE);
    FAILS(splice(a[0], NULL, file, NULL, 1, 0x80), EINVAL);
    FAILS(splice(a[0], NULL, file, NULL, 1, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK(splice(a[0], NULL, file, NULL, 0, 0) == 0);
    CHECK(fcntl(file, F_SETFL, O_APPEND) == 0 && write(a[1], "x", 1) == 1);
    FAILS(splice(a[0], NULL, file, NULL, 1, 0), EINVAL);
    FAILS(tee(a[0], file, 1, 0), EINVAL);
    FAILS(tee(a[0], a[1], 1, 0), EINVAL);
    FAILS(tee(-1, a[1], 1, 0), EBADF);
    FAILS(tee(b[0], a[1], 1, SPLICE_F_NONBLOCK), EAGAIN);
    struct iovec vector = {"abc", 3};
    FAILS(vmsplice(file, &vector, 1, 0), EBADF);
    FAILS(vmsplice(-1, &vector, 1, 0), EBADF);
    FAILS(vmsplice(a[1], &vector, 5000, 0), EINVAL);
}

static void splice_moves_both_ways(void)
{
    char buffer[16] = {0};
    int ends[2], from = make_memory("from", 0), to = make_memory("to", 0);
    loff_t at = 2, out = 5;
    CHECK(pipe(ends) == 0 && write(from, "0123456789", 10) == 10);
    CHECK(splice(from, &at, ends[1], NULL, 4, 0) == 4 && at == 6);
    CHECK(lseek(from, 0, SEEK_CUR) == 10);
    CHECK(splice(ends[0], NULL, to, &out, 100, SPLICE_F_MOVE) == 4 && out == 9);
    CHECK(pread(to, buffer, 16, 0) == 9 && memcmp(buffer,
                                                  "\0\0\0\0\0"
                                                  "2345",
                                                  9) == 0);
    CHECK(lseek(from, 0, SEEK_SET) == 0 && splice(from, NULL, ends[1], NULL, 100, 0) == 10);
    CHECK(splice(from, NULL, ends[1], NULL, 100, 0) == 0); // its end
    close(ends[1]);
    CHECK(splice(ends[0], NULL, to, NULL, 100, 0) == 10);
    CHECK(splice(ends[0], NULL, to, NULL, 100, 0) == 0);
}

static void what_cannot_be_written_stays_in_the_pipe(void)
{
    char buffer[8];
    int ends[2], sealed = make_memory("sealed", MFD_ALLOW_SEALING);
    CHECK(pipe(ends) == 0 && write(ends[1], "abcdef", 6) == 6);
    CHECK(fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    FAILS(splice(ends[0], NULL, sealed, NULL, 6, 0), EPERM);
    int full[2];
    CHECK(pipe(full) == 0 && fcntl(full[1], F_SETFL, O_NONBLOCK) == 0);
    static char zeros[65536];
    CHECK(write(full[1], zeros, sizeof zeros) == sizeof zeros);
    FAILS(splice(ends[0], NULL, full[1], NULL, 6, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    (void)buffer;
}

static void tee_copies_and_keeps(void)
{
    char buffer[8] = {0};
    int a[2], b[2];
    CHECK(pipe(a) == 0 && pipe(b) == 0 && write(a[1], "tee me", 6) == 6);
    CHECK(tee(a[0], b[1], 100, 0) == 6);
    CHECK(read(b[0], buffer, 8) == 6 && memcmp(buffer, "tee me", 6) == 0);
    memset(buffer, 0, sizeof buffer);
    CHECK(read(a[0], buffer, 8) == 6 && memcmp(buffer, "tee me", 6) == 0);
    close(a[1]);
    CHECK(tee(a[0], b[1], 100, 0) == 0);
}

static void vmsplice_fills_and_empties(void)
{
    char one[4] = "abc", two[4] = "def", buffer[8] = {0};
    int ends[2];
    struct iovec out[2] = {{one, 3}, {two, 3}}, in = {buffer, 8};
    CHECK(pipe(ends) == 0 && vmsplice(ends[1], out, 2, 0) == 6);
    CHECK(vmsplice(ends[0], &in, 1, 0) == 6 && memcmp(buffer, "abcdef", 6) == 0);
    signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    FAILS(vmsplice(ends[1], out, 1, 0), EPIPE);
}

static void splice_waits_for_data(void)
{
    char buffer[4];
    int a[2], b[2];
    CHECK(pipe(a) == 0 && pipe(b) == 0);
    pid_t child = fork();
    if (child == 0) {
        struct timespec time = {0, 40000000};
        nanosleep(&time, NULL);
        CHECK(write(a[1], "xyz", 3) == 3);
        _exit(0);
    }
    CHECK(splice(a[0], NULL, b[1], NULL, 10, 0) == 3 && read(b[0], buffer, 4) == 3);
    CHECK(waitpid(child, NULL, 0) == child);
}

static void sendfile_checks_and_moves(void)
{
    int ends[2], from = make_memory("from", 0), to = make_memory("to", 0);
    off_t at = 1;
    char buffer[16];
    CHECK(pipe(ends) == 0 && write(from, "0123456789", 10) == 10);
    FAILS(sendfile(-1, from, NULL, 1), EBADF);
    FAILS(sendfile(to, -1, NULL, 1), EBADF);
    FAILS(sendfile(ends[0], from, &at, 1), EBADF);
    FAILS(sendfile(to, from, nowhere, 1), EFAULT);
    CHECK(sendfile(to, from, &at, 100) == 9 && at == 10);
    CHECK(pread(to, buffer, 16, 0) == 9 && memcmp(buffer, "123456789", 9) == 0);
    at = 0;
    CHECK(sendfile(ends[1], from, &at, 5) == 5 && read(ends[0], buffer, 16) == 5);
    at = -1;
    FAILS(sendfile(to, from, &at, 1), EINVAL);
    CHECK(fcntl(to, F_SETFL, O_APPEND) == 0);
    FAILS(sendfile(to, from, NULL, 1), EINVAL);
}

static void copy_file_range_checks_and_copies(void)
{
    int from = make_memory("from", 0), to = make_memory("to", 0), ends[2];
    int folder = open("/", O_RDONLY | O_DIRECTORY);
    loff_t at = 3, out = 0;
    char buffer[16];
    CHECK(pipe(ends) == 0 && write(from, "0123456789", 10) == 10);
    FAILS(copy_file_range(from, &at, to, &out, 4, 1), EINVAL);
    FAILS(copy_file_range(-1, &at, to, &out, 4, 0), EBADF);
    FAILS(copy_file_range(folder, &at, to, &out, 4, 0), EISDIR);
    FAILS(copy_file_range(ends[0], NULL, to, &out, 4, 0), EINVAL);
    CHECK(copy_file_range(from, &at, to, &out, 100, 0) == 7 && at == 10 && out == 7);
    CHECK(pread(to, buffer, 16, 0) == 7 && memcmp(buffer, "3456789", 7) == 0);
    at = 0, out = 2;
    FAILS(copy_file_range(from, &at, from, &out, 5, 0), EINVAL);
    at = 0, out = 20;
    CHECK(copy_file_range(from, &at, from, &out, 5, 0) == 5);
    CHECK(fcntl(to, F_SETFL, O_APPEND) == 0);
    FAILS(copy_file_range(from, &at, to, NULL, 4, 0), EBADF);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(memory_files_check_their_arguments),
        CASE(memory_files_hold_data),
        CASE(seals_are_kept),
        CASE(writes_to_come_can_be_sealed),
        CASE(splice_checks_its_arguments),
        CASE(splice_moves_both_ways),
        CASE(what_cannot_be_written_stays_in_the_pipe),
        CASE(tee_copies_and_keeps),
        CASE(vmsplice_fills_and_empties),
        CASE(splice_waits_for_data),
        CASE(sendfile_checks_and_moves),
        CASE(copy_file_range_checks_and_copies),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
