/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* POSIX message queues. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>

#include "check.h"
#include "interrupts.h"
#include "limits.h"

#define BYTES 64

static void *volatile nowhere = (void *)8;

static mqd_t make(const char *name, int flags, long count)
{
    struct mq_attr attributes = {.mq_maxmsg = count, .mq_msgsize = BYTES};
    mqd_t queue = mq_open(name, flags | O_CREAT | O_EXCL, 0600, &attributes);
    CHECK(queue >= 0);
    return queue;
}

static void done(mqd_t queue, const char *name)
{
    CHECK(mq_close(queue) == 0 && mq_unlink(name) == 0);
}

static struct timespec after_ms(long ms)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += ms * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void become_nobody(void)
{
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
}

static void ended_well(pid_t child)
{
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void write_setting(const char *name, const char *value, int error)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/sys/fs/mqueue/%s", name);
    int fd = open(path, O_WRONLY);
    CHECK(fd >= 0);
    errno = 0;
    CHECK(write(fd, value, strlen(value)) == (error ? -1 : (ssize_t)strlen(value)));
    CHECK(errno == error && close(fd) == 0);
}

static void names_are_checked(void)
{
    char long_name[NAME_MAX + 3], path[PATH_MAX + 2];
    memset(long_name, 'x', sizeof long_name);
    long_name[0] = '/';
    long_name[sizeof long_name - 1] = '\0';
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    FAILS(mq_open("noslash", O_RDWR | O_CREAT, 0600, NULL), EINVAL);
    FAILS(mq_open("/", O_RDWR | O_CREAT, 0600, NULL), ENOENT);
    FAILS(mq_open("/none", O_RDWR), ENOENT);
    FAILS(mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL), EACCES);
    FAILS(mq_open("/..", O_RDWR), EACCES);
    FAILS(mq_open(long_name, O_RDWR | O_CREAT, 0600, NULL), ENAMETOOLONG);
    FAILS(mq_open(path, O_RDWR), ENAMETOOLONG);
    FAILS(mq_unlink("/none"), ENOENT);
    FAILS(mq_unlink("/a/b"), EACCES);
    FAILS(mq_unlink(long_name), ENAMETOOLONG);
    FAILS(mq_unlink(path), ENAMETOOLONG);
    FAILS(syscall(SYS_mq_unlink, nowhere), EFAULT);
    FAILS(syscall(SYS_mq_open, nowhere, O_RDWR, 0, NULL), EFAULT);
    FAILS(syscall(SYS_mq_open, "x", O_RDWR | O_CREAT, 0600, nowhere), EFAULT);
    long_name[NAME_MAX + 1] = '\0';
    mqd_t queue = mq_open(long_name, O_RDWR | O_CREAT, 0600, NULL);
    CHECK(queue >= 0);
    done(queue, long_name);
}

static void queues_are_opened_and_made(void)
{
    struct mq_attr attributes;
    mqd_t queue = mq_open("/q", O_RDWR | O_CREAT, 0640, NULL);
    CHECK(queue >= 0 && fcntl(queue, F_GETFD) == FD_CLOEXEC);
    CHECK(mq_getattr(queue, &attributes) == 0 && attributes.mq_flags == 0);
    CHECK(attributes.mq_maxmsg == 10 && attributes.mq_msgsize == 8192 &&
          attributes.mq_curmsgs == 0);
    FAILS(mq_open("/q", O_RDWR | O_CREAT | O_EXCL, 0600, NULL), EEXIST);
    FAILS(mq_open("/q", O_RDWR | O_WRONLY), EINVAL);
    mqd_t again = mq_open("/q", O_RDONLY | O_NONBLOCK | O_CREAT, 0600, NULL);
    CHECK(again >= 0 && again != queue && mq_getattr(again, &attributes) == 0);
    CHECK(attributes.mq_flags == O_NONBLOCK);
    FAILS(mq_send(again, "x", 1, 0), EBADF);
    CHECK(mq_unlink("/q") == 0);
    FAILS(mq_open("/q", O_RDWR), ENOENT);
    char data[8192];
    CHECK(mq_send(queue, "x", 1, 7) == 0); // it lives as long as it is open
    CHECK(mq_receive(again, data, sizeof data, NULL) == 1);
    CHECK(mq_close(again) == 0 && mq_close(queue) == 0);
    FAILS(mq_close(queue), EBADF);
}

