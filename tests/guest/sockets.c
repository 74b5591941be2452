/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The socket calls and AF_UNIX streams as programs see them. Datagrams and descriptors: packets.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "check.h"
#include "interrupts.h"

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static socklen_t path_address(struct sockaddr_un *address, const char *path)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, path);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
}

static socklen_t abstract_address(struct sockaddr_un *address, const char *name)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path + 1, name);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static int listener(int type, const char *name, int backlog)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, type, 0);
    socklen_t bytes = abstract_address(&address, name);
    CHECK(fd >= 0);
    CHECK(bind(fd, (struct sockaddr *)&address, bytes) == 0);
    CHECK(listen(fd, backlog) == 0);
    return fd;
}

static int connect_to(int type, const char *name)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, type, 0);
    socklen_t bytes = abstract_address(&address, name);
    CHECK(fd >= 0);
    return connect(fd, (struct sockaddr *)&address, bytes) == 0 ? fd : (close(fd), -1);
}

static short polled(int fd, short events)
{
    struct pollfd entry = {.fd = fd, .events = events};
    CHECK(poll(&entry, 1, 0) >= 0);
    return entry.revents;
}

/* ---- Making ---- */

static void what_socket_refuses(void)
{
    CHECK(socket(255, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
    CHECK(socket(-1, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
    CHECK(socket(AF_UNIX, 12, 0) == -1 && errno == EINVAL);
    CHECK(socket(AF_UNIX, SOCK_STREAM | 0x100, 0) == -1 && errno == EINVAL);
    CHECK(socket(AF_UNIX, SOCK_RDM, 0) == -1 && errno == ESOCKTNOSUPPORT);
    CHECK(socket(AF_UNIX, SOCK_STREAM, 7) == -1 && errno == EPROTONOSUPPORT);
    CHECK(socket(AF_UNIX, SOCK_STREAM, AF_UNIX) >= 0);
    struct rlimit few = {3, 3};
    close(3);
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    CHECK(socket(AF_UNIX, SOCK_STREAM, 0) == -1 && errno == EMFILE);
}

static void flags_of_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct stat status;
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK((fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE)) == (O_NONBLOCK | O_RDWR));
    CHECK(fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode));
    CHECK(lseek(fd, 0, SEEK_SET) == -1 && errno == ESPIPE);
    char name[64];
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t bytes = readlink(link, name, sizeof name - 1);
    CHECK(bytes > 0);
    name[bytes] = 0;
    CHECK(strncmp(name, "socket:[", 8) == 0);
    CHECK(open(link, O_RDWR) == -1 && errno == ENXIO);
}

static void pairs_talk_both_ways(void)
{
    int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (unsigned i = 0; i < 3; i++) {
        int fds[2];
        char text[8];
        CHECK(socketpair(AF_UNIX, types[i] | SOCK_CLOEXEC, 0, fds) == 0);
        CHECK(fcntl(fds[1], F_GETFD) == FD_CLOEXEC);
        CHECK(write(fds[0], "abc", 3) == 3 && write(fds[1], "de", 2) == 2);
        CHECK(read(fds[1], text, 8) == 3 && memcmp(text, "abc", 3) == 0);
        CHECK(read(fds[0], text, 8) == 2 && memcmp(text, "de", 2) == 0);
        close(fds[0]);
        close(fds[1]);
    }
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, NULL) == -1 && errno == EFAULT);
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 99, fds) == -1 && errno == EPROTONOSUPPORT);
    CHECK(socketpair(99, SOCK_STREAM, 0, fds) == -1 && errno == EAFNOSUPPORT);
}

