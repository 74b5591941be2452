/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/abi/linux.h>
#include <helix/lib/random.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/vfs/special.h>

#include "host.h"
#include "page_tree.h"
#include "vnode.h"

HELIX_TEST(data, trees_keep_pages_by_index)
{
    static const u64 indexes[] = {0, 1, 63, 64, 65, 4095, 4096, 1ull << 20, 1ull << 40, UINT64_MAX};
    struct page_tree tree = {0};
    host_start();
    for (size_t i = 0; i < array_count(indexes); i++) {
        struct page_tree_node *spare = NULL;
        struct page *page = (struct page *)(uintptr_t)(64 * (i + 1));
        while (!page_tree_insert(&tree, indexes[i], page, &spare))
            REQUIRE(t, (spare = kzalloc(sizeof *spare)) != NULL);
        kfree(spare);
        for (size_t j = 0; j <= i; j++)
            EXPECT(t, page_tree_get(&tree, indexes[j]) == (struct page *)(uintptr_t)(64 * (j + 1)));
        EXPECT(t, i + 1 < array_count(indexes) || page_tree_get(&tree, indexes[i] - 1) == NULL);
    }
    struct page *some[100];
    for (size_t i = 0; i < array_count(indexes); i++) {
        page_tree_get_some(&tree, indexes[i] - 50, array_count(some), some);
        for (size_t j = 0; j < array_count(some); j++)
            EXPECT(t, some[j] == page_tree_get(&tree, indexes[i] - 50 + j));
    }
    u64 index = 0;
    size_t seen = 0;
    while (page_tree_next(&tree, &index) != NULL) {
        EXPECT(t, index == indexes[seen]);
        seen++;
        if (index++ == UINT64_MAX)
            break;
    }
    EXPECT(t, seen == array_count(indexes));
    for (size_t i = 0; i < array_count(indexes); i++)
        EXPECT(t, page_tree_remove(&tree, indexes[i]) != NULL);
    index = 0;
    EXPECT(t, page_tree_next(&tree, &index) == NULL);
    page_tree_free_nodes(&tree, kfree);
}

/* A file is an array of bytes, whatever was done to it. */
HELIX_TEST(data, reads_what_was_written_in_any_order)
{
    enum {
        BYTES = 300000,
    };
    static u8 model[BYTES], buffer[BYTES];
    struct file *file;
    struct prng prng;
    u64 size = 0, now;
    size_t n;
    host_start();
    prng_seed(&prng, 3);
    REQUIRE(t, host_open("/data", LINUX_O_CREAT | LINUX_O_RDWR, 0600, &file) == HELIX_OK);
    for (unsigned step = 0; step < 4000; step++) {
        u64 at = prng_below(&prng, BYTES);
        u64 most = prng_below(&prng, 4) == 0 ? 20000 : 300;
        u64 bytes = prng_below(&prng, min((u64)BYTES - at, most) + 1);
        switch (prng_below(&prng, 6)) {
        case 0:
            REQUIRE(t, file_truncate(file, at) == HELIX_OK);
            if (at < size)
                memset(model + at, 0, size - at);
            size = at;
            break;
        case 1:
            if (bytes == 0 || at >= size)
                break;
            bytes = min(bytes, size - at);
            REQUIRE(t, file_allocate(file, 3, at, bytes) == HELIX_OK);
            memset(model + at, 0, bytes);
            break;
        case 2:
        case 3:
            for (u64 i = 0; i < bytes; i++)
                model[at + i] = (u8)prng_next(&prng);
            REQUIRE(t,
                    file_write_kernel(file, at, model + at, bytes, &n) == HELIX_OK && n == bytes);
            size = bytes > 0 ? max(size, at + bytes) : size;
            break;
        default:
            REQUIRE(t, file_read_kernel(file, at, buffer, bytes, &n) == HELIX_OK);
            REQUIRE(t, n == (at < size ? min(bytes, size - at) : 0));
            REQUIRE(t, memcmp(buffer, model + at, n) == 0);
        }
        REQUIRE(t, vfs_file_size(file, &now) == HELIX_OK && now == size);
    }
    file_put(file);
    EXPECT(t, vfs_unlink(&host_walk, "/data") == HELIX_OK);
}

