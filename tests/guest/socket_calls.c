/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The socket calls by the manual, on AF_UNIX: each error, and what ends a wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "check.h"
#include "interrupts.h"
#include "limits.h"

#define PATH "/tmp/socket_calls"

static void *volatile nowhere = (void *)8;
static char byte = 'x', buffer[64];

/* ---- Helpers ---- */

static struct sockaddr_un name;
static const socklen_t name_bytes = sizeof name;

static struct sockaddr *path(const char *text)
{
    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    strcpy(name.sun_path, text);
    return (struct sockaddr *)&name;
}

static struct sockaddr *abstract(const char *text)
{
    path("");
    strcpy(name.sun_path + 1, text);
    return (struct sockaddr *)&name;
}

static int make(int type)
{
    int fd = socket(AF_UNIX, type, 0);
    CHECK(fd >= 0);
    return fd;
}

static int bound(int type, const char *text)
{
    int fd = make(type);
    CHECK(bind(fd, abstract(text), name_bytes) == 0);
    return fd;
}

static int listener(int type, const char *text, int backlog)
{
    int fd = bound(type, text);
    CHECK(listen(fd, backlog) == 0);
    return fd;
}

static struct iovec span;
static struct msghdr header;
static struct mmsghdr many[2];

/* One message with @bytes at @data, to or from @to (NULL: nobody). */
static struct msghdr *message(void *data, size_t bytes, struct sockaddr *to)
{
    span = (struct iovec){data, bytes};
    header = (struct msghdr){.msg_iov = &span, .msg_iovlen = 1};
    if (to) {
        header.msg_name = to;
        header.msg_namelen = name_bytes;
    }
    return &header;
}

static struct mmsghdr *messages(void *data, size_t bytes, struct sockaddr *to)
{
    many[0].msg_hdr = *message(data, bytes, to);
    many[0].msg_len = 0;
    return many;
}

static void set_time_limit(int fd, int option, long ms)
{
    const struct timeval limit = {ms / 1000, ms % 1000 * 1000};
    CHECK(setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit) == 0);
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

/* ---- Making ---- */

static void sockets_check_their_kind(void)
{
    int fds[2];
    FAILS(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
    FAILS(socket(AF_UNIX, 99, 0), EINVAL);
    FAILS(socket(AF_UNIX, SOCK_STREAM | 0x10000, 0), EINVAL);
    FAILS(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
    FAILS(socket(AF_UNIX, SOCK_STREAM, 2), EPROTONOSUPPORT);
    FAILS(socketpair(99, SOCK_STREAM, 0, fds), EAFNOSUPPORT);
    FAILS(socketpair(AF_UNIX, SOCK_STREAM, 2, fds), EPROTONOSUPPORT);
    FAILS(socketpair(AF_UNIX, SOCK_STREAM | 0x10000, 0, fds), EINVAL);
    FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, nowhere), EFAULT);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 1);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) & O_NONBLOCK);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) == 0);
    CHECK(fcntl(fds[1], F_GETFD) == FD_CLOEXEC);
}

static void sockets_are_limited(void)
{
    int fds[2], server = listener(SOCK_STREAM, "limited", 5), client = make(SOCK_STREAM);
    CHECK(connect(client, abstract("limited"), name_bytes) == 0);
    files_use_up();
    FAILS(socket(AF_UNIX, SOCK_STREAM, 0), ENFILE);
    FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ENFILE);
    FAILS(accept(server, NULL, NULL), ENFILE);
    FAILS(accept4(server, NULL, NULL, 0), ENFILE);
    files_give_back();
    descriptors_use_up();
    FAILS(socket(AF_UNIX, SOCK_STREAM, 0), EMFILE);
    FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), EMFILE);
    FAILS(accept(server, NULL, NULL), EMFILE);
    FAILS(accept4(server, NULL, NULL, 0), EMFILE);
    limit(RLIMIT_NOFILE, 64);
    CHECK(accept(server, NULL, NULL) >= 0); // the connection was not lost
}

/* ---- Names ---- */

