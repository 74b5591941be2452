/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The size of files and what is kept for them: truncate(2), fallocate(2), the sync calls, advice.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "file_scene.h"

#define OFFSET_MOST INT64_MAX
#define PUNCH       (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static char bytes[65536];

static int make_file(const char *path, const char *content)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content));
    return fd;
}

static void files_shrink_and_grow(void)
{
    int fd = make_file("/tmp/space", "0123456789");
    CHECK(truncate("/tmp/space", 4) == 0 && size_of(fd) == 4);
    CHECK(ftruncate(fd, 8) == 0 && size_of(fd) == 8 && pread(fd, bytes, 20, 0) == 8);
    CHECK(memcmp(bytes, "0123\0\0\0\0", 8) == 0 && lseek(fd, 0, SEEK_CUR) == 10);
    CHECK(ftruncate(fd, OFFSET_MOST) == 0 && size_of(fd) == OFFSET_MOST);
    CHECK(truncate("/tmp/space", 0) == 0 && size_of(fd) == 0);
    CHECK(unlink("/tmp/space") == 0 && ftruncate(fd, 5) == 0 && size_of(fd) == 5);
}

static void truncating_by_name_names_its_errors(void)
{
    static char name[PATH_MAX + 2], part[300];
    memset(name, 'a', sizeof name - 1);
    memset(part, 'a', sizeof part - 1);
    close(make_file("/tmp/space", "0123456789"));
    CHECK(symlink("loop", "/tmp/loop") == 0);
    FAILS(truncate("/tmp/space", -1), EINVAL);
    FAILS(truncate("/tmp/missing", 0), ENOENT);
    FAILS(truncate("", 0), ENOENT);
    FAILS(truncate("/tmp/space/below", 0), ENOTDIR);
    FAILS(truncate("/tmp", 0), EISDIR);
    FAILS(truncate("/tmp/loop", 0), ELOOP);
    FAILS(truncate(name, 0), ENAMETOOLONG);
    FAILS(truncate(part, 0), ENAMETOOLONG);
    FAILS(truncate(nowhere, 0), EFAULT);
    FAILS(truncate("/dev/null", 0), EINVAL);
    FAILS(truncate("/proc/self/exe", 0), ETXTBSY);
    CHECK(unlink("/tmp/loop") == 0);
    CHECK(mkdir("/tmp/closed", 0700) == 0 && setuid(65534) == 0);
    FAILS(truncate("/tmp/space", 0), EACCES);
    FAILS(truncate("/tmp/closed/file", 0), EACCES);
}

static void truncating_names_its_errors(void)
{
    int fd = scratch("0123456789"), ends[2], reader = open("/proc/self/exe", O_RDONLY);
    int folder = open("/tmp", O_RDONLY), path = open("/tmp", O_PATH);
    CHECK(pipe(ends) == 0 && reader >= 0);
    FAILS(ftruncate(fd, -1), EINVAL);
    FAILS(ftruncate(-1, 0), EBADF);
    FAILS(ftruncate(path, 0), EBADF);
    FAILS(ftruncate(reader, 0), EINVAL);
    FAILS(ftruncate(folder, 0), EINVAL);
    FAILS(ftruncate(ends[1], 0), EINVAL);
}

static void sizes_have_a_limit(void)
{
    struct rlimit limit = {100, RLIM_INFINITY};
    int fd = make_file("/tmp/limited", "0123456789");
    CHECK(ftruncate(fd, 200) == 0);
    catch_signal(SIGXFSZ, 0);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    FAILS(truncate("/tmp/limited", 201), EFBIG);
    FAILS(ftruncate(fd, 201), EFBIG);
    CHECK(signals_seen == 2 && ftruncate(fd, 150) == 0); // smaller is always allowed
    FAILS(fallocate(fd, 0, 0, 4096), EFBIG);
    FAILS(fallocate(fd, FALLOC_FL_KEEP_SIZE, 100, 1000), EFBIG);
    CHECK(signals_seen == 4 && ftruncate(fd, 0) == 0 && ftruncate(fd, 100) == 0);
    CHECK(unlink("/tmp/limited") == 0);
}

static void seals_hold(void)
{
    char path[64];
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK(ftruncate(fd, 8192) == 0);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0);
    FAILS(truncate(path, 0), EPERM);
    FAILS(ftruncate(fd, 0), EPERM);
    FAILS(ftruncate(fd, 10000), EPERM);
    FAILS(fallocate(fd, 0, 8192, 4096), EPERM);
    FAILS(fallocate(fd, PUNCH, 0, 4096), EPERM);
    CHECK(ftruncate(fd, 8192) == 0);
}