static void other_files_are_no_sockets(void)
{
    int file = open("/dev/null", O_RDWR);
    struct sockaddr_un address;
    socklen_t bytes = sizeof address;
    char byte;
    struct msghdr header = {0};
    CHECK(listen(file, 1) == -1 && errno == ENOTSOCK);
    CHECK(accept(file, NULL, NULL) == -1 && errno == ENOTSOCK);
    CHECK(bind(file, (struct sockaddr *)&address, sizeof address) == -1 && errno == ENOTSOCK);
    CHECK(connect(file, (struct sockaddr *)&address, sizeof address) == -1 && errno == ENOTSOCK);
    CHECK(getsockname(file, (struct sockaddr *)&address, &bytes) == -1 && errno == ENOTSOCK);
    CHECK(send(file, &byte, 1, 0) == -1 && errno == ENOTSOCK);
    CHECK(recv(file, &byte, 1, 0) == -1 && errno == ENOTSOCK);
    CHECK(sendmsg(file, &header, 0) == -1 && errno == ENOTSOCK);
    CHECK(recvmsg(file, &header, 0) == -1 && errno == ENOTSOCK);
    CHECK(shutdown(file, SHUT_RD) == -1 && errno == ENOTSOCK);
    CHECK(shutdown(99, SHUT_RD) == -1 && errno == EBADF);
    CHECK(listen(99, 1) == -1 && errno == EBADF);
    CHECK(getsockopt(99, SOL_SOCKET, SO_TYPE, &address, &bytes) == -1 && errno == EBADF);
}

/* ---- Names ---- */

static void names_come_back(void)
{
    struct sockaddr_un address, other;
    socklen_t bytes = path_address(&address, "/tmp/name.sock"), got = sizeof other;
    unlink("/tmp/name.sock");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(getsockname(fd, (struct sockaddr *)&other, &got) == 0 && got == 2);
    CHECK(other.sun_family == AF_UNIX);
    CHECK(bind(fd, (struct sockaddr *)&address, bytes) == 0);
    got = sizeof other;
    CHECK(getsockname(fd, (struct sockaddr *)&other, &got) == 0 && got == bytes);
    CHECK(strcmp(other.sun_path, "/tmp/name.sock") == 0);
    got = 5; // cut, but the whole length told
    memset(&other, 0x55, sizeof other);
    CHECK(getsockname(fd, (struct sockaddr *)&other, &got) == 0 && got == bytes);
    CHECK(other.sun_path[2] == 'm' && other.sun_path[3] == 0x55);
    got = (socklen_t)-1;
    CHECK(getsockname(fd, (struct sockaddr *)&other, &got) == -1 && errno == EINVAL);
    got = sizeof other;
    CHECK(getsockname(fd, NULL, &got) == -1 && errno == EFAULT);
    CHECK(getpeername(fd, (struct sockaddr *)&other, &got) == -1 && errno == ENOTCONN);
    struct stat status;
    CHECK(stat("/tmp/name.sock", &status) == 0 && S_ISSOCK(status.st_mode));
    CHECK(open("/tmp/name.sock", O_RDWR) == -1 && errno == ENXIO);
}

static void what_bind_refuses(void)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), second = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr *name = (struct sockaddr *)&address;
    unlink("/tmp/bind.sock");
    socklen_t bytes = path_address(&address, "/tmp/bind.sock");
    CHECK(bind(fd, name, (socklen_t)-1) == -1 && errno == EINVAL);
    CHECK(bind(fd, name, 111) == -1 && errno == EINVAL);
    CHECK(bind(fd, name, 1) == -1 && errno == EINVAL);
    CHECK(bind(fd, NULL, bytes) == -1 && errno == EFAULT);
    address.sun_family = AF_INET;
    CHECK(bind(fd, name, bytes) == -1 && errno == EINVAL);
    address.sun_family = AF_UNIX;
    CHECK(bind(fd, name, bytes) == 0);
    CHECK(bind(second, name, bytes) == -1 && errno == EADDRINUSE);
    bytes = path_address(&address, "/tmp/bind2.sock");
    CHECK(bind(fd, name, bytes) == -1 && errno == EINVAL); // it has a name
    bytes = path_address(&address, "/nowhere/x.sock");
    CHECK(bind(second, name, bytes) == -1 && errno == ENOENT);
    bytes = path_address(&address, "/tmp/bind.sock/x");
    CHECK(bind(second, name, bytes) == -1 && errno == ENOTDIR);
    bytes = abstract_address(&address, "taken");
    CHECK(bind(second, name, bytes) == 0);
    int third = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(third, name, bytes) == -1 && errno == EADDRINUSE);
    close(second);
    CHECK(bind(third, name, bytes) == 0); // an abstract name goes with its socket
}

