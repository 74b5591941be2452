/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The in-kernel test runner: the records of lib/test.h, run one after the other. */
#include <helix/debug/test.h>
#include <helix/hal/console.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/frame.h>

/* Still on its way: no comparison without it. */
extern __typeof__(memory_counts) memory_counts HELIX_WEAK;

extern const struct helix_test *const __start_helix_tests[];
extern const struct helix_test *const __stop_helix_tests[];

HELIX_PRINTF(1, 2) static void say(const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    size_t n = lib_format_args(line, sizeof line, format, args);
    va_end(args);
    n = n < sizeof line ? n : sizeof line - 1;
    if (hal_host_channel_present(HAL_HOST_LOG))
        hal_host_channel_write(HAL_HOST_LOG, line, n);
    else
        hal_console_write(line, n);
}

void helix_test_fail(struct helix_test_run *t, const char *file, int line, const char *what)
{
    // The build's paths climb out of the build folder first.
    while (lib_starts_with(file, "../"))
        file += 3;
    t->failures++;
    say("FAIL %s.%s %s:%d %s\n", t->suite, t->name, file, line, what);
}

/* Is one comma-separated item at @at the suite of @test, or "suite.name"? */
static bool is_item(const char *at, const struct helix_test *test)
{
    size_t suite = strlen(test->suite);
    if (strncmp(at, test->suite, suite) != 0)
        return false;
    at += suite;
    size_t name = strlen(test->name);
    if (at[0] == '.' && strncmp(at + 1, test->name, name) == 0)
        at += 1 + name;
    return at[0] == ',' || at[0] == '\0';
}

/* @which: "all", or items separated by commas. */
static bool is_wanted(const struct helix_test *test, const char *which)
{
    if (strcmp(which, "all") == 0)
        return true;
    for (const char *at = which; at != NULL;) {
        if (is_item(at, test))
            return true;
        at = strchr(at, ',');
        if (at != NULL)
            at++;
    }
    return false;
}

/* A lasting loss of frames shows as the same note run after run; caches that fill once do not. */
static bool run_one(const struct helix_test *test)
{
    struct helix_test_run run = {.suite = test->suite, .name = test->name};
    struct memory_counts before = {0};
    struct memory_counts after = {0};
    if (memory_counts != NULL)
        memory_counts(&before);
    test->run(&run);
    if (memory_counts != NULL)
        memory_counts(&after);
    if (run.failures == 0)
        say("ok %s.%s\n", run.suite, run.name);
    if (before.free > after.free)
        say("note %s.%s keeps %llu frames\n", run.suite, run.name,
            (unsigned long long)(before.free - after.free));
    return run.failures == 0;
}

unsigned test_run(const char *which)
{
    unsigned ran = 0;
    unsigned failed = 0;
    for (const struct helix_test *const *p = __start_helix_tests; p != __stop_helix_tests; p++) {
        if (!is_wanted(*p, which))
            continue;
        ran++;
        failed += !run_one(*p);
    }
    say("tests: %u run, %u failed\n", ran, failed);
    // Asking for what is not there is not a success.
    return ran == 0 ? 1 : failed;
}
