/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* ramfs is replaced under open files. */
#include <stdlib.h>
#include <string.h>

#include <helix/abi/linux.h>
#include <helix/lib/format.h>
#include <helix/lib/random.h>
#include <helix/memory/heap.h>

#include "host.h"

static void make_tree(struct helix_test_run *t)
{
    char path[64];
    struct path place;
    EXPECT(t, vfs_mkdir(&host_walk, "/c", 0755) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&host_walk, "/c/empty", 0700) == HELIX_OK);
    for (unsigned i = 0; i < 600; i++) {
        lib_format(path, sizeof path, "/c/%s%u", i % 2 ? "a-long-name-" : "n", i);
        EXPECT(t, host_write_file(path, path, strlen(path)) == HELIX_OK);
    }
    EXPECT(t, vfs_symlink(&host_walk, "n0", "/c/link") == HELIX_OK);
    EXPECT(t, vfs_link(&host_walk, "/c/n0", &host_walk, "/c/hard", 0) == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/c/n2") == HELIX_OK);
    REQUIRE(t, path_walk(&host_walk, "/c/n0", 0, &place) == HELIX_OK);
    EXPECT(t, vfs_set_xattr(&place, "user.empty", "", 0, 0, host_walk.credentials) == HELIX_OK);
    EXPECT(t, vfs_set_xattr(&place, "user.tag", "value", 5, 0, host_walk.credentials) == HELIX_OK);
    path_put(&place);
}

static void clear_tree(struct helix_test_run *t)
{
    char path[64];
    for (unsigned i = 0; i < 600; i++) {
        lib_format(path, sizeof path, "/c/%s%u", i % 2 ? "a-long-name-" : "n", i);
        EXPECT(t, vfs_unlink(&host_walk, path) == (i == 2 ? HELIX_E_NOENT : HELIX_OK));
    }
    EXPECT(t, vfs_unlink(&host_walk, "/c/link") == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/c/hard") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/c/empty") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/c") == HELIX_OK);
}

HELIX_TEST(carry, goes_on_with_another_ramfs_under_open_files)
{
    struct file *file;
    struct fs_attributes a;
    struct path place;
    char text[64];
    size_t n;
    u32 bytes;
    host_start();
    make_tree(t);
    REQUIRE(t, host_open("/c/n4", LINUX_O_RDWR, 0, &file) == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/c/n4") == HELIX_OK); // open without a name
    REQUIRE(t, host_replace_ramfs() == HELIX_OK);
    EXPECT(t, file_read_kernel(file, 0, text, sizeof text, &n) == HELIX_OK && n == 5);
    file_put(file);
    EXPECT(t, host_write_file("/c/n4", "again", 5) == HELIX_OK);
    EXPECT(t, host_read_file("/c/link", text, sizeof text, &n) == HELIX_OK && n == 5);
    EXPECT(t, host_stat("/c/hard", 0, &a) == HELIX_OK && a.links == 2);
    REQUIRE(t, path_walk(&host_walk, "/c/hard", 0, &place) == HELIX_OK);
    EXPECT(t, vfs_get_xattr(&place, "user.tag", text, sizeof text, &bytes, host_walk.credentials) ==
                      HELIX_OK &&
                  bytes == 5 && !memcmp(text, "value", 5));
    path_put(&place);
    EXPECT(t, vfs_rename(&host_walk, "/c/n0", &host_walk, "/c/empty/x", 0) == HELIX_OK);
    REQUIRE(t, host_replace_ramfs() == HELIX_OK);
    EXPECT(t, vfs_rename(&host_walk, "/c/empty/x", &host_walk, "/c/n0", 0) == HELIX_OK);
    clear_tree(t);
}

HELIX_TEST(carry, refuses_a_damaged_state_and_keeps_what_there_was)
{
    struct prng prng;
    size_t bytes;
    host_start();
    make_tree(t);
    u8 *state = host_save_ramfs(&bytes);
    REQUIRE(t, state != NULL);
    prng_seed(&prng, 11);
    for (unsigned i = 0; i < 400; i++) {
        size_t cut = prng_below(&prng, 2) ? bytes : prng_below(&prng, bytes);
        u8 *copy = malloc(bytes);
        memcpy(copy, state, bytes);
        for (unsigned change = 0; change < 8 && cut == bytes; change++)
            copy[prng_below(&prng, bytes)] = (u8)prng_next(&prng);
        // Any answer but a wrong access will do; what cannot be read is refused.
        helix_ignore(host_try_ramfs(copy, cut));
        free(copy);
    }
    EXPECT(t, host_try_ramfs(state, bytes) == HELIX_OK);
    EXPECT(t, host_try_ramfs(state, bytes - 1) == HELIX_E_MODULE_STATE);
    free(state);
    clear_tree(t);
}