static void sizes_are_checked(void)
{
    static const struct mq_attr bad[] = {
        {.mq_maxmsg = 0, .mq_msgsize = 1},     {.mq_maxmsg = 1, .mq_msgsize = 0},
        {.mq_maxmsg = -1, .mq_msgsize = 1},    {.mq_maxmsg = 1, .mq_msgsize = -1},
        {.mq_maxmsg = 65537, .mq_msgsize = 1}, {.mq_maxmsg = 1, .mq_msgsize = 16777217}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        FAILS(mq_open("/bad", O_RDWR | O_CREAT, 0600, &bad[i]), EINVAL);
    become_nobody();
    struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = 8192};
    mqd_t queue = mq_open("/fits", O_RDWR | O_CREAT, 0600, &attributes);
    CHECK(queue >= 0);
    done(queue, "/fits");
    attributes.mq_maxmsg = 11;
    FAILS(mq_open("/bad", O_RDWR | O_CREAT, 0600, &attributes), EINVAL);
    attributes = (struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 8193};
    FAILS(mq_open("/bad", O_RDWR | O_CREAT, 0600, &attributes), EINVAL);
}

static void rights_are_checked(void)
{
    mqd_t queue = make("/rights", O_RDWR, 1);
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        FAILS(mq_open("/rights", O_RDONLY), EACCES);
        FAILS(mq_open("/rights", O_WRONLY | O_CREAT, 0600, NULL), EACCES);
        FAILS(mq_unlink("/rights"), EACCES);
        FAILS(syscall(SYS_mq_unlink, "rights"), EPERM);
        _exit(0);
    }
    ended_well(child);
    done(queue, "/rights");
}

static void resources_are_limited(void)
{
    descriptors_use_up();
    FAILS(mq_open("/limit", O_RDWR | O_CREAT, 0600, NULL), EMFILE);
    limit(RLIMIT_NOFILE, 64);
    FAILS(mq_open("/limit", O_RDWR), ENOENT);
    limit(RLIMIT_MSGQUEUE, 10 * (BYTES + 96));
    mqd_t queue = make("/limit", O_RDWR, 10);
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 1};
    FAILS(mq_open("/more", O_RDWR | O_CREAT, 0600, &attributes), EMFILE);
    files_use_up();
    FAILS(mq_open("/limit", O_RDWR), ENFILE);
    files_give_back();
    done(queue, "/limit");
    limit(RLIMIT_MSGQUEUE, 0);
    FAILS(mq_open("/more", O_RDWR | O_CREAT, 0600, &attributes), EMFILE);
}

static void the_number_of_queues_is_limited(void)
{
    write_setting("queues_max", "0\n", 0);
    mqd_t queue = make("/root", O_RDWR, 1); // CAP_SYS_RESOURCE
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        FAILS(mq_open("/nobody", O_RDWR | O_CREAT, 0600, NULL), ENOSPC);
        _exit(0);
    }
    ended_well(child);
    write_setting("queues_max", "256\n", 0);
    done(queue, "/root");
}

static void settings_have_bounds(void)
{
    struct mq_attr attributes;
    write_setting("msg_max", "0", EINVAL);
    write_setting("msg_max", "65537", EINVAL);
    write_setting("msgsize_max", "127", EINVAL);
    write_setting("msgsize_max", "x", EINVAL);
    write_setting("msg_default", "3", 0);
    write_setting("msgsize_default", "200", 0);
    mqd_t queue = mq_open("/q", O_RDWR | O_CREAT, 0600, NULL);
    CHECK(queue >= 0 && mq_getattr(queue, &attributes) == 0);
    CHECK(attributes.mq_maxmsg == 3 && attributes.mq_msgsize == 200);
    done(queue, "/q");
    write_setting("msg_default", "10", 0);
    write_setting("msgsize_default", "8192", 0);
}

