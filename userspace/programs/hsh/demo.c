/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * demo: the mechanisms that make Helix what it is, at work on the running kernel. Every figure
 * printed was measured just then.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "builtin.h"
#include "kernel.h"
#include "run.h"

static void pause_ms(long ms)
{
    struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&span, NULL);
}

static int missing(const char *what, long error)
{
    printf("%s: %s\n", what,
           error == -ENOSYS ? "not built into this kernel" : strerror((int)-error));
    return RUN_FAILED;
}

/* ---- A load that notices when it is not served
 * ---------------------------------------------------------------------- */

#define WORKERS 4

struct load {
    volatile unsigned long *counters; // shared, one for each worker
    pid_t pids[WORKERS];
};

static _Noreturn void work(volatile unsigned long *counter)
{
    for (;;)
        (*counter)++;
}

static void load_stop(struct load *load)
{
    for (int i = 0; i < WORKERS; i++) {
        if (load->pids[i] > 0) {
            kill(load->pids[i], SIGKILL);
            waitpid(load->pids[i], NULL, 0);
        }
    }
    munmap((void *)load->counters, WORKERS * sizeof *load->counters);
}

static int load_start(struct load *load)
{
    *load = (struct load){0};
    load->counters = mmap(NULL, WORKERS * sizeof *load->counters, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (load->counters == MAP_FAILED)
        return -errno;
    fflush(stdout);
    for (int i = 0; i < WORKERS; i++) {
        load->pids[i] = fork();
        if (load->pids[i] == 0)
            work(&load->counters[i]);
        if (load->pids[i] < 0) {
            int error = errno;
            load_stop(load);
            return -error;
        }
    }
    return 0;
}

/* How many workers got further within @ms. */
static int load_progress(const struct load *load, long ms)
{
    unsigned long before[WORKERS];
    int moved = 0;
    for (int i = 0; i < WORKERS; i++)
        before[i] = load->counters[i];
    pause_ms(ms);
    for (int i = 0; i < WORKERS; i++)
        moved += load->counters[i] != before[i];
    return moved;
}

/* ---- hotreload
 * ------------------------------------------------------------------------------------------------------
 */

/* Who provides @interface now, and one other module that can: from its line of
 * /proc/helix/interfaces. */
struct choice {
    char now[64];
    char other[64];
};

static void take_names(char *line, struct choice *choice)
{
    const char *provider = kernel_next_word(&line);
    snprintf(choice->now, sizeof choice->now, "%s", provider != NULL ? provider : "");
    const char *others = kernel_next_word(&line);
    if (others != NULL && strcmp(others, "-") != 0)
        snprintf(choice->other, sizeof choice->other, "%.*s", (int)strcspn(others, ","), others);
}

static int find_choice(const char *interface, struct choice *choice)
{
    char *text = kernel_read_text("/proc/helix/interfaces", NULL);
    if (text == NULL)
        return -errno;
    *choice = (struct choice){0};
    char *cursor = text;
    for (char *line; (line = kernel_next_line(&cursor)) != NULL;) {
        const char *name = kernel_next_word(&line);
        if (name != NULL && strcmp(name, interface) == 0)
            take_names(line, choice);
    }
    free(text);
    return choice->now[0] != '\0' ? 0 : -ENOENT;
}

#define MODULE_FOLDER "/lib/helix/modules/"

/* Load the modules that came with the kernel as files, until one of them could provide @interface
 * too. */
static int find_choice_in_files(const char *interface, struct choice *choice)
{
    int error = find_choice(interface, choice);
    DIR *folder = opendir(MODULE_FOLDER);
    struct dirent *entry;
    while (folder != NULL && error == 0 && choice->other[0] == '\0' &&
           (entry = readdir(folder)) != NULL) {
        char path[sizeof MODULE_FOLDER + NAME_MAX];
        snprintf(path, sizeof path, MODULE_FOLDER "%s", entry->d_name);
        struct helix_user_module_load call = {
            .header = HELIX_USER_HEADER(struct helix_user_module_load), .path = (uintptr_t)path};
        if (entry->d_name[0] != '.' && kernel_call(HELIX_USER_MODULE_LOAD, &call) == 0)
            error = find_choice(interface, choice);
    }
    if (folder != NULL)
        closedir(folder);
    return error;
}

static int compare_pauses(const void *a, const void *b)
{
    unsigned long long x = *(const unsigned long long *)a;
    unsigned long long y = *(const unsigned long long *)b;
    return (x > y) - (x < y);
}

#define SWAPS 20

/* Swap there and back; the pauses in @pauses. The number of swaps done. */
static int swap_often(const struct choice *choice, unsigned long long pauses[SWAPS])
{
    for (int i = 0; i < SWAPS; i++) {
        struct helix_user_result result;
        const char *to = i % 2 == 0 ? choice->other : choice->now;
        long error = kernel_swap("helix.scheduler", to, &result);
        if (error != 0) {
            printf("hotreload: swap %d to %s: %s\n", i + 1, to, kernel_reason(&result, error));
            return i;
        }
        pauses[i] = result.pause_ns;
        pause_ms(5);
    }
    return SWAPS;
}

static int demo_hotreload(void)
{
    struct choice choice;
    struct load load;
    unsigned long long pauses[SWAPS] = {0};
    long error = find_choice_in_files("helix.scheduler", &choice);
    if (error != 0)
        return missing("hotreload: /proc/helix/interfaces", error == -ENOENT ? -ENOSYS : error);
    if (choice.other[0] == '\0') {
        printf("hotreload: %s is the only scheduler here; `helixctl load` brings another\n",
               choice.now);
        return RUN_FAILED;
    }
    error = load_start(&load);
    if (error != 0)
        return missing("hotreload: workers", error);
    printf("hotreload: %d busy processes under %s; swapping with %s %d times\n", WORKERS,
           choice.now, choice.other, SWAPS);
    int done = swap_often(&choice, pauses);
    int moving = load_progress(&load, 500);
    load_stop(&load);
    if (done > 0) {
        qsort(pauses, (size_t)done, sizeof pauses[0], compare_pauses);
        printf("hotreload: %d swaps; pause least %llu ns, median %llu ns, most %llu ns\n", done,
               pauses[0], pauses[done / 2], pauses[done - 1]);
    }
    printf("hotreload: %d of %d processes still running\n", moving, WORKERS);
    return done == SWAPS && moving == WORKERS ? 0 : RUN_FAILED;
}

/* ---- selfheal
 * -------------------------------------------------------------------------------------------------------
 */

static const char *health_name(uint32_t health)
{
    static const char *const names[] = {"HEALTHY", "DEGRADED", "UNRESPONSIVE", "CRASHED",
                                        "RECOVERING"};
    return health < sizeof names / sizeof names[0] ? names[health] : "unknown";
}

static long heal_call(struct helix_user_self_heal *call,
                      enum helix_user_self_heal_operation operation, const char *name)
{
    *call = (struct helix_user_self_heal){
        .header = HELIX_USER_HEADER(struct helix_user_self_heal),
        .operation = operation,
        .name = (uintptr_t)name,
    };
    return kernel_call(HELIX_USER_SELF_HEAL, call);
}

static int demo_selfheal(void)
{
    struct helix_user_self_heal call;
    struct choice choice;
    long error = find_choice("helix.scheduler", &choice);
    if (error == 0)
        error = heal_call(&call, HELIX_SELF_HEAL_CHECK, choice.now);
    if (error != 0)
        return missing("selfheal", error == -ENOENT ? -ENOSYS : error);
    printf("selfheal: %s is %s, %llu faults, %u restarts so far\n", choice.now,
           health_name(call.health), (unsigned long long)call.faults, call.restarts);
    unsigned long long faults = call.faults;
    error = heal_call(&call, HELIX_SELF_HEAL_INJECT, choice.now);
    if (error != 0) {
        printf("selfheal: making %s fault: %s\n", choice.now, kernel_reason(&call.result, error));
        return RUN_FAILED;
    }
    pause_ms(200);
    error = heal_call(&call, HELIX_SELF_HEAL_CHECK, choice.now);
    if (error != 0)
        return missing("selfheal", error);
    printf("selfheal: it faulted %llu times, was restarted %u times in all, and is %s; recovery "
           "took %llu ns\n",
           (unsigned long long)call.faults - faults, call.restarts, health_name(call.health),
           (unsigned long long)call.last_recovery_ns);
    return call.faults > faults && call.health == HELIX_HEALTH_HEALTHY ? 0 : RUN_FAILED;
}

/* ---- dis
 * ------------------------------------------------------------------------------------------------------------
 */

static int demo_dis(void)
{
    static const char *const classes[] = {"REAL_TIME", "SOFT_REAL_TIME", "INTERACTIVE", "SERVER",
                                          "BATCH",     "BACKGROUND",     "IDLE",        "CRITICAL"};
    for (uint32_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        struct helix_user_dis_stats dis = {.header = HELIX_USER_HEADER(struct helix_user_dis_stats),
                                           .intent = i};
        long error = kernel_call(HELIX_USER_DIS_STATS, &dis);
        if (error != 0)
            return missing("dis", error);
        printf("dis: %-14s %6llu tasks, latency p50 %llu ns, p99 %llu ns, most %llu ns\n",
               classes[i], (unsigned long long)dis.tasks, (unsigned long long)dis.latency_p50_ns,
               (unsigned long long)dis.latency_p99_ns, (unsigned long long)dis.latency_max_ns);
    }
    return 0;
}

struct demo {
    const char *name;
    int (*run)(void);
};

static const struct demo demos[] = {
    {"hotreload", demo_hotreload},
    {"selfheal", demo_selfheal},
    {"dis", demo_dis},
};

int builtin_demo(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    int status = RUN_USAGE;
    if (argc != 2)
        return builtin_usage("demo");
    int all = strcmp(argv[1], "all") == 0;
    for (size_t i = 0; i < sizeof demos / sizeof demos[0]; i++) {
        if (!all && strcmp(argv[1], demos[i].name) != 0)
            continue;
        int result = demos[i].run();
        status = status == RUN_USAGE ? result : status | result;
    }
    return status == RUN_USAGE ? builtin_usage("demo") : status;
}
