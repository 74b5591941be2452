/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The memory calls one by one: mappings, their limits, and what programs advise. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "limits.h"

#define PAGE       4096ul
#define PAGES      16ul
#define MB         (1024ul * 1024)
#define ODD        ((void *)1)
#define NO_PID     0x7ffff0
#define UNMAPPED   ((void *)(1ul << 30)) // nothing is ever there
#define ANON       (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED     (MAP_SHARED | MAP_ANONYMOUS)
#define READ_WRITE (PROT_READ | PROT_WRITE)

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static void *volatile nowhere = (void *)8;
static sigjmp_buf back;
static volatile int fault_code;

static char *map(size_t bytes, int protection, int flags)
{
    char *at = mmap(NULL, bytes, protection, flags, -1, 0);
    CHECK(at != MAP_FAILED);
    return at;
}

/* PAGES pages in the middle of nothing. */
static char *alone(int protection, int flags)
{
    char *at = map((PAGES + 2) * PAGE, protection, flags);
    CHECK(munmap(at, PAGE) == 0 && munmap(at + (PAGES + 1) * PAGE, PAGE) == 0);
    return at + PAGE;
}

static int file_of(size_t bytes)
{
    int fd = open("/tmp/memory_calls", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)bytes) == 0);
    return fd;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    fault_code = signal << 8 | info->si_code;
    siglongjmp(back, 1);
}

/* Signal and si_code of touching @at; 0: nothing happened. */
static int touch(volatile char *at, int write)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
    fault_code = 0;
    if (sigsetjmp(back, 1) == 0) {
        if (write)
            *at = 1;
        else
            (void)*at;
    }
    return fault_code;
}

static void set_number(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

/* ---- mmap ---- */

static void mapping_files_says_why_not(void)
{
    int fd = file_of(PAGE), reader = open("/tmp/memory_calls", O_RDONLY),
        writer = open("/tmp/memory_calls", O_WRONLY), ends[2];
    CHECK(reader >= 0 && writer >= 0 && pipe(ends) == 0);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0), EBADF);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 0) != MAP_FAILED);
    FAILS((long)mmap(NULL, PAGE, READ_WRITE, MAP_SHARED, reader, 0), EACCES);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0), ENODEV);
    FAILS((long)syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1ull << 63), EOVERFLOW);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0), EOPNOTSUPP);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE, fd, 0) != MAP_FAILED);
    int sealed = memfd_create("sealed", MFD_ALLOW_SEALING);
    CHECK(ftruncate(sealed, (off_t)PAGE) == 0 && fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    FAILS((long)mmap(NULL, PAGE, READ_WRITE, MAP_SHARED, sealed, 0), EPERM);
}

static void mapping_memory_says_why_not(void)
{
    char *at = alone(PROT_READ, ANON);
    FAILS((long)mmap(NULL, 0, PROT_READ, ANON, -1, 0), EINVAL);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS((long)mmap(at + 1, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0), EINVAL);
    FAILS((long)syscall(SYS_mmap, NULL, PAGE, PROT_READ, ANON, -1, 1), EINVAL);
    FAILS((long)mmap(NULL, ~0ul - PAGE, PROT_READ, ANON, -1, 0), ENOMEM);
    FAILS((long)mmap(at, PAGE, PROT_READ, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    CHECK(mmap(at - PAGE, PAGE, PROT_READ, ANON | MAP_FIXED_NOREPLACE, -1, 0) == at - PAGE);
    CHECK(mmap(at, PAGE, READ_WRITE, ANON | MAP_FIXED, -1, 0) == at && touch(at, 1) == 0);
    CHECK(mmap(NULL, PAGE, PROT_READ, SHARED, -1, 0) != MAP_FAILED);
    files_use_up();
    FAILS((long)mmap(NULL, PAGE, PROT_READ, SHARED, -1, 0), ENFILE);
    files_give_back();
}

static void mappings_have_limits(void)
{
    limit(RLIMIT_MEMLOCK, PAGE);
    capability_drop(CAP_IPC_LOCK);
    FAILS((long)mmap(NULL, 2 * PAGE, PROT_READ, ANON | MAP_LOCKED, -1, 0), EAGAIN);
    char *at = map(PAGE, READ_WRITE, ANON | MAP_LOCKED);
    FAILS((long)mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EAGAIN);
    limit(RLIMIT_DATA, MB);
    FAILS((long)mmap(NULL, 2 * MB, READ_WRITE, ANON, -1, 0), ENOMEM);
    at = map(2 * MB, PROT_READ, ANON);
    FAILS(mprotect(at, 2 * MB, READ_WRITE), ENOMEM);
    CHECK(mmap(NULL, 2 * MB, READ_WRITE, SHARED, -1, 0) != MAP_FAILED);
    limit(RLIMIT_AS, 8 * MB);
    FAILS((long)mmap(NULL, 16 * MB, PROT_READ, ANON, -1, 0), ENOMEM);
    limit(RLIMIT_MEMLOCK, 0);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, ANON | MAP_LOCKED, -1, 0), EPERM);
}