static void messages_come_by_priority(void)
{
    mqd_t queue = make("/order", O_RDWR, 5);
    char data[BYTES];
    unsigned priority;
    CHECK(mq_send(queue, "low", 3, 0) == 0 && mq_send(queue, "first", 5, 9) == 0);
    CHECK(mq_send(queue, "second", 6, 9) == 0 && mq_send(queue, "", 0, 32767) == 0);
    CHECK(mq_receive(queue, data, BYTES, &priority) == 0 && priority == 32767);
    CHECK(mq_receive(queue, data, BYTES, &priority) == 5 && priority == 9);
    CHECK(memcmp(data, "first", 5) == 0);
    CHECK(mq_receive(queue, data, BYTES, NULL) == 6 && memcmp(data, "second", 6) == 0);
    CHECK(mq_receive(queue, data, BYTES, &priority) == 3 && priority == 0);
    done(queue, "/order");
}

static void sending_checks_its_arguments(void)
{
    mqd_t queue = make("/send", O_WRONLY, 1);
    char data[BYTES + 1] = "";
    struct timespec bad[] = {{0, -1}, {0, 1000000000}, {-1, 0}};
    FAILS(mq_send(queue, data, BYTES + 1, 0), EMSGSIZE);
    FAILS(mq_send(queue, data, 1, 32768), EINVAL);
    FAILS(mq_send(-1, data, 1, 0), EBADF);
    FAILS(mq_send(1, data, 1, 0), EBADF);
    FAILS(mq_send(queue, nowhere, 1, 0), EFAULT);
    FAILS(mq_timedsend(queue, data, 1, 0, nowhere), EFAULT);
    for (unsigned i = 0; i < 3; i++)
        FAILS(mq_timedsend(queue, data, 1, 0, &bad[i]), EINVAL);
    FAILS(mq_receive(queue, data, BYTES, NULL), EBADF);
    CHECK(mq_send(queue, data, BYTES, 0) == 0);
    struct timespec past = {0, 0}, soon = after_ms(30);
    FAILS(mq_timedsend(queue, data, 1, 0, &past), ETIMEDOUT);
    FAILS(mq_timedsend(queue, data, 1, 0, &soon), ETIMEDOUT);
    const struct mq_attr nonblock = {.mq_flags = O_NONBLOCK};
    CHECK(mq_setattr(queue, &nonblock, NULL) == 0);
    FAILS(mq_send(queue, data, 1, 0), EAGAIN);
    FAILS(mq_timedsend(queue, data, 1, 0, &past), EAGAIN);
    done(queue, "/send");
}

static void receiving_checks_its_arguments(void)
{
    mqd_t queue = make("/receive", O_RDWR, 1);
    char data[BYTES];
    struct timespec bad = {0, 1000000000}, past = {0, 0}, soon = after_ms(30);
    FAILS(mq_receive(queue, data, BYTES - 1, NULL), EMSGSIZE);
    FAILS(mq_receive(-1, data, BYTES, NULL), EBADF);
    FAILS(mq_receive(1, data, BYTES, NULL), EBADF);
    FAILS(mq_timedreceive(queue, data, BYTES, NULL, &bad), EINVAL);
    FAILS(mq_timedreceive(queue, data, BYTES, NULL, nowhere), EFAULT);
    FAILS(mq_timedreceive(queue, data, BYTES, NULL, &past), ETIMEDOUT);
    FAILS(mq_timedreceive(queue, data, BYTES, NULL, &soon), ETIMEDOUT);
    CHECK(mq_send(queue, "x", 1, 0) == 0);
    FAILS(mq_receive(queue, nowhere, BYTES, NULL), EFAULT);
    CHECK(mq_send(queue, "x", 1, 0) == 0); // that one was lost
    CHECK(mq_timedreceive(queue, data, BYTES, NULL, &past) == 1);
    const struct mq_attr nonblock = {.mq_flags = O_NONBLOCK};
    CHECK(mq_setattr(queue, &nonblock, NULL) == 0);
    FAILS(mq_receive(queue, data, BYTES, NULL), EAGAIN);
    done(queue, "/receive");
}

