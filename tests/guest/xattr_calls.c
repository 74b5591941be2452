/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Extended attributes. The names begin with trusted.: a tmpfs of Linux 6.1 keeps no user. ones. */
#define _GNU_SOURCE
#include "scene.h"

#include <sys/xattr.h>

#define NAME "trusted.name"

static void attributes_are_kept(void)
{
    char value[16];
    scene_make();
    int fd = open("file", O_RDONLY);
    CHECK(setxattr("link", NAME, "value", 5, 0) == 0 && lsetxattr("link", NAME, "own", 3, 0) == 0);
    CHECK(getxattr("file", NAME, value, sizeof value) == 5 && memcmp(value, "value", 5) == 0);
    CHECK(lgetxattr("link", NAME, value, sizeof value) == 3 && memcmp(value, "own", 3) == 0);
    CHECK(getxattr("link", NAME, NULL, 0) == 5 && fgetxattr(fd, NAME, value, 5) == 5);
    CHECK(fsetxattr(fd, NAME, "", 0, XATTR_REPLACE) == 0 && getxattr("file", NAME, value, 5) == 0);
    CHECK(fsetxattr(fd, "trusted.2", "x", 1, XATTR_CREATE) == 0);
    CHECK(fremovexattr(fd, NAME) == 0 && removexattr("link", "trusted.2") == 0 &&
          lremovexattr("link", NAME) == 0);
    CHECK(listxattr("file", NULL, 0) == 0);
}

static int has_name(const char *names, ssize_t bytes, const char *wanted)
{
    for (const char *at = names; at < names + bytes; at += strlen(at) + 1)
        if (strcmp(at, wanted) == 0)
            return 1;
    return 0;
}

static void attributes_are_listed(void)
{
    char names[64];
    scene_make();
    int fd = open("file", O_RDONLY);
    CHECK(setxattr("file", NAME, "x", 1, 0) == 0 && setxattr("file", "trusted.2", "x", 1, 0) == 0);
    CHECK(lsetxattr("link", "trusted.own", "x", 1, 0) == 0);
    ssize_t bytes = listxattr("link", names, sizeof names);
    CHECK(bytes == sizeof NAME + sizeof "trusted.2" && has_name(names, bytes, NAME));
    CHECK(has_name(names, bytes, "trusted.2") && flistxattr(fd, NULL, 0) == bytes);
    CHECK(flistxattr(fd, names, (size_t)bytes) == bytes);
    CHECK(llistxattr("link", names, sizeof names) == sizeof "trusted.own");
    FAILS(listxattr("file", names, 5), ERANGE);
    FAILS(llistxattr("link", names, 5), ERANGE);
    FAILS(flistxattr(fd, names, 5), ERANGE);
    become(STRANGER);
    CHECK(listxattr("file", names, sizeof names) == 0); // not for everybody
}

static void sizes_have_limits(void)
{
    static char value[65537], names[65536];
    char name[300];
    scene_make();
    int fd = open("file", O_RDONLY);
    memset(value, 'v', sizeof value);
    CHECK(setxattr("file", NAME, value, 65536, 0) == 0 && getxattr("file", NAME, NULL, 0) == 65536);
    CHECK(getxattr("file", NAME, value, 65537) == 65536);
    FAILS(setxattr("file", NAME, value, 65537, 0), E2BIG);
    memcpy(name, "trusted.", 8);
    memset(name + 8, 'n', sizeof name - 8);
    name[256] = 0;
    FAILS(setxattr("file", name, "x", 1, 0), ERANGE);
    FAILS(lsetxattr("file", name, "x", 1, 0), ERANGE);
    FAILS(fsetxattr(fd, name, "x", 1, 0), ERANGE);
    FAILS(getxattr("file", name, value, 1), ERANGE);
    FAILS(removexattr("file", name), ERANGE);
    FAILS(setxattr("file", "", "x", 1, 0), ERANGE);
    name[255] = 0;
    for (int i = 0; i < 260; i++) {
        name[10] = (char)('a' + i % 26);
        name[11] = (char)('a' + i / 26);
        CHECK(lsetxattr("link", name, "x", 1, 0) == 0 && setxattr("file", name, "x", 1, 0) == 0);
    }
    CHECK(listxattr("file", NULL, 0) == 260 * 256 + (ssize_t)sizeof NAME);
    FAILS(listxattr("file", names, sizeof names), E2BIG);
    FAILS(llistxattr("link", names, sizeof names), E2BIG);
    FAILS(flistxattr(fd, names, sizeof names), E2BIG);
}