static void permissions_of_names(void)
{
    struct sockaddr_un address;
    mkdir("/tmp/closed", 0755);
    unlink("/tmp/closed/s");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    umask(022);
    socklen_t bytes = path_address(&address, "/tmp/closed/s");
    CHECK(bind(fd, (struct sockaddr *)&address, bytes) == 0 && listen(fd, 5) == 0);
    struct stat status;
    CHECK(stat("/tmp/closed/s", &status) == 0 && (status.st_mode & 0777) == 0755);
    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(connect(other, (struct sockaddr *)&address, bytes) == -1 && errno == EACCES);
    bytes = path_address(&address, "/tmp/closed/t");
    CHECK(bind(other, (struct sockaddr *)&address, bytes) == -1 && errno == EACCES);
}

static void a_name_without_bytes_is_chosen(void)
{
    struct sockaddr_un first, second;
    socklen_t bytes = sizeof first;
    first.sun_family = AF_UNIX;
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(bind(a, (struct sockaddr *)&first, 2) == 0 && bind(b, (struct sockaddr *)&first, 2) == 0);
    CHECK(getsockname(a, (struct sockaddr *)&first, &bytes) == 0 && bytes == 8);
    CHECK(first.sun_path[0] == 0);
    CHECK(getsockname(b, (struct sockaddr *)&second, &bytes) == 0 && bytes == 8);
    CHECK(memcmp(&first, &second, 8) != 0);
}

/* ---- Connections ---- */

static void connect_accept_and_names(void)
{
    struct sockaddr_un name;
    socklen_t bytes = sizeof name;
    int server = listener(SOCK_STREAM, "connect", 5);
    int client = connect_to(SOCK_STREAM, "connect");
    CHECK(client >= 0);
    CHECK(write(client, "before", 6) == 6); // nobody has accepted yet
    int accepted = accept(server, (struct sockaddr *)&name, &bytes);
    CHECK(accepted >= 0 && bytes == 2);
    char text[8];
    CHECK(read(accepted, text, 8) == 6);
    bytes = sizeof name;
    CHECK(getpeername(client, (struct sockaddr *)&name, &bytes) == 0 && bytes == 10);
    CHECK(memcmp(name.sun_path, "\0connect", 8) == 0);
    bytes = sizeof name;
    CHECK(getsockname(accepted, (struct sockaddr *)&name, &bytes) == 0 && bytes == 10);
    CHECK(listen(client, 1) == -1 && errno == EINVAL);
    socklen_t length = abstract_address(&name, "connect");
    CHECK(connect(client, (struct sockaddr *)&name, length) == -1 && errno == EISCONN);
    CHECK(connect(server, (struct sockaddr *)&name, length) == -1 && errno == EINVAL);
    CHECK(accept(client, NULL, NULL) == -1 && errno == EINVAL);
    close(accepted);
    close(server);
    CHECK(connect_to(SOCK_STREAM, "connect") == -1 && errno == ECONNREFUSED);
}

