/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* execve() and execveat(): what they run, and each way they fail. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "limits.h"

enum { SOMEBODY = 1234, LONG = 200 * 1024 };

static void *volatile nowhere = (void *)8;
static char *const none[] = {NULL}, *const words[] = {"exec_calls", "exit", NULL};
static const char *self; // this program's path

#define EXEC(path) execve(path, words, none)

static void make(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
}

static void make_text(const char *path, const char *text)
{
    make(path, text, strlen(text));
}

/* A program that names @interpreter. */
static void make_program(const char *path, const char *interpreter)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr parts[2];
        char name[64];
    } file = {.header = {.e_phoff = sizeof(Elf64_Ehdr), .e_phnum = 2}};
    Elf64_Ehdr own;
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(fd >= 0 && read(fd, &own, sizeof own) == sizeof own && close(fd) == 0);
    memcpy(file.header.e_ident, own.e_ident, sizeof own.e_ident);
    file.header.e_type = ET_EXEC;
    file.header.e_machine = own.e_machine;
    file.header.e_version = own.e_version;
    file.header.e_flags = own.e_flags;
    file.header.e_entry = 0x400000;
    file.header.e_ehsize = sizeof file.header;
    file.header.e_phentsize = sizeof file.parts[0];
    strcpy(file.name, interpreter);
    file.parts[0] = (Elf64_Phdr){.p_type = PT_INTERP,
                                 .p_offset = offsetof(typeof(file), name),
                                 .p_filesz = strlen(interpreter) + 1,
                                 .p_memsz = strlen(interpreter) + 1,
                                 .p_flags = PF_R};
    file.parts[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                 .p_vaddr = 0x400000,
                                 .p_filesz = sizeof file,
                                 .p_memsz = sizeof file,
                                 .p_flags = PF_R | PF_X,
                                 .p_align = 4096};
    make(path, &file, sizeof file);
}

static int runs(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        EXEC(self);
        _exit(1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void programs_run(void)
{
    int status, fd = open(self, O_RDONLY | O_CLOEXEC);
    CHECK(runs() && fd >= 0);
    pid_t child = fork();
    if (child == 0) {
        syscall(SYS_execveat, fd, "", words, none, AT_EMPTY_PATH);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void names_must_lead_to_a_program(void)
{
    static char name[5000];
    memset(name, 'a', sizeof name - 1);
    FAILS(execve("/none", words, none), ENOENT);
    FAILS(execve("", words, none), ENOENT);
    FAILS(execve("/proc/version/none", words, none), ENOTDIR);
    FAILS(execve(name, words, none), ENAMETOOLONG);
    FAILS(execve("/tmp", words, none), EACCES);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/none", words, none, 0), ENOENT);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "", words, none, 0), ENOENT);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/proc/version/none", words, none, 0), ENOTDIR);
    FAILS(syscall(SYS_execveat, AT_FDCWD, name, words, none, 0), ENAMETOOLONG);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/tmp", words, none, 0), EACCES);
    CHECK(unlink("/tmp/loop") == 0 || errno == ENOENT);
    CHECK(symlink("loop", "/tmp/loop") == 0);
    FAILS(execve("/tmp/loop", words, none), ELOOP);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/tmp/loop", words, none, 0), ELOOP);
}

static void descriptors_must_lead_to_a_program(void)
{
    int file = open(self, O_RDONLY), folder = open("/tmp", O_RDONLY), script;
    FAILS(syscall(SYS_execveat, -1, "name", words, none, 0), EBADF);
    FAILS(syscall(SYS_execveat, file, "name", words, none, 0), ENOTDIR);
    FAILS(syscall(SYS_execveat, folder, "none", words, none, 0), ENOENT);
    FAILS(syscall(SYS_execveat, folder, "", words, none, 0), ENOENT);
    FAILS(syscall(SYS_execveat, folder, "link", words, none, 0x8000), EINVAL);
    CHECK(symlink(self, "/tmp/link") == 0 || errno == EEXIST);
    FAILS(syscall(SYS_execveat, folder, "link", words, none, AT_SYMLINK_NOFOLLOW), ELOOP);
    make_text("/tmp/script", "#!/bin/true\n");
    script = open("/tmp/script", O_RDONLY | O_CLOEXEC); // gone when its interpreter looks
    FAILS(syscall(SYS_execveat, script, "", words, none, AT_EMPTY_PATH), ENOENT);
}

static void addresses_must_be_there(void)
{
    FAILS(execve(nowhere, words, none), EFAULT);
    FAILS(syscall(SYS_execve, self, nowhere, none), EFAULT);
    FAILS(syscall(SYS_execve, self, words, nowhere), EFAULT);
    FAILS(syscall(SYS_execveat, AT_FDCWD, nowhere, words, none, 0), EFAULT);
    FAILS(syscall(SYS_execveat, AT_FDCWD, self, nowhere, none, 0), EFAULT);
}

static void arguments_have_a_size(void)
{
    static char text[LONG];
    char *many[] = {text, NULL};
    memset(text, 'x', sizeof text - 1);
    FAILS(execve(self, many, none), E2BIG);
    FAILS(execve(self, words, many), E2BIG);
    FAILS(syscall(SYS_execveat, AT_FDCWD, self, many, none, 0), E2BIG);
}

static void files_must_be_executable(void)
{
    make_text("/tmp/text", "neither this nor that\n");
    FAILS(execve("/tmp/text", words, none), ENOEXEC);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/tmp/text", words, none, 0), ENOEXEC);
    CHECK(chmod("/tmp/text", 0644) == 0);
    FAILS(execve("/tmp/text", words, none), EACCES);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/tmp/text", words, none, 0), EACCES);
    CHECK(mkdir("/tmp/closed", 0700) == 0 || errno == EEXIST);
    make_text("/tmp/closed/text", "text");
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    FAILS(execve("/tmp/closed/text", words, none), EACCES);
}

static void interpreters_must_be_there(void)
{
    make_text("/tmp/short", "short\n");
    make_text("/tmp/no_program",
              "This is longer than the header of a program, so that it is looked "
              "at and found to be none.\n");
    make_program("/tmp/first", "/none");
    make_program("/tmp/second", "/tmp/no_program");
    make_program("/tmp/third", "/tmp/short");
    make_program("/tmp/fourth", "/tmp");
    FAILS(execve("/tmp/first", words, none), ENOENT);
    FAILS(execve("/tmp/second", words, none), ELIBBAD);
    FAILS(execve("/tmp/third", words, none), EIO);
    FAILS(execve("/tmp/fourth", words, none), EACCES);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/tmp/second", words, none, 0), ELIBBAD);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/tmp/third", words, none, 0), EIO);
    make_text("/tmp/script", "#!/none\n");
    FAILS(execve("/tmp/script", words, none), ENOENT);
    make_text("/tmp/script", "#!/tmp/script\n");
    FAILS(execve("/tmp/script", words, none), ELOOP);
}