static void binding_checks_its_arguments(void)
{
    int fd = make(SOCK_STREAM), other = make(SOCK_STREAM);
    FAILS(bind(-1, abstract("bind"), name_bytes), EBADF);
    FAILS(bind(0, abstract("bind"), name_bytes), ENOTSOCK);
    FAILS(bind(fd, nowhere, sizeof name), EFAULT);
    FAILS(bind(fd, abstract("bind"), 1), EINVAL);
    FAILS(bind(fd, abstract("bind"), 129), EINVAL);
    FAILS(bind(fd, abstract("bind"), sizeof name + 1), EINVAL);
    abstract("bind")->sa_family = AF_INET;
    FAILS(bind(fd, (struct sockaddr *)&name, name_bytes), EINVAL);
    CHECK(bind(fd, abstract("bind"), name_bytes) == 0);
    FAILS(bind(fd, abstract("again"), name_bytes), EINVAL);
    FAILS(bind(other, abstract("bind"), name_bytes), EADDRINUSE);
}

static void binding_makes_files(void)
{
    int fd = make(SOCK_DGRAM);
    struct stat status;
    CHECK(system("rm -rf " PATH) == 0 && mkdir(PATH, 0755) == 0);
    FAILS(bind(fd, path(PATH "/none/x"), name_bytes), ENOENT);
    CHECK(symlink("loop", PATH "/loop") == 0 && mkdir(PATH "/ro", 0755) == 0);
    FAILS(bind(fd, path(PATH "/loop/x"), name_bytes), ELOOP);
    CHECK(close(open(PATH "/file", O_CREAT | O_WRONLY, 0644)) == 0);
    FAILS(bind(fd, path(PATH "/file/x"), name_bytes), ENOTDIR);
    FAILS(bind(fd, path(PATH "/file"), name_bytes), EADDRINUSE);
    CHECK(mount("none", PATH "/ro", "tmpfs", MS_RDONLY, NULL) == 0);
    FAILS(bind(fd, path(PATH "/ro/x"), name_bytes), EROFS);
    CHECK(umount(PATH "/ro") == 0);
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        FAILS(bind(fd, path(PATH "/x"), name_bytes), EACCES);
        _exit(0);
    }
    ended_well(child);
    CHECK(bind(fd, path(PATH "/x"), name_bytes) == 0 && stat(PATH "/x", &status) == 0);
    CHECK(S_ISSOCK(status.st_mode));
    child = fork();
    if (child == 0) {
        become_nobody();
        int other = make(SOCK_DGRAM);
        FAILS(connect(other, path(PATH "/x"), name_bytes), EACCES);
        FAILS(sendto(other, &byte, 1, 0, path(PATH "/x"), name_bytes), EACCES);
        FAILS(sendmsg(other, message(&byte, 1, path(PATH "/x")), 0), EACCES);
        FAILS(sendmmsg(other, messages(&byte, 1, path(PATH "/x")), 1, 0), EACCES);
        _exit(0);
    }
    ended_well(child);
}

static void names_are_told(void)
{
    int fd = make(SOCK_STREAM), ends[2], alone = make(SOCK_STREAM);
    struct sockaddr_un told;
    socklen_t bytes = sizeof told, bad = (socklen_t)-1, small = 3;
    CHECK(bind(fd, abstract("told"), 2 + 1 + 4) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&told, &bytes) == 0 && bytes == 2 + 1 + 4);
    CHECK(memcmp(told.sun_path, "\0told", 5) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&told, &small) == 0 && small == 2 + 1 + 4);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    bytes = sizeof told;
    CHECK(getpeername(ends[0], (struct sockaddr *)&told, &bytes) == 0 && bytes == 2);
    bytes = sizeof told;
    FAILS(getsockname(-1, (struct sockaddr *)&told, &bytes), EBADF);
    FAILS(getsockname(0, (struct sockaddr *)&told, &bytes), ENOTSOCK);
    FAILS(getsockname(fd, nowhere, &bytes), EFAULT);
    FAILS(getsockname(fd, (struct sockaddr *)&told, nowhere), EFAULT);
    FAILS(getsockname(fd, (struct sockaddr *)&told, &bad), EINVAL);
    FAILS(getpeername(-1, (struct sockaddr *)&told, &bytes), EBADF);
    FAILS(getpeername(0, (struct sockaddr *)&told, &bytes), ENOTSOCK);
    FAILS(getpeername(ends[0], nowhere, &bytes), EFAULT);
    FAILS(getpeername(ends[0], (struct sockaddr *)&told, nowhere), EFAULT);
    FAILS(getpeername(ends[0], (struct sockaddr *)&told, &bad), EINVAL);
    FAILS(getpeername(alone, (struct sockaddr *)&told, &bytes), ENOTCONN);
}

