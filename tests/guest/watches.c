/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* inotify. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>

#include "check.h"
#include "interrupts.h"
#include "limits.h"

#define FOLDER "/tmp/watches"
#define FILE_A FOLDER "/a"
#define FILE_B FOLDER "/b"

static void *volatile nowhere = (void *)8;
static int in;
static unsigned last_cookie;

static void touch(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0 && close(fd) == 0);
}

/* A folder with the file a, and an inotify that does not wait. */
static void begin(void)
{
    CHECK(system("rm -rf " FOLDER) == 0 && mkdir(FOLDER, 0755) == 0);
    touch(FILE_A);
    in = inotify_init1(IN_NONBLOCK);
    CHECK(in >= 0);
}

static int watch(const char *path, unsigned mask)
{
    int number = inotify_add_watch(in, path, mask);
    CHECK(number > 0);
    return number;
}

/* The next event is this one; NULL for name: it has none. */
static void expect(int number, unsigned mask, const char *name)
{
    static char buffer[4096] __attribute__((aligned(8)));
    static ssize_t bytes, at;
    static int whose;
    if (at == bytes || whose != in) {
        bytes = read(in, buffer, sizeof buffer);
        at = 0;
        whose = in;
    }
    if (bytes <= 0)
        printf("expected 0x%x %s, but no event\n", mask, name ? name : "");
    CHECK(bytes > 0);
    const struct inotify_event *event = (struct inotify_event *)(buffer + at);
    if (event->mask != mask || event->wd != number)
        printf("wd %d 0x%x %s, not %d 0x%x %s\n", event->wd, event->mask,
               event->len ? event->name : "", number, mask, name ? name : "");
    CHECK(event->wd == number && event->mask == mask);
    CHECK(name ? event->len > 0 && !strcmp(event->name, name) : event->len == 0);
    CHECK(event->len % sizeof *event == 0);
    last_cookie = event->cookie;
    at += (ssize_t)(sizeof *event + event->len);
}

static void no_more(void)
{
    int left = -1;
    char buffer[4096];
    CHECK(ioctl(in, FIONREAD, &left) == 0);
    if (left)
        printf("%d bytes of events left\n", left);
    FAILS(read(in, buffer, sizeof buffer), EAGAIN);
    CHECK(left == 0);
}

static void instances_are_made(void)
{
    int fd = inotify_init();
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == 0 && fcntl(fd, F_GETFL) == O_RDONLY);
    close(fd);
    fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(fd, F_GETFL) == (O_RDONLY | O_NONBLOCK));
    FAILS(inotify_init1(1), EINVAL);
    FAILS(write(fd, "x", 1), EBADF);
    files_use_up();
    FAILS(inotify_init1(0), ENFILE);
    FAILS(syscall(SYS_inotify_init1, 0), ENFILE);
#ifdef SYS_inotify_init
    FAILS(syscall(SYS_inotify_init), ENFILE);
#endif
    files_give_back();
    descriptors_use_up();
    FAILS(inotify_init1(0), EMFILE);
#ifdef SYS_inotify_init
    FAILS(syscall(SYS_inotify_init), EMFILE);
#endif
}

static void instances_are_limited(void)
{
    int fd = open("/proc/sys/fs/inotify/max_user_instances", O_RDWR);
    char before[16] = "";
    CHECK(fd >= 0 && read(fd, before, sizeof before) > 0 && atoi(before) == 128);
    CHECK(pwrite(fd, "1\n", 2, 0) == 2);
    int one = inotify_init1(0);
    FAILS(inotify_init1(0), EMFILE);
    CHECK(one >= 0 && close(one) == 0);
    one = inotify_init1(0);
    CHECK(one >= 0 && pwrite(fd, "128\n", 4, 0) == 4);
}