static void signals_interrupt(void)
{
    mqd_t queue = make("/signals", O_RDWR, 1);
    char data[BYTES];
    interrupt_after(30, 0);
    FAILS(mq_receive(queue, data, BYTES, NULL), EINTR);
    signals_seen = 0;
    interrupt_after(30, SA_RESTART); // runs again, with the same end
    struct timespec soon = after_ms(100);
    FAILS(mq_timedreceive(queue, data, BYTES, NULL, &soon), ETIMEDOUT);
    CHECK(signals_seen >= 1 && mq_send(queue, "x", 1, 0) == 0);
    interrupt_after(30, 0);
    FAILS(mq_send(queue, "x", 1, 0), EINTR);
    interrupt_after(0, 0);
    done(queue, "/signals");
}

static void waiting_ends_with_a_message(void)
{
    mqd_t queue = make("/wait", O_RDWR, 1);
    char data[BYTES];
    unsigned priority;
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(40);
        CHECK(mq_send(queue, "one", 3, 1) == 0 && mq_send(queue, "two", 3, 2) == 0);
        CHECK(mq_send(queue, "three", 5, 3) == 0);
        _exit(0);
    }
    CHECK(mq_receive(queue, data, BYTES, &priority) == 3 && priority == 1);
    sleep_ms(40);
    CHECK(mq_receive(queue, data, BYTES, &priority) == 3 && priority == 2);
    CHECK(mq_receive(queue, data, BYTES, &priority) == 5 && priority == 3);
    ended_well(child);
    done(queue, "/wait");
}

static void poll_tells_what_is_ready(void)
{
    mqd_t queue = make("/poll", O_RDWR, 1);
    struct pollfd poll_fd = {queue, POLLIN | POLLOUT, 0};
    char data[BYTES];
    CHECK(poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLOUT);
    CHECK(mq_send(queue, "x", 1, 0) == 0);
    CHECK(poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLIN);
    CHECK(mq_receive(queue, data, BYTES, NULL) == 1);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(30);
        CHECK(mq_send(queue, "x", 1, 0) == 0);
        _exit(0);
    }
    poll_fd.events = POLLIN;
    CHECK(poll(&poll_fd, 1, 5000) == 1 && poll_fd.revents == POLLIN);
    ended_well(child);
    done(queue, "/poll");
}

static siginfo_t told;

static void handle_info(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    told = *info;
}

static void one_message_is_told_by_a_signal(void)
{
    struct sigaction action = {.sa_sigaction = handle_info, .sa_flags = SA_SIGINFO};
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77};
    char data[BYTES];
    mqd_t queue = make("/notify", O_RDWR, 5);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(mq_send(queue, "x", 1, 0) == 0 && mq_notify(queue, &event) == 0);
    CHECK(mq_send(queue, "x", 1, 0) == 0 && told.si_signo == 0); // it was not empty
    CHECK(mq_receive(queue, data, BYTES, NULL) == 1 && mq_receive(queue, data, BYTES, NULL) == 1);
    CHECK(mq_send(queue, "x", 1, 0) == 0 && told.si_signo == SIGUSR1);
    CHECK(told.si_code == SI_MESGQ && told.si_value.sival_int == 77 && told.si_pid == getpid());
    told.si_signo = 0;
    CHECK(mq_receive(queue, data, BYTES, NULL) == 1 && mq_send(queue, "x", 1, 0) == 0);
    CHECK(told.si_signo == 0); // once
    done(queue, "/notify");
}

static void one_process_is_registered(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    mqd_t queue = make("/notify", O_RDWR, 5);
    CHECK(mq_notify(queue, &event) == 0);
    FAILS(mq_notify(queue, &event), EBUSY);
    pid_t child = fork();
    if (child == 0) {
        FAILS(mq_notify(queue, &event), EBUSY);
        CHECK(mq_notify(queue, NULL) == 0); // it was not registered: nothing happens
        FAILS(mq_notify(queue, &event), EBUSY);
        _exit(0);
    }
    ended_well(child);
    CHECK(mq_notify(queue, NULL) == 0 && mq_notify(queue, &event) == 0);
    mqd_t copy = dup(queue);
    CHECK(copy >= 0 && mq_close(copy) == 0); // closing any descriptor of it ends it
    CHECK(mq_notify(queue, &event) == 0 && mq_notify(queue, NULL) == 0);
    child = fork();
    if (child == 0) {
        CHECK(mq_notify(queue, &event) == 0);
        _exit(0);
    }
    ended_well(child);
    CHECK(mq_notify(queue, &event) == 0);
    done(queue, "/notify");
}