/* ---- Connections ---- */

static void listening_and_accepting_check_their_arguments(void)
{
    int server = listener(SOCK_STREAM, "accept", 5), client = make(SOCK_STREAM);
    int datagram = bound(SOCK_DGRAM, "datagram"), quiet = bound(SOCK_STREAM, "quiet");
    struct sockaddr_un from;
    socklen_t bytes = sizeof from, bad = (socklen_t)-1;
    FAILS(listen(-1, 1), EBADF);
    FAILS(listen(0, 1), ENOTSOCK);
    FAILS(listen(datagram, 1), EOPNOTSUPP);
    FAILS(listen(client, 1), EINVAL);
    FAILS(accept(-1, NULL, NULL), EBADF);
    FAILS(accept(0, NULL, NULL), ENOTSOCK);
    FAILS(accept(datagram, NULL, NULL), EOPNOTSUPP);
    FAILS(accept(quiet, NULL, NULL), EINVAL);
    FAILS(accept4(-1, NULL, NULL, 0), EBADF);
    FAILS(accept4(0, NULL, NULL, 0), ENOTSOCK);
    FAILS(accept4(datagram, NULL, NULL, 0), EOPNOTSUPP);
    FAILS(accept4(quiet, NULL, NULL, 0), EINVAL);
    FAILS(accept4(server, NULL, NULL, 1), EINVAL);
    for (int i = 0; i < 3; i++)
        CHECK(connect(make(SOCK_STREAM), abstract("accept"), name_bytes) == 0);
    FAILS(accept(server, (struct sockaddr *)&from, nowhere), EFAULT);
    FAILS(accept4(server, (struct sockaddr *)&from, nowhere, 0), EFAULT);
    FAILS(accept(server, (struct sockaddr *)&from, &bad), EINVAL);
    CHECK(fcntl(server, F_SETFL, O_NONBLOCK) == 0);
    FAILS(accept(server, NULL, NULL), EAGAIN); // those were lost
    FAILS(accept4(server, NULL, NULL, 0), EAGAIN);
    CHECK(connect(client, abstract("accept"), name_bytes) == 0);
    int fd = accept4(server, (struct sockaddr *)&from, &bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
    CHECK(fd >= 0 && bytes == 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void accepting_is_interrupted(void)
{
    int server = listener(SOCK_STREAM, "wait", 0);
    interrupt_after(30, 0);
    FAILS(accept(server, NULL, NULL), EINTR);
    FAILS(accept4(server, NULL, NULL, 0), EINTR);
    interrupt_after(0, 0);
    set_time_limit(server, SO_RCVTIMEO, 50);
    FAILS(accept(server, NULL, NULL), EAGAIN);
    set_time_limit(server, SO_RCVTIMEO, 60000);
    interrupt_after(30, SA_RESTART); // with a time limit it does not run again
    FAILS(accept(server, NULL, NULL), EINTR);
}

static void connecting_checks_its_arguments(void)
{
    int client = make(SOCK_STREAM), server = listener(SOCK_STREAM, "server", 5);
    int datagram = bound(SOCK_DGRAM, "other"), third = make(SOCK_DGRAM), ends[2];
    FAILS(connect(-1, abstract("server"), name_bytes), EBADF);
    FAILS(connect(0, abstract("server"), name_bytes), ENOTSOCK);
    FAILS(connect(client, nowhere, sizeof name), EFAULT);
    FAILS(connect(client, abstract("server"), 1), EINVAL);
    FAILS(connect(client, abstract("nobody"), name_bytes), ECONNREFUSED);
    FAILS(connect(client, path("/none"), name_bytes), ENOENT);
    abstract("server")->sa_family = AF_INET;
    FAILS(connect(client, (struct sockaddr *)&name, name_bytes), EINVAL);
    CHECK(system("rm -rf " PATH) == 0);
    int on_path = make(SOCK_DGRAM);
    CHECK(bind(on_path, path(PATH), name_bytes) == 0);
    FAILS(connect(client, path(PATH), name_bytes), EPROTOTYPE);
    CHECK(connect(client, abstract("server"), name_bytes) == 0);
    FAILS(connect(client, abstract("server"), name_bytes), EISCONN);
    FAILS(connect(server, abstract("server"), name_bytes), EINVAL);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    CHECK(connect(datagram, path(PATH), name_bytes) == 0);
    FAILS(connect(third, abstract("other"), name_bytes), EPERM); // it listens to one only
    CHECK(connect(datagram, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(sa_family_t)) == 0);
    CHECK(connect(third, abstract("other"), name_bytes) == 0);
}

static void connecting_waits_for_room(void)
{
    int server = listener(SOCK_STREAM, "full", 0), first = make(SOCK_STREAM);
    int client = make(SOCK_STREAM);
    CHECK(connect(first, abstract("full"), name_bytes) == 0);
    CHECK(fcntl(client, F_SETFL, O_NONBLOCK) == 0);
    FAILS(connect(client, abstract("full"), name_bytes), EAGAIN);
    CHECK(fcntl(client, F_SETFL, 0) == 0);
    interrupt_after(30, 0);
    FAILS(connect(client, abstract("full"), name_bytes), EINTR);
    interrupt_after(0, 0);
    set_time_limit(client, SO_SNDTIMEO, 50);
    FAILS(connect(client, abstract("full"), name_bytes), EAGAIN);
    CHECK(accept(server, NULL, NULL) >= 0);
    CHECK(connect(client, abstract("full"), name_bytes) == 0);
}

static void shutting_down_checks_its_arguments(void)
{
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    FAILS(shutdown(-1, SHUT_RD), EBADF);
    FAILS(shutdown(0, SHUT_RD), ENOTSOCK);
    FAILS(shutdown(ends[0], 3), EINVAL);
    FAILS(shutdown(ends[0], -1), EINVAL);
    CHECK(shutdown(ends[0], SHUT_WR) == 0 && read(ends[1], buffer, 1) == 0);
    FAILS(send(ends[0], &byte, 1, MSG_NOSIGNAL), EPIPE);
    CHECK(send(ends[1], &byte, 1, 0) == 1 && shutdown(ends[0], SHUT_RD) == 0);
    FAILS(send(ends[1], &byte, 1, MSG_NOSIGNAL), EPIPE);
    CHECK(recv(ends[0], buffer, 1, 0) == 1 && recv(ends[0], buffer, 1, 0) == 0);
}

/* ---- Options ---- */

static void options_check_their_arguments(void)
{
    int fd = make(SOCK_STREAM), value = 1;
    struct timeval time = {0, 1000000};
    socklen_t bytes = sizeof value, bad = (socklen_t)-1;
    FAILS(setsockopt(-1, SOL_SOCKET, SO_PASSCRED, &value, bytes), EBADF);
    FAILS(setsockopt(0, SOL_SOCKET, SO_PASSCRED, &value, bytes), ENOTSOCK);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, nowhere, bytes), EFAULT);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, 3), EINVAL);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, bad), EINVAL);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), EDOM);
    FAILS(setsockopt(fd, SOL_SOCKET, 9999, &value, bytes), ENOPROTOOPT);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_TYPE, &value, bytes), ENOPROTOOPT);
    FAILS(setsockopt(fd, 99, 1, &value, bytes), EOPNOTSUPP);
    FAILS(getsockopt(-1, SOL_SOCKET, SO_TYPE, &value, &bytes), EBADF);
    FAILS(getsockopt(0, SOL_SOCKET, SO_TYPE, &value, &bytes), ENOTSOCK);
    FAILS(getsockopt(fd, SOL_SOCKET, SO_TYPE, nowhere, &bytes), EFAULT);
    FAILS(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, nowhere), EFAULT);
    FAILS(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &bad), EINVAL);
    FAILS(getsockopt(fd, SOL_SOCKET, 9999, &value, &bytes), ENOPROTOOPT);
    FAILS(getsockopt(fd, 99, 1, &value, &bytes), EOPNOTSUPP);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &bytes) == 0 && value == SOCK_STREAM);
    bytes = 1;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &bytes) == 0 && bytes == 1);
    value = 1;
    CHECK(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, sizeof value) == 0);
    bytes = sizeof value;
    value = 0;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, &bytes) == 0 && value == 1);
}