static void what_connect_refuses(void)
{
    struct sockaddr_un address;
    struct sockaddr *name = (struct sockaddr *)&address;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t bytes = path_address(&address, "/tmp/none.sock");
    CHECK(connect(fd, name, bytes) == -1 && errno == ENOENT);
    CHECK(connect(fd, name, 2) == -1 && errno == EINVAL);
    CHECK(connect(fd, NULL, bytes) == -1 && errno == EFAULT);
    int file = open("/tmp/plain", O_CREAT | O_RDWR, 0644);
    bytes = path_address(&address, "/tmp/plain");
    CHECK(connect(fd, name, bytes) == -1 && errno == ECONNREFUSED);
    close(file);
    unlink("/tmp/left.sock");
    bytes = path_address(&address, "/tmp/left.sock");
    int gone = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(gone, name, bytes) == 0);
    CHECK(connect(fd, name, bytes) == -1 && errno == ECONNREFUSED); // bound, not listening
    CHECK(listen(gone, 1) == 0);
    int packets = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    CHECK(connect(packets, name, bytes) == -1 && errno == EPROTOTYPE);
    close(gone);
    CHECK(connect(fd, name, bytes) == -1 && errno == ECONNREFUSED); // its file is still there
    int unbound = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(listen(unbound, 1) == -1 && errno == EINVAL);
    int datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(listen(datagrams, 1) == -1 && errno == EOPNOTSUPP);
    CHECK(accept(datagrams, NULL, NULL) == -1 && errno == EOPNOTSUPP);
    CHECK(accept4(unbound, NULL, NULL, 7) == -1 && errno == EINVAL);
}

static void a_full_backlog_waits(void)
{
    struct sockaddr_un address;
    int server = listener(SOCK_STREAM, "full", 0);
    CHECK(connect_to(SOCK_STREAM, "full") >= 0);
    int late = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    socklen_t bytes = abstract_address(&address, "full");
    CHECK(connect(late, (struct sockaddr *)&address, bytes) == -1 && errno == EAGAIN);
    pid_t child = fork();
    if (child == 0)
        _exit(connect_to(SOCK_STREAM, "full") >= 0 ? 0 : 1); // waits for room
    sleep_ms(50);
    int status;
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    CHECK(accept(server, NULL, NULL) >= 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) >= 0);
    fcntl(server, F_SETFL, O_NONBLOCK);
    CHECK(accept(server, NULL, NULL) == -1 && errno == EAGAIN);
}

static void accept_waits_and_is_interrupted(void)
{
    int server = listener(SOCK_STREAM, "late", 5);
    CHECK(polled(server, POLLIN) == 0);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(50);
        _exit(connect_to(SOCK_STREAM, "late") >= 0 ? 0 : 1);
    }
    int accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    CHECK(accepted >= 0 && fcntl(accepted, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(accepted, F_GETFL) & O_NONBLOCK);
    waitpid(child, NULL, 0);
    CHECK(shutdown(server, SHUT_RD) == 0);
    CHECK(accept(server, NULL, NULL) == -1 && errno == EINVAL);
}

static void a_closed_listener_resets(void)
{
    int server = listener(SOCK_STREAM, "reset", 5);
    int client = connect_to(SOCK_STREAM, "reset");
    char byte;
    CHECK(client >= 0);
    close(server);
    CHECK(read(client, &byte, 1) == -1 && errno == ECONNRESET);
    CHECK(read(client, &byte, 1) == 0);
}

/* ---- Streams ---- */

static volatile sig_atomic_t signals;
static void count_signal(int number)
{
    (void)number;
    signals++;
}

