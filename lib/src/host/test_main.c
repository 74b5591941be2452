/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * main() of every host unit-test executable: runs the tests that the linker collected, or those of
 * the suites named as arguments. Exit status 0 only when every check held.
 */
#include <stdio.h>
#include <string.h>

#include <helix/lib/test.h>

extern const struct helix_test *const __start_helix_tests[] __attribute__((weak));
extern const struct helix_test *const __stop_helix_tests[] __attribute__((weak));

void helix_test_fail(struct helix_test_run *t, const char *file, int line, const char *what)
{
    t->failures++;
    printf("  %s:%d: %s\n", file, line, what);
}

static bool is_wanted(const struct helix_test *test, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], test->suite) == 0)
            return true;
    }
    return argc < 2;
}

static unsigned run_one(const struct helix_test *test)
{
    struct helix_test_run run = {.suite = test->suite, .name = test->name};
    test->run(&run);
    printf("%s %s.%s (%u checks)\n", run.failures ? "FAIL" : "ok  ", test->suite, test->name,
           run.checks);
    fflush(stdout);
    return run.failures != 0;
}

int main(int argc, char **argv)
{
    unsigned ran = 0;
    unsigned failed = 0;
    for (const struct helix_test *const *p = __start_helix_tests; p != __stop_helix_tests; p++) {
        if (!is_wanted(*p, argc, argv))
            continue;
        ran++;
        failed += run_one(*p);
    }
    printf("%u tests, %u failed\n", ran, failed);
    return ran == 0 || failed != 0;
}
