/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Built-ins that show the running system; all of it is read from the kernel at that moment. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "builtin.h"
#include "kernel.h"
#include "run.h"

static int cannot_read(const char *who, const char *path)
{
    fprintf(stderr, "%s: %s: %s\n", who, path, strerror(errno));
    return RUN_FAILED;
}

/* ---- ps
 * -------------------------------------------------------------------------------------------------------------
 */

/* One line of /proc/PID/stat, as far as ps shows it. */
struct process {
    int pid;
    char name[64];
    char state;
    int parent;
    int terminal;
    unsigned long user_ticks;
    unsigned long kernel_ticks;
    long nice;
    long threads;
    unsigned long size;
    long resident_pages;
};

/* The name stands in parentheses and may hold anything, parentheses too: its end is the last one.
 */
static int parse_process(const char *text, struct process *p)
{
    const char *open = strchr(text, '(');
    const char *close = strrchr(text, ')');
    if (open == NULL || close == NULL || close < open)
        return 0;
    size_t n = (size_t)(close - open) - 1;
    n = n < sizeof p->name - 1 ? n : sizeof p->name - 1;
    memcpy(p->name, open + 1, n);
    p->name[n] = '\0';
    p->pid = atoi(text);
    return sscanf(close + 1,
                  " %c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %ld %ld %*d %*u "
                  "%lu %ld",
                  &p->state, &p->parent, &p->terminal, &p->user_ticks, &p->kernel_ticks, &p->nice,
                  &p->threads, &p->size, &p->resident_pages) == 9;
}

static int read_process(const char *pid, struct process *p)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    char *text = kernel_read_text(path, NULL);
    int good = text != NULL && parse_process(text, p);
    free(text);
    return good;
}

static void print_process(const struct process *p, int long_form)
{
    unsigned long hundredths =
        (p->user_ticks + p->kernel_ticks) * 100 / (unsigned long)sysconf(_SC_CLK_TCK);
    char time[32];
    snprintf(time, sizeof time, "%lu:%02lu.%02lu", hundredths / 6000, hundredths / 100 % 60,
             hundredths % 100);
    if (long_form)
        printf("%5d %5d %c %4ld %7ld %8lu %8ld %10s %s\n", p->pid, p->parent, p->state, p->nice,
               p->threads, p->size / 1024, p->resident_pages * (sysconf(_SC_PAGESIZE) / 1024), time,
               p->name);
    else
        printf("%5d %c %10s %s\n", p->pid, p->state, time, p->name);
}

static int compare_pids(const struct dirent **a, const struct dirent **b)
{
    return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static int is_pid(const struct dirent *entry)
{
    return isdigit((unsigned char)entry->d_name[0]);
}

static int own_terminal_number(void)
{
    struct process self;
    return read_process("self", &self) ? self.terminal : 0;
}

int builtin_ps(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    int all = 0;
    int long_form = 0;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || strspn(argv[i] + 1, "al") != strlen(argv[i]) - 1)
            return builtin_usage("ps");
        all |= strchr(argv[i], 'a') != NULL;
        long_form |= strchr(argv[i], 'l') != NULL;
    }
    struct dirent **entries;
    int count = scandir("/proc", &entries, is_pid, compare_pids);
    if (count < 0)
        return cannot_read("ps", "/proc");
    int terminal = own_terminal_number();
    puts(long_form ? "  PID  PPID S NICE THREADS  SIZE KB   RES KB       TIME NAME"
                   : "  PID S       TIME NAME");
    for (int i = 0; i < count; i++) {
        struct process p;
        if (read_process(entries[i]->d_name, &p) && (all || p.terminal == terminal))
            print_process(&p, long_form);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

/* ---- mem
 * ------------------------------------------------------------------------------------------------------------
 */

/* The number behind "Name:" in /proc/meminfo, in KB; -1 when there is none. */
static long meminfo(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, n) == 0 && line[n] == ':')
            return strtol(line + n + 1, NULL, 10);
    }
    return -1;
}

int builtin_mem(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    (void)argv;
    static const char *const names[][2] = {
        {"MemTotal", "total"},           {"MemFree", "free"},        {"MemAvailable", "available"},
        {"Cached", "page cache"},        {"Slab", "kernel objects"}, {"PageTables", "page tables"},
        {"KernelStack", "kernel stacks"}};
    if (argc > 1)
        return builtin_usage("mem");
    char *text = kernel_read_text("/proc/meminfo", NULL);
    if (text == NULL)
        return cannot_read("mem", "/proc/meminfo");
    long total = meminfo(text, "MemTotal");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        long kb = meminfo(text, names[i][0]);
        if (kb >= 0)
            printf("%-15s %10ld KB %5.1f %%\n", names[i][1], kb,
                   total > 0 ? 100.0 * (double)kb / (double)total : 0.0);
    }
    free(text);
    return 0;
}

/* ---- uptime, uname, version
 * ----------------------------------------------------------------------------------------- */