static void the_end_of_a_stream(void)
{
    int fds[2];
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    signal(SIGPIPE, count_signal);
    CHECK(write(fds[0], "x", 1) == 1);
    close(fds[0]);
    CHECK(read(fds[1], &byte, 1) == 1 && byte == 'x');
    CHECK(read(fds[1], &byte, 1) == 0);
    CHECK(send(fds[1], "y", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE && signals == 0);
    CHECK(send(fds[1], "y", 1, 0) == -1 && errno == EPIPE && signals == 1);
    CHECK(write(fds[1], "y", 1) == -1 && errno == EPIPE && signals == 2);
    CHECK(polled(fds[1], POLLIN | POLLOUT | POLLRDHUP) == (POLLIN | POLLOUT | POLLHUP | POLLRDHUP));
}

static void unread_bytes_reset(void)
{
    int fds[2], error;
    socklen_t bytes = sizeof error;
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(write(fds[0], "lost", 4) == 4);
    close(fds[1]);
    CHECK(polled(fds[0], POLLIN) & POLLERR);
    CHECK(getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 && error == ECONNRESET);
    CHECK(getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 && error == 0);
    CHECK(read(fds[0], &byte, 1) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(write(fds[0], "lost", 4) == 4);
    close(fds[1]);
    CHECK(read(fds[0], &byte, 1) == -1 && errno == ECONNRESET);
    CHECK(read(fds[0], &byte, 1) == 0);
}

static void half_closed(void)
{
    int fds[2];
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    signal(SIGPIPE, SIG_IGN);
    CHECK(shutdown(fds[0], 3) == -1 && errno == EINVAL);
    CHECK(write(fds[0], "z", 1) == 1);
    CHECK(shutdown(fds[0], SHUT_WR) == 0);
    CHECK(write(fds[0], "z", 1) == -1 && errno == EPIPE);
    CHECK(polled(fds[1], POLLIN | POLLRDHUP) == (POLLIN | POLLRDHUP));
    CHECK(read(fds[1], &byte, 1) == 1 && read(fds[1], &byte, 1) == 0);
    CHECK(write(fds[1], "back", 4) == 4); // the other way is open
    CHECK(read(fds[0], &byte, 1) == 1);
    CHECK(shutdown(fds[0], SHUT_RD) == 0);
    CHECK(write(fds[1], "more", 4) == -1 && errno == EPIPE);
    CHECK(polled(fds[1], POLLHUP) & POLLHUP);
}

static void streams_have_no_borders(void)
{
    int fds[2];
    char text[16];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(write(fds[0], "abc", 3) == 3 && write(fds[0], "def", 3) == 3);
    CHECK(recv(fds[1], text, 2, MSG_PEEK) == 2 && memcmp(text, "ab", 2) == 0);
    CHECK(recv(fds[1], text, 16, MSG_PEEK) == 6 && memcmp(text, "abcdef", 6) == 0);
    int count;
    CHECK(ioctl(fds[1], FIONREAD, &count) == 0 && count == 6);
    CHECK(read(fds[1], text, 4) == 4 && memcmp(text, "abcd", 4) == 0);
    CHECK(ioctl(fds[1], FIONREAD, &count) == 0 && count == 2);
    CHECK(read(fds[1], text, 16) == 2 && memcmp(text, "ef", 2) == 0);
    CHECK(recv(fds[1], text, 16, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK(recv(fds[1], text, 1, MSG_OOB | MSG_DONTWAIT) == -1);
    CHECK(write(fds[0], "", 0) == 0);
    CHECK(recv(fds[1], text, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    int out = -1;
    CHECK(ioctl(fds[0], TIOCOUTQ, &out) == 0 && out == 0);
}

static void all_is_waited_for(void)
{
    int fds[2];
    char text[8];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 4; i++) {
            sleep_ms(20);
            CHECK(write(fds[0], "ab", 2) == 2);
        }
        sleep_ms(20);
        CHECK(write(fds[0], "last", 4) == 4);
        _exit(0);
    }
    close(fds[0]);
    CHECK(recv(fds[1], text, 8, MSG_WAITALL) == 8 && memcmp(text, "abababab", 8) == 0);
    CHECK(recv(fds[1], text, 8, MSG_WAITALL) == 4); // and no more comes
    waitpid(child, NULL, 0);
}

static void bulk_arrives_in_order(void)
{
    enum { TOTAL = 3 << 20 };
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    pid_t child = fork();
    if (child == 0) {
        static unsigned char out[100000];
        close(fds[0]);
        for (unsigned sent = 0; sent < TOTAL;) {
            unsigned n = TOTAL - sent < sizeof out ? TOTAL - sent : (unsigned)sizeof out;
            for (unsigned i = 0; i < n; i++)
                out[i] = (unsigned char)((sent + i) * 7 >> 3);
            CHECK(write(fds[1], out, n) == (ssize_t)n); // blocking: all of it
            sent += n;
        }
        _exit(0);
    }
    close(fds[1]);
    static unsigned char in[70001];
    unsigned got = 0;
    ssize_t n;
    while ((n = read(fds[0], in, sizeof in)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            CHECK(in[i] == (unsigned char)((got + (unsigned)i) * 7 >> 3));
        got += (unsigned)n;
    }
    CHECK(n == 0 && got == TOTAL);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void a_full_buffer_blocks_writers(void)
{
    int fds[2];
    static char block[4096];
    unsigned long sent = 0;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    for (;;) {
        ssize_t n = write(fds[0], block, sizeof block);
        if (n < 0)
            break;
        sent += (unsigned long)n;
        CHECK(sent < 4u << 20);
    }
    CHECK(errno == EAGAIN && sent >= 65536);
    CHECK(polled(fds[0], POLLOUT) == 0);
    unsigned long got = 0;
    while (got < sent) {
        ssize_t n = read(fds[1], block, sizeof block);
        CHECK(n > 0);
        got += (unsigned long)n;
    }
    CHECK(polled(fds[0], POLLOUT) == POLLOUT);
}

static void unconnected_streams(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    char byte = 0;
    signal(SIGPIPE, SIG_IGN);
    CHECK(send(fd, &byte, 1, 0) == -1 && errno == ENOTCONN);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EINVAL);
    struct sockaddr_un address;
    socklen_t bytes = abstract_address(&address, "x");
    CHECK(sendto(fd, &byte, 1, 0, (struct sockaddr *)&address, bytes) == -1 && errno == EOPNOTSUPP);
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(sendto(fds[0], &byte, 1, 0, (struct sockaddr *)&address, bytes) == -1 &&
          errno == EISCONN);
    CHECK(polled(fd, POLLIN | POLLOUT) == (POLLOUT | POLLHUP));
    CHECK(recv(fds[0], (char *)1, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK(send(fds[0], (char *)1, 1, 0) == -1 && errno == EFAULT);
    CHECK(write(fds[0], "k", 1) == 1);
    CHECK(recv(fds[1], (char *)1, 1, 0) == -1 && errno == EFAULT);
    CHECK(recv(fds[1], &byte, 1, 0) == 1 && byte == 'k'); // a bad buffer loses nothing
}

/* ---- Waiting ---- */

static void interrupted_waits(void)
{
    int fds[2];
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    interrupt_after(50, 0);
    FAILS(read(fds[0], &byte, 1), EINTR);
    interrupt_after(0, 0);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(150);
        CHECK(write(fds[1], "r", 1) == 1);
        _exit(0);
    }
    signals_seen = 0;
    interrupt_after(50, SA_RESTART);
    CHECK(read(fds[0], &byte, 1) == 1 && signals_seen >= 1); // run again by itself
    struct timeval limit = {60, 0};
    CHECK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    FAILS(read(fds[0], &byte, 1), EINTR); // not with a time limit
    CHECK(waitpid(child, NULL, 0) == child);
}

static void waits_end_in_time(void)
{
    int fds[2];
    char byte;
    struct timeval limit = {0, 50000}, got = {9, 9};
    struct timespec before, after;
    socklen_t bytes = sizeof got;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    CHECK(getsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &got, &bytes) == 0 && bytes == sizeof got);
    CHECK(got.tv_sec == 0 && got.tv_usec >= 50000 && got.tv_usec < 60000);
    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK(read(fds[0], &byte, 1) == -1 && errno == EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    CHECK(ms >= 49);
    CHECK(setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0);
    static char block[65536];
    ssize_t n;
    while ((n = write(fds[0], block, sizeof block)) == sizeof block) {
    }
    CHECK(n > 0 || errno == EAGAIN);
    limit.tv_usec = 1000000;
    CHECK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == -1 && errno == EDOM);
    CHECK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, 4) == -1 && errno == EINVAL);
}

static void poll_wakes(void)
{
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(30);
        CHECK(write(fds[1], "p", 1) == 1);
        sleep_ms(30);
        _exit(0);
    }
    close(fds[1]);
    struct pollfd entry = {.fd = fds[0], .events = POLLIN};
    char byte;
    CHECK(poll(&entry, 1, 5000) == 1 && entry.revents == POLLIN);
    CHECK(read(fds[0], &byte, 1) == 1);
    CHECK(poll(&entry, 1, 5000) == 1 && entry.revents == (POLLIN | POLLHUP));
    waitpid(child, NULL, 0);
}

/* ---- Options ---- */

static int option(int fd, int name)
{
    int value = -1;
    socklen_t bytes = sizeof value;
    CHECK(getsockopt(fd, SOL_SOCKET, name, &value, &bytes) == 0 && bytes == sizeof value);
    return value;
}

static void options(void)
{
    int fd = listener(SOCK_SEQPACKET, "options", 1), value = 8000;
    CHECK(option(fd, SO_TYPE) == SOCK_SEQPACKET && option(fd, SO_DOMAIN) == AF_UNIX);
    CHECK(option(fd, SO_PROTOCOL) == 0 && option(fd, SO_ACCEPTCONN) == 1);
    CHECK(option(fd, SO_ERROR) == 0 && option(fd, SO_PASSCRED) == 0);
    CHECK(option(fd, SO_SNDBUF) == 212992 && option(fd, SO_RCVBUF) == 212992);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof value) == 0);
    CHECK(option(fd, SO_SNDBUF) == 16000);
    value = 1;
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof value) == 0);
    CHECK(option(fd, SO_SNDBUF) == 4608);
    value = 1 << 30;
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof value) == 0);
    CHECK(option(fd, SO_SNDBUF) == 425984);
    value = 1;
    CHECK(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, sizeof value) == 0);
    CHECK(option(fd, SO_PASSCRED) == 1);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value) == 0);
    CHECK(option(fd, SO_REUSEADDR) == 1);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_TYPE, &value, sizeof value) == -1 && errno == ENOPROTOOPT);
    CHECK(setsockopt(fd, SOL_SOCKET, 9999, &value, sizeof value) == -1 && errno == ENOPROTOOPT);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, 3) == -1 && errno == EINVAL);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, NULL, 4) == -1 && errno == EFAULT);
    CHECK(setsockopt(fd, 250, 1, &value, sizeof value) == -1 && errno == EOPNOTSUPP);
    socklen_t bytes = 2;
    short part = -1;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &part, &bytes) == 0 && bytes == 2 && part == 5);
    bytes = (socklen_t)-1;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &part, &bytes) == -1 && errno == EINVAL);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &part, NULL) == -1 && errno == EFAULT);
    bytes = sizeof value;
    CHECK(getsockopt(fd, SOL_SOCKET, 9999, &value, &bytes) == -1 && errno == ENOPROTOOPT);
    CHECK(getsockopt(fd, 250, 1, &value, &bytes) == -1 && errno == EOPNOTSUPP);
}

