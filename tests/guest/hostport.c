/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Speak to the host that runs the emulator, the same way under Helix and under Linux:
 *   hostport output         copy standard input to the host's output channel
 *   hostport status N       tell the host the status N
 * Under Helix the channels are /dev/hostout and /dev/hoststatus; under Linux the debug ports
 * themselves.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <unistd.h>

enum { PORT_OUTPUT = 0xea, PORT_STATUS = 0xeb };

static int send_to_device(const char *device, const char *bytes, size_t count)
{
    int fd = open(device, O_WRONLY);
    if (fd < 0)
        return -1;
    while (count > 0) {
        ssize_t done = write(fd, bytes, count);
        if (done <= 0)
            break;
        bytes += done;
        count -= (size_t)done;
    }
    close(fd);
    return 0;
}

static int send_to_port(unsigned short port, const char *bytes, size_t count)
{
    if (ioperm(port, 1, 1) != 0) {
        perror("hostport: ioperm");
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        outb((unsigned char)bytes[i], port);
    return 0;
}

static int send_host(int status, const char *bytes, size_t count)
{
    if (send_to_device(status ? "/dev/hoststatus" : "/dev/hostout", bytes, count) == 0)
        return 0;
    return send_to_port(status ? PORT_STATUS : PORT_OUTPUT, bytes, count);
}

int main(int argc, char **argv)
{
    static char buffer[65536];
    if (argc == 3 && strcmp(argv[1], "status") == 0)
        return send_host(1, argv[2], strlen(argv[2])) != 0;
    if (argc != 2 || strcmp(argv[1], "output") != 0) {
        fprintf(stderr, "usage: hostport output | status N\n");
        return 2;
    }
    for (;;) {
        ssize_t count = read(0, buffer, sizeof buffer);
        if (count <= 0)
            return count != 0;
        if (send_host(0, buffer, (size_t)count) != 0)
            return 1;
    }
}
