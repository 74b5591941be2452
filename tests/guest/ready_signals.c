/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* O_ASYNC: signals that say when a file can be read or written, and to whom they go. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>

#include "check.h"

#ifndef F_GETOWN_UIDS
#define F_GETOWN_UIDS 17
#endif

enum { SOMEBODY = 1234, NOBODY = 999999 };

static void *volatile nowhere = (void *)8;
static sigset_t awaited;

/* SIGIO and SIGRTMIN are taken by calls here, so that they come when they come. */
static void await_signals(void)
{
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGIO);
    sigaddset(&awaited, SIGURG);
    sigaddset(&awaited, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &awaited, NULL) == 0);
}

static siginfo_t next_signal(int seconds)
{
    const struct timespec time = {seconds, 0};
    siginfo_t info = {0};
    int signal;
    do
        signal = sigtimedwait(&awaited, &info, &time);
    while (signal == -1 && errno == EINTR);
    info.si_signo = signal == -1 ? 0 : signal;
    return info;
}

static int next_is(int signal)
{
    return next_signal(60).si_signo == signal;
}

static int none_is_left(void)
{
    return next_signal(0).si_signo == 0;
}

/* SIGRTMIN with what it says of @fd. */
static int next_says(int fd, int code, long band)
{
    const siginfo_t info = next_signal(60);
    if (info.si_signo == SIGRTMIN && info.si_fd == fd && info.si_code == code &&
        info.si_band == band)
        return 1;
    printf("signal %d, fd %d, code %d, band 0x%lx\n", info.si_signo, info.si_fd, info.si_code,
           (unsigned long)info.si_band);
    return 0;
}

static void tell_me(int fd, int signal)
{
    CHECK(fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_GETOWN) == getpid());
    CHECK(fcntl(fd, F_SETSIG, signal) == 0 && fcntl(fd, F_GETSIG) == signal);
    const int flags = fcntl(fd, F_GETFL);
    CHECK(fcntl(fd, F_SETFL, flags | O_ASYNC) == 0 && (fcntl(fd, F_GETFL) & O_ASYNC));
}

static void tell_no_more(int fd)
{
    CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_ASYNC) == 0);
    CHECK(!(fcntl(fd, F_GETFL) & O_ASYNC));
}

static void pipes_tell(void)
{
    int ends[2];
    char byte;
    await_signals();
    CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
    tell_me(ends[0], 0);
    CHECK(none_is_left() && write(ends[1], "x", 1) == 1);
    const siginfo_t info = next_signal(60);
    CHECK(info.si_signo == SIGIO && info.si_code == SI_KERNEL);
    CHECK(fcntl(ends[0], F_SETSIG, SIGRTMIN) == 0 && write(ends[1], "x", 1) == 1);
    CHECK(next_says(ends[0], POLL_IN, POLLIN | POLLRDNORM));
    tell_no_more(ends[0]);
    CHECK(write(ends[1], "x", 1) == 1 && none_is_left());
    tell_me(ends[1], SIGRTMIN);
    CHECK(read(ends[0], &byte, 1) == 1);
    CHECK(next_says(ends[1], POLL_OUT, POLLOUT | POLLWRNORM | POLLWRBAND));
    CHECK(close(ends[0]) == 0 && next_says(ends[1], POLL_OUT, POLLOUT | POLLWRNORM | POLLWRBAND));
    CHECK(none_is_left());
}

static void the_end_of_a_pipe_is_told(void)
{
    int ends[2];
    await_signals();
    CHECK(pipe(ends) == 0);
    tell_me(ends[0], SIGRTMIN);
    CHECK(close(ends[1]) == 0 && next_says(ends[0], POLL_IN, POLLIN | POLLRDNORM));
    CHECK(close(ends[0]) == 0 && none_is_left());
}

static void sockets_tell(int type)
{
    int ends[2];
    CHECK(socketpair(AF_UNIX, type, 0, ends) == 0);
    tell_me(ends[0], SIGRTMIN);
    CHECK(none_is_left() && write(ends[1], "x", 1) == 1);
    CHECK(next_says(ends[0], POLL_IN, POLLIN | POLLRDNORM));
    // Who does not lack room is not told of room.
    char bytes[4096] = "";
    CHECK(write(ends[0], "x", 1) == 1 && read(ends[1], bytes, 1) == 1 && none_is_left());
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0 && none_is_left());
}

static void sockets_of_all_types_tell(void)
{
    await_signals();
    sockets_tell(SOCK_STREAM);
    sockets_tell(SOCK_DGRAM);
    sockets_tell(SOCK_SEQPACKET);
}