/* ---- Sending ---- */

static void sending_needs_a_socket_and_a_peer(void)
{
    int stream = make(SOCK_STREAM), datagram = make(SOCK_DGRAM), ends[2];
    FAILS(sendto(-1, &byte, 1, 0, NULL, 0), EBADF);
    FAILS(sendmsg(-1, message(&byte, 1, NULL), 0), EBADF);
    FAILS(sendmmsg(-1, messages(&byte, 1, NULL), 1, 0), EBADF);
    FAILS(sendto(0, &byte, 1, 0, NULL, 0), ENOTSOCK);
    FAILS(sendmsg(0, message(&byte, 1, NULL), 0), ENOTSOCK);
    FAILS(sendmmsg(0, messages(&byte, 1, NULL), 1, 0), ENOTSOCK);
    FAILS(sendto(stream, &byte, 1, 0, NULL, 0), ENOTCONN);
    FAILS(sendmsg(stream, message(&byte, 1, NULL), 0), ENOTCONN);
    FAILS(sendmmsg(datagram, messages(&byte, 1, NULL), 1, 0), ENOTCONN);
    FAILS(sendto(stream, &byte, 1, 0, abstract("x"), name_bytes), EOPNOTSUPP);
    FAILS(sendmsg(stream, message(&byte, 1, abstract("x")), 0), EOPNOTSUPP);
    FAILS(sendmmsg(stream, messages(&byte, 1, abstract("x")), 1, 0), EOPNOTSUPP);
    FAILS(sendto(datagram, &byte, 1, 0, abstract("nobody"), name_bytes), ECONNREFUSED);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    FAILS(sendto(ends[0], &byte, 1, 0, abstract("x"), name_bytes), EISCONN);
    FAILS(sendmsg(ends[0], message(&byte, 1, abstract("x")), 0), EISCONN);
    FAILS(sendmmsg(ends[0], messages(&byte, 1, abstract("x")), 1, 0), EISCONN);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    FAILS(sendto(ends[0], &byte, 1, MSG_OOB, NULL, 0), EOPNOTSUPP);
}