HELIX_TEST(data, keeps_holes_sparse_and_finds_them)
{
    struct file *file;
    struct fs_attributes a;
    u64 at, device;
    size_t n;
    host_start();
    REQUIRE(t, host_open("/sparse", LINUX_O_CREAT | LINUX_O_RDWR, 0600, &file) == HELIX_OK);
    EXPECT(t, file_write_kernel(file, 1ull << 40, "end", 3, &n) == HELIX_OK && n == 3);
    EXPECT(t,
           file_stat(file, &a, &device) == HELIX_OK && a.size == (1ull << 40) + 3 && a.blocks == 8);
    EXPECT(t, file_seek(file, 0, LINUX_SEEK_DATA, &at) == HELIX_OK && at == 1ull << 40);
    EXPECT(t, file_seek(file, 0, LINUX_SEEK_HOLE, &at) == HELIX_OK && at == 0);
    EXPECT(t,
           file_seek(file, 1ll << 40, LINUX_SEEK_HOLE, &at) == HELIX_OK && at == (1ull << 40) + 3);
    EXPECT(t, file_seek(file, (1ll << 40) + 3, LINUX_SEEK_DATA, &at) == HELIX_E_NXIO);
    EXPECT(t, file_seek(file, -1, LINUX_SEEK_SET, &at) == HELIX_E_INVAL);
    EXPECT(t, file_seek(file, INT64_MAX, LINUX_SEEK_END, &at) == HELIX_E_INVAL);
    EXPECT(t, file_write_kernel(file, INT64_MAX, "x", 1, &n) == HELIX_E_FILE_TOO_BIG);
    file_put(file);
    EXPECT(t, vfs_unlink(&host_walk, "/sparse") == HELIX_OK);
}

HELIX_TEST(data, appends_and_keeps_positions)
{
    struct file *file;
    struct io_span span;
    struct io_buffer buffer;
    char text[16];
    size_t n;
    u64 at;
    host_start();
    REQUIRE(t, host_open("/append", LINUX_O_CREAT | LINUX_O_RDWR | LINUX_O_APPEND, 0600, &file) ==
                   HELIX_OK);
    for (unsigned i = 0; i < 3; i++) {
        io_buffer_kernel(&buffer, &span, (char *)"ab", 2);
        EXPECT(t, file_write(file, &buffer, NULL, &n) == HELIX_OK && n == 2);
    }
    EXPECT(t, file->position == 6);
    EXPECT(t, file_seek(file, 1, LINUX_SEEK_SET, &at) == HELIX_OK && at == 1);
    io_buffer_kernel(&buffer, &span, text, sizeof text);
    EXPECT(t,
           file_read(file, &buffer, NULL, &n) == HELIX_OK && n == 5 && !memcmp(text, "babab", 5));
    io_buffer_kernel(&buffer, &span, text, sizeof text);
    EXPECT(t, file_read(file, &buffer, NULL, &n) == HELIX_OK && n == 0);
    file_put(file);
    EXPECT(t, vfs_unlink(&host_walk, "/append") == HELIX_OK);
}