static void watches_check_their_arguments(void)
{
    static char long_path[PATH_MAX + 2];
    begin();
    memset(long_path, 'x', sizeof long_path - 1);
    FAILS(inotify_add_watch(in, FILE_A, 0), EINVAL);
    FAILS(inotify_add_watch(in, FILE_A, 0x00800000), EINVAL);
    FAILS(inotify_add_watch(in, FILE_A, IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE), EINVAL);
    FAILS(inotify_add_watch(-1, FILE_A, IN_OPEN), EBADF);
    FAILS(inotify_add_watch(1, FILE_A, IN_OPEN), EINVAL);
    FAILS(inotify_add_watch(in, nowhere, IN_OPEN), EFAULT);
    FAILS(inotify_add_watch(in, FOLDER "/none", IN_OPEN), ENOENT);
    FAILS(inotify_add_watch(in, "", IN_OPEN), ENOENT);
    FAILS(inotify_add_watch(in, long_path, IN_OPEN), ENAMETOOLONG);
    FAILS(inotify_add_watch(in, FILE_A, IN_OPEN | IN_ONLYDIR), ENOTDIR);
    CHECK(symlink("none", FOLDER "/link") == 0);
    FAILS(inotify_add_watch(in, FOLDER "/link", IN_OPEN), ENOENT);
    CHECK(inotify_add_watch(in, FOLDER "/link", IN_OPEN | IN_DONT_FOLLOW) == 1);
    int number = watch(FILE_A, IN_OPEN);
    CHECK(number == 2 && watch(FILE_A, IN_CLOSE) == number); // the same watch, another mask
    FAILS(inotify_add_watch(in, FILE_A, IN_OPEN | IN_MASK_CREATE), EEXIST);
    FAILS(inotify_rm_watch(in, 99), EINVAL);
    FAILS(inotify_rm_watch(in, -1), EINVAL);
    FAILS(inotify_rm_watch(-1, number), EBADF);
    FAILS(inotify_rm_watch(1, number), EINVAL);
    CHECK(inotify_rm_watch(in, number) == 0);
    expect(number, IN_IGNORED, NULL);
    FAILS(inotify_rm_watch(in, number), EINVAL);
    CHECK(watch(FILE_A, IN_OPEN) == number + 1); // numbers are not used again
}

static void watching_needs_the_right_to_read(void)
{
    begin();
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    FAILS(inotify_add_watch(in, FILE_A, IN_OPEN), EACCES);
}

static void watches_are_limited(void)
{
    char before[16] = "";
    begin();
    int fd = open("/proc/sys/fs/inotify/max_user_watches", O_RDWR);
    CHECK(fd >= 0 && read(fd, before, sizeof before - 1) > 0 && pwrite(fd, "1\n", 2, 0) == 2);
    int number = watch(FILE_A, IN_OPEN);
    FAILS(inotify_add_watch(in, FOLDER, IN_OPEN), ENOSPC);
    CHECK(watch(FILE_A, IN_CLOSE) == number && inotify_rm_watch(in, number) == 0);
    watch(FOLDER, IN_OPEN);
    CHECK(pwrite(fd, before, strlen(before), 0) == (ssize_t)strlen(before));
}

static void a_file_is_used(void)
{
    char buffer[8];
    begin();
    int number = watch(FILE_A, IN_ALL_EVENTS), folder = watch(FOLDER, IN_ALL_EVENTS);
    int fd = open(FILE_A, O_RDWR);
    CHECK(write(fd, "hello", 5) == 5 && lseek(fd, 0, SEEK_SET) == 0);
    CHECK(read(fd, buffer, 8) == 5 && read(fd, buffer, 8) == 0 && close(fd) == 0);
    const unsigned events[] = {IN_OPEN, IN_MODIFY, IN_ACCESS, IN_CLOSE_WRITE};
    for (unsigned i = 0; i < 4; i++) {
        expect(folder, events[i], "a");
        expect(number, events[i], NULL);
    }
    fd = open(FILE_A, O_RDONLY);
    int copy = dup(fd);
    CHECK(close(fd) == 0);
    expect(folder, IN_OPEN, "a");
    expect(number, IN_OPEN, NULL);
    no_more();
    CHECK(close(copy) == 0);
    expect(folder, IN_CLOSE_NOWRITE, "a");
    expect(number, IN_CLOSE_NOWRITE, NULL);
    fd = open(FILE_A, O_PATH);
    CHECK(fd >= 0 && close(fd) == 0);
    no_more();
}