int builtin_uptime(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    (void)argv;
    double up;
    double loads[3];
    if (argc > 1)
        return builtin_usage("uptime");
    char *text = kernel_read_text("/proc/uptime", NULL);
    if (text == NULL)
        return cannot_read("uptime", "/proc/uptime");
    up = strtod(text, NULL);
    free(text);
    unsigned long s = (unsigned long)up;
    printf("up %lu days, %02lu:%02lu:%02lu.%02lu", s / 86400, s / 3600 % 24, s / 60 % 60, s % 60,
           (unsigned long)(up * 100) % 100);
    if (getloadavg(loads, 3) == 3)
        printf(", load %.2f %.2f %.2f", loads[0], loads[1], loads[2]);
    putchar('\n');
    return 0;
}

int builtin_uname(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    struct utsname name;
    struct helix_user_kernel_info info;
    char letters[8] = "";
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || strlen(argv[i]) != 2 || strchr("asrm", argv[i][1]) == NULL ||
            argc > 5)
            return builtin_usage("uname");
        letters[i - 1] = argv[i][1];
    }
    if (uname(&name) != 0)
        return cannot_read("uname", "uname");
    int is_helix = kernel_info(&info) == 0;
    // uname(2) says Linux, because programs depend on it; people are told what it really is.
    const char *system = is_helix ? "Helix" : name.sysname;
    int all = strchr(letters, 'a') != NULL;
    if (all) {
        printf("%s %s %s %s %s\n", system, name.nodename, name.release, name.version, name.machine);
        return 0;
    }
    int plain = letters[0] == '\0';
    const char *parts[3] = {plain || strchr(letters, 's') ? system : NULL,
                            strchr(letters, 'r') ? name.release : NULL,
                            strchr(letters, 'm') ? name.machine : NULL};
    int printed = 0;
    for (int i = 0; i < 3; i++) {
        if (parts[i] != NULL)
            printf("%s%s", printed++ ? " " : "", parts[i]);
    }
    putchar('\n');
    return 0;
}

int builtin_version(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    (void)argv;
    struct helix_user_kernel_info info;
    struct utsname name;
    if (argc > 1)
        return builtin_usage("version");
    printf("hsh %s\n", HELIX_PROGRAM_VERSION);
    if (kernel_info(&info) == 0) {
        printf("Helix %s for %s, profile %s, build %s, module ABI %016llx\n", info.version,
               info.arch, info.profile, info.build, (unsigned long long)info.abi_hash);
        return 0;
    }
    if (uname(&name) == 0)
        printf("kernel %s %s for %s (kernel_info: not built into this kernel)\n", name.sysname,
               name.release, name.machine);
    return 0;
}

/* ---- stats
 * ----------------------------------------------------------------------------------------------------------
 */

static void print_kernel(void)
{
    struct helix_user_kernel_info i;
    int error = kernel_info(&i);
    if (error != 0) {
        printf("kernel_info: %s\n", kernel_reason(NULL, error));
        return;
    }
    printf("state %s, %u of %u CPUs, up %.3f s, boot to the first program %.3f ms\n", i.state,
           i.cpus_online, i.cpus_possible, (double)i.uptime_ns / 1e9, (double)i.boot_ns / 1e6);
    printf("memory %llu KB, free %llu KB\n", (unsigned long long)i.memory_total / 1024,
           (unsigned long long)i.memory_free / 1024);
    printf("modules %u, interfaces %u, swaps %llu, failed %llu\n", i.modules, i.interfaces,
           (unsigned long long)i.swaps, (unsigned long long)i.swap_failures);
}

static void print_file(const char *title, const char *path)
{
    char *text = kernel_read_text(path, NULL);
    if (text == NULL)
        printf("%s: %s: %s\n", title, path, strerror(errno));
    else
        printf("%s:\n%s", title, text[0] != '\0' ? text : "(none)\n");
    free(text);
}

static void print_dis(void)
{
    struct helix_user_dis_stats dis = {.header = HELIX_USER_HEADER(struct helix_user_dis_stats)};
    long error = kernel_call(HELIX_USER_DIS_STATS, &dis);
    if (error != 0)
        printf("dis: %s\n",
               error == -ENOSYS ? "not built into this kernel" : strerror((int)-error));
    else
        printf("dis: %llu tasks, %llu slices\n", (unsigned long long)dis.tasks,
               (unsigned long long)dis.slices);
}

/* The lines of /proc/stat that count events of the whole system. */
static void print_counters(void)
{
    char *text = kernel_read_text("/proc/stat", NULL);
    if (text == NULL) {
        printf("counters: /proc/stat: %s\n", strerror(errno));
        return;
    }
    char *cursor = text;
    for (char *line; (line = kernel_next_line(&cursor)) != NULL;) {
        static const char *const wanted[] = {"ctxt ", "processes ", "procs_running ",
                                             "procs_blocked "};
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
                puts(line);
        }
    }
    free(text);
}

int builtin_stats(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    (void)argv;
    if (argc > 1)
        return builtin_usage("stats");
    print_kernel();
    print_counters();
    print_file("swaps (binding, swaps, failures, pause p50 p99 max ns, p99 instructions)",
               "/proc/helix/swaps");
    print_file("unknown system calls (number, count)", "/proc/helix/enosys");
    print_dis();
    return 0;
}