static void sending_checks_its_arguments(void)
{
    static char control[262144]; // net.core.optmem_max is 128 KB in newer ones
    int datagram = make(SOCK_DGRAM), ends[2], size = 4096;
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    FAILS(sendto(ends[0], nowhere, 1, 0, NULL, 0), EFAULT);
    FAILS(sendto(datagram, &byte, 1, 0, nowhere, sizeof name), EFAULT);
    FAILS(sendmsg(ends[0], message(nowhere, 1, NULL), 0), EFAULT);
    FAILS(sendmsg(ends[0], nowhere, 0), EFAULT);
    FAILS(sendmmsg(ends[0], nowhere, 1, 0), EFAULT);
    FAILS(sendto(datagram, &byte, 1, 0, abstract("x"), 1), EINVAL);
    FAILS(sendto(datagram, &byte, 1, 0, abstract("x"), 129), EINVAL);
    message(&byte, 1, abstract("x"))->msg_namelen = 1;
    FAILS(sendmsg(datagram, &header, 0), EINVAL);
    messages(&byte, 1, abstract("x"))->msg_hdr.msg_namelen = (socklen_t)-1;
    FAILS(sendmmsg(datagram, many, 1, 0), EINVAL);
    CHECK(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
    FAILS(sendto(ends[0], control, sizeof control, 0, NULL, 0), EMSGSIZE);
    FAILS(sendmsg(ends[0], message(control, sizeof control, NULL), 0), EMSGSIZE);
    FAILS(sendmmsg(ends[0], messages(control, sizeof control, NULL), 1, 0), EMSGSIZE);
    message(&byte, 1, NULL)->msg_iovlen = 1025;
    FAILS(sendmsg(ends[0], &header, 0), EMSGSIZE);
    message(&byte, 1, NULL)->msg_control = control;
    header.msg_controllen = sizeof control;
    FAILS(sendmsg(ends[0], &header, 0), ENOBUFS); // more than net.core.optmem_max
    many[0].msg_hdr = header;
    FAILS(sendmmsg(ends[0], many, 1, 0), ENOBUFS);
    many[0].msg_hdr = *message(&byte, 1, NULL);
    many[1].msg_hdr = (struct msghdr){.msg_iov = nowhere, .msg_iovlen = 1};
    CHECK(sendmmsg(ends[0], many, 2, 0) == 1 && many[0].msg_len == 1); // the second one failed
    CHECK(sendmmsg(ends[0], many, 0, 0) == 0);
}

static void peers_go(void)
{
    int ends[2], other[2];
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && close(ends[1]) == 0);
    FAILS(sendto(ends[0], &byte, 1, 0, NULL, 0), EPIPE);
    FAILS(sendmsg(ends[0], message(&byte, 1, NULL), MSG_NOSIGNAL), EPIPE);
    FAILS(sendmmsg(ends[0], messages(&byte, 1, NULL), 1, MSG_NOSIGNAL), EPIPE);
    for (int i = 0; i < 3; i++) {
        CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, other) == 0 && write(other[0], "x", 1) == 1);
        CHECK(close(other[1]) == 0); // something in it was never read
        if (i == 0)
            FAILS(sendto(other[0], &byte, 1, 0, NULL, 0), ECONNRESET);
        if (i == 1)
            FAILS(sendmsg(other[0], message(&byte, 1, NULL), 0), ECONNRESET);
        if (i == 2)
            FAILS(sendmmsg(other[0], messages(&byte, 1, NULL), 1, 0), ECONNRESET);
        FAILS(sendto(other[0], &byte, 1, MSG_NOSIGNAL, NULL, 0), EPIPE);
        close(other[0]);
    }
}

