/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * One set of test macros for the host and the kernel. A test is a function and a const record; a
 * pointer to the record sits in section "helix_tests", where the runner (lib/src/host/test_main.c
 * on the host, core/debug in the kernel) finds it.
 */
struct helix_test_run {
    const char *suite;
    const char *name;
    unsigned checks;
    unsigned failures;
};

struct helix_test {
    const char *suite;
    const char *name;
    void (*run)(struct helix_test_run *t);
};

/* Record a failed check. Does not end the test: EXPECT goes on, REQUIRE returns. */
void helix_test_fail(struct helix_test_run *t, const char *file, int line, const char *what);

#define HELIX_TEST(suite_, name_)                                                        \
    static void suite_##_##name_(struct helix_test_run *t);                              \
    static const struct helix_test suite_##_##name_##_record = {#suite_, #name_,         \
                                                                suite_##_##name_};       \
    __attribute__((used, retain, section("helix_tests"))) static const struct helix_test \
        *const suite_##_##name_##_pointer = &suite_##_##name_##_record;                  \
    static void suite_##_##name_(struct helix_test_run *t)

#define EXPECT(t, condition)                                    \
    do {                                                        \
        (t)->checks++;                                          \
        if (!(condition))                                       \
            helix_test_fail(t, __FILE__, __LINE__, #condition); \
    } while (0)

#define REQUIRE(t, condition)                                   \
    do {                                                        \
        (t)->checks++;                                          \
        if (!(condition)) {                                     \
            helix_test_fail(t, __FILE__, __LINE__, #condition); \
            return;                                             \
        }                                                       \
    } while (0)
