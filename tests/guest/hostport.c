/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Speak to the host that runs the emulator, the same way under Helix and under Linux:
 *   hostport output         copy standard input to the host's output channel
 *   hostport status N       tell the host the status N
 *   hostport off            write everything back and turn the machine off
 * Under Helix the channels are /dev/hostout and /dev/hoststatus. Under Linux they are the terminals
 * of the PCI card with serial ports, in their order after the log's, or debug ports where the
 * machine has no such card.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#if __has_include(<sys/io.h>)
#include <sys/io.h>
#endif

enum channel { CHANNEL_LOG, CHANNEL_OUTPUT, CHANNEL_STATUS };
enum { FIRST_PORT = 0xe9, TERMINALS = 32 };

static const char *const devices[] = {"/dev/hostlog", "/dev/hostout", "/dev/hoststatus"};

static int write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t done = write(fd, bytes, count);
        if (done <= 0)
            return -1;
        bytes += done;
        count -= (size_t)done;
    }
    return 0;
}

/* Terminals on PCI cards have the card's address in their place under /sys. */
static int open_terminal(enum channel channel)
{
    char path[64], place[PATH_MAX];
    int found = 0;
    for (int i = 0; i < TERMINALS; i++) {
        snprintf(path, sizeof path, "/sys/class/tty/ttyS%d", i);
        if (realpath(path, place) == NULL || strstr(place, "/0000:00:") == NULL ||
            found++ != (int)channel)
            continue;
        snprintf(path, sizeof path, "/dev/ttyS%d", i);
        return open(path, O_WRONLY | O_NOCTTY);
    }
    return -1;
}

static int send_to_terminal(int fd, const char *bytes, size_t count)
{
    struct termios how;
    if (tcgetattr(fd, &how) != 0)
        return -1;
    cfmakeraw(&how);
    how.c_cflag |= CLOCAL;
    if (tcsetattr(fd, TCSANOW, &how) != 0 || write_all(fd, bytes, count) != 0)
        return -1;
    return tcdrain(fd);
}

#if __has_include(<sys/io.h>)
static int send_to_port(enum channel channel, const char *bytes, size_t count)
{
    unsigned short port = (unsigned short)(FIRST_PORT + channel);
    if (ioperm(port, 1, 1) != 0) {
        perror("hostport: ioperm");
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        outb((unsigned char)bytes[i], port);
    return 0;
}
#else
static int send_to_port(enum channel channel, const char *bytes, size_t count)
{
    (void)bytes, (void)count;
    fprintf(stderr, "hostport: no port for channel %d\n", channel);
    return -1;
}
#endif

static int send_host(enum channel channel, const char *bytes, size_t count)
{
    int fd = open(devices[channel], O_WRONLY);
    if (fd >= 0)
        return write_all(fd, bytes, count) | close(fd);
    fd = open_terminal(channel);
    if (fd >= 0)
        return send_to_terminal(fd, bytes, count) | close(fd);
    return send_to_port(channel, bytes, count);
}

int main(int argc, char **argv)
{
    static char buffer[65536];
    if (argc == 3 && strcmp(argv[1], "status") == 0)
        return send_host(CHANNEL_STATUS, argv[2], strlen(argv[2])) != 0;
    if (argc == 2 && strcmp(argv[1], "off") == 0) {
        sync();
        return reboot(RB_POWER_OFF) != 0;
    }
    if (argc != 2 || strcmp(argv[1], "output") != 0) {
        fprintf(stderr, "usage: hostport output | status N | off\n");
        return 2;
    }
    for (;;) {
        ssize_t count = read(0, buffer, sizeof buffer);
        if (count <= 0)
            return count != 0;
        if (send_host(CHANNEL_OUTPUT, buffer, (size_t)count) != 0)
            return 1;
    }
}