/* Every call that would make more mappings than the system allows. */
static void the_number_of_mappings_is_limited(void)
{
    static const int turns[2] = {PROT_READ, READ_WRITE};
    char *at = map(300 * PAGE, PROT_NONE, ANON);
    int made = 0;
    set_number("/proc/sys/vm/max_map_count", "100");
    while (made < 150 && mprotect(at + 2 * made * PAGE, PAGE, turns[made % 2]) == 0)
        made++;
    int error = errno;
    char *hole = at + 290 * PAGE;
    int unmap = munmap(hole, PAGE), unmap_error = errno;
    set_number("/proc/sys/vm/max_map_count", "65530");
    CHECK(made > 20 && made < 60 && error == ENOMEM);
    CHECK(unmap == -1 && unmap_error == ENOMEM);
    FAILS(munmap(ODD, PAGE), EINVAL);
    FAILS(munmap(at, 0), EINVAL);
    FAILS(munmap((void *)(~0ul - PAGE + 1), 2 * PAGE), EINVAL);
    CHECK(munmap(UNMAPPED, PAGE) == 0); // nothing there is no error
}

static void programs_on_noexec_mounts_are_not_mapped(void)
{
    CHECK(mkdir("/tmp/noexec", 0700) == 0 || errno == EEXIST);
    CHECK(mount("none", "/tmp/noexec", "tmpfs", MS_NOEXEC, NULL) == 0);
    int fd = open("/tmp/noexec/file", O_RDWR | O_CREAT, 0700);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)PAGE) == 0);
    FAILS((long)mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE, fd, 0), EPERM);
    char *at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(at != MAP_FAILED);
    FAILS(mprotect(at, PAGE, PROT_EXEC), EACCES);
    CHECK(munmap(at, PAGE) == 0 && close(fd) == 0 && umount("/tmp/noexec") == 0);
}

static void stacks_grow_down(void)
{
    char *room = map(2 * MB, PROT_NONE, ANON);
    CHECK(munmap(room, 2 * MB) == 0);
    char *top = room + 2 * MB - PAGE;
    CHECK(mmap(top, PAGE, READ_WRITE, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0) == top);
    CHECK(touch(top - PAGE, 1) == 0 && touch(top - 2 * PAGE, 1) == 0);
    CHECK(mprotect(top, PAGE, PROT_READ | PROT_GROWSDOWN) == 0);
    CHECK(touch(top - PAGE, 1) == (SIGSEGV << 8 | SEGV_ACCERR));
}

static void protecting_says_why_not(void)
{
    int fd = file_of(PAGE), reader = open("/tmp/memory_calls", O_RDONLY);
    char *file = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0), *at = alone(READ_WRITE, ANON);
    CHECK(fd >= 0 && file != MAP_FAILED);
    FAILS(mprotect(file, PAGE, READ_WRITE), EACCES);
    FAILS(mprotect(at + 1, PAGE, PROT_READ), EINVAL);
    FAILS(mprotect(at, PAGE, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP), EINVAL);
    FAILS(mprotect(at, PAGE, PROT_READ | PROT_GROWSDOWN), EINVAL);
    FAILS(mprotect(at, PAGE, 0x40), EINVAL);
    FAILS(mprotect(at, (PAGES + 1) * PAGE, PROT_READ), ENOMEM);
    FAILS(mprotect(UNMAPPED, PAGE, PROT_READ), ENOMEM);
    CHECK(mprotect(at, 0, PROT_READ) == 0);
    CHECK(mprotect(at + PAGE, PAGE, PROT_NONE) == 0);
    CHECK(touch(at + PAGE, 0) == (SIGSEGV << 8 | SEGV_ACCERR));
}