static void sockets_tell_of_room_and_the_end(void)
{
    int ends[2];
    char bytes[4096] = "";
    await_signals();
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    tell_me(ends[0], SIGRTMIN);
    while (write(ends[0], bytes, sizeof bytes) > 0)
        ;
    CHECK(errno == EAGAIN && none_is_left());
    while (read(ends[1], bytes, sizeof bytes) > 0)
        ;
    CHECK(errno == EAGAIN);
    CHECK(next_says(ends[0], POLL_OUT, POLLOUT | POLLWRNORM | POLLWRBAND));
    CHECK(shutdown(ends[1], SHUT_WR) == 0);
    CHECK(next_says(ends[0], POLL_IN, POLLIN | POLLRDNORM));
    CHECK(close(ends[1]) == 0 && next_says(ends[0], POLL_HUP, POLLHUP | POLLERR));
    CHECK(none_is_left());
}

static void a_listener_tells_of_who_connects(void)
{
    const struct sockaddr name = {AF_UNIX, "\0ready"};
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
    await_signals();
    CHECK(bind(listener, &name, 8) == 0 && listen(listener, 1) == 0);
    tell_me(listener, SIGRTMIN);
    CHECK(connect(other, &name, 8) == 0);
    CHECK(next_says(listener, POLL_IN, POLLIN | POLLRDNORM) && none_is_left());
}

static void sockets_are_told_by_ioctl(void)
{
    int ends[2], on = 1, pid = getpid(), told = 0;
    await_signals();
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK(ioctl(ends[0], FIOSETOWN, &pid) == 0 && ioctl(ends[0], FIOASYNC, &on) == 0);
    CHECK(fcntl(ends[0], F_GETOWN) == pid && (fcntl(ends[0], F_GETFL) & O_ASYNC));
    CHECK(ioctl(ends[0], FIOGETOWN, &told) == 0 && told == pid);
    CHECK(write(ends[1], "x", 1) == 1 && next_is(SIGIO));
    on = 0;
    CHECK(ioctl(ends[0], FIOASYNC, &on) == 0 && !(fcntl(ends[0], F_GETFL) & O_ASYNC));
    CHECK(setpgid(0, 0) == 0);
    pid = -getpid();
    CHECK(ioctl(ends[0], SIOCSPGRP, &pid) == 0 && ioctl(ends[0], SIOCGPGRP, &told) == 0);
    CHECK(told == pid);
    pid = NOBODY;
    FAILS(ioctl(ends[0], FIOSETOWN, &pid), ESRCH);
    FAILS(ioctl(ends[0], FIOSETOWN, nowhere), EFAULT);
    FAILS(ioctl(ends[0], FIOASYNC, nowhere), EFAULT);
}

struct terminal {
    int master, slave;
};