static void what_is_written_does_not_run(void)
{
    static char bytes[4 * 1024 * 1024];
    int from = open(self, O_RDONLY);
    ssize_t size = read(from, bytes, sizeof bytes);
    make("/tmp/copy", bytes, (size_t)size);
    int fd = open("/tmp/copy", O_RDWR | O_CLOEXEC);
    FAILS(execve("/tmp/copy", words, none), ETXTBSY);
    FAILS(syscall(SYS_execveat, AT_FDCWD, "/tmp/copy", words, none, 0), ETXTBSY);
    CHECK(close(fd) == 0 && unlink("/tmp/copy") == 0);
}

static void files_of_the_system_may_be_used_up(void)
{
    files_use_up();
    FAILS(execve(self, words, none), ENFILE);
    FAILS(syscall(SYS_execveat, AT_FDCWD, self, words, none, 0), ENFILE);
    files_give_back();
}

/* A change of user never fails for its limit; the next execve() does. */
static void another_user_may_have_too_many(void)
{
    pid_t child = fork();
    if (child == 0) {
        CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
        for (;;)
            pause();
    }
    usleep(50000);
    limit(RLIMIT_NPROC, 1);
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    FAILS(execve(self, words, none), EAGAIN);
    FAILS(syscall(SYS_execveat, AT_FDCWD, self, words, none, 0), EAGAIN);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    EXEC(self);
    CHECK(0);
}

static const struct test_case cases[] = {
    CASE(programs_run),
    CASE(names_must_lead_to_a_program),
    CASE(descriptors_must_lead_to_a_program),
    CASE(addresses_must_be_there),
    CASE(arguments_have_a_size),
    CASE(files_must_be_executable),
    CASE(interpreters_must_be_there),
    CASE(what_is_written_does_not_run),
    CASE(files_of_the_system_may_be_used_up),
    CASE(another_user_may_have_too_many),
};

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 2 && strcmp(argv[1], "exit") == 0)
        return 0;
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
