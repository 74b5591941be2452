/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * helixctl: look at the kernel's modules and change them. It reads /proc/helix and uses the calls
 * of abi/user.h.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "table.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1, // the kernel said no, or the change failed: what was in force still is
    EXIT_USAGE = 2,
    EXIT_MISSING = 3, // this kernel does not have it
    EXIT_PERMISSION = 4,
};

struct command {
    const char *name;
    const char *arguments;
    const char *summary;
    int least; // arguments
    int most;  // INT_MAX: any number
    int (*run)(int argc, char **argv);
};

static int failed(const char *what, const char *reason, long error)
{
    fprintf(stderr, "helixctl: %s: %s\n", what, reason);
    if (error == -ENOSYS)
        return EXIT_MISSING;
    return error == -EPERM ? EXIT_PERMISSION : EXIT_REFUSED;
}

/* ---- What is there
 * --------------------------------------------------------------------------------------------------
 */

static int show(const char *path, const char *header)
{
    char *text = kernel_read_text(path, NULL);
    if (text == NULL) {
        long error = errno == ENOENT ? -ENOSYS : -errno;
        return failed(
            path, error == -ENOSYS ? "this kernel does not have it (not Helix?)" : strerror(errno),
            error);
    }
    // Scripts get lines only; a header is for people.
    table_print(text, isatty(STDOUT_FILENO) ? header : NULL);
    free(text);
    return ferror(stdout) || fflush(stdout) != 0 ? EXIT_REFUSED : EXIT_DONE;
}

static int show_modules(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return show("/proc/helix/modules", "name version state kind flags memory time-us interfaces");
}

static int show_interfaces(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return show("/proc/helix/interfaces", "interface provider others gate state generation");
}

static int show_swaps(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return show("/proc/helix/swaps",
                "binding swaps failures p50-ns p99-ns max-ns p99-instructions");
}

static int show_health(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return show("/proc/helix/health", "name health restarts faults recovery-ns");
}

/* ---- Changes
 * --------------------------------------------------------------------------------------------------------
 */

static int report(const char *what, const struct helix_user_result *result, long error)
{
    if (error != 0)
        return failed(what, kernel_reason(result, error), error);
    if (result->pause_ns > 0 && result->instructions > 0)
        printf("%s: done, pause %llu ns, %llu instructions\n", what,
               (unsigned long long)result->pause_ns, (unsigned long long)result->instructions);
    else if (result->pause_ns > 0)
        printf("%s: done, pause %llu ns\n", what, (unsigned long long)result->pause_ns);
    else
        printf("%s: done\n", what);
    return EXIT_DONE;
}

/* The file as the kernel shall find it, whatever its idea of the working directory. Ends the
 * program when it is not there. */
static const char *whole_path(const char *file)
{
    static char path[PATH_MAX];
    if (realpath(file, path) == NULL) {
        fprintf(stderr, "helixctl: %s: %s\n", file, strerror(errno));
        exit(EXIT_REFUSED);
    }
    return path;
}

#define MAX_SETTINGS 32

static int load(int argc, char **argv)
{
    uint64_t settings[MAX_SETTINGS + 1] = {0};
    for (int i = 1; i < argc; i++) {
        if (strchr(argv[i], '=') == NULL || i > MAX_SETTINGS) {
            fprintf(stderr, "helixctl: load: %s: settings are KEY=VALUE, at most %d\n", argv[i],
                    MAX_SETTINGS);
            return EXIT_USAGE;
        }
        settings[i - 1] = (uintptr_t)argv[i];
    }
    struct helix_user_module_load call = {
        .header = HELIX_USER_HEADER(struct helix_user_module_load),
        .path = (uintptr_t)whole_path(argv[0]),
        .settings = argc > 1 ? (uintptr_t)settings : 0,
    };
    long error = kernel_call(HELIX_USER_MODULE_LOAD, &call);
    return report("load", &call.result, error);
}

static int unload(int argc, char **argv)
{
    (void)argc;
    struct helix_user_module_unload call = {
        .header = HELIX_USER_HEADER(struct helix_user_module_unload),
        .name = (uintptr_t)argv[0],
    };
    long error = kernel_call(HELIX_USER_MODULE_UNLOAD, &call);
    return report("unload", &call.result, error);
}

static int hot_reload(const char *what, struct helix_user_hot_reload *call)
{
    call->header = (struct helix_user_header)HELIX_USER_HEADER(struct helix_user_hot_reload);
    long error = kernel_call(HELIX_USER_HOT_RELOAD, call);
    return report(what, &call->result, error);
}