/* ---- mremap ---- */

static void remapping_says_why_not(void)
{
    char *at = alone(READ_WRITE, ANON), *shared = alone(READ_WRITE, SHARED);
    FAILS((long)mremap(at + 1, PAGE, PAGE, 0), EINVAL);
    FAILS((long)mremap(at, PAGE, 0, 0), EINVAL);
    FAILS((long)mremap(at, PAGE, PAGE, 64), EINVAL);
    FAILS((long)mremap(at, PAGE, PAGE, MREMAP_FIXED, at + 8 * PAGE), EINVAL);
    FAILS((long)mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + 1), EINVAL);
    FAILS((long)mremap(at, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE), EINVAL);
    FAILS((long)mremap(at, 0, PAGE, MREMAP_MAYMOVE), EINVAL); // private: nothing to show again
    FAILS((long)mremap(shared, 0, PAGE, 0), ENOMEM);
    FAILS((long)mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), EINVAL);
    FAILS((long)mremap(at, PAGE, PAGE, MREMAP_DONTUNMAP), EINVAL);
    FAILS((long)mremap(UNMAPPED, PAGE, PAGE, 0), EFAULT);
    FAILS((long)mremap(at, (PAGES + 1) * PAGE, PAGE * 40, MREMAP_MAYMOVE), EFAULT);
    FAILS((long)mremap(at, PAGE, 2 * PAGE, 0), ENOMEM); // the next page is taken
    FAILS((long)mremap(at, PAGE, 1ul << 46, MREMAP_MAYMOVE), ENOMEM);
}

static void remapping_moves_and_repeats(void)
{
    char *at = alone(READ_WRITE, ANON), *shared = alone(READ_WRITE, SHARED);
    at[0] = 1;
    at[PAGE] = 2;
    shared[3 * PAGE] = 3;
    char *again = mremap(shared + 3 * PAGE, 0, PAGE, MREMAP_MAYMOVE);
    CHECK(again != MAP_FAILED && again[0] == 3);
    again[1] = 4;
    CHECK(shared[3 * PAGE + 1] == 4);
    char *moved = mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
    CHECK(moved != MAP_FAILED && moved != at && moved[0] == 1 && at[0] == 0 && at[PAGE] == 2);
    char *fixed = mremap(at + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + 9 * PAGE);
    CHECK(fixed == at + 9 * PAGE && fixed[0] == 2);
    CHECK(touch(at + PAGE, 0) == (SIGSEGV << 8 | SEGV_MAPERR));
    CHECK(mremap(at + 2 * PAGE, 4 * PAGE, 2 * PAGE, 0) == at + 2 * PAGE);
    CHECK(touch(at + 4 * PAGE, 0) == (SIGSEGV << 8 | SEGV_MAPERR));
}

static void windows_show_other_pages(void)
{
    int fd = file_of(4 * PAGE);
    char *at = mmap(NULL, 4 * PAGE, READ_WRITE, MAP_SHARED, fd, 0),
         *mine = map(PAGE, PROT_READ, ANON);
    CHECK(at != MAP_FAILED);
    for (unsigned long i = 0; i < 4; i++)
        at[i * PAGE] = (char)('a' + i);
    CHECK(syscall(SYS_remap_file_pages, at, PAGE, 0, 3, 0) == 0);
    CHECK(at[0] == 'd' && at[PAGE] == 'b');
    FAILS(syscall(SYS_remap_file_pages, at, PAGE, PROT_READ, 1, 0), EINVAL);
    FAILS(syscall(SYS_remap_file_pages, at, 0, 0, 1, 0), EINVAL);
    FAILS(syscall(SYS_remap_file_pages, mine, PAGE, 0, 0, 0), EINVAL);
    FAILS(syscall(SYS_remap_file_pages, UNMAPPED, PAGE, 0, 0, 0), EINVAL);
}

