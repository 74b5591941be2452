/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The table of built-ins, and those about the shell itself. */
#include "builtin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs.h"
#include "run.h"

const struct builtin builtins[] = {
    {"help", "[NAME]", "list the built-ins, or explain one", builtin_help, BUILTIN_ONE_OF_16},
    {"exit", "[STATUS]", "leave the shell", builtin_exit, BUILTIN_ONE_OF_16},
    {"echo", "[-n] [TEXT...]", "write its arguments", builtin_echo, BUILTIN_ONE_OF_16},
    {"clear", "", "clear the screen", builtin_clear, BUILTIN_ONE_OF_16},
    {"ps", "[-a] [-l]", "list processes: of this terminal, -a all, -l with more columns",
     builtin_ps, BUILTIN_ONE_OF_16},
    {"mem", "", "show how memory is used", builtin_mem, BUILTIN_ONE_OF_16},
    {"uptime", "", "say how long the system has been up", builtin_uptime, BUILTIN_ONE_OF_16},
    {"uname", "[-a] [-s] [-r] [-m]", "name the system: -s its name, -r release, -m machine, -a all",
     builtin_uname, BUILTIN_ONE_OF_16},
    {"set", "[NAME=VALUE... | NAME VALUE | -u NAME...]", "show, set or remove variables",
     builtin_set, BUILTIN_ONE_OF_16},
    {"history", "[-c]", "list the lines typed before; -c forgets them", builtin_history,
     BUILTIN_ONE_OF_16},
    {"bench", "scheduler|memory|ipc|all|quick|full", "measure the running system", builtin_bench,
     BUILTIN_ONE_OF_16 | BUILTIN_LONG},
    {"stats", "", "show the kernel's counters", builtin_stats, BUILTIN_ONE_OF_16 | BUILTIN_LONG},
    {"cat", "[FILE...]", "write files, or its input, to its output", builtin_cat,
     BUILTIN_ONE_OF_16 | BUILTIN_LONG},
    {"run", "PROGRAM [ARGUMENT...]", "run a program and report its status, time and memory",
     builtin_run, BUILTIN_ONE_OF_16 | BUILTIN_LONG},
    {"version", "", "say which shell and kernel this is", builtin_version, BUILTIN_ONE_OF_16},
    {"demo", "hotreload|selfheal|dis|all", "show a mechanism at work, and what was measured",
     builtin_demo, BUILTIN_ONE_OF_16 | BUILTIN_LONG},
    {"cd", "[FOLDER]", "change the working directory", builtin_cd, 0},
    {"jobs", "", "list the jobs of this shell", jobs_list, 0},
    {"fg", "[NUMBER]", "bring a job to the foreground", jobs_foreground, 0},
    {"bg", "[NUMBER]", "let a stopped job go on in the background", jobs_background, 0},
    {NULL, NULL, NULL, NULL, 0},
};

const struct builtin *builtin_find(const char *name)
{
    for (const struct builtin *b = builtins; b->name != NULL; b++) {
        if (strcmp(b->name, name) == 0)
            return b;
    }
    return NULL;
}

const char *const *builtin_names(void)
{
    static const char *names[sizeof builtins / sizeof builtins[0]];
    for (size_t i = 0; builtins[i].name != NULL; i++)
        names[i] = builtins[i].name;
    return names;
}

int builtin_usage(const char *name)
{
    const struct builtin *b = builtin_find(name);
    fprintf(stderr, "usage: %s %s\n", b->name, b->arguments);
    return RUN_USAGE;
}

static void print_help(unsigned flag)
{
    for (const struct builtin *b = builtins; b->name != NULL; b++) {
        if ((b->flags & BUILTIN_ONE_OF_16) == flag)
            printf("  %-8s %s\n", b->name, b->summary);
    }
}

int builtin_help(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc > 1) {
        const struct builtin *b = builtin_find(argv[1]);
        if (b == NULL) {
            fprintf(stderr, "help: %s is no built-in\n", argv[1]);
            return RUN_FAILED;
        }
        printf("%s %s\n    %s\n", b->name, b->arguments, b->summary);
        return 0;
    }
    puts("Built-ins:");
    print_help(BUILTIN_ONE_OF_16);
    puts("Also, because only the shell itself can:");
    print_help(0);
    puts("Everything else runs as a program found on PATH.\n"
         "  a | b    < in  > out  >> end  2> errors    a && b    a || b    a ; b    a &\n"
         "  'text' \"text $NAME\" \\c    $NAME ${NAME} $? $$    * ? [..]    ~");
    return 0;
}

int builtin_exit(struct shell *shell, int argc, char **argv)
{
    char *end;
    long status = argc > 1 ? strtol(argv[1], &end, 10) : shell->expand.status;
    if (argc > 2 || (argc > 1 && (*end != '\0' || argv[1][0] == '\0')))
        return builtin_usage("exit");
    shell->ended = 1;
    shell->expand.status = (int)(status & 255);
    return shell->expand.status;
}