static int check(int argc, char **argv)
{
    (void)argc;
    struct helix_user_hot_reload call = {.operation = HELIX_HOT_RELOAD_CHECK,
                                         .path = (uintptr_t)whole_path(argv[0])};
    return hot_reload("check", &call);
}

static int swap(int argc, char **argv)
{
    (void)argc;
    struct helix_user_hot_reload call = {
        .operation = HELIX_HOT_RELOAD_SWAP,
        .binding = (uintptr_t)argv[0],
        .name = (uintptr_t)argv[1],
    };
    return hot_reload("swap", &call);
}

static int reload(int argc, char **argv)
{
    struct helix_user_hot_reload call = {
        .operation = HELIX_HOT_RELOAD_RELOAD,
        .name = (uintptr_t)argv[0],
        .path = argc > 1 ? (uintptr_t)whole_path(argv[1]) : 0,
    };
    return hot_reload("reload", &call);
}

static int rollback(int argc, char **argv)
{
    struct helix_user_hot_reload call = {
        .operation = HELIX_HOT_RELOAD_ROLLBACK,
        .binding = argc > 0 ? (uintptr_t)argv[0] : 0,
    };
    return hot_reload("rollback", &call);
}

static int call_export(int argc, char **argv)
{
    uint64_t arguments[HELIX_USER_CALL_ARGUMENTS] = {0};
    int count = argc - 1;
    for (int i = 0; i < count; i++)
        arguments[i] = (uintptr_t)argv[i + 1];
    struct helix_user_module_call call = {
        .header = HELIX_USER_HEADER(struct helix_user_module_call),
        .path = (uintptr_t)argv[0],
        .arguments = (uintptr_t)arguments,
        .count = (uint32_t)count,
    };
    long error = kernel_call(HELIX_USER_MODULE_CALL, &call);
    if (error != 0)
        return failed(argv[0], kernel_reason(&call.result, error), error);
    if (call.kind == HELIX_USER_VALUE_TEXT)
        printf("%.*s\n", (int)sizeof call.text, call.text);
    else
        printf("%lld\n", (long long)call.number);
    return EXIT_DONE;
}

/* ---- The command line
 * -----------------------------------------------------------------------------------------------
 */

static const struct command commands[] = {
    {"modules", "", "list the modules, with memory and time of each", 0, 0, show_modules},
    {"interfaces", "", "list the interfaces: who provides each, and who else could", 0, 0,
     show_interfaces},
    {"load", "FILE [KEY=VALUE...]", "load a module, with settings", 1, INT_MAX, load},
    {"check", "FILE", "say whether a module could be loaded, and change nothing", 1, 1, check},
    {"unload", "NAME", "stop a module and take it away", 1, 1, unload},
    {"swap", "INTERFACE[:INSTANCE] MODULE",
     "put a module in charge of an interface while programs run", 2, 2, swap},
    {"reload", "NAME [FILE]", "replace a module by a newer one of the same name", 1, 2, reload},
    {"rollback", "[INTERFACE[:INSTANCE]]", "go back to the module before the last swap", 0, 1,
     rollback},
    {"call", "module:NAME:EXPORT [ARGUMENT...]", "call what a module exports, and print the result",
     1, 1 + HELIX_USER_CALL_ARGUMENTS, call_export},
    {"health", "", "list the health of the modules", 0, 0, show_health},
    {"swaps", "", "list how often each binding was swapped, and the pauses", 0, 0, show_swaps},
    {NULL, NULL, NULL, 0, 0, NULL},
};

static int help(FILE *to)
{
    fputs("usage: helixctl COMMAND [ARGUMENT...]\n\n", to);
    for (const struct command *c = commands; c->name != NULL; c++)
        fprintf(to, "  %-10s %-33s %s\n", c->name, c->arguments, c->summary);
    fputs("\nStatus: 0 done; 1 the kernel refused or the change failed, and what was in force "
          "still is;\n"
          "2 wrong usage; 3 this kernel does not have it; 4 not permitted (CAP_SYS_MODULE).\n"
          "Manual: docs/helixctl.md.\n",
          to);
    return to == stdout ? EXIT_DONE : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return help(stdout);
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (strcmp(argv[1], c->name) != 0)
            continue;
        if (argc - 2 >= c->least && argc - 2 <= c->most)
            return c->run(argc - 2, argv + 2);
        fprintf(stderr, "usage: helixctl %s %s\n", c->name, c->arguments);
        return EXIT_USAGE;
    }
    fprintf(stderr, "helixctl: unknown command %s (helixctl --help)\n", argv[1]);
    return EXIT_USAGE;
}
