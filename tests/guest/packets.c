/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Datagrams, sequenced packets, and what travels beside data: descriptors and credentials. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "check.h"

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static socklen_t abstract_address(struct sockaddr_un *address, const char *name)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path + 1, name);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static int bound(int type, const char *name)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, type, 0);
    socklen_t bytes = abstract_address(&address, name);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, bytes) == 0);
    return fd;
}

static short polled(int fd, short events)
{
    struct pollfd entry = {.fd = fd, .events = events};
    CHECK(poll(&entry, 1, 0) >= 0);
    return entry.revents;
}

/* ---- Datagrams ---- */

static void datagrams_keep_their_borders(void)
{
    struct sockaddr_un address, from;
    int server = bound(SOCK_DGRAM, "d-server"), client = bound(SOCK_DGRAM, "d-client");
    socklen_t bytes = abstract_address(&address, "d-server"), got = sizeof from;
    char text[8];
    CHECK(sendto(client, "one", 3, 0, (struct sockaddr *)&address, bytes) == 3);
    CHECK(sendto(client, "", 0, 0, (struct sockaddr *)&address, bytes) == 0);
    CHECK(sendto(client, "three", 5, 0, (struct sockaddr *)&address, bytes) == 5);
    int count;
    CHECK(ioctl(server, FIONREAD, &count) == 0 && count == 3);
    CHECK(recvfrom(server, text, 8, 0, (struct sockaddr *)&from, &got) == 3 && got == bytes);
    CHECK(memcmp(from.sun_path, "\0d-client", 9) == 0);
    CHECK(recv(server, text, 8, 0) == 0);
    CHECK(recv(server, text, 2, MSG_PEEK | MSG_TRUNC) == 5);
    CHECK(recv(server, text, 2, MSG_PEEK) == 2);
    CHECK(recv(server, text, 2, 0) == 2 && memcmp(text, "th", 2) == 0);
    CHECK(recv(server, text, 2, MSG_DONTWAIT) == -1 && errno == EAGAIN); // the rest is gone
    int nameless = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(sendto(nameless, "n", 1, 0, (struct sockaddr *)&address, bytes) == 1);
    got = sizeof from;
    CHECK(recvfrom(server, text, 8, 0, (struct sockaddr *)&from, &got) == 1 && got == 0);
}

static void datagram_peers(void)
{
    struct sockaddr_un address;
    int server = bound(SOCK_DGRAM, "p-server"), other = bound(SOCK_DGRAM, "p-other");
    int client = bound(SOCK_DGRAM, "p-client");
    char byte;
    CHECK(send(client, "x", 1, 0) == -1 && errno == ENOTCONN);
    socklen_t bytes = abstract_address(&address, "p-server");
    CHECK(connect(client, (struct sockaddr *)&address, bytes) == 0);
    CHECK(send(client, "x", 1, 0) == 1 && recv(server, &byte, 1, 0) == 1);
    bytes = abstract_address(&address, "p-client");
    CHECK(sendto(other, "x", 1, 0, (struct sockaddr *)&address, bytes) == -1 && errno == EPERM);
    CHECK(connect(other, (struct sockaddr *)&address, bytes) == -1 && errno == EPERM);
    CHECK(sendto(server, "y", 1, 0, (struct sockaddr *)&address, bytes) == 1);
    CHECK(recv(client, &byte, 1, 0) == 1 && byte == 'y');
    close(server);
    CHECK(send(client, "x", 1, 0) == -1 && errno == ECONNREFUSED);
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    CHECK(connect(client, &nobody, sizeof nobody) == 0);
    CHECK(send(client, "x", 1, 0) == -1 && errno == ENOTCONN);
    bytes = abstract_address(&address, "p-server");
    CHECK(sendto(client, "x", 1, 0, (struct sockaddr *)&address, bytes) == -1 &&
          errno == ECONNREFUSED);
    int stream = bound(SOCK_STREAM, "p-stream");
    CHECK(listen(stream, 1) == 0);
    bytes = abstract_address(&address, "p-stream");
    CHECK(sendto(client, "x", 1, 0, (struct sockaddr *)&address, bytes) == -1 &&
          (errno == EPROTOTYPE || errno == ECONNREFUSED));
}

