/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A dynamic program, run through its interpreter, and programs whose interpreter is none.
 * tests/system/test_dynamic.py makes the others. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>

#include "check.h"

static int constructed;
static __thread int mine = 7;

__attribute__((constructor)) static void construct(void)
{
    constructed = 1;
}

static void libraries_are_bound(void)
{
    volatile double two = 2;
    CHECK(constructed == 1);
    CHECK(sqrt(two * 8) == 4);
}

static void *look_at_mine(void *unused)
{
    (void)unused;
    return (void *)(long)mine;
}

static void threads_have_storage_of_their_own(void)
{
    pthread_t thread;
    void *seen;
    mine = 9;
    CHECK(pthread_create(&thread, NULL, look_at_mine, NULL) == 0);
    CHECK(pthread_join(thread, &seen) == 0);
    CHECK((long)seen == 7 && mine == 9);
}

static void the_interpreter_is_where_at_base_says(void)
{
    const unsigned char *base = (const unsigned char *)getauxval(AT_BASE);
    CHECK(base != NULL && memcmp(base, ELFMAG, SELFMAG) == 0);
    const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
    CHECK(headers != NULL && getauxval(AT_PHENT) == sizeof *headers);
    int named = 0;
    for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
        named |= headers[i].p_type == PT_INTERP;
    CHECK(named);
}

static void a_library_is_loaded_and_let_go(void)
{
    void *library = dlopen("libpthread.so.0", RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL || dlerror() != NULL);
    CHECK(library == NULL || dlclose(library) == 0);
    CHECK(dlopen("libnobody.so", RTLD_NOW) == NULL);
}

static int error_of(const char *program)
{
    char *const arguments[] = {(char *)program, NULL};
    errno = 0;
    execv(program, arguments);
    return errno;
}

static void a_missing_interpreter_is_not_found(void)
{
    CHECK(error_of("/bin/interpreter-missing") == ENOENT);
}

static void a_folder_is_no_interpreter(void)
{
    CHECK(error_of("/bin/interpreter-folder") == EACCES);
}

static void a_script_is_no_interpreter(void)
{
    CHECK(error_of("/bin/interpreter-script") == ELIBBAD);
}

static void a_file_of_a_few_bytes_is_no_interpreter(void)
{
    CHECK(error_of("/bin/interpreter-short") == EIO);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        CASE(libraries_are_bound),
        CASE(threads_have_storage_of_their_own),
        CASE(the_interpreter_is_where_at_base_says),
        CASE(a_library_is_loaded_and_let_go),
        CASE(a_missing_interpreter_is_not_found),
        CASE(a_folder_is_no_interpreter),
        CASE(a_script_is_no_interpreter),
        CASE(a_file_of_a_few_bytes_is_no_interpreter),
    };
    if (argc > 1)
        return strcmp(argv[1], "through the linker") != 0;
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