static void volumes_may_be_read_only(void)
{
    volume_begin("size=64k");
    close(make_file(VOLUME "/file", "data"));
    CHECK(mount("none", VOLUME, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    FAILS(truncate(VOLUME "/file", 0), EROFS);
    volume_end();
}

/* ---- fallocate ---- */

static void space_is_kept(void)
{
    int fd = scratch("0123456789");
    struct stat status;
    CHECK(fallocate(fd, 0, 0, 20000) == 0 && size_of(fd) == 20000);
    CHECK(pread(fd, bytes, 20, 0) == 20 && memcmp(bytes, "0123456789\0", 11) == 0);
    CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 20000, 20000) == 0 && size_of(fd) == 20000);
    CHECK(fstat(fd, &status) == 0 && status.st_blocks == 10 * 8);
    CHECK(pwrite(fd, bytes, 19000, 1000) == 19000);
    CHECK(fallocate(fd, PUNCH, 2, 4) == 0 && pread(fd, bytes, 10, 0) == 10);
    CHECK(memcmp(bytes,
                 "01\0\0\0\0"
                 "6789",
                 10) == 0);
    CHECK(fallocate(fd, PUNCH, 4096, 8192) == 0 && size_of(fd) == 20000);
    CHECK(fstat(fd, &status) == 0 && status.st_blocks == 8 * 8);
    CHECK(lseek(fd, 0, SEEK_HOLE) == 4096 && lseek(fd, 4096, SEEK_DATA) == 12288);
    CHECK(fallocate(fd, PUNCH, 100000, 4096) == 0 && size_of(fd) == 20000);
}

static void a_hole_is_seen_by_mappings(void)
{
    int fd = scratch("");
    CHECK(ftruncate(fd, 12288) == 0);
    char *map = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED);
    memset(map, 'x', 12288);
    CHECK(fallocate(fd, PUNCH, 4000, 4300) == 0);
    CHECK(map[3999] == 'x' && map[4000] == 0 && map[8299] == 0 && map[8300] == 'x');
    map[5000] = 'y';
    CHECK(pread(fd, bytes, 1, 5000) == 1 && bytes[0] == 'y');
}

static void keeping_space_names_its_errors(void)
{
    int fd = scratch("0123456789"), ends[2], reader = open("/proc/self/exe", O_RDONLY);
    int null = open("/dev/null", O_RDWR), pair[2];
    CHECK(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    FAILS(fallocate(-1, 0, 0, 1), EBADF);
    FAILS(fallocate(reader, 0, 0, 1), EBADF);
    FAILS(fallocate(fd, 0, 0, 0), EINVAL);
    FAILS(fallocate(fd, 0, 0, -1), EINVAL);
    FAILS(fallocate(fd, 0, -1, 1), EINVAL);
    FAILS(fallocate(fd, 0, OFFSET_MOST, 1), EFBIG);
    FAILS(fallocate(fd, PUNCH, OFFSET_MOST - 1, 2), EFBIG);
    FAILS(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1), EOPNOTSUPP);
    FAILS(fallocate(fd, PUNCH | FALLOC_FL_ZERO_RANGE, 0, 1), EOPNOTSUPP);
    FAILS(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 4096), EOPNOTSUPP);
    FAILS(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096), EOPNOTSUPP);
    FAILS(fallocate(fd, FALLOC_FL_INSERT_RANGE, 0, 4096), EOPNOTSUPP);
    if (!linux_is_from(6, 12)) {
        FAILS(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_KEEP_SIZE, 0, 4096), EINVAL);
        FAILS(fallocate(fd, FALLOC_FL_INSERT_RANGE | FALLOC_FL_KEEP_SIZE, 0, 4096), EINVAL);
    }
    FAILS(fallocate(fd, 0x1000, 0, 4096), EOPNOTSUPP);
    FAILS(fallocate(ends[1], 0, 0, 1), ESPIPE);
    FAILS(fallocate(pair[0], 0, 0, 1), ENODEV);
    FAILS(fallocate(null, 0, 0, 1), ENODEV);
    CHECK(size_of(fd) == 10);
}

static void space_runs_out(void)
{
    struct stat status;
    volume_begin("size=64k");
    int fd = open(VOLUME "/file", O_RDWR | O_CREAT, 0600);
    CHECK(fallocate(fd, 0, 0, 65536) == 0 && ftruncate(fd, 0) == 0);
    FAILS(fallocate(fd, 0, 0, 65537), ENOSPC);
    CHECK(size_of(fd) == 0 && fstat(fd, &status) == 0 && status.st_blocks == 0);
    CHECK(write(fd, bytes, sizeof bytes) == 65536); // nothing of it was kept
    volume_end();
}