static void sending_waits_for_room(void)
{
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    while (send(ends[0], &byte, 1, MSG_DONTWAIT) == 1)
        ;
    CHECK(errno == EAGAIN);
    FAILS(sendto(ends[0], &byte, 1, MSG_DONTWAIT, NULL, 0), EAGAIN);
    FAILS(sendmsg(ends[0], message(&byte, 1, NULL), MSG_DONTWAIT), EAGAIN);
    FAILS(sendmmsg(ends[0], messages(&byte, 1, NULL), 1, MSG_DONTWAIT), EAGAIN);
    interrupt_after(30, 0);
    FAILS(sendto(ends[0], &byte, 1, 0, NULL, 0), EINTR);
    FAILS(sendmsg(ends[0], message(&byte, 1, NULL), 0), EINTR);
    FAILS(sendmmsg(ends[0], messages(&byte, 1, NULL), 1, 0), EINTR);
    interrupt_after(0, 0);
    set_time_limit(ends[0], SO_SNDTIMEO, 50);
    FAILS(sendto(ends[0], &byte, 1, 0, NULL, 0), EAGAIN);
    set_time_limit(ends[0], SO_SNDTIMEO, 60000);
    interrupt_after(30, SA_RESTART);
    FAILS(sendto(ends[0], &byte, 1, 0, NULL, 0), EINTR);
    interrupt_after(0, 0);
    CHECK(recv(ends[1], buffer, sizeof buffer, 0) == 1 && send(ends[0], &byte, 1, 0) == 1);
}

/* ---- Receiving ---- */