static void peers_know_each_other(void)
{
    struct ucred ids;
    socklen_t bytes = sizeof ids;
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(getsockopt(fds[0], SOL_SOCKET, SO_PEERCRED, &ids, &bytes) == 0);
    CHECK(ids.pid == getpid() && ids.uid == getuid() && ids.gid == getgid());
    int server = listener(SOCK_STREAM, "ids", 1), ready[2];
    CHECK(pipe(ready) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(setgid(77) == 0 && setuid(99) == 0);
        int fd = connect_to(SOCK_STREAM, "ids");
        CHECK(fd >= 0);
        CHECK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ids, &bytes) == 0 && ids.pid == getppid());
        CHECK(read(ready[0], &ids, 1) == 1);
        _exit(0);
    }
    int accepted = accept(server, NULL, NULL);
    bytes = sizeof ids;
    CHECK(getsockopt(accepted, SOL_SOCKET, SO_PEERCRED, &ids, &bytes) == 0);
    CHECK(ids.pid == child && ids.uid == 99 && ids.gid == 77);
    CHECK(write(ready[1], "", 1) == 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    int alone = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(getsockopt(alone, SOL_SOCKET, SO_PEERCRED, &ids, &bytes) == 0);
    CHECK(ids.pid == 0 && ids.uid == (uid_t)-1 && ids.gid == (gid_t)-1);
}