static void attributes_change(void)
{
    struct timespec times[2] = {{1, 0}, {2, 0}}, one[2] = {{1, 0}, {.tv_nsec = UTIME_OMIT}};
    begin();
    int number = watch(FILE_A, IN_ALL_EVENTS);
    CHECK(chmod(FILE_A, 0640) == 0);
    expect(number, IN_ATTRIB, NULL);
    CHECK(chown(FILE_A, 1, 1) == 0);
    expect(number, IN_ATTRIB, NULL);
    CHECK(utimensat(AT_FDCWD, FILE_A, times, 0) == 0);
    expect(number, IN_ATTRIB, NULL);
    CHECK(utimensat(AT_FDCWD, FILE_A, one, 0) == 0);
    expect(number, IN_ACCESS, NULL);
    CHECK(truncate(FILE_A, 3) == 0);
    expect(number, IN_MODIFY, NULL);
    CHECK(link(FILE_A, FILE_B) == 0);
    expect(number, IN_ATTRIB, NULL);
    CHECK(unlink(FILE_B) == 0);
    expect(number, IN_ATTRIB, NULL);
    CHECK(setxattr(FILE_A, "trusted.x", "y", 1, 0) == 0);
    expect(number, IN_ATTRIB, NULL);
    int fd = open(FILE_A, O_WRONLY | O_TRUNC);
    CHECK(fd >= 0);
    expect(number, linux_is_from(6, 8) ? IN_OPEN : IN_MODIFY, NULL);
    expect(number, linux_is_from(6, 8) ? IN_MODIFY : IN_OPEN, NULL);
    CHECK(chmod(FILE_A, 0600) == 0 && ftruncate(fd, 9) == 0 && close(fd) == 0);
    expect(number, IN_ATTRIB, NULL);
    expect(number, IN_MODIFY, NULL);
    expect(number, IN_CLOSE_WRITE, NULL);
    no_more();
}

static void names_come_and_go(void)
{
    begin();
    int folder = watch(FOLDER, IN_ALL_EVENTS);
    touch(FILE_B);
    expect(folder, IN_CREATE, "b");
    expect(folder, IN_OPEN, "b");
    expect(folder, IN_CLOSE_WRITE, "b");
    CHECK(mkdir(FOLDER "/d", 0755) == 0 && rmdir(FOLDER "/d") == 0);
    expect(folder, IN_CREATE | IN_ISDIR, "d");
    expect(folder, IN_DELETE | IN_ISDIR, "d");
    CHECK(symlink("x", FOLDER "/s") == 0 && mkfifo(FOLDER "/f", 0600) == 0);
    expect(folder, IN_CREATE, "s");
    expect(folder, IN_CREATE, "f");
    CHECK(link(FILE_B, FOLDER "/l") == 0 && unlink(FOLDER "/l") == 0 && unlink(FILE_B) == 0);
    expect(folder, IN_CREATE, "l");
    expect(folder, IN_DELETE, "l");
    expect(folder, IN_DELETE, "b");
    DIR *entries = opendir(FOLDER);
    CHECK(entries && readdir(entries) && closedir(entries) == 0);
    expect(folder, IN_OPEN | IN_ISDIR, NULL);
    expect(folder, IN_ACCESS | IN_ISDIR, NULL);
    expect(folder, IN_CLOSE_NOWRITE | IN_ISDIR, NULL);
    no_more();
}

static void a_watched_file_goes(void)
{
    begin();
    int number = watch(FILE_A, IN_ALL_EVENTS), folder = watch(FOLDER, IN_ALL_EVENTS);
    CHECK(unlink(FILE_A) == 0);
    expect(number, IN_ATTRIB, NULL);
    expect(number, IN_DELETE_SELF, NULL);
    expect(number, IN_IGNORED, NULL);
    expect(folder, IN_DELETE, "a");
    FAILS(inotify_rm_watch(in, number), EINVAL);
    CHECK(rmdir(FOLDER) == 0);
    expect(folder, IN_DELETE_SELF, NULL);
    expect(folder, IN_IGNORED, NULL);
    no_more();
}