static void keeping_space_is_interrupted(void)
{
    int fd = scratch("");
    struct stat status;
    if (linux_is_from(6, 12))
        return; // only a signal that kills ends it there
    interrupt_after(5, 0);
    FAILS(fallocate(fd, 0, 0, 160l << 20), EINTR);
    interrupt_after(0, 0);
    CHECK(fstat(fd, &status) == 0 && status.st_size == 0 && status.st_blocks == 0);
}

/* ---- Sync and advice ---- */

static void all_is_written_back(void)
{
    int fd = scratch("data"), folder = open("/tmp", O_RDONLY), ends[2];
    CHECK(pipe(ends) == 0);
    sync();
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0 && fsync(folder) == 0 && syncfs(fd) == 0);
    CHECK(syncfs(ends[0]) == 0 && syncfs(folder) == 0);
    FAILS(fsync(-1), EBADF);
    FAILS(fdatasync(-1), EBADF);
    FAILS(syncfs(-1), EBADF);
    FAILS(syncfs(open("/tmp", O_PATH)), EBADF);
    FAILS(fsync(open("/tmp", O_PATH)), EBADF);
    FAILS(fsync(ends[0]), EINVAL);
    FAILS(fdatasync(ends[1]), EINVAL);
}

static void ranges_are_written_back(void)
{
    const unsigned all =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    int fd = scratch("data"), ends[2];
    CHECK(pipe(ends) == 0 && sync_file_range(fd, 0, 4, all) == 0);
    CHECK(sync_file_range(fd, 0, 0, 0) == 0 && sync_file_range(fd, 2, 0, all) == 0);
    CHECK(sync_file_range(open("/tmp", O_RDONLY), 0, 0, 0) == 0);
    FAILS(sync_file_range(-1, 0, 0, 0), EBADF);
    FAILS(sync_file_range(fd, -1, 1, 0), EINVAL);
    FAILS(sync_file_range(fd, 0, -1, 0), EINVAL);
    FAILS(sync_file_range(fd, 10, OFFSET_MOST, 0), EINVAL);
    FAILS(sync_file_range(fd, 0, 1, 8), EINVAL);
    FAILS(sync_file_range(ends[0], 0, 1, 0), ESPIPE);
    FAILS(sync_file_range(open("/dev/null", O_RDWR), 0, 1, 0), ESPIPE);
}

static long advise(int fd, off_t offset, off_t length, int advice)
{
    return syscall(SYS_fadvise64, fd, offset, length, advice);
}

static void advice_is_heard(void)
{
    int fd = scratch("data"), ends[2];
    CHECK(pipe(ends) == 0);
    for (int advice = 0; advice <= 5; advice++)
        CHECK(advise(fd, 0, 4, advice) == 0);
    CHECK(advise(fd, -5, 0, 0) == 0 && advise(open("/tmp", O_RDONLY), 0, 0, 0) == 0);
    FAILS(syscall(SYS_fadvise64, -1, 0, 0, 0), EBADF);
    FAILS(syscall(SYS_fadvise64, open("/tmp", O_PATH), 0, 0, 0), EBADF);
    FAILS(syscall(SYS_fadvise64, fd, 0, 0, 6), EINVAL);
    FAILS(syscall(SYS_fadvise64, fd, 0, -1l, 0), EINVAL);
    FAILS(syscall(SYS_fadvise64, ends[0], 0, 0, 0), ESPIPE);
    CHECK(pread(fd, bytes, 10, 0) == 4); // whatever was advised
}

static void reading_ahead(void)
{
    int fd = scratch("data"), ends[2];
    CHECK(pipe(ends) == 0 && readahead(fd, 0, 4096) == 0 && readahead(fd, 1 << 20, 4096) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 0);
    FAILS(readahead(-1, 0, 1), EBADF);
    FAILS(readahead(open("/dev/null", O_WRONLY), 0, 1), EBADF);
    FAILS(readahead(ends[0], 0, 1), EINVAL);
    FAILS(readahead(open("/tmp", O_RDONLY), 0, 1), EINVAL);
    FAILS(readahead(open("/dev/zero", O_RDONLY), 0, 1), EINVAL);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(files_shrink_and_grow),
        CASE(truncating_by_name_names_its_errors),
        CASE(truncating_names_its_errors),
        CASE(sizes_have_a_limit),
        CASE(seals_hold),
        CASE(volumes_may_be_read_only),
        CASE(space_is_kept),
        CASE(a_hole_is_seen_by_mappings),
        CASE(keeping_space_names_its_errors),
        CASE(space_runs_out),
        CASE(keeping_space_is_interrupted),
        CASE(all_is_written_back),
        CASE(ranges_are_written_back),
        CASE(advice_is_heard),
        CASE(reading_ahead),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