static void receiving_needs_a_connected_socket(void)
{
    int stream = make(SOCK_STREAM), packets = make(SOCK_SEQPACKET);
    FAILS(recvfrom(-1, buffer, 1, 0, NULL, NULL), EBADF);
    FAILS(recvmsg(-1, message(buffer, 1, NULL), 0), EBADF);
    FAILS(recvmmsg(-1, messages(buffer, 1, NULL), 1, 0, NULL), EBADF);
    FAILS(recvfrom(0, buffer, 1, 0, NULL, NULL), ENOTSOCK);
    FAILS(recvmsg(0, message(buffer, 1, NULL), 0), ENOTSOCK);
    FAILS(recvmmsg(0, messages(buffer, 1, NULL), 1, 0, NULL), ENOTSOCK);
    FAILS(recvfrom(stream, buffer, 1, 0, NULL, NULL), EINVAL);
    FAILS(recvmsg(stream, message(buffer, 1, NULL), 0), EINVAL);
    FAILS(recvmmsg(stream, messages(buffer, 1, NULL), 1, 0, NULL), EINVAL);
    FAILS(recvfrom(packets, buffer, 1, 0, NULL, NULL), ENOTCONN);
    FAILS(recvmsg(packets, message(buffer, 1, NULL), 0), ENOTCONN);
    FAILS(recvmmsg(packets, messages(buffer, 1, NULL), 1, 0, NULL), ENOTCONN);
}

static void receiving_checks_its_arguments(void)
{
    struct sockaddr_un from;
    struct timespec bad = {0, 1000000000};
    socklen_t bytes = (socklen_t)-1;
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && write(ends[0], "hello", 5) == 5);
    FAILS(recvfrom(ends[1], nowhere, 1, 0, NULL, NULL), EFAULT);
    FAILS(recvmsg(ends[1], message(nowhere, 1, NULL), 0), EFAULT);
    FAILS(recvmsg(ends[1], nowhere, 0), EFAULT);
    FAILS(recvmmsg(ends[1], nowhere, 1, 0, NULL), EFAULT);
    FAILS(recvmmsg(ends[1], messages(buffer, 1, NULL), 1, 0, &bad), EINVAL);
    FAILS(recvmmsg(ends[1], messages(buffer, 1, NULL), 1, 0, nowhere), EFAULT);
    FAILS(recvfrom(ends[1], buffer, 1, 0, (struct sockaddr *)&from, &bytes), EINVAL);
    message(buffer, 1, (struct sockaddr *)&from)->msg_namelen = (socklen_t)-1;
    FAILS(recvmsg(ends[1], &header, 0), EINVAL);
    message(buffer, 1, NULL)->msg_iovlen = 1025;
    FAILS(recvmsg(ends[1], &header, 0), EMSGSIZE);
    CHECK(recvmmsg(ends[1], messages(buffer, 2, NULL), 0, 0, NULL) == 0);
    CHECK(recv(ends[1], buffer, 2, MSG_PEEK) == 2 && recv(ends[1], buffer + 2, 5, 0) == 4);
    CHECK(memcmp(buffer, "elello", 6) == 0);
}

static void receiving_waits(void)
{
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    FAILS(recvfrom(ends[1], buffer, 1, MSG_DONTWAIT, NULL, NULL), EAGAIN);
    FAILS(recvmsg(ends[1], message(buffer, 1, NULL), MSG_DONTWAIT), EAGAIN);
    FAILS(recvmmsg(ends[1], messages(buffer, 1, NULL), 1, MSG_DONTWAIT, NULL), EAGAIN);
    interrupt_after(30, 0);
    FAILS(recvfrom(ends[1], buffer, 1, 0, NULL, NULL), EINTR);
    FAILS(recvmsg(ends[1], message(buffer, 1, NULL), 0), EINTR);
    FAILS(recvmmsg(ends[1], messages(buffer, 1, NULL), 1, 0, NULL), EINTR);
    interrupt_after(0, 0);
    set_time_limit(ends[1], SO_RCVTIMEO, 50);
    FAILS(recvfrom(ends[1], buffer, 1, 0, NULL, NULL), EAGAIN);
    set_time_limit(ends[1], SO_RCVTIMEO, 60000);
    interrupt_after(30, SA_RESTART);
    FAILS(recvfrom(ends[1], buffer, 1, 0, NULL, NULL), EINTR);
    interrupt_after(0, 0);
    set_time_limit(ends[1], SO_RCVTIMEO, 50);
    CHECK(write(ends[0], "ab", 2) == 2);
    CHECK(recv(ends[1], buffer, 4, MSG_WAITALL) == 2); // the time was over
}

