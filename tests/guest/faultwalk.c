/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Make one allocation site of the kernel fail after the other, and run a load under each: faultwalk
 * SECONDS LOAD [ARGUMENTS] Every site of /proc/helix/faults fails at its first and at its fifth
 * call after the arming. What the load makes of it does not matter; that the machine goes on does.
 * Where it stands is kept in a file, so that a walk which is itself killed by a failure goes on
 * with the next site when it is started again. Ends with 0 when every site was visited or the time
 * is up, and says how many.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTROL  "/proc/helix/faults"
#define PROGRESS "/tmp/faultwalk.next"

enum { MOST_SITES = 2048, LOAD_SECONDS = 10 };

static unsigned long sites[MOST_SITES];
static unsigned site_count;
static const int hits[] = {1, 5};

static int read_sites(void)
{
    static char text[256 * 1024];
    size_t size = 0;
    int fd = open(CONTROL, O_RDONLY);
    if (fd < 0)
        return -1;
    for (ssize_t n;
         size < sizeof text - 1 && (n = read(fd, text + size, sizeof text - 1 - size)) > 0;)
        size += (size_t)n;
    close(fd);
    site_count = 0;
    for (char *line = strtok(text, "\n"); line && site_count < MOST_SITES;
         line = strtok(NULL, "\n")) {
        if (strncmp(line, "0x", 2) == 0)
            sites[site_count++] = strtoul(line, NULL, 16);
    }
    return 0;
}

static int command(const char *text)
{
    int fd = open(CONTROL, O_WRONLY);
    if (fd < 0)
        return -1;
    ssize_t done = write(fd, text, strlen(text));
    close(fd);
    return done < 0 ? -1 : 0;
}

static unsigned progress(void)
{
    char text[16] = "";
    int fd = open(PROGRESS, O_RDONLY);
    if (fd >= 0 && read(fd, text, sizeof text - 1) < 0)
        text[0] = '\0';
    close(fd);
    return (unsigned)strtoul(text, NULL, 10);
}

static void set_progress(unsigned next)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%u\n", next);
    int fd = open(PROGRESS, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, (size_t)length) != length)
        perror("faultwalk: " PROGRESS);
    close(fd);
}

static void run_load(char **argv)
{
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        alarm(LOAD_SECONDS);
        execv(argv[0], argv);
        _exit(127);
    }
    if (child < 0)
        return; // the failure hit this fork: that is a visit too
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    kill(-child, SIGKILL);
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

static void visit(unsigned long site, int hit, char **argv)
{
    char text[48];
    snprintf(text, sizeof text, "%#lx %d", site, hit);
    if (command(text) != 0)
        perror("faultwalk: arm");
    run_load(argv);
    for (unsigned tries = 0; command("off") != 0 && tries < 100; tries++) {
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: faultwalk SECONDS LOAD [ARGUMENTS]\n");
        return 2;
    }
    time_t end = time(NULL) + atol(argv[1]);
    run_load(argv + 2); // so that the sites of the load are known
    if (read_sites() != 0) {
        perror("faultwalk: " CONTROL);
        return 2;
    }
    const unsigned hit_count = sizeof hits / sizeof hits[0];
    for (unsigned at = progress(); at < site_count * hit_count && time(NULL) < end; at++) {
        set_progress(at + 1);
        visit(sites[at / hit_count], hits[at % hit_count], argv + 2);
    }
    printf("visits %u of %u\n", progress(), site_count * hit_count);
    return 0;
}