static void paths_are_walked(void)
{
    char text[16];
    scene_make();
    FAILS_BY_PATH(getxattr(path, NAME, text, sizeof text));
    FAILS_BY_PATH(lgetxattr(path, NAME, text, sizeof text));
    FAILS_BY_PATH(setxattr(path, NAME, "x", 1, 0));
    FAILS_BY_PATH(lsetxattr(path, NAME, "x", 1, 0));
    FAILS_BY_PATH(listxattr(path, text, sizeof text));
    FAILS_BY_PATH(llistxattr(path, text, sizeof text));
    FAILS_BY_PATH(removexattr(path, NAME));
    FAILS_BY_PATH(lremovexattr(path, NAME));
    FAILS(fgetxattr(4000, NAME, text, sizeof text), EBADF);
    FAILS(fsetxattr(4000, NAME, "x", 1, 0), EBADF);
    FAILS(flistxattr(4000, text, sizeof text), EBADF);
    FAILS(fremovexattr(4000, NAME), EBADF);
    int fd = open("file", O_PATH);
    FAILS(fgetxattr(fd, NAME, text, sizeof text), EBADF);
    FAILS(fsetxattr(fd, NAME, "x", 1, 0), EBADF);
}

static void getting_is_refused(void)
{
    char text[16];
    scene_make();
    int fd = open("file", O_RDONLY);
    CHECK(setxattr("file", NAME, "value", 5, 0) == 0 &&
          lsetxattr("link", NAME, "value", 5, 0) == 0);
    FAILS(getxattr("file", "trusted.none", text, sizeof text), ENODATA);
    FAILS(lgetxattr("link", "trusted.none", text, sizeof text), ENODATA);
    FAILS(fgetxattr(fd, "trusted.none", text, sizeof text), ENODATA);
    FAILS(getxattr("file", "unknown.name", text, sizeof text), ENOTSUP);
    FAILS(lgetxattr("link", "unknown.name", text, sizeof text), ENOTSUP);
    FAILS(fgetxattr(fd, "unknown.name", text, sizeof text), ENOTSUP);
    FAILS(getxattr("file", NAME, text, 4), ERANGE);
    FAILS(lgetxattr("link", NAME, text, 4), ERANGE);
    FAILS(fgetxattr(fd, NAME, text, 4), ERANGE);
    FAILS(getxattr("file", NAME, bad_pointer, 5), EFAULT);
    FAILS(fgetxattr(fd, bad_pointer, text, 5), EFAULT);
    FAILS(flistxattr(fd, bad_pointer, 64), EFAULT);
    FAILS(fsetxattr(fd, NAME, bad_pointer, 5, 0), EFAULT);
    FAILS(fremovexattr(fd, bad_pointer), EFAULT);
    FAILS(lgetxattr("link", "user.x", text, sizeof text), ENODATA);
    become(STRANGER);
    FAILS(getxattr("file", NAME, text, sizeof text), ENODATA);
}

static void setting_is_refused(void)
{
    scene_make();
    int fd = open("file", O_RDONLY), read_only = open("ro/file", O_RDONLY);
    CHECK(setxattr("file", NAME, "value", 5, 0) == 0 &&
          lsetxattr("link", NAME, "value", 5, 0) == 0);
    FAILS(setxattr("file", NAME, "x", 1, XATTR_CREATE), EEXIST);
    FAILS(lsetxattr("link", NAME, "x", 1, XATTR_CREATE), EEXIST);
    FAILS(fsetxattr(fd, NAME, "x", 1, XATTR_CREATE), EEXIST);
    FAILS(setxattr("file", "trusted.none", "x", 1, XATTR_REPLACE), ENODATA);
    FAILS(lsetxattr("link", "trusted.none", "x", 1, XATTR_REPLACE), ENODATA);
    FAILS(fsetxattr(fd, "trusted.none", "x", 1, XATTR_REPLACE), ENODATA);
    FAILS(setxattr("file", "unknown.name", "x", 1, 0), ENOTSUP);
    FAILS(lsetxattr("link", "unknown.name", "x", 1, 0), ENOTSUP);
    FAILS(fsetxattr(fd, "unknown.name", "x", 1, 0), ENOTSUP);
    FAILS(setxattr("file", NAME, "x", 1, 4), EINVAL);
    FAILS(lsetxattr("link", "user.x", "x", 1, 0), EPERM); // only files and folders have them
    FAILS(setxattr("ro/file", NAME, "x", 1, 0), EROFS);
    FAILS(fsetxattr(read_only, NAME, "x", 1, 0), EROFS);
    FAILS(removexattr("ro/file", NAME), EROFS);
    become(STRANGER);
    FAILS(setxattr("file", NAME, "x", 1, 0), EPERM);
    FAILS(lsetxattr("link", NAME, "x", 1, 0), EPERM);
    FAILS(fsetxattr(fd, NAME, "x", 1, 0), EPERM);
    FAILS(fremovexattr(fd, NAME), EPERM);
}

static void removing_is_refused(void)
{
    scene_make();
    int fd = open("file", O_RDONLY);
    FAILS(removexattr("file", NAME), ENODATA);
    FAILS(lremovexattr("link", NAME), ENODATA);
    FAILS(fremovexattr(fd, NAME), ENODATA);
    FAILS(removexattr("file", "unknown.name"), ENOTSUP);
    FAILS(lremovexattr("link", "unknown.name"), ENOTSUP);
    FAILS(fremovexattr(fd, "unknown.name"), ENOTSUP);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(attributes_are_kept), CASE(attributes_are_listed), CASE(sizes_have_limits),
        CASE(paths_are_walked),    CASE(getting_is_refused),    CASE(setting_is_refused),
        CASE(removing_is_refused),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