static void notifying_checks_its_arguments(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
    mqd_t queue = make("/notify", O_RDWR, 5);
    FAILS(mq_notify(queue, &event), EINVAL);
    event.sigev_signo = -1;
    FAILS(mq_notify(queue, &event), EINVAL);
    event.sigev_signo = 0;
    CHECK(mq_notify(queue, &event) == 0 && mq_notify(queue, NULL) == 0);
    event.sigev_notify = 99;
    FAILS(mq_notify(queue, &event), EINVAL);
    event.sigev_notify = SIGEV_NONE;
    FAILS(mq_notify(-1, &event), EBADF);
    FAILS(mq_notify(1, NULL), EBADF);
    FAILS(syscall(SYS_mq_notify, queue, nowhere), EFAULT);
    done(queue, "/notify");
}

static int netlink_socket(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    return fd;
}

/* What mq_notify(3) does for SIGEV_THREAD, by hand. */
static void a_thread_is_told_by_a_cookie(void)
{
    char cookie[32] = "cookie", got[33] = "", data[BYTES];
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_ptr = cookie};
    mqd_t queue = make("/notify", O_RDWR, 5);
    event.sigev_signo = 0;
    FAILS(syscall(SYS_mq_notify, queue, &event), ENOTSOCK);
    event.sigev_signo = -1;
    FAILS(syscall(SYS_mq_notify, queue, &event), EBADF);
    event.sigev_signo = socket(AF_UNIX, SOCK_STREAM, 0);
    FAILS(syscall(SYS_mq_notify, queue, &event), EINVAL);
    event.sigev_signo = netlink_socket();
    event.sigev_value.sival_ptr = nowhere;
    FAILS(syscall(SYS_mq_notify, queue, &event), EFAULT);
    event.sigev_value.sival_ptr = cookie;
    CHECK(syscall(SYS_mq_notify, queue, &event) == 0);
    FAILS(recv(event.sigev_signo, got, 33, MSG_DONTWAIT), EAGAIN);
    CHECK(mq_send(queue, "x", 1, 0) == 0 && recv(event.sigev_signo, got, 33, 0) == 32);
    CHECK(!strcmp(got, "cookie") && got[31] == 1); // woken
    CHECK(mq_receive(queue, data, BYTES, NULL) == 1);
    CHECK(syscall(SYS_mq_notify, queue, &event) == 0 && mq_notify(queue, NULL) == 0);
    CHECK(recv(event.sigev_signo, got, 33, 0) == 32 && got[31] == 2); // removed
    done(queue, "/notify");
}

static volatile sig_atomic_t thread_told;

static void told_in_a_thread(union sigval value)
{
    thread_told = value.sival_int;
}

static void a_thread_is_started(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD,
                             .sigev_notify_function = told_in_a_thread,
                             .sigev_value.sival_int = 55};
    mqd_t queue = make("/notify", O_RDWR, 5);
    CHECK(mq_notify(queue, &event) == 0 && mq_send(queue, "x", 1, 0) == 0);
    while (thread_told != 55)
        sleep_ms(5);
    done(queue, "/notify");
}

static void a_waiting_receiver_comes_first(void)
{
    struct sigaction action = {.sa_sigaction = handle_info, .sa_flags = SA_SIGINFO};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    mqd_t queue = make("/notify", O_RDWR, 5);
    char data[BYTES];
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && mq_notify(queue, &event) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(mq_receive(queue, data, BYTES, NULL) == 1);
        _exit(0);
    }
    sleep_ms(50);
    CHECK(mq_send(queue, "x", 1, 0) == 0);
    ended_well(child);
    CHECK(told.si_signo == 0 && mq_send(queue, "x", 1, 0) == 0 && told.si_signo == SIGUSR1);
    done(queue, "/notify");
}