static struct terminal open_terminal(void)
{
    struct terminal made = {open("/dev/ptmx", O_RDWR | O_NOCTTY), -1};
    int unlock = 0;
    CHECK(made.master >= 0 && ioctl(made.master, TIOCSPTLCK, &unlock) == 0);
    made.slave = ioctl(made.master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    CHECK(made.slave >= 0);
    return made;
}

static void terminals_tell(void)
{
    const struct terminal made = open_terminal();
    const int master = made.master, slave = made.slave;
    char bytes[16];
    struct termios raw;
    await_signals();
    CHECK(tcgetattr(slave, &raw) == 0);
    cfmakeraw(&raw);
    CHECK(tcsetattr(slave, TCSANOW, &raw) == 0);
    tell_me(slave, SIGRTMIN);
    CHECK(write(master, "x", 1) == 1 && next_says(slave, POLL_IN, POLLIN | POLLRDNORM));
    CHECK(read(slave, bytes, sizeof bytes) == 1);
    tell_no_more(slave);
    tell_me(master, SIGRTMIN);
    CHECK(write(slave, "x", 1) == 1 && next_says(master, POLL_IN, POLLIN | POLLRDNORM));
    CHECK(read(master, bytes, sizeof bytes) == 1);
}

/* Without an owner it becomes that of whoever asks, or of its foreground. */
static void a_terminal_finds_an_owner(void)
{
    const struct terminal made = open_terminal();
    const int master = made.master, slave = made.slave;
    await_signals();
    CHECK(fcntl(slave, F_GETOWN) == 0);
    CHECK(fcntl(slave, F_SETFL, O_RDWR | O_ASYNC) == 0 && fcntl(slave, F_GETOWN) == getpid());
    CHECK(write(master, "x\n", 2) == 2 && next_is(SIGIO));
    CHECK(setsid() == getpid() && ioctl(slave, TIOCSCTTY, 0) == 0);
    CHECK(fcntl(slave, F_SETFL, O_RDWR) == 0 && fcntl(slave, F_SETOWN, 0) == 0);
    CHECK(fcntl(slave, F_SETFL, O_RDWR | O_ASYNC) == 0 && fcntl(slave, F_GETOWN) == -getpid());
}

static void watches_tell(void)
{
    const int fd = inotify_init();
    await_signals();
    CHECK(mkdir("/tmp/ready", 0700) == 0 && inotify_add_watch(fd, "/tmp/ready", IN_CREATE) > 0);
    tell_me(fd, SIGRTMIN);
    CHECK(mkdir("/tmp/ready/x", 0700) == 0);
    CHECK(next_says(fd, POLL_IN, POLLIN | POLLRDNORM));
    CHECK(rmdir("/tmp/ready/x") == 0 && rmdir("/tmp/ready") == 0);
}

static void directories_tell(void)
{
    await_signals();
    CHECK(mkdir("/tmp/noticed", 0700) == 0);
    const int fd = open("/tmp/noticed", O_RDONLY);
    CHECK(fcntl(fd, F_SETSIG, SIGRTMIN) == 0 && fcntl(fd, F_NOTIFY, DN_CREATE) == 0);
    CHECK(fcntl(fd, F_GETOWN) == getpid());
    CHECK(mkdir("/tmp/noticed/a", 0700) == 0 &&
          next_says(fd, POLL_MSG, POLLIN | POLLRDNORM | POLLMSG));
    CHECK(mkdir("/tmp/noticed/b", 0700) == 0 && none_is_left()); // once
    CHECK(fcntl(fd, F_NOTIFY, DN_DELETE | DN_RENAME | DN_ATTRIB | DN_MULTISHOT) == 0);
    CHECK(chmod("/tmp/noticed/a", 0755) == 0 && rename("/tmp/noticed/a", "/tmp/noticed/c") == 0);
    CHECK(rmdir("/tmp/noticed/b") == 0);
    for (int i = 0; i < 3; i++)
        CHECK(next_says(fd, POLL_MSG, POLLIN | POLLRDNORM | POLLMSG));
    CHECK(fcntl(fd, F_NOTIFY, 0) == 0 && rmdir("/tmp/noticed/c") == 0);
    while (next_signal(0).si_signo != 0)
        ; // the move may have told twice
    CHECK(fcntl(fd, F_NOTIFY, DN_MODIFY | DN_ACCESS | DN_CREATE | DN_MULTISHOT) == 0);
    const int file = open("/tmp/noticed/f", O_RDWR | O_CREAT, 0600);
    char byte;
    CHECK(next_is(SIGRTMIN) && write(file, "x", 1) == 1 && next_is(SIGRTMIN));
    CHECK(pread(file, &byte, 1, 0) == 1 && next_is(SIGRTMIN));
    const pid_t child = fork();
    if (child == 0)
        _exit(0); // its descriptors are others
    CHECK(waitpid(child, NULL, 0) == child && write(file, "x", 1) == 1 && next_is(SIGRTMIN));
    CHECK(close(dup(fd)) == 0 && write(file, "x", 1) == 1 && none_is_left());
    FAILS(fcntl(file, F_NOTIFY, DN_CREATE), ENOTDIR);
    CHECK(unlink("/tmp/noticed/f") == 0 && rmdir("/tmp/noticed") == 0);
}

/* Files that are always ready have nothing to tell. */
static void other_files_do_not_tell(void)
{
    int fd = open("/tmp/silent", O_RDWR | O_CREAT, 0600), on = 1;
    CHECK(fd >= 0 && unlink("/tmp/silent") == 0);
    CHECK(fcntl(fd, F_SETFL, O_ASYNC) == 0 && !(fcntl(fd, F_GETFL) & O_ASYNC));
    FAILS(ioctl(fd, FIOASYNC, &on), ENOTTY);
    CHECK(fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_GETOWN) == getpid());
}

