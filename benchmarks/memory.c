/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Address spaces: mappings, and the faults that fill them. */
#include "bench.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 256, HALF_MEGABYTE = 512 << 10, STRIDE = 10 * PAGE };

static char *map(size_t bytes, int protection, int flags, int fd)
{
    char *at = mmap(NULL, bytes, protection, flags, fd, 0);
    if (at == MAP_FAILED)
        give_up("mmap");
    return at;
}

static uint64_t page_fault(unsigned count)
{
    char *pages = map(count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    madvise(pages, count * PAGE, MADV_NOHUGEPAGE);
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        pages[i * PAGE] = 1;
    uint64_t took = ticks() - start;
    munmap(pages, count * PAGE);
    return took;
}

/* The file is in the cache. */
static uint64_t page_fault_file(unsigned count)
{
    int fd = check(open(LARGE_FILE, O_RDONLY), "open");
    char *pages = map(count * PAGE, PROT_READ, MAP_SHARED, fd);
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        (void)*(volatile char *)(pages + i * PAGE);
    uint64_t took = ticks() - start;
    munmap(pages, count * PAGE);
    close(fd);
    return took;
}

/* Pages that a child shares until this process writes to them. */
static uint64_t page_fault_copy(unsigned count)
{
    char *pages = map(count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    madvise(pages, count * PAGE, MADV_NOHUGEPAGE);
    for (unsigned i = 0; i < count; i++)
        pages[i * PAGE] = 1;
    int ends[2];
    char byte;
    check(pipe(ends), "pipe");
    pid_t child = check(fork(), "fork");
    if (child == 0) {
        close(ends[1]);
        _exit((int)read(ends[0], &byte, 1));
    }
    close(ends[0]);
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        pages[i * PAGE] = 2;
    uint64_t took = ticks() - start;
    close(ends[1]);
    reap(child);
    munmap(pages, count * PAGE);
    return took;
}

static uint64_t mmap_munmap(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        munmap(map(CHUNK, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1), CHUNK);
    return ticks() - start;
}

/* Half a megabyte of a file, of which every tenth page is written. */
static uint64_t mmap_munmap_512k(unsigned count)
{
    int fd = check(open(LARGE_FILE, O_RDWR), "open");
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        char *at = map(HALF_MEGABYTE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
        for (unsigned offset = 0; offset < HALF_MEGABYTE; offset += STRIDE)
            at[offset] = 1;
        munmap(at, HALF_MEGABYTE);
    }
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

/* Half a megabyte that is all there. */
static uint64_t mprotect_512k(unsigned count)
{
    char *at = map(HALF_MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    madvise(at, HALF_MEGABYTE, MADV_NOHUGEPAGE);
    for (unsigned offset = 0; offset < HALF_MEGABYTE; offset += PAGE)
        at[offset] = 1;
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check(mprotect(at, HALF_MEGABYTE, i % 2 == 0 ? PROT_READ : PROT_READ | PROT_WRITE),
              "mprotect");
    uint64_t took = ticks() - start;
    munmap(at, HALF_MEGABYTE);
    return took;
}

const struct measurement memory_measurements[] = {
    {"page_fault", page_fault, PAGES},
    {"page_fault_file", page_fault_file, PAGES},
    {"page_fault_copy", page_fault_copy, PAGES},
    {"mmap_munmap", mmap_munmap, 200},
    {"mmap_munmap_512k", mmap_munmap_512k, 50},
    {"mprotect_512k", mprotect_512k, 50},
    {NULL, NULL, 0},
};