static void flags_are_honoured(void)
{
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    CHECK(send(ends[0], "abcdef", 6, 0) == 6 && send(ends[0], "gh", 2, 0) == 2);
    CHECK(recv(ends[1], buffer, 2, MSG_PEEK | MSG_TRUNC) == 6);
    message(buffer, 3, NULL);
    CHECK(recvmsg(ends[1], &header, 0) == 3 && header.msg_flags == MSG_TRUNC);
    many[0].msg_hdr = *message(buffer, 8, NULL);
    many[1].msg_hdr = header;
    CHECK(recvmmsg(ends[1], many, 2, MSG_WAITFORONE, NULL) == 1 && many[0].msg_len == 2);
    many[0].msg_hdr = many[1].msg_hdr = *message("xyz", 3, NULL);
    CHECK(sendmmsg(ends[0], many, 2, 0) == 2 && many[1].msg_len == 3);
    CHECK(send(ends[0], NULL, 0, 0) == 0 && recv(ends[1], buffer, 8, 0) == 3);
    CHECK(recv(ends[1], buffer, 8, 0) == 3 && recv(ends[1], buffer, 8, 0) == 0);
}

static void peek(int fd, const char *expected)
{
    ssize_t bytes = recv(fd, buffer, 3, MSG_PEEK | MSG_DONTWAIT);
    CHECK(bytes == (ssize_t)strlen(expected) && memcmp(buffer, expected, (size_t)bytes) == 0);
}

static int peek_offset(int fd)
{
    int value = -7;
    socklen_t bytes = sizeof value;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &value, &bytes) == 0);
    return value;
}

static void peeking_goes_on(void)
{
    int ends[2], zero = 0;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && peek_offset(ends[1]) == -1);
    CHECK(write(ends[0], "abcd", 4) == 4 && write(ends[0], "efgh", 4) == 4);
    peek(ends[1], "abc");
    peek(ends[1], "abc");
    CHECK(setsockopt(ends[1], SOL_SOCKET, SO_PEEK_OFF, &zero, sizeof zero) == 0);
    peek(ends[1], "abc");
    CHECK(peek_offset(ends[1]) == 3 && read(ends[1], buffer, 2) == 2);
    CHECK(peek_offset(ends[1]) == 1);
    CHECK(recv(ends[1], buffer, 8, MSG_PEEK) == 5 && memcmp(buffer, "defgh", 5) == 0);
    FAILS(recv(ends[1], buffer, 8, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
    CHECK(read(ends[1], buffer, 8) == 6 && peek_offset(ends[1]) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    CHECK(setsockopt(ends[1], SOL_SOCKET, SO_PEEK_OFF, &zero, sizeof zero) == 0);
    CHECK(write(ends[0], "abcd", 4) == 4 && write(ends[0], "ef", 2) == 2);
    peek(ends[1], "abc");
    peek(ends[1], "d");
    peek(ends[1], "ef");
    FAILS(recv(ends[1], buffer, 8, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
    CHECK(read(ends[1], buffer, 8) == 4 && peek_offset(ends[1]) == 2);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(sockets_check_their_kind),
        CASE(sockets_are_limited),
        CASE(binding_checks_its_arguments),
        CASE(binding_makes_files),
        CASE(names_are_told),
        CASE(listening_and_accepting_check_their_arguments),
        CASE(accepting_is_interrupted),
        CASE(connecting_checks_its_arguments),
        CASE(connecting_waits_for_room),
        CASE(shutting_down_checks_its_arguments),
        CASE(options_check_their_arguments),
        CASE(sending_needs_a_socket_and_a_peer),
        CASE(sending_checks_its_arguments),
        CASE(peers_go),
        CASE(sending_waits_for_room),
        CASE(receiving_needs_a_connected_socket),
        CASE(receiving_checks_its_arguments),
        CASE(receiving_waits),
        CASE(flags_are_honoured),
        CASE(peeking_goes_on),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