static void datagrams_have_a_largest_size(void)
{
    int fds[2], bytes = 20000;
    static char block[40000];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
    CHECK(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
    CHECK(send(fds[0], block, sizeof block, 0) == -1 && errno == EMSGSIZE);
    CHECK(send(fds[0], block, sizeof block - 32, MSG_DONTWAIT) == sizeof block - 32);
    CHECK(recv(fds[1], block, sizeof block, 0) == sizeof block - 32);
}

static void a_full_queue_waits(void)
{
    struct sockaddr_un address;
    int server = bound(SOCK_DGRAM, "queue"), client = socket(AF_UNIX, SOCK_DGRAM, 0), sent = 0;
    socklen_t bytes = abstract_address(&address, "queue");
    char byte;
    CHECK(connect(client, (struct sockaddr *)&address, bytes) == 0);
    CHECK(polled(client, POLLOUT) == POLLOUT);
    while (send(client, "q", 1, MSG_DONTWAIT) == 1)
        sent++;
    CHECK(errno == EAGAIN && sent == 11); // net.unix.max_dgram_qlen and one more
    CHECK(polled(client, POLLOUT) == 0);
    pid_t child = fork();
    if (child == 0) {
        struct pollfd entry = {.fd = client, .events = POLLOUT};
        CHECK(poll(&entry, 1, 5000) == 1 && entry.revents == POLLOUT);
        CHECK(send(client, "r", 1, 0) == 1 && send(client, "s", 1, 0) == 1);
        _exit(0);
    }
    sleep_ms(50);
    for (int i = 0; i < sent; i++)
        CHECK(recv(server, &byte, 1, 0) == 1 && byte == 'q');
    CHECK(recv(server, &byte, 1, 0) == 1 && byte == 'r');
    CHECK(recv(server, &byte, 1, 0) == 1 && byte == 's');
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void shut_datagrams(void)
{
    int fds[2];
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
    CHECK(shutdown(fds[0], SHUT_WR) == 0);
    CHECK(send(fds[0], "x", 1, 0) == -1 && errno == EPIPE); // without a signal
    CHECK(send(fds[1], "x", 1, 0) == 1 && recv(fds[0], &byte, 1, 0) == 1);
    CHECK(shutdown(fds[0], SHUT_RD) == 0);
    CHECK(send(fds[1], "x", 1, 0) == -1 && errno == EPIPE);
    CHECK(recv(fds[0], &byte, 1, 0) == 0);
    CHECK(recv(fds[0], &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

/* ---- Sequenced packets ---- */

static void packets(void)
{
    int fds[2];
    char text[8];
    struct iovec span = {text, 2};
    struct msghdr header = {.msg_iov = &span, .msg_iovlen = 1};
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
    CHECK(send(fds[0], "abcd", 4, 0) == 4 && send(fds[0], "ef", 2, 0) == 2);
    CHECK(recvmsg(fds[1], &header, 0) == 2 && (header.msg_flags & MSG_TRUNC));
    CHECK(recvmsg(fds[1], &header, 0) == 2 && !(header.msg_flags & MSG_TRUNC));
    close(fds[0]);
    CHECK(recv(fds[1], text, 8, 0) == 0);
    CHECK(send(fds[1], "x", 1, 0) == -1 && errno == EPIPE);
    CHECK(polled(fds[1], POLLIN | POLLRDHUP) == (POLLIN | POLLRDHUP | POLLHUP));
    int alone = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    CHECK(send(alone, "x", 1, 0) == -1 && errno == ENOTCONN);
    CHECK(recv(alone, text, 1, 0) == -1 && errno == ENOTCONN);
    int server = bound(SOCK_SEQPACKET, "packets");
    struct sockaddr_un address;
    socklen_t bytes = abstract_address(&address, "packets");
    CHECK(listen(server, 4) == 0);
    CHECK(connect(alone, (struct sockaddr *)&address, bytes) == 0);
    int accepted = accept(server, NULL, NULL);
    CHECK(accepted >= 0);
    CHECK(send(alone, "hello", 5, 0) == 5 && recv(accepted, text, 8, 0) == 5);
}

/* ---- Many at once ---- */

static void several_messages_in_a_call(void)
{
    int fds[2];
    char text[3][4] = {"one", "two", "six"}, got[4][8];
    struct iovec spans[4];
    struct mmsghdr messages[4];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 3; i++) {
        spans[i] = (struct iovec){text[i], 3};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &spans[i], .msg_iovlen = 1};
    }
    CHECK(sendmmsg(fds[0], messages, 3, 0) == 3 && messages[2].msg_len == 3);
    for (int i = 0; i < 4; i++) {
        spans[i] = (struct iovec){got[i], 8};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &spans[i], .msg_iovlen = 1};
    }
    CHECK(recvmmsg(fds[1], messages, 2, 0, NULL) == 2 && messages[1].msg_len == 3);
    CHECK(memcmp(got[1], "two", 3) == 0);
    CHECK(recvmmsg(fds[1], messages, 4, MSG_WAITFORONE, NULL) == 1);
    CHECK(recvmmsg(fds[1], messages, 4, MSG_DONTWAIT, NULL) == -1 && errno == EAGAIN);
    struct timespec bad = {0, 2000000000};
    CHECK(recvmmsg(fds[1], messages, 4, 0, &bad) == -1 && errno == EINVAL);
    CHECK(sendmmsg(99, messages, 1, 0) == -1 && errno == EBADF);
    CHECK(sendmmsg(fds[0], NULL, 1, 0) == -1 && errno == EFAULT);
    CHECK(sendmmsg(fds[0], messages, 0, 0) == 0);
}

/* ---- Control messages ---- */

static ssize_t send_fds(int socket, const int *fds, unsigned count, int flags)
{
    _Alignas(8) char control[CMSG_SPACE(sizeof(int) * 300)];
    char byte = 'f';
    struct iovec span = {&byte, 1};
    struct msghdr header = {.msg_iov = &span,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    memset(control, 0, sizeof control);
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(first), fds, sizeof(int) * count);
    return sendmsg(socket, &header, flags);
}

/* How many descriptors came; -1: the call failed. */
static int receive_fds(int socket, int *fds, unsigned room, int flags, int *flags_out)
{
    _Alignas(8) char control[CMSG_SPACE(sizeof(int) * 300)];
    char bytes[16];
    struct iovec span = {bytes, sizeof bytes};
    struct msghdr header = {.msg_iov = &span,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = room ? CMSG_SPACE(sizeof(int) * room) : 0};
    if (recvmsg(socket, &header, flags) < 0)
        return -1;
    *flags_out = header.msg_flags;
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    if (!first)
        return 0;
    CHECK(first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS);
    int count = (int)((first->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(fds, CMSG_DATA(first), (size_t)count * sizeof(int));
    return count;
}

static void descriptors_travel(void)
{
    int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (unsigned i = 0; i < 3; i++) {
        int fds[2], pipes[2], got[4], flags;
        char text[8];
        CHECK(socketpair(AF_UNIX, types[i], 0, fds) == 0 && pipe(pipes) == 0);
        CHECK(send_fds(fds[0], pipes, 2, 0) == 1);
        close(pipes[0]);
        CHECK(write(pipes[1], "through", 7) == 7);
        close(pipes[1]);
        CHECK(receive_fds(fds[1], got, 4, 0, &flags) == 2 && !(flags & MSG_CTRUNC));
        CHECK(fcntl(got[0], F_GETFD) == 0);
        close(got[1]);
        CHECK(read(got[0], text, 8) == 7 && read(got[0], text, 8) == 0);
        close(got[0]);
        CHECK(send_fds(fds[0], fds, 2, 0) == 1);
        CHECK(receive_fds(fds[1], got, 4, MSG_CMSG_CLOEXEC, &flags) == 2);
        CHECK(fcntl(got[1], F_GETFD) == FD_CLOEXEC && (flags & MSG_CMSG_CLOEXEC));
        for (int k = 0; k < 2; k++)
            close(got[k]), close(fds[k]);
    }
}

static void what_control_messages_refuse(void)
{
    int fds[2], many[300], bad = 99;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(send_fds(fds[0], &bad, 1, 0) == -1 && errno == EBADF);
    for (int i = 0; i < 300; i++)
        many[i] = fds[0];
    CHECK(send_fds(fds[0], many, 254, 0) == -1 && errno == EINVAL);
    CHECK(send_fds(fds[0], many, 253, 0) == 1);
    _Alignas(8) char control[CMSG_SPACE(4)] = {0};
    char byte = 'c';
    struct iovec span = {&byte, 1};
    struct msghdr header = {.msg_iov = &span,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    struct cmsghdr *first = (struct cmsghdr *)control;
    *first = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = 99, .cmsg_len = CMSG_LEN(4)};
    CHECK(sendmsg(fds[0], &header, 0) == -1 && errno == EINVAL);
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = 4;
    CHECK(sendmsg(fds[0], &header, 0) == -1 && errno == EINVAL);
    first->cmsg_len = 400;
    CHECK(sendmsg(fds[0], &header, 0) == -1 && errno == EINVAL);
    header.msg_controllen = 1 << 20;
    CHECK(sendmsg(fds[0], &header, 0) == -1 && errno == ENOBUFS);
    header.msg_controllen = 0;
    header.msg_iovlen = 1025;
    CHECK(sendmsg(fds[0], &header, 0) == -1 && errno == EMSGSIZE);
    CHECK(sendmsg(fds[0], NULL, 0) == -1 && errno == EFAULT);
    header.msg_iovlen = 1;
    header.msg_iov = NULL;
    CHECK(sendmsg(fds[0], &header, 0) == -1 && errno == EFAULT);
}

static int open_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static void no_room_for_descriptors(void)
{
    int fds[2], got[4], flags;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    int before = open_fds();
    CHECK(send_fds(fds[0], fds, 2, 0) == 1);
    CHECK(receive_fds(fds[1], got, 0, 0, &flags) == 0 && (flags & MSG_CTRUNC));
    CHECK(open_fds() == before);
    int three[3] = {fds[0], fds[1], fds[0]};
    CHECK(send_fds(fds[0], three, 3, 0) == 1);
    _Alignas(8) char control[CMSG_LEN(sizeof(int))];
    char byte;
    struct iovec span = {&byte, 1};
    struct msghdr header = {.msg_iov = &span,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    CHECK(recvmsg(fds[1], &header, 0) == 1 && (header.msg_flags & MSG_CTRUNC));
    CHECK(((struct cmsghdr *)control)->cmsg_len == CMSG_LEN(sizeof(int)));
    CHECK(open_fds() == before + 1);
    struct rlimit few = {(rlim_t)before + 2, (rlim_t)before + 2};
    CHECK(send_fds(fds[0], three, 3, 0) == 1);
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    CHECK(receive_fds(fds[1], got, 4, 0, &flags) == 1 && (flags & MSG_CTRUNC));
    CHECK(send_fds(fds[0], three, 3, 0) == 1);
    CHECK(recv(fds[1], &byte, 1, 0) == 1); // without asking: they are closed
    CHECK(open_fds() == before + 2);
}

static void descriptors_end_a_read(void)
{
    int fds[2], got[4], flags;
    char text[16];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(write(fds[0], "ab", 2) == 2);
    CHECK(send_fds(fds[0], fds, 1, 0) == 1);
    CHECK(write(fds[0], "cd", 2) == 2);
    _Alignas(8) char control[CMSG_SPACE(sizeof(int))];
    struct iovec span = {text, sizeof text};
    struct msghdr header = {.msg_iov = &span,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    CHECK(recvmsg(fds[1], &header, 0) == 3 && memcmp(text, "abf", 3) == 0);
    CHECK(header.msg_controllen > 0);
    CHECK(receive_fds(fds[1], got, 4, 0, &flags) == 0);
    CHECK(send_fds(fds[0], fds, 1, 0) == 1);
    CHECK(receive_fds(fds[1], got, 4, MSG_PEEK, &flags) == 1); // a copy
    CHECK(receive_fds(fds[1], got, 4, 0, &flags) == 1);
}

static ssize_t send_ids(int socket, struct ucred ids)
{
    _Alignas(8) char control[CMSG_SPACE(sizeof ids)] = {0};
    char byte = 'i';
    struct iovec span = {&byte, 1};
    struct msghdr header = {.msg_iov = &span,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    *first = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS, .cmsg_len = CMSG_LEN(sizeof ids)};
    memcpy(CMSG_DATA(first), &ids, sizeof ids);
    return sendmsg(socket, &header, 0);
}

static struct ucred receive_ids(int socket)
{
    struct ucred ids = {-1, 0, 0};
    _Alignas(8) char control[CMSG_SPACE(sizeof ids)];
    char bytes[8];
    struct iovec span = {bytes, sizeof bytes};
    struct msghdr header = {.msg_iov = &span,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    CHECK(recvmsg(socket, &header, 0) > 0);
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    CHECK(first && first->cmsg_type == SCM_CREDENTIALS);
    memcpy(&ids, CMSG_DATA(first), sizeof ids);
    return ids;
}

static void credentials_travel(void)
{
    int fds[2], on = 1;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    CHECK(write(fds[0], "x", 1) == 1);
    struct ucred ids = receive_ids(fds[1]);
    CHECK(ids.pid == getpid() && ids.uid == 0 && ids.gid == 0);
    CHECK(send_ids(fds[0], (struct ucred){1, 5, 6}) == 1); // root may say what it likes
    ids = receive_ids(fds[1]);
    CHECK(ids.pid == 1 && ids.uid == 5 && ids.gid == 6);
    CHECK(setgid(70) == 0 && setuid(70) == 0);
    CHECK(send_ids(fds[0], (struct ucred){1, 70, 70}) == -1 && errno == EPERM);
    CHECK(send_ids(fds[0], (struct ucred){getpid(), 0, 70}) == -1 && errno == EPERM);
    CHECK(send_ids(fds[0], (struct ucred){getpid(), 70, 0}) == -1 && errno == EPERM);
    CHECK(send_ids(fds[0], (struct ucred){getpid(), 70, 70}) == 1);
    ids = receive_ids(fds[1]);
    CHECK(ids.pid == getpid() && ids.uid == 70);
}

static void different_senders_are_kept_apart(void)
{
    int fds[2], on = 1, status;
    char text[8];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    CHECK(write(fds[0], "mine", 4) == 4);
    pid_t child = fork();
    if (child == 0)
        _exit(write(fds[0], "his", 3) == 3 ? 0 : 1);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(read(fds[1], text, 8) == 4);
    CHECK(receive_ids(fds[1]).pid == child);
}

/* ---- What nobody can reach ---- */

/* A pipe whose writing end waits in a socket nobody can reach: once that is gone, reading ends. */
static void check_collected(int reading)
{
    char byte;
    struct pollfd entry = {.fd = reading, .events = POLLIN};
    for (int i = 0; i < 50; i++) {
        int fds[2]; // closing a socket makes the kernel look
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
        close(fds[0]);
        close(fds[1]);
        if (poll(&entry, 1, 20) == 1)
            break;
    }
    CHECK(read(reading, &byte, 1) == 0);
}

static void a_socket_in_its_own_queue_goes(void)
{
    int fds[2], pipes[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 && pipe(pipes) == 0);
    int carried[2] = {fds[0], pipes[1]};
    CHECK(send_fds(fds[1], carried, 2, 0) == 1); // fds[0] waits at itself
    close(pipes[1]);
    close(fds[0]);
    close(fds[1]);
    check_collected(pipes[0]);
}

static void sockets_in_each_other_go(void)
{
    int fds[2], pipes[2];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0 && pipe(pipes) == 0);
    CHECK(send_fds(fds[0], &fds[0], 1, 0) == 1);
    CHECK(send_fds(fds[1], &fds[1], 1, 0) == 1);
    CHECK(send_fds(fds[1], &pipes[1], 1, 0) == 1);
    close(pipes[1]);
    close(fds[0]);
    close(fds[1]);
    check_collected(pipes[0]);
}

static void what_can_be_reached_stays(void)
{
    int outer[2], inner[2], pipes[2], got[4], flags;
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, outer) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, inner) == 0 && pipe(pipes) == 0);
    int carried[2] = {inner[0], pipes[1]};
    CHECK(send_fds(inner[1], carried, 2, 0) == 1); // a cycle
    CHECK(send_fds(outer[0], inner, 1, 0) == 1);   // which somebody can reach
    close(pipes[1]);
    close(inner[0]);
    close(inner[1]);
    for (int i = 0; i < 5; i++) {
        int fds[2];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
        close(fds[0]);
        close(fds[1]);
    }
    CHECK(polled(pipes[0], POLLIN) == 0);
    CHECK(receive_fds(outer[1], got, 4, 0, &flags) == 1);
    int inside = got[0];
    CHECK(receive_fds(inside, got, 4, 0, &flags) == 2);
    CHECK(write(got[1], "w", 1) == 1 && read(pipes[0], &byte, 1) == 1);
}

/* A chain: each socket waits in the next. Letting go of the last takes no deep stack. */
static void long_chains_end(void)
{
    enum { LENGTH = 800 };
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    int carried = pipes[1];
    for (int i = 0; i < LENGTH; i++) {
        int fds[2];
        CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
        if (send_fds(fds[0], &carried, 1, MSG_DONTWAIT) != 1) {
            CHECK(errno == ETOOMANYREFS); // Linux allows a few
            break;
        }
        close(carried);
        close(fds[0]);
        carried = fds[1];
    }
    close(carried);
    close(pipes[1]);
    check_collected(pipes[0]);
}

static void *pass_on(void *argument)
{
    int *fds = argument;
    for (int i = 0; i < 200; i++) {
        int pair[2];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        CHECK(send_fds(pair[0], pair, 2, 0) == 1); // garbage soon
        CHECK(send_fds(fds[0], pair, 2, 0) == 1);
        close(pair[0]);
        close(pair[1]);
    }
    return NULL;
}

static void *take_in(void *argument)
{
    int *fds = argument;
    for (int i = 0; i < 400; i++) {
        int got[4], flags;
        CHECK(receive_fds(fds[1], got, 4, 0, &flags) == 2);
        char byte;
        CHECK(recv(got[1], &byte, 1, 0) == 1);
        close(got[0]);
        close(got[1]);
    }
    return NULL;
}

static void storms_of_descriptors(void)
{
    int fds[2];
    pthread_t threads[3];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
    CHECK(pthread_create(&threads[0], NULL, pass_on, fds) == 0);
    CHECK(pthread_create(&threads[1], NULL, pass_on, fds) == 0);
    CHECK(pthread_create(&threads[2], NULL, take_in, fds) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

struct route_request {
    struct nlmsghdr header;
    struct rtgenmsg general;
};

static struct route_request route_request(unsigned type, unsigned flags)
{
    return (struct route_request){{.nlmsg_len = sizeof(struct route_request),
                                   .nlmsg_type = (uint16_t)type,
                                   .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
                                   .nlmsg_seq = 7},
                                  {AF_UNSPEC}};
}

/* True when the end of the list is among what comes next. */
static int list_ends(int fd)
{
    char data[16384];
    ssize_t bytes = recv(fd, data, sizeof data, 0);
    CHECK(bytes >= (ssize_t)NLMSG_HDRLEN);
    for (struct nlmsghdr *at = (void *)data; NLMSG_OK(at, (size_t)bytes);
         at = NLMSG_NEXT(at, bytes)) {
        CHECK(at->nlmsg_seq == 7 && at->nlmsg_pid == (uint32_t)getpid());
        CHECK((at->nlmsg_flags & NLM_F_MULTI) && at->nlmsg_type != NLMSG_ERROR);
        if (at->nlmsg_type == NLMSG_DONE)
            return 1;
    }
    return 0;
}

static void lists_of_the_network_end(void)
{
    static const int types[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct route_request ask = route_request((unsigned)types[i], NLM_F_DUMP);
        CHECK(send(fd, &ask, sizeof ask, 0) == sizeof ask);
        while (!list_ends(fd))
            ;
    }
    struct if_nameindex *all = if_nameindex();
    CHECK(all != NULL);
    if_freenameindex(all);
}

static void netlink_answers_requests(void)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char more[64];
    } answer;
    struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = 0x7ffffff};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct route_request ask[2] = {route_request(0x3fe, 0), route_request(NLMSG_NOOP, NLM_F_ACK)};
    CHECK(send(fd, ask, sizeof ask, 0) == sizeof ask);
    CHECK(recv(fd, &answer, sizeof answer, 0) == 40); // all of the request
    CHECK(answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error == -EOPNOTSUPP);
    CHECK(!memcmp(&answer.error.msg, &ask[0], sizeof ask[0]));
    CHECK(recv(fd, &answer, sizeof answer, 0) == 36); // its header
    CHECK(answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error == 0);
    ask[0].header.nlmsg_flags = 0; // no request: nobody answers
    CHECK(send(fd, ask, sizeof ask[0], 0) == sizeof ask[0]);
    CHECK(send(fd, ask, 3, 0) == 3);
    FAILS(recv(fd, &answer, sizeof answer, MSG_DONTWAIT), EAGAIN);
    FAILS(sendto(fd, ask, sizeof ask, 0, (void *)&to, sizeof to), ECONNREFUSED);
    to.nl_family = AF_UNIX;
    FAILS(sendto(fd, ask, sizeof ask, 0, (void *)&to, sizeof to), EINVAL);
    FAILS(send(fd, ask, 0, 0), ENODATA);
}

static const struct test_case cases[] = {
    CASE(datagrams_keep_their_borders),
    CASE(datagram_peers),
    CASE(datagrams_have_a_largest_size),
    CASE(a_full_queue_waits),
    CASE(shut_datagrams),
    CASE(packets),
    CASE(several_messages_in_a_call),
    CASE(descriptors_travel),
    CASE(what_control_messages_refuse),
    CASE(no_room_for_descriptors),
    CASE(descriptors_end_a_read),
    CASE(credentials_travel),
    CASE(different_senders_are_kept_apart),
    CASE(a_socket_in_its_own_queue_goes),
    CASE(sockets_in_each_other_go),
    CASE(what_can_be_reached_stays),
    CASE(long_chains_end),
    CASE(storms_of_descriptors),
    CASE(lists_of_the_network_end),
    CASE(netlink_answers_requests),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