/* ---- brk ---- */

static void the_break_has_limits(void)
{
    char *end = sbrk(0);
    CHECK(brk(end + 2 * MB) == 0 && sbrk(0) == end + 2 * MB);
    end[MB] = 1;
    CHECK(brk(end) == 0 && touch(end + MB, 0) == (SIGSEGV << 8 | SEGV_MAPERR));
    CHECK((char *)syscall(SYS_brk, 0) == end && (char *)syscall(SYS_brk, 1) == end);
    limit(RLIMIT_DATA, MB);
    FAILS(brk(end + 2 * MB), ENOMEM);
    CHECK(sbrk(0) == end);
}

/* ---- Advice ---- */

static void advice_says_why_not(void)
{
    int fd = file_of(PAGE);
    char *at = alone(READ_WRITE, ANON), *shared = alone(READ_WRITE, SHARED);
    FAILS(madvise(at + 1, PAGE, MADV_NORMAL), EINVAL);
    FAILS(madvise(at, PAGE, 77), EINVAL);
    FAILS(madvise(at, ~0ul - PAGE, MADV_NORMAL), EINVAL);
    FAILS(madvise(shared, PAGE, MADV_FREE), EINVAL);
    FAILS(madvise(shared, PAGE, MADV_WIPEONFORK), EINVAL);
    FAILS(madvise(at, PAGE, MADV_REMOVE), EINVAL);
    FAILS(madvise(at, (PAGES + 1) * PAGE, MADV_WILLNEED), ENOMEM);
    FAILS(madvise(UNMAPPED, PAGE, MADV_DONTNEED), ENOMEM);
    FAILS(madvise(UNMAPPED, PAGE, MADV_POPULATE_READ), ENOMEM);
    CHECK(madvise(at, 0, MADV_NORMAL) == 0 && madvise(at, PAGE, MADV_WILLNEED) == 0);
    char *readable =
        mmap(NULL, PAGE, PROT_READ, MAP_SHARED, open("/tmp/memory_calls", O_RDONLY), 0);
    FAILS(madvise(readable, PAGE, MADV_REMOVE), EACCES);
    CHECK(mlock(at, PAGE) == 0);
    FAILS(madvise(at, PAGE, MADV_DONTNEED), EINVAL);
    FAILS(madvise(at, PAGE, MADV_COLD), EINVAL);
    CHECK(mprotect(at + PAGE, PAGE, PROT_READ) == 0);
    FAILS(madvise(at + PAGE, PAGE, MADV_POPULATE_WRITE), EINVAL);
    char *file = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(madvise(file, PAGE, MADV_POPULATE_READ) == 0);
    FAILS(madvise(file, 2 * PAGE, MADV_POPULATE_READ), EFAULT);
}

