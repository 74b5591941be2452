/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Replace the scheduler over and over while much runs:  swapload SWAPS BUSY PAIRS A B
 * BUSY processes count, PAIRS of processes talk through pipes, one loop forks and waits. This
 * program itself runs at real-time priority and swaps to A and B in turn. At the end every process
 * must still be there and still get on. Prints what it saw.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <helix/abi/user.h>

enum { MOST = 256, LOST_AFTER_SECONDS = 60 };

struct shared {
    volatile uint64_t beats[MOST]; // of every process that must get on
};

static struct shared *shared;
static pid_t children[2 * MOST];
static unsigned child_count, beat_count;

_Noreturn static void compute(unsigned self)
{
    for (;;) {
        for (volatile unsigned i = 0; i < 1000; i++) {
        }
        shared->beats[self]++;
    }
}

_Noreturn static void talk(unsigned self, int from, int to, int first)
{
    unsigned char number = 0, answer;
    if (first && write(to, &number, 1) != 1)
        _exit(1);
    while (read(from, &answer, 1) == 1) {
        // One byte is under way at a time: another number means one was lost or came twice.
        if (first && answer != number)
            _exit(2);
        number = (unsigned char)(first ? number + 1 : answer);
        shared->beats[self]++;
        if (write(to, &number, 1) != 1)
            break;
    }
    _exit(3);
}

_Noreturn static void fork_forever(unsigned self)
{
    for (;;) {
        pid_t child = fork();
        if (child == 0)
            _exit(7);
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
            _exit(4);
        shared->beats[self]++;
    }
}

static int is_child(void)
{
    pid_t child = fork();
    if (child < 0) {
        perror("swapload: fork");
        exit(1);
    }
    if (child != 0)
        children[child_count++] = child;
    return child == 0;
}

static void start_pair(void)
{
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0) {
        perror("swapload: pipe");
        exit(1);
    }
    for (int first = 0; first < 2; first++) {
        unsigned self = beat_count++;
        if (is_child())
            talk(self, first ? back[0] : there[0], first ? there[1] : back[1], first);
    }
}

static long swap_to(const char *module, struct helix_user_hot_reload *call)
{
    *call = (struct helix_user_hot_reload){
        .header = HELIX_USER_HEADER(struct helix_user_hot_reload),
        .operation = HELIX_HOT_RELOAD_SWAP,
        .binding = (uint64_t)(uintptr_t)"helix.scheduler",
        .name = (uint64_t)(uintptr_t)module,
    };
    return syscall(HELIX_USER_HOT_RELOAD, call);
}

static void pause_ms(long ms)
{
    const struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&span, NULL);
}

static unsigned swap_all(unsigned swaps, char **modules)
{
    struct helix_user_hot_reload call;
    unsigned failed = 0;
    for (unsigned i = 0; i < swaps; i++) {
        if (swap_to(modules[i % 2], &call) != 0) {
            failed++;
            printf("swap %u to %s: %s: %s\n", i, modules[i % 2], strerror(errno),
                   call.result.reason);
        }
        pause_ms(1); // the others' turn
    }
    return failed;
}

/* How many processes do not get on any more, given time enough for all. */
static unsigned count_stuck(void)
{
    uint64_t before[MOST];
    unsigned stuck = beat_count;
    memcpy(before, (const void *)shared->beats, sizeof before);
    for (unsigned waited = 0; stuck > 0 && waited < LOST_AFTER_SECONDS * 10; waited++) {
        pause_ms(100);
        stuck = 0;
        for (unsigned i = 0; i < beat_count; i++)
            stuck += shared->beats[i] == before[i];
    }
    for (unsigned i = 0; stuck > 0 && i < beat_count; i++) {
        if (shared->beats[i] == before[i])
            printf("process %u stands still\n", i);
    }
    return stuck;
}

static unsigned count_gone(void)
{
    unsigned gone = 0;
    int status;
    for (pid_t child; (child = waitpid(-1, &status, WNOHANG)) > 0; gone++)
        printf("process %d ended with status %#x\n", child, (unsigned)status);
    return gone;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: swapload SWAPS BUSY PAIRS A B\n");
        return 2;
    }
    unsigned swaps = (unsigned)atoi(argv[1]), busy = (unsigned)atoi(argv[2]),
             pairs = (unsigned)atoi(argv[3]);
    if (busy + 2 * pairs + 1 > MOST)
        return 2;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    const struct sched_param first = {.sched_priority = 10};
    for (unsigned i = 0; i < busy; i++) {
        unsigned self = beat_count++;
        if (is_child())
            compute(self);
    }
    for (unsigned i = 0; i < pairs; i++)
        start_pair();
    unsigned forker = beat_count++;
    if (is_child())
        fork_forever(forker);
    if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
        perror("swapload: sched_setscheduler");
    unsigned failed = swap_all(swaps, argv + 4);
    unsigned stuck = count_stuck(), gone = count_gone();
    printf("swaps %u failed %u stuck %u gone %u of %u\n", swaps, failed, stuck, gone, beat_count);
    for (unsigned i = 0; i < child_count; i++)
        kill(children[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return failed || stuck || gone;
}