int builtin_echo(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    int newline = argc < 2 || strcmp(argv[1], "-n") != 0;
    for (int i = newline ? 1 : 2; i < argc; i++)
        printf("%s%s", argv[i], i + 1 < argc ? " " : "");
    if (newline)
        putchar('\n');
    return 0;
}

int builtin_clear(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    (void)argv;
    if (argc > 1)
        return builtin_usage("clear");
    fputs("\033[H\033[2J\033[3J", stdout);
    return 0;
}

static int set_one(char *text)
{
    size_t n = expand_assignment(text);
    if (n == 0) {
        fprintf(stderr, "set: %s: not NAME=VALUE\n", text);
        return RUN_FAILED;
    }
    text[n] = '\0';
    return setenv(text, text + n + 1, 1) == 0 ? 0 : RUN_FAILED;
}

extern char **environ;

int builtin_set(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc == 1) {
        for (char **e = environ; e != NULL && *e != NULL; e++)
            puts(*e);
        return 0;
    }
    if (strcmp(argv[1], "-u") == 0) {
        for (int i = 2; i < argc; i++)
            unsetenv(argv[i]);
        return argc > 2 ? 0 : builtin_usage("set");
    }
    if (argc == 3 && strchr(argv[1], '=') == NULL)
        return setenv(argv[1], argv[2], 1) == 0 ? 0 : builtin_usage("set");
    for (int i = 1; i < argc; i++) {
        if (set_one(argv[i]) != 0)
            return RUN_FAILED;
    }
    return 0;
}

int builtin_history(struct shell *shell, int argc, char **argv)
{
    struct history *history = &shell->history;
    if (argc == 2 && strcmp(argv[1], "-c") == 0) {
        history_clear(history);
        return 0;
    }
    if (argc > 1)
        return builtin_usage("history");
    for (unsigned back = history->count; back-- > 0;)
        printf("%5lu  %s\n", history->total - back, history_get(history, back));
    return 0;
}

/* 0, or an errno. */
static int copy_out(int fd)
{
    char buffer[16384];
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n == 0)
            return 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (fwrite(buffer, 1, (size_t)n, stdout) != (size_t)n || fflush(stdout) != 0)
            return errno;
    }
}

static int cat_file(const char *path)
{
    int from_input = strcmp(path, "-") == 0;
    int fd = from_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : copy_out(fd);
    if (fd >= 0 && !from_input)
        close(fd);
    if (error != 0)
        fprintf(stderr, "cat: %s: %s\n", path, strerror(error));
    return error != 0;
}

int builtin_cat(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    int failed = argc < 2 ? cat_file("-") : 0;
    for (int i = 1; i < argc; i++)
        failed |= cat_file(argv[i]);
    return failed ? RUN_FAILED : 0;
}

static double seconds_of(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_program(char **argv)
{
    execvp(argv[0], argv);
    fprintf(stderr, "run: %s: %s\n", argv[0], strerror(errno));
    _exit(errno == ENOENT ? RUN_NOT_FOUND : RUN_NOT_RUNNABLE);
}

int builtin_run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc < 2)
        return builtin_usage("run");
    fflush(stdout);
    double started = now();
    pid_t pid = fork();
    if (pid == 0)
        run_program(argv + 1);
    int status;
    struct rusage used;
    while (pid > 0 && wait4(pid, &status, 0, &used) < 0) {
        if (errno != EINTR)
            pid = -1;
    }
    if (pid < 0) {
        fprintf(stderr, "run: %s: %s\n", argv[1], strerror(errno));
        return RUN_FAILED;
    }
    int ended = WIFSIGNALED(status) ? RUN_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    printf("run: %s: status %d, %.3f s (user %.3f s, kernel %.3f s), %ld KB\n", argv[1], ended,
           now() - started, seconds_of(&used.ru_utime), seconds_of(&used.ru_stime), used.ru_maxrss);
    return ended;
}

int builtin_cd(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    const char *to = argc > 1 ? argv[1] : getenv("HOME");
    char where[4096];
    if (argc > 2)
        return builtin_usage("cd");
    if (to != NULL && strcmp(to, "-") == 0)
        to = getenv("OLDPWD");
    if (to == NULL) {
        fputs("cd: no such variable: HOME or OLDPWD\n", stderr);
        return RUN_FAILED;
    }
    const char *before = getcwd(where, sizeof where);
    if (chdir(to) != 0) {
        fprintf(stderr, "cd: %s: %s\n", to, strerror(errno));
        return RUN_FAILED;
    }
    if (before != NULL)
        setenv("OLDPWD", before, 1);
    if (getcwd(where, sizeof where) != NULL)
        setenv("PWD", where, 1);
    return 0;
}
