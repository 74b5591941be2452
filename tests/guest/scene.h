/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "check.h"

#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/*
 * What every call that takes a path can fail with, in one line a call. scene_make() makes a folder
 * of its own for the case and goes there: file folder link (to file) loop (to itself) dangling
 * closed/file   a folder that only root may search sticky/file (root's, in a folder for all with
 * S_ISVTX)   ro/{file,folder,link}   on a read-only tmpfs
 */
enum { STRANGER = 1000 };

static void *volatile bad_pointer = (void *)8; // volatile: the compiler would know that it is bad

static char long_name[257];  // one byte more than a name may have
static char long_path[4101]; // and a path

struct bad_path {
    const char *path;
    int error;
};
static const struct bad_path bad_paths[] = {
    {"closed/file", EACCES},   {(char *)8, EFAULT},   {"loop/x", ELOOP}, {long_name, ENAMETOOLONG},
    {long_path, ENAMETOOLONG}, {"missing/x", ENOENT}, {"", ENOENT},      {"file/x", ENOTDIR},
};

struct bad_folder {
    const char *name; // NULL: no open file at all
    int error;
};
static const struct bad_folder bad_folders[] = {{NULL, EBADF}, {"file", ENOTDIR}};

/* Root's rights over files are given away until scene_root(); other capabilities stay. */
static inline void scene_stranger(void)
{
    CHECK(setreuid(STRANGER, 0) == 0);
    setfsuid(STRANGER);
}

static inline void scene_root(void)
{
    setfsuid(0);
    CHECK(setreuid(0, 0) == 0);
}

/* Be somebody else until become(0). */
static inline void become(unsigned id)
{
    CHECK(seteuid(0) == 0 && setgroups(0, NULL) == 0);
    CHECK(setegid(id) == 0 && seteuid(id) == 0);
}

static inline int fails_by_path(int failed, const struct bad_path *bad)
{
    if (failed == -1 && errno == bad->error)
        return 1;
    printf("%.20s: gives %d, errno %d instead of %d\n",
           bad->path == bad_pointer ? "(bad)" : bad->path, failed, failed == -1 ? errno : 0,
           bad->error);
    return 0;
}

/* tools/calls counts these: @call uses the variable `path`, or `folder` and a relative path. */
#define FAILS_BY_PATH(call)                                                        \
    do {                                                                           \
        for (unsigned b_ = 0; b_ < sizeof bad_paths / sizeof bad_paths[0]; b_++) { \
            const char *path = bad_paths[b_].path;                                 \
            if (bad_paths[b_].error == EACCES)                                     \
                scene_stranger();                                                  \
            int failed_ = (int)(errno = 0, call);                                  \
            int error_ = errno;                                                    \
            if (bad_paths[b_].error == EACCES)                                     \
                scene_root();                                                      \
            errno = error_;                                                        \
            CHECK(fails_by_path(failed_, &bad_paths[b_]));                         \
        }                                                                          \
    } while (0)

#define FAILS_BY_FOLDER(call)                                                                \
    do {                                                                                     \
        for (unsigned b_ = 0; b_ < sizeof bad_folders / sizeof bad_folders[0]; b_++) {       \
            int folder = bad_folders[b_].name ? open(bad_folders[b_].name, O_RDONLY) : 4000; \
            CHECK((errno = 0, (call) == -1 && errno == bad_folders[b_].error));              \
            if (bad_folders[b_].name)                                                        \
                close(folder);                                                               \
        }                                                                                    \
    } while (0)

static inline void scene_file(const char *path, mode_t mode)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0 && write(fd, "data", 4) == 4 && fchmod(fd, mode) == 0 && close(fd) == 0);
}

static inline void scene_read_only(void)
{
    CHECK(mkdir("ro", 0755) == 0 && mount("none", "ro", "tmpfs", 0, NULL) == 0);
    scene_file("ro/file", 0755);
    CHECK(mkdir("ro/folder", 0755) == 0 && symlink("file", "ro/link") == 0);
    CHECK(mount("none", "ro", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
}

static inline void scene_make(void)
{
    char name[64];
    memset(long_name, 'n', sizeof long_name - 1);
    memset(long_path, '/', sizeof long_path - 1);
    snprintf(name, sizeof name, "/tmp/scene-%d", (int)getpid());
    CHECK(mkdir(name, 0777) == 0 && chmod(name, 0777) == 0 && chdir(name) == 0);
    umask(022);
    CHECK(mkdir("folder", 0755) == 0 && mkdir("closed", 0700) == 0 && mkdir("sticky", 0777) == 0);
    CHECK(chmod("sticky", 01777) == 0);
    scene_file("file", 0644);
    scene_file("closed/file", 0644);
    scene_file("sticky/file", 0666);
    CHECK(symlink("file", "link") == 0 && symlink("loop", "loop") == 0 &&
          symlink("missing", "dangling") == 0);
    scene_read_only();
}

static inline int is_type(const char *path, mode_t type)
{
    struct stat status;
    return lstat(path, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

static inline int is_missing(const char *path)
{
    struct stat status;
    return lstat(path, &status) == -1 && errno == ENOENT;
}