HELIX_TEST(data, pipes_carry_bytes_and_tell_of_the_other_end)
{
    struct file *in, *out;
    struct io_span span;
    struct io_buffer buffer;
    static u8 data[70000], back[70000];
    size_t n;
    host_start();
    u64 before = host_held();
    REQUIRE(t, pipe_create(LINUX_O_NONBLOCK, &in, &out) == HELIX_OK);
    io_buffer_kernel(&buffer, &span, back, 10);
    EXPECT(t, file_read(in, &buffer, NULL, &n) == HELIX_E_WOULD_BLOCK);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (u8)(i * 13);
    io_buffer_kernel(&buffer, &span, data, sizeof data);
    EXPECT(t, file_write(out, &buffer, NULL, &n) == HELIX_OK && n == 65536);
    io_buffer_kernel(&buffer, &span, back, 1);
    EXPECT(t, file_read(in, &buffer, NULL, &n) == HELIX_OK && n == 1);
    io_buffer_kernel(&buffer, &span, data, 4096);
    EXPECT(t, file_write(out, &buffer, NULL, &n) == HELIX_E_WOULD_BLOCK); // not torn
    size_t bytes;
    EXPECT(t, pipe_resize(in, 4096, false, &bytes) == HELIX_E_BUSY && bytes == 65536);
    EXPECT(t, pipe_resize(in, 100000, false, &bytes) == HELIX_OK && bytes == 131072);
    io_buffer_kernel(&buffer, &span, back + 1, sizeof back - 1);
    EXPECT(t, file_read(in, &buffer, NULL, &n) == HELIX_OK && n == 65535 &&
                  !memcmp(back, data, 65536));
    struct poll_table asking = {NULL};
    EXPECT(t, file_poll(in, &asking) == 0 && (file_poll(out, &asking) & LINUX_POLLOUT));
    file_put(out);
    EXPECT(t, file_poll(in, &asking) == LINUX_POLLHUP);
    io_buffer_kernel(&buffer, &span, back, 10);
    EXPECT(t, file_read(in, &buffer, NULL, &n) == HELIX_OK && n == 0);
    file_put(in);
    REQUIRE(t, pipe_create(0, &in, &out) == HELIX_OK);
    file_put(in);
    io_buffer_kernel(&buffer, &span, data, 1);
    EXPECT(t, file_write(out, &buffer, NULL, &n) == HELIX_E_CLOSED);
    file_put(out);
    EXPECT(t, host_held() <= before + 2);
}

HELIX_TEST(data, fifos_open_by_name)
{
    struct file *in, *out;
    struct io_span span;
    struct io_buffer buffer;
    char text[4];
    size_t n;
    host_start();
    EXPECT(t, vfs_mknod(&host_walk, "/fifo", LINUX_S_IFIFO | 0600, 0) == HELIX_OK);
    EXPECT(t, host_open("/fifo", LINUX_O_WRONLY | LINUX_O_NONBLOCK, 0, &out) == HELIX_E_NXIO);
    REQUIRE(t, host_open("/fifo", LINUX_O_RDONLY | LINUX_O_NONBLOCK, 0, &in) == HELIX_OK);
    REQUIRE(t, host_open("/fifo", LINUX_O_WRONLY, 0, &out) == HELIX_OK);
    io_buffer_kernel(&buffer, &span, (char *)"xyz", 3);
    EXPECT(t, file_write(out, &buffer, NULL, &n) == HELIX_OK && n == 3);
    io_buffer_kernel(&buffer, &span, text, 4);
    EXPECT(t, file_read(in, &buffer, NULL, &n) == HELIX_OK && n == 3);
    file_put(in);
    file_put(out);
    EXPECT(t, vfs_unlink(&host_walk, "/fifo") == HELIX_OK);
}

HELIX_TEST(data, devices_do_what_their_names_say)
{
    struct file *file;
    u8 bytes[64];
    size_t n;
    host_start();
    EXPECT(t, vfs_mount(&host_walk, "dev", "/dev", "devtmpfs", 0, "") == HELIX_OK);
    EXPECT(t, host_read_file("/dev/null", bytes, 64, &n) == HELIX_OK && n == 0);
    memset(bytes, 1, sizeof bytes);
    EXPECT(t, host_read_file("/dev/zero", bytes, 64, &n) == HELIX_OK && n == 64 && bytes[63] == 0);
    EXPECT(t, host_read_file("/dev/urandom", bytes, 64, &n) == HELIX_OK && n == 64);
    REQUIRE(t, host_open("/dev/full", LINUX_O_RDWR, 0, &file) == HELIX_OK);
    EXPECT(t, file_write_kernel(file, 0, bytes, 1, &n) == HELIX_E_NO_SPACE);
    file_put(file);
    EXPECT(t, vfs_mknod(&host_walk, "/dev/none", LINUX_S_IFCHR | 0600, 0x7f01) == HELIX_OK);
    EXPECT(t, host_open("/dev/none", LINUX_O_RDWR, 0, &file) == HELIX_E_NXIO);
    EXPECT(t, vfs_unlink(&host_walk, "/dev/none") == HELIX_OK);
    EXPECT(t, vfs_unmount(&host_walk, "/dev", 0) == HELIX_OK);
}