/* ---- Many at once ---- */

static void *echo(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char text[64];
    ssize_t n;
    while ((n = read(fd, text, sizeof text)) > 0)
        CHECK(write(fd, text, (size_t)n) == n);
    close(fd);
    return NULL;
}

static void *serve(void *argument)
{
    int server = (int)(intptr_t)argument;
    for (int i = 0; i < 40; i++) {
        pthread_t thread;
        int fd = accept(server, NULL, NULL);
        CHECK(fd >= 0);
        CHECK(pthread_create(&thread, NULL, echo, (void *)(intptr_t)fd) == 0);
        pthread_detach(thread);
    }
    return NULL;
}

static void *visit(void *argument)
{
    for (int i = 0; i < 10; i++) {
        int fd = connect_to(SOCK_STREAM, "storm");
        CHECK(fd >= 0);
        for (int round = 0; round < 10; round++) {
            char text[5];
            CHECK(write(fd, "ping", 4) == 4);
            CHECK(recv(fd, text, 4, MSG_WAITALL) == 4 && memcmp(text, "ping", 4) == 0);
        }
        close(fd);
    }
    return argument;
}

static void many_clients(void)
{
    int server = listener(SOCK_STREAM, "storm", 2);
    pthread_t accepting, visitors[4];
    CHECK(pthread_create(&accepting, NULL, serve, (void *)(intptr_t)server) == 0);
    for (unsigned i = 0; i < 4; i++)
        CHECK(pthread_create(&visitors[i], NULL, visit, NULL) == 0);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(visitors[i], NULL);
    pthread_join(accepting, NULL);
}