static void an_open_file_goes_with_its_last_user(void)
{
    begin();
    int fd = open(FILE_A, O_RDWR);
    int number = watch(FILE_A, IN_ALL_EVENTS), folder = watch(FOLDER, IN_ALL_EVENTS);
    CHECK(unlink(FILE_A) == 0);
    expect(number, IN_ATTRIB, NULL);
    expect(folder, IN_DELETE, "a");
    CHECK(write(fd, "x", 1) == 1);
    expect(folder, IN_MODIFY, "a");
    expect(number, IN_MODIFY, NULL);
    CHECK(watch(FOLDER, IN_ALL_EVENTS | IN_EXCL_UNLINK) == folder);
    CHECK(write(fd, "x", 1) == 1 && close(fd) == 0);
    expect(number, IN_MODIFY, NULL);
    expect(number, IN_CLOSE_WRITE, NULL);
    expect(number, IN_DELETE_SELF, NULL);
    expect(number, IN_IGNORED, NULL);
    no_more();
}

static void files_move(void)
{
    begin();
    CHECK(mkdir(FOLDER "/d", 0755) == 0);
    touch(FOLDER "/d/old");
    int number = watch(FILE_A, IN_ALL_EVENTS), from = watch(FOLDER, IN_MOVE);
    int to = watch(FOLDER "/d", IN_MOVE), old = watch(FOLDER "/d/old", IN_ALL_EVENTS);
    CHECK(rename(FILE_A, FOLDER "/d/old") == 0);
    expect(from, IN_MOVED_FROM, "a");
    unsigned cookie = last_cookie;
    expect(to, IN_MOVED_TO, "old");
    CHECK(cookie != 0 && last_cookie == cookie);
    expect(old, IN_ATTRIB, NULL);
    expect(number, IN_MOVE_SELF, NULL);
    expect(old, IN_DELETE_SELF, NULL);
    expect(old, IN_IGNORED, NULL);
    CHECK(rename(FOLDER "/d", FOLDER "/e") == 0);
    expect(from, IN_MOVED_FROM | IN_ISDIR, "d");
    CHECK(last_cookie != cookie);
    expect(from, IN_MOVED_TO | IN_ISDIR, "e");
    no_more();
}

static void files_change_places(void)
{
    begin();
    touch(FILE_B);
    int folder = watch(FOLDER, IN_MOVE);
    CHECK(syscall(SYS_renameat2, AT_FDCWD, FILE_A, AT_FDCWD, FILE_B, 2) == 0);
    expect(folder, IN_MOVED_FROM, "a");
    expect(folder, IN_MOVED_TO, "b");
    unsigned cookie = last_cookie;
    expect(folder, IN_MOVED_FROM, "b");
    expect(folder, IN_MOVED_TO, "a");
    CHECK(last_cookie != cookie);
    no_more();
}

static void masks_are_changed(void)
{
    begin();
    int number = watch(FILE_A, IN_OPEN);
    CHECK(watch(FILE_A, IN_CLOSE_WRITE | IN_MASK_ADD) == number);
    touch(FILE_A);
    expect(number, IN_OPEN, NULL);
    expect(number, IN_CLOSE_WRITE, NULL);
    CHECK(watch(FILE_A, IN_MODIFY) == number);
    touch(FILE_A);
    no_more();
    CHECK(watch(FILE_A, IN_OPEN | IN_ONESHOT) == number);
    touch(FILE_A);
    touch(FILE_A);
    expect(number, IN_OPEN, NULL);
    expect(number, IN_IGNORED, NULL);
    no_more();
}