static void owners_may_be_tasks_and_groups(void)
{
    struct f_owner_ex owner = {F_OWNER_TID, (pid_t)syscall(SYS_gettid)};
    int ends[2];
    await_signals();
    CHECK(pipe(ends) == 0 && fcntl(ends[0], F_GETOWN_EX, &owner) == 0 && owner.pid == 0);
    owner = (struct f_owner_ex){F_OWNER_TID, (pid_t)syscall(SYS_gettid)};
    CHECK(fcntl(ends[0], F_SETOWN_EX, &owner) == 0);
    owner = (struct f_owner_ex){77, 77};
    CHECK(fcntl(ends[0], F_GETOWN_EX, &owner) == 0 && owner.type == F_OWNER_TID);
    CHECK(owner.pid == syscall(SYS_gettid) && fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
    CHECK(write(ends[1], "x", 1) == 1 && next_is(SIGIO));
    CHECK(setpgid(0, 0) == 0 && fcntl(ends[0], F_SETOWN, -getpid()) == 0);
    CHECK(fcntl(ends[0], F_GETOWN_EX, &owner) == 0 && owner.type == F_OWNER_PGRP);
    CHECK(owner.pid == getpid() && fcntl(ends[0], F_GETOWN) == -getpid());
    CHECK(write(ends[1], "x", 1) == 1 && next_is(SIGIO));
    owner = (struct f_owner_ex){F_OWNER_PID, getpid()};
    CHECK(fcntl(ends[0], F_SETOWN_EX, &owner) == 0 && fcntl(ends[0], F_GETOWN) == getpid());
    CHECK(fcntl(ends[0], F_SETOWN, 0) == 0 && fcntl(ends[0], F_GETOWN) == 0);
    CHECK(write(ends[1], "x", 1) == 1 && none_is_left());
}

static void owners_have_rules(void)
{
    struct f_owner_ex owner = {77, getpid()};
    int ends[2];
    CHECK(pipe(ends) == 0);
    FAILS(fcntl(ends[0], F_SETOWN_EX, &owner), EINVAL);
    FAILS(fcntl(ends[0], F_SETOWN_EX, nowhere), EFAULT);
    FAILS(fcntl(ends[0], F_GETOWN_EX, nowhere), EFAULT);
    owner = (struct f_owner_ex){F_OWNER_PID, NOBODY};
    FAILS(fcntl(ends[0], F_SETOWN_EX, &owner), ESRCH);
    FAILS(fcntl(ends[0], F_SETOWN, NOBODY), ESRCH);
    FAILS(fcntl(ends[0], F_SETOWN, INT_MIN), EINVAL);
    const pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    CHECK(fcntl(ends[0], F_SETOWN, child) == 0 && fcntl(ends[0], F_GETOWN) == child);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    CHECK(fcntl(ends[0], F_GETOWN) == 0); // the dead own nothing
    unsigned ids[2] = {7, 7};
    CHECK(fcntl(ends[0], F_GETOWN_UIDS, ids) == 0 && ids[0] == 0 && ids[1] == 0);
}

/* It is for whoever set the owner to be allowed to signal it. */
static void nobody_is_told_by_strangers(void)
{
    int ends[2];
    await_signals();
    CHECK(pipe(ends) == 0 && fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
        CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
        CHECK(fcntl(ends[0], F_SETOWN, parent) == 0 && write(ends[1], "x", 1) == 1);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0 && none_is_left());
    CHECK(fcntl(ends[0], F_SETOWN, parent) == 0 && write(ends[1], "x", 1) == 1 && next_is(SIGIO));
}

static void a_full_queue_leaves_the_plain_signal(void)
{
    const struct rlimit two = {2, 2};
    int ends[2], count[2] = {0, 0};
    siginfo_t info;
    await_signals();
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0); // who has no others
    CHECK(pipe(ends) == 0 && setrlimit(RLIMIT_SIGPENDING, &two) == 0);
    tell_me(ends[0], SIGRTMIN);
    for (int i = 0; i < 4; i++)
        CHECK(write(ends[1], "x", 1) == 1);
    while ((info = next_signal(0)).si_signo != 0)
        count[info.si_signo == SIGIO]++;
    CHECK(count[0] == 2 && count[1] == 1);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(pipes_tell),
        CASE(the_end_of_a_pipe_is_told),
        CASE(sockets_of_all_types_tell),
        CASE(sockets_tell_of_room_and_the_end),
        CASE(a_listener_tells_of_who_connects),
        CASE(sockets_are_told_by_ioctl),
        CASE(terminals_tell),
        CASE(a_terminal_finds_an_owner),
        CASE(watches_tell),
        CASE(directories_tell),
        CASE(other_files_do_not_tell),
        CASE(owners_may_be_tasks_and_groups),
        CASE(owners_have_rules),
        CASE(nobody_is_told_by_strangers),
        CASE(a_full_queue_leaves_the_plain_signal),
    };
    (void)!mkdir("/dev/pts", 0755);
    if (mount("devpts", "/dev/pts", "devpts", 0, "gid=5,mode=620,ptmxmode=666") != 0 &&
        errno != EBUSY)
        perror("devpts");
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