static void proc_lists_sockets(void)
{
    char line[256], found = 0;
    int server = listener(SOCK_STREAM, "listed", 1);
    FILE *file = fopen("/proc/net/unix", "r");
    CHECK(file);
    CHECK(fgets(line, sizeof line, file) && strncmp(line, "Num ", 4) == 0);
    while (fgets(line, sizeof line, file)) {
        unsigned references, protocol, flags, type, state;
        unsigned long inode;
        struct stat status;
        CHECK(sscanf(line, "%*x: %x %x %x %x %x %lu", &references, &protocol, &flags, &type, &state,
                     &inode) == 6);
        if (!strstr(line, " @listed"))
            continue;
        found = 1;
        CHECK(fstat(server, &status) == 0 && status.st_ino == inode);
        CHECK(flags == 0x10000 && type == SOCK_STREAM && state == 1);
    }
    CHECK(found);
}

static const struct test_case cases[] = {
    CASE(what_socket_refuses),
    CASE(flags_of_socket),
    CASE(pairs_talk_both_ways),
    CASE(other_files_are_no_sockets),
    CASE(names_come_back),
    CASE(what_bind_refuses),
    CASE(permissions_of_names),
    CASE(a_name_without_bytes_is_chosen),
    CASE(connect_accept_and_names),
    CASE(what_connect_refuses),
    CASE(a_full_backlog_waits),
    CASE(accept_waits_and_is_interrupted),
    CASE(a_closed_listener_resets),
    CASE(the_end_of_a_stream),
    CASE(unread_bytes_reset),
    CASE(half_closed),
    CASE(streams_have_no_borders),
    CASE(all_is_waited_for),
    CASE(bulk_arrives_in_order),
    CASE(a_full_buffer_blocks_writers),
    CASE(unconnected_streams),
    CASE(interrupted_waits),
    CASE(waits_end_in_time),
    CASE(poll_wakes),
    CASE(options),
    CASE(peers_know_each_other),
    CASE(many_clients),
    CASE(proc_lists_sockets),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
