/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Calls that name files, and what files hold. */
#include "bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static char chunk[CHUNK];

static uint64_t open_close(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        close(check(open(EMPTY_FILE, O_RDONLY), "open"));
    return ticks() - start;
}

static uint64_t stat_file(unsigned count)
{
    struct stat about;
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check(stat(EMPTY_FILE, &about), "stat");
    return ticks() - start;
}

/* All files are made, then all removed, so that the folder grows and shrinks. */
static uint64_t create_unlink(unsigned count)
{
    char name[] = "/tmp/bench-000";
    char *digits = name + sizeof name - 4;
    uint64_t start = ticks();
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < count; i++) {
            digits[0] = (char)('0' + i / 100);
            digits[1] = (char)('0' + i / 10 % 10);
            digits[2] = (char)('0' + i % 10);
            if (round == 0)
                close(check(open(name, O_CREAT | O_EXCL | O_WRONLY, 0600), "create"));
            else
                check(unlink(name), "unlink");
        }
    }
    return ticks() - start;
}

/* All names of the folder with Debian's busybox's commands. */
static uint64_t list_folder(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        DIR *folder = opendir("/bin");
        if (folder == NULL)
            give_up("/bin");
        while (readdir(folder) != NULL)
            continue;
        closedir(folder);
    }
    return ticks() - start;
}

/* A chunk of a file that has been read before. */
static uint64_t reread(unsigned count)
{
    int fd = check(open(LARGE_FILE, O_RDONLY), "open");
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        if (i % (FILE_BYTES / CHUNK) == 0)
            lseek(fd, 0, SEEK_SET);
        if (read(fd, chunk, CHUNK) != CHUNK)
            give_up("read");
    }
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

static uint64_t rewrite(unsigned count)
{
    int fd = check(open(LARGE_FILE, O_WRONLY), "open");
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        if (i % (FILE_BYTES / CHUNK) == 0)
            lseek(fd, 0, SEEK_SET);
        if (write(fd, chunk, CHUNK) != CHUNK)
            give_up("write");
    }
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

const struct measurement file_measurements[] = {
    {"open_close", open_close, 500},
    {"stat", stat_file, 500},
    {"create_unlink", create_unlink, 200},
    {"list_folder", list_folder, 10},
    {"reread_bandwidth", reread, 32},
    {"rewrite_bandwidth", rewrite, 32},
    {NULL, NULL, 0},
};