static void equal_events_are_one(void)
{
    begin();
    int number = watch(FILE_A, IN_MODIFY | IN_CLOSE_WRITE), folder = watch(FOLDER, IN_MODIFY);
    int fd = open(FILE_A, O_WRONLY);
    CHECK(inotify_rm_watch(in, folder) == 0);
    expect(folder, IN_IGNORED, NULL);
    for (unsigned i = 0; i < 5; i++)
        CHECK(write(fd, "x", 1) == 1);
    int left = 0;
    CHECK(ioctl(in, FIONREAD, &left) == 0 && left == sizeof(struct inotify_event));
    expect(number, IN_MODIFY, NULL);
    no_more();
    CHECK(write(fd, "x", 1) == 1); // the first one has been read
    expect(number, IN_MODIFY, NULL);
    FAILS(ioctl(in, TCGETS, &left), ENOTTY);
}

static void too_many_events_are_told(void)
{
    begin();
    int fd = open("/proc/sys/fs/inotify/max_queued_events", O_RDWR);
    CHECK(fd >= 0 && write(fd, "2\n", 2) == 2);
    close(in);
    in = inotify_init1(IN_NONBLOCK);
    int number = watch(FILE_A, IN_OPEN | IN_CLOSE);
    for (unsigned i = 0; i < 3; i++)
        touch(FILE_A);
    expect(number, IN_OPEN, NULL);
    expect(number, IN_CLOSE_WRITE, NULL);
    expect(-1, IN_Q_OVERFLOW, NULL);
    no_more();
    touch(FILE_A);
    expect(number, IN_OPEN, NULL);
    expect(number, IN_CLOSE_WRITE, NULL);
    CHECK(pwrite(fd, "16384\n", 6, 0) == 6);
}

static void reading_waits(void)
{
    char buffer[4096];
    begin();
    close(in);
    in = inotify_init();
    int number = watch(FOLDER, IN_CREATE);
    struct pollfd poll_fd = {in, POLLIN, 0};
    CHECK(poll(&poll_fd, 1, 0) == 0);
    interrupt_after(30, 0);
    FAILS(read(in, buffer, sizeof buffer), EINTR);
    interrupt_after(0, 0);
    pid_t child = fork();
    if (child == 0) {
        usleep(30000);
        touch(FILE_B);
        _exit(0);
    }
    FAILS(read(in, buffer, sizeof(struct inotify_event)), EINVAL); // no room for the name
    CHECK(poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLIN);
    expect(number, IN_CREATE, "b");
    CHECK(poll(&poll_fd, 1, 0) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    touch(FOLDER "/c");
    FAILS(read(in, nowhere, sizeof buffer), EFAULT);
}

static void file_systems_go(void)
{
    begin();
    CHECK(mkdir(FOLDER "/m", 0755) == 0);
    CHECK(mount("none", FOLDER "/m", "tmpfs", 0, NULL) == 0);
    touch(FOLDER "/m/x");
    int number = watch(FOLDER "/m/x", IN_OPEN);
    CHECK(umount(FOLDER "/m") == 0); // a watch does not keep it
    expect(number, IN_UNMOUNT, NULL);
    expect(number, IN_IGNORED, NULL);
    no_more();
}

static void two_watch_the_same(void)
{
    begin();
    int other = inotify_init1(IN_NONBLOCK), one = in;
    int number = watch(FILE_A, IN_OPEN);
    in = other;
    int second = watch(FILE_A, IN_CLOSE);
    touch(FILE_A);
    expect(second, IN_CLOSE_WRITE, NULL);
    no_more();
    in = one;
    expect(number, IN_OPEN, NULL);
    no_more();
    CHECK(close(other) == 0);
    touch(FILE_A);
    expect(number, IN_OPEN, NULL);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(instances_are_made),
        CASE(instances_are_limited),
        CASE(watches_check_their_arguments),
        CASE(watching_needs_the_right_to_read),
        CASE(watches_are_limited),
        CASE(a_file_is_used),
        CASE(attributes_change),
        CASE(names_come_and_go),
        CASE(a_watched_file_goes),
        CASE(an_open_file_goes_with_its_last_user),
        CASE(files_move),
        CASE(files_change_places),
        CASE(masks_are_changed),
        CASE(equal_events_are_one),
        CASE(too_many_events_are_told),
        CASE(reading_waits),
        CASE(file_systems_go),
        CASE(two_watch_the_same),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