static void contents_can_be_dropped(void)
{
    int fd = file_of(2 * PAGE);
    char *at = alone(READ_WRITE, ANON), *shared = alone(READ_WRITE, SHARED),
         *file = mmap(NULL, 2 * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
    at[0] = at[PAGE] = shared[0] = shared[PAGE] = file[0] = file[PAGE] = 1;
    CHECK(madvise(at, PAGE, MADV_DONTNEED) == 0 && at[0] == 0 && at[PAGE] == 1);
    CHECK(madvise(shared, PAGE, MADV_DONTNEED) == 0 && shared[0] == 1);
    CHECK(madvise(shared, PAGE, MADV_REMOVE) == 0 && shared[0] == 0 && shared[PAGE] == 1);
    CHECK(madvise(file + PAGE, PAGE, MADV_REMOVE) == 0 && file[PAGE] == 0 && file[0] == 1);
    CHECK(madvise(at + PAGE, PAGE, MADV_FREE) == 0);
    at[PAGE] = 2; // used again: it stays
    CHECK(at[PAGE] == 2);
}

static void children_get_what_was_advised(void)
{
    int status;
    char *at = alone(READ_WRITE, ANON);
    at[0] = at[PAGE] = at[2 * PAGE] = 1;
    CHECK(madvise(at, PAGE, MADV_WIPEONFORK) == 0 && madvise(at + PAGE, PAGE, MADV_DONTFORK) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(at[0] == 0 && at[2 * PAGE] == 1);
        CHECK(touch(at + PAGE, 0) == (SIGSEGV << 8 | SEGV_MAPERR));
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0 && at[0] == 1);
    CHECK(madvise(at, PAGE, MADV_KEEPONFORK) == 0 && madvise(at + PAGE, PAGE, MADV_DOFORK) == 0);
    child = fork();
    if (child == 0)
        _exit(at[0] != 1 || at[PAGE] != 1);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void pages_can_be_had_at_once(void)
{
    static unsigned char there[PAGES];
    char *at = alone(READ_WRITE, ANON), *now = map(4 * PAGE, READ_WRITE, ANON | MAP_POPULATE);
    CHECK(mincore(at, PAGES * PAGE, there) == 0 && !(there[0] & 1) && !(there[3] & 1));
    CHECK(madvise(at + 2 * PAGE, 2 * PAGE, MADV_POPULATE_WRITE) == 0);
    CHECK(mincore(at, PAGES * PAGE, there) == 0 && !(there[1] & 1) && (there[3] & 1));
    CHECK(mincore(now, 4 * PAGE, there) == 0 && (there[0] & 1) && (there[3] & 1));
    FAILS(mincore(at + 1, PAGE, there), EINVAL);
    FAILS(mincore(at, PAGE, nowhere), EFAULT);
    FAILS(mincore(at, (PAGES + 1) * PAGE, there), ENOMEM);
    FAILS(mincore(UNMAPPED, PAGE, there), ENOMEM);
}

/* A page that failed: who uses it is told, and nobody else. */
static void failed_memory_kills_who_uses_it(void)
{
    char *at = alone(READ_WRITE, ANON);
    at[0] = at[PAGE] = 1;
    if (madvise(at, 0, MADV_HWPOISON) == -1)
        return; // a Linux without CONFIG_MEMORY_FAILURE
    CHECK(madvise(at, PAGE, MADV_HWPOISON) == 0);
    CHECK(touch(at, 0) == (SIGBUS << 8 | BUS_MCEERR_AR) && at[PAGE] == 1);
    FAILS(madvise(at, PAGE, MADV_POPULATE_READ), EHWPOISON);
    capability_drop(CAP_SYS_ADMIN);
    FAILS(madvise(at + PAGE, PAGE, MADV_HWPOISON), EPERM);
}

static void syncing_says_why_not(void)
{
    int fd = file_of(2 * PAGE);
    char byte = 0, *at = mmap(NULL, 2 * PAGE, READ_WRITE, MAP_SHARED, fd, 0),
         *hole = alone(PROT_READ, ANON);
    at[5] = 'x';
    CHECK(msync(at, 2 * PAGE, MS_SYNC) == 0 && pread(fd, &byte, 1, 5) == 1 && byte == 'x');
    CHECK(msync(at, 2 * PAGE, MS_ASYNC) == 0 && msync(at, PAGE, 0) == 0);
    FAILS(msync(at + 1, PAGE, MS_SYNC), EINVAL);
    FAILS(msync(at, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    FAILS(msync(at, PAGE, 64), EINVAL);
    FAILS(msync(hole, (PAGES + 1) * PAGE, MS_SYNC), ENOMEM);
    CHECK(msync(at, PAGE, MS_SYNC | MS_INVALIDATE) == 0 && mlock(at, PAGE) == 0);
    FAILS(msync(at, PAGE, MS_SYNC | MS_INVALIDATE), EBUSY);
}

/* ---- Locking ---- */

static void locking_says_why_not(void)
{
    char *at = alone(READ_WRITE, ANON);
    CHECK(mlock(at, PAGE) == 0 && mlock2(at + PAGE, PAGE, MLOCK_ONFAULT) == 0);
    CHECK(munlock(at, 2 * PAGE) == 0 && mlock(at + 1, 1) == 0 && mlock(at, 0) == 0);
    FAILS(mlock((void *)~0xffful, 2 * PAGE), EINVAL);
    FAILS(mlock2((void *)~0xffful, 2 * PAGE, 0), EINVAL);
    FAILS(mlock2(at, PAGE, 2), EINVAL);
    FAILS(munlock((void *)~0xffful, 2 * PAGE), EINVAL);
    FAILS(mlock(at, (PAGES + 1) * PAGE), ENOMEM);
    FAILS(mlock2(UNMAPPED, PAGE, 0), ENOMEM);
    FAILS(munlock(UNMAPPED, PAGE), ENOMEM);
    FAILS(mlockall(0), EINVAL);
    FAILS(mlockall(MCL_ONFAULT), EINVAL);
    FAILS(mlockall(64), EINVAL);
    limit(RLIMIT_MEMLOCK, 4 * PAGE);
    CHECK(mlock(at, PAGES * PAGE) == 0 && munlock(at, PAGES * PAGE) == 0); // above the limit
    capability_drop(CAP_IPC_LOCK);
    FAILS(mlock(at, PAGES * PAGE), ENOMEM);
    FAILS(mlock2(at, PAGES * PAGE, MLOCK_ONFAULT), ENOMEM);
    FAILS(mlockall(MCL_CURRENT), ENOMEM);
    CHECK(mlock(at, 4 * PAGE) == 0 && munlock(at, 4 * PAGE) == 0);
    limit(RLIMIT_MEMLOCK, 0);
    FAILS(mlock(at, PAGE), EPERM);
    FAILS(mlock2(at, PAGE, 0), EPERM);
    FAILS(mlockall(MCL_CURRENT), EPERM);
    CHECK(munlock(at, PAGE) == 0);
}

static void everything_can_be_locked(void)
{
    static unsigned char there[4];
    CHECK(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
    char *at = map(4 * PAGE, READ_WRITE, ANON);
    CHECK(mincore(at, 4 * PAGE, there) == 0 && (there[0] & 1) && (there[3] & 1));
    FAILS(madvise(at, PAGE, MADV_DONTNEED), EINVAL);
    CHECK(munlockall() == 0 && madvise(at, PAGE, MADV_DONTNEED) == 0);
    at = map(4 * PAGE, READ_WRITE, ANON);
    CHECK(mincore(at, 4 * PAGE, there) == 0 && !(there[0] & 1));
    CHECK(mlockall(MCL_FUTURE | MCL_ONFAULT) == 0);
    at = map(4 * PAGE, READ_WRITE, ANON);
    CHECK(mincore(at, 4 * PAGE, there) == 0 && !(there[0] & 1));
    CHECK(munlockall() == 0);
}

/* ---- Other processes ---- */

static char text[] = "text of the parent";

static pid_t victim(void)
{
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    CHECK(child > 0);
    return child;
}

static void memory_of_others_can_be_had(void)
{
    char here[sizeof text] = "";
    struct iovec ours = {here, sizeof here}, theirs = {text, sizeof text}, bad = {nowhere, 8};
    pid_t child = victim(), self = getpid();
    CHECK(process_vm_readv(child, &ours, 1, &theirs, 1, 0) == sizeof here);
    CHECK(strcmp(here, text) == 0);
    strcpy(here, "changed");
    CHECK(process_vm_writev(child, &ours, 1, &theirs, 1, 0) == sizeof here);
    CHECK(strcmp(text, "changed") != 0);
    FAILS(process_vm_readv(child, &ours, 1, &theirs, 1, 1), EINVAL);
    FAILS(process_vm_readv(child, &ours, 2000, &theirs, 1, 0), EINVAL);
    FAILS(process_vm_readv(child, &ours, 1, &bad, 1, 0), EFAULT);
    FAILS(process_vm_readv(self, nowhere, 1, &theirs, 1, 0), EFAULT);
    FAILS(process_vm_readv(NO_PID, &ours, 1, &theirs, 1, 0), ESRCH);
    FAILS(process_vm_writev(child, &ours, 1, &theirs, 1, 1), EINVAL);
    FAILS(process_vm_writev(child, &ours, 1, &bad, 1, 0), EFAULT);
    FAILS(process_vm_writev(NO_PID, &ours, 1, &theirs, 1, 0), ESRCH);
    CHECK(setresuid(65534, 65534, 65534) == 0);
    FAILS(process_vm_readv(child, &ours, 1, &theirs, 1, 0), EPERM);
    FAILS(process_vm_writev(child, &ours, 1, &theirs, 1, 0), EPERM);
}

static void others_can_be_advised(void)
{
    char *at = alone(READ_WRITE, ANON);
    pid_t child = victim(), gone = fork();
    struct iovec span = {at, 2 * PAGE}, hole = {UNMAPPED, PAGE};
    if (gone == 0)
        _exit(0);
    int fd = (int)syscall(SYS_pidfd_open, child, 0), late = (int)syscall(SYS_pidfd_open, gone, 0);
    CHECK(fd >= 0 && late >= 0 && waitpid(gone, NULL, 0) == gone);
    CHECK(syscall(SYS_process_madvise, fd, &span, 1, MADV_COLD, 0) == 2 * PAGE);
    CHECK(syscall(SYS_process_madvise, fd, &span, 1, MADV_WILLNEED, 0) == 2 * PAGE);
    FAILS(syscall(SYS_process_madvise, 99, &span, 1, MADV_COLD, 0), EBADF);
    FAILS(syscall(SYS_process_madvise, 0, &span, 1, MADV_COLD, 0), EBADF);
    FAILS(syscall(SYS_process_madvise, fd, nowhere, 1, MADV_COLD, 0), EFAULT);
    FAILS(syscall(SYS_process_madvise, fd, &span, 1, MADV_COLD, 1), EINVAL);
    FAILS(syscall(SYS_process_madvise, fd, &span, 2000, MADV_COLD, 0), EINVAL);
    FAILS(syscall(SYS_process_madvise, fd, &span, 1, MADV_DONTNEED, 0), EINVAL);
    FAILS(syscall(SYS_process_madvise, fd, &hole, 1, MADV_COLD, 0), ENOMEM);
    FAILS(syscall(SYS_process_madvise, late, &span, 1, MADV_COLD, 0), ESRCH);
    capability_drop(CAP_SYS_NICE);
    FAILS(syscall(SYS_process_madvise, fd, &span, 1, MADV_COLD, 0), EPERM);
}

/* ---- Promises ---- */

static void promises_follow_the_policy(void)
{
    const size_t much = 64ul << 30;
    set_number("/proc/sys/vm/overcommit_memory", "0");
    void *at = mmap(NULL, much, READ_WRITE, ANON, -1, 0),
         *reserve = mmap(NULL, much, PROT_NONE, ANON, -1, 0);
    CHECK(at == MAP_FAILED && reserve != MAP_FAILED);
    set_number("/proc/sys/vm/overcommit_memory", "1");
    at = mmap(NULL, much, READ_WRITE, ANON, -1, 0);
    set_number("/proc/sys/vm/overcommit_memory", "0");
    CHECK(at != MAP_FAILED && munmap(at, much) == 0);
    set_number("/proc/sys/vm/overcommit_memory", "2");
    at = mmap(NULL, 480 * MB, READ_WRITE, ANON, -1, 0);
    set_number("/proc/sys/vm/overcommit_memory", "0");
    CHECK(at == MAP_FAILED);
}

static const struct test_case cases[] = {
    CASE(mapping_files_says_why_not),
    CASE(mapping_memory_says_why_not),
    CASE(mappings_have_limits),
    CASE(the_number_of_mappings_is_limited),
    CASE(programs_on_noexec_mounts_are_not_mapped),
    CASE(stacks_grow_down),
    CASE(protecting_says_why_not),
    CASE(remapping_says_why_not),
    CASE(remapping_moves_and_repeats),
    CASE(windows_show_other_pages),
    CASE(the_break_has_limits),
    CASE(advice_says_why_not),
    CASE(contents_can_be_dropped),
    CASE(children_get_what_was_advised),
    CASE(pages_can_be_had_at_once),
    CASE(failed_memory_kills_who_uses_it),
    CASE(syncing_says_why_not),
    CASE(locking_says_why_not),
    CASE(everything_can_be_locked),
    CASE(memory_of_others_can_be_had),
    CASE(others_can_be_advised),
    CASE(promises_follow_the_policy),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
