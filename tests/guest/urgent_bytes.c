/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* MSG_OOB, SIOCATMARK and SIGURG on connected AF_UNIX sockets. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/sockios.h>

#include "check.h"

static int ends[2];
static char bytes[64];

static void connect_ends(int type)
{
    CHECK(socketpair(AF_UNIX, type, 0, ends) == 0);
}

static int at_mark(void)
{
    int answer = -1;
    CHECK(ioctl(ends[1], SIOCATMARK, &answer) == 0);
    return answer;
}

static int reads(const char *text)
{
    const ssize_t length = recv(ends[1], bytes, sizeof bytes, MSG_DONTWAIT);
    if (length == (ssize_t)strlen(text) && memcmp(bytes, text, strlen(text)) == 0)
        return 1;
    printf("read %zd: %.*s\n", length, (int)(length > 0 ? length : 0), bytes);
    return 0;
}

static void send_urgent(const char *text)
{
    CHECK(send(ends[0], text, strlen(text), MSG_OOB) == (ssize_t)strlen(text));
}

static void the_last_byte_is_urgent(void)
{
    int waiting;
    connect_ends(SOCK_STREAM);
    CHECK(!at_mark());
    send_urgent("abc");
    CHECK(ioctl(ends[1], FIONREAD, &waiting) == 0 && waiting == 3);
    CHECK(recv(ends[1], bytes, sizeof bytes, MSG_OOB) == 1 && bytes[0] == 'c');
    FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
    CHECK(ioctl(ends[1], FIONREAD, &waiting) == 0 && waiting == 2);
    CHECK(reads("ab"));
    FAILS(recv(ends[1], bytes, 1, MSG_DONTWAIT), EAGAIN);
}

static void reads_end_at_the_mark(void)
{
    connect_ends(SOCK_STREAM);
    send_urgent("abc");
    CHECK(write(ends[0], "def", 3) == 3 && !at_mark());
    CHECK(reads("ab") && at_mark());
    CHECK(recv(ends[1], bytes, sizeof bytes, MSG_OOB) == 1 && bytes[0] == 'c');
}

static void what_is_not_taken_is_passed(void)
{
    connect_ends(SOCK_STREAM);
    send_urgent("abc");
    CHECK(write(ends[0], "def", 3) == 3 && reads("ab") && at_mark() && reads("def"));
    FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
}

static void only_the_latest_is_urgent(void)
{
    connect_ends(SOCK_STREAM);
    send_urgent("ab");
    send_urgent("cd");
    CHECK(recv(ends[1], bytes, 1, MSG_OOB) == 1 && bytes[0] == 'd');
    CHECK(reads("abc"));
}

static void it_may_be_read_in_its_turn(void)
{
    const int on = 1;
    connect_ends(SOCK_STREAM);
    CHECK(setsockopt(ends[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on) == 0);
    send_urgent("abc");
    FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
    CHECK(write(ends[0], "d", 1) == 1 && reads("ab") && at_mark());
    CHECK(reads("cd") && !at_mark());
}

static void it_may_be_looked_at(void)
{
    connect_ends(SOCK_STREAM);
    send_urgent("x");
    CHECK(at_mark());
    CHECK(recv(ends[1], bytes, 1, MSG_OOB | MSG_PEEK) == 1 && bytes[0] == 'x');
    CHECK(recv(ends[1], bytes, 1, MSG_OOB) == 1 && bytes[0] == 'x');
    FAILS(recv(ends[1], bytes, 1, MSG_OOB | MSG_PEEK), EINVAL);
}

static void the_message_says_so(void)
{
    struct iovec data = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    connect_ends(SOCK_STREAM);
    send_urgent("x");
    CHECK(recvmsg(ends[1], &message, MSG_OOB) == 1 && (message.msg_flags & MSG_OOB));
}

static void poll_tells_of_it(void)
{
    struct pollfd ready = {.events = POLLIN | POLLPRI};
    connect_ends(SOCK_STREAM);
    ready.fd = ends[1];
    CHECK(poll(&ready, 1, 0) == 0);
    send_urgent("x");
    CHECK(poll(&ready, 1, -1) == 1 && (ready.revents & POLLPRI));
    CHECK(recv(ends[1], bytes, 1, MSG_OOB) == 1);
    ready.events = POLLPRI;
    CHECK(poll(&ready, 1, 0) == 0);
}

static int next_signal(const sigset_t *set, int seconds)
{
    const struct timespec time = {seconds, 0};
    int signal;
    do
        signal = sigtimedwait(set, NULL, &time);
    while (signal == -1 && errno == EINTR);
    return signal;
}

static void the_owner_gets_a_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    sigaddset(&set, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    connect_ends(SOCK_STREAM);
    send_urgent("x");
    CHECK(next_signal(&set, 0) == -1);
    CHECK(fcntl(ends[1], F_SETOWN, getpid()) == 0);
    send_urgent("x");
    CHECK(next_signal(&set, 60) == SIGURG && next_signal(&set, 0) == -1);
    CHECK(fcntl(ends[1], F_SETSIG, SIGRTMIN) == 0 && fcntl(ends[1], F_SETFL, O_ASYNC) == 0);
    send_urgent("x");
    CHECK(next_signal(&set, 60) == SIGURG && next_signal(&set, 60) == SIGRTMIN);
}

static void others_have_none(void)
{
    connect_ends(SOCK_STREAM);
    FAILS(send(ends[0], "", 0, MSG_OOB), EOPNOTSUPP);
    FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
    CHECK(close(ends[1]) == 0);
    FAILS(send(ends[0], "x", 1, MSG_OOB | MSG_NOSIGNAL), EPIPE);
    connect_ends(SOCK_DGRAM);
    FAILS(send(ends[0], "x", 1, MSG_OOB), EOPNOTSUPP);
    FAILS(recv(ends[1], bytes, 1, MSG_OOB), EOPNOTSUPP);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(the_last_byte_is_urgent),     CASE(reads_end_at_the_mark),
        CASE(what_is_not_taken_is_passed), CASE(only_the_latest_is_urgent),
        CASE(it_may_be_read_in_its_turn),  CASE(it_may_be_looked_at),
        CASE(the_message_says_so),         CASE(poll_tells_of_it),
        CASE(the_owner_gets_a_signal),     CASE(others_have_none),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