static void attributes_are_exchanged(void)
{
    struct mq_attr old, wanted = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 99, .mq_msgsize = 1};
    mqd_t queue = make("/attributes", O_RDWR, 5);
    CHECK(mq_send(queue, "x", 1, 0) == 0);
    CHECK(mq_setattr(queue, &wanted, &old) == 0 && old.mq_flags == 0 && old.mq_maxmsg == 5);
    CHECK(old.mq_msgsize == BYTES && old.mq_curmsgs == 1);
    CHECK(mq_getattr(queue, &old) == 0 && old.mq_flags == O_NONBLOCK && old.mq_maxmsg == 5);
    CHECK(fcntl(queue, F_GETFL) & O_NONBLOCK);
    wanted.mq_flags = O_APPEND;
    FAILS(syscall(SYS_mq_getsetattr, queue, &wanted, NULL), EINVAL);
    FAILS(syscall(SYS_mq_getsetattr, -1, NULL, &old), EBADF);
    FAILS(syscall(SYS_mq_getsetattr, 1, NULL, &old), EBADF);
    FAILS(syscall(SYS_mq_getsetattr, queue, nowhere, NULL), EFAULT);
    FAILS(syscall(SYS_mq_getsetattr, queue, NULL, nowhere), EFAULT);
    CHECK(syscall(SYS_mq_getsetattr, queue, NULL, NULL) == 0);
    done(queue, "/attributes");
}

static void the_file_system_shows_queues(void)
{
    char text[128] = "";
    struct statfs fs;
    struct stat status;
    mkdir("/tmp/mq", 0755);
    CHECK(mount("none", "/tmp/mq", "mqueue", 0, NULL) == 0);
    mqd_t queue = make("/shown", O_RDWR, 5);
    CHECK(statfs("/tmp/mq", &fs) == 0 && fs.f_type == 0x19800202);
    CHECK(stat("/tmp/mq", &status) == 0 && status.st_mode == (S_IFDIR | 01777));
    CHECK(stat("/tmp/mq/shown", &status) == 0 && status.st_mode == (S_IFREG | 0600));
    CHECK(status.st_size == 80 && status.st_nlink == 1);
    CHECK(mq_send(queue, "12345", 5, 0) == 0);
    int fd = open("/tmp/mq/shown", O_RDONLY);
    CHECK(fd >= 0 && read(fd, text, sizeof text) > 0);
    CHECK(!strcmp(text, "QSIZE:5          NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n"));
    CHECK(mq_receive(fd, text, BYTES, NULL) == 5 && close(fd) == 0); // a descriptor like any
    FAILS(mkdir("/tmp/mq/folder", 0755), EPERM);
    FAILS(symlink("x", "/tmp/mq/link"), EPERM);
    FAILS(link("/tmp/mq/shown", "/tmp/mq/link"), EPERM);
    FAILS(rename("/tmp/mq/shown", "/tmp/mq/other"), EPERM);
    fd = open("/tmp/mq/made", O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0 && mq_send(fd, "x", 1, 0) == 0 && close(fd) == 0);
    CHECK(mq_unlink("/made") == 0 && unlink("/tmp/mq/shown") == 0 && mq_close(queue) == 0);
    FAILS(mq_open("/shown", O_RDWR), ENOENT);
    CHECK(umount("/tmp/mq") == 0 && rmdir("/tmp/mq") == 0);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(names_are_checked),
        CASE(queues_are_opened_and_made),
        CASE(sizes_are_checked),
        CASE(rights_are_checked),
        CASE(resources_are_limited),
        CASE(the_number_of_queues_is_limited),
        CASE(settings_have_bounds),
        CASE(messages_come_by_priority),
        CASE(sending_checks_its_arguments),
        CASE(receiving_checks_its_arguments),
        CASE(signals_interrupt),
        CASE(waiting_ends_with_a_message),
        CASE(poll_tells_what_is_ready),
        CASE(one_message_is_told_by_a_signal),
        CASE(one_process_is_registered),
        CASE(notifying_checks_its_arguments),
        CASE(a_thread_is_told_by_a_cookie),
        CASE(a_thread_is_started),
        CASE(a_waiting_receiver_comes_first),
        CASE(attributes_are_exchanged),
        CASE(the_file_system_shows_queues),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
