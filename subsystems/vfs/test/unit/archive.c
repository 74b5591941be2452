/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <stdio.h>
#include <string.h>

#include <helix/abi/boot_info.h>
#include <helix/abi/linux.h>
#include <helix/hal/mmu.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/vfs/special.h>

#include "host.h"
#include "initramfs.h"
#include "unpack.h"

/* Where host.c says the loader put an archive. */
#define ARCHIVE_BASE  0x1000000ull
#define ARCHIVE_BYTES 0x800000ull

struct builder {
    u8 *data;
    size_t bytes;
    u32 inode;
};

static void put(struct builder *b, const void *data, size_t bytes)
{
    if (bytes > 0)
        memcpy(b->data + b->bytes, data, bytes);
    b->bytes += bytes;
}

static void pad(struct builder *b, size_t to)
{
    while (b->bytes % to != 0)
        b->data[b->bytes++] = 0;
}

struct entry {
    const char *name;
    u32 mode;
    const void *data;
    u32 bytes;
    u32 links, inode;
    u32 align; // of the data
};

static void add(struct builder *b, const struct entry *e)
{
    char name[8192];
    char header[120];
    size_t length = strlen(e->name) + 1;
    memset(name, 0, sizeof name);
    strcpy(name, e->name);
    // Longer names end in NULs, which is how data come to lie where they should.
    if (e->align != 0)
        while ((b->bytes + 110 + length) % e->align != 0)
            length++;
    snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
             e->inode ? e->inode : ++b->inode, e->mode, 0u, 0u, e->links ? e->links : 1u, 1234567u,
             e->bytes, 0u, 0u, 5u, 1u, (u32)length, 0u);
    put(b, header, 110);
    put(b, name, length);
    pad(b, 4);
    put(b, e->data, e->bytes);
    pad(b, 4);
}

static void trailer(struct builder *b)
{
    add(b, &(struct entry){.name = "TRAILER!!!"});
}

static helix_status unpack_copy(const struct builder *b)
{
    struct unpack_range *ranges = NULL;
    size_t count = 0;
    helix_status st = initramfs_unpack_memory(b->data, b->bytes, false, &ranges, &count);
    kfree(ranges);
    return st;
}

static u8 storage[1 << 20];

HELIX_TEST(archive, becomes_files_of_every_kind)
{
    struct builder b = {.data = storage};
    struct fs_attributes a;
    char text[16];
    size_t n;
    host_start();
    add(&b, &(struct entry){.name = "x", .mode = LINUX_S_IFDIR | 01750});
    add(&b, &(struct entry){
                .name = "./x/f", .mode = LINUX_S_IFREG | 04711, .data = "hello", .bytes = 5});
    add(&b, &(struct entry){.name = "/x/l", .mode = LINUX_S_IFLNK | 0777, .data = "f", .bytes = 1});
    add(&b, &(struct entry){.name = "x/c", .mode = LINUX_S_IFCHR | 0600});
    add(&b, &(struct entry){.name = "x/p", .mode = LINUX_S_IFIFO | 0644});
    add(&b, &(struct entry){.name = "x/h1", .mode = LINUX_S_IFREG | 0644, .links = 2, .inode = 77});
    add(&b, &(struct entry){.name = "x/h2",
                            .mode = LINUX_S_IFREG | 0644,
                            .links = 2,
                            .inode = 77,
                            .data = "both",
                            .bytes = 4});
    trailer(&b);
    pad(&b, 512);
    add(&b,
        &(struct entry){.name = "x/second", .mode = LINUX_S_IFREG | 0600, .data = "2", .bytes = 1});
    trailer(&b);
    EXPECT(t, unpack_copy(&b) == HELIX_OK);
    EXPECT(t, host_stat("/x", 0, &a) == HELIX_OK && a.mode == (LINUX_S_IFDIR | 01750) &&
                  a.modified.seconds == 1234567);
    EXPECT(t, host_stat("/x/f", 0, &a) == HELIX_OK && a.mode == (LINUX_S_IFREG | 04711) &&
                  a.size == 5 && a.modified.seconds == 1234567);
    EXPECT(t, host_read_file("/x/l", text, sizeof text, &n) == HELIX_OK && n == 5 &&
                  !memcmp(text, "hello", 5));
    EXPECT(t, host_stat("/x/c", 0, &a) == HELIX_OK && a.mode == (LINUX_S_IFCHR | 0600) &&
                  a.device == 0x501);
    EXPECT(t, host_stat("/x/p", 0, &a) == HELIX_OK && a.mode == (LINUX_S_IFIFO | 0644));
    EXPECT(t, host_read_file("/x/h1", text, sizeof text, &n) == HELIX_OK && n == 4);
    EXPECT(t, host_stat("/x/h2", 0, &a) == HELIX_OK && a.links == 2);
    EXPECT(t, host_stat("/x/second", 0, &a) == HELIX_OK && a.size == 1);
}

HELIX_TEST(archive, refuses_what_is_damaged)
{
    struct builder b = {.data = storage};
    host_start();
    add(&b,
        &(struct entry){.name = "d1", .mode = LINUX_S_IFREG | 0644, .data = "hello", .bytes = 5});
    size_t whole = b.bytes;
    for (size_t cut = 1; cut < whole; cut++) {
        b.bytes = cut;
        helix_status st = unpack_copy(&b);
        EXPECT(t, st == HELIX_E_CORRUPT || cut + 3 >= whole);
    }
    b.bytes = whole;
    memcpy(storage + whole, "garbage", 7);
    b.bytes += 7;
    EXPECT(t, unpack_copy(&b) == HELIX_E_CORRUPT);
    storage[10] = 'z';
    EXPECT(t, unpack_copy(&b) == HELIX_E_CORRUPT);
    static const u8 bad_gzip[] = {0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 0xff, 0xff};
    b = (struct builder){.data = storage};
    put(&b, bad_gzip, sizeof bad_gzip);
    EXPECT(t, unpack_copy(&b) != HELIX_OK);
}

HELIX_TEST(archive, gives_aligned_pages_away_and_frees_the_rest)
{
    static u8 data[5 * PAGE_SIZE + 100];
    struct memory_counts before, after;
    struct fs_attributes a;
    size_t n;
    host_start();
    struct builder b = {.data = phys_to_virt(paddr_of(ARCHIVE_BASE))};
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (u8)(i * 7 + (i >> 12));
    add(&b, &(struct entry){.name = "aligned",
                            .mode = LINUX_S_IFREG | 0755,
                            .data = data,
                            .bytes = sizeof data,
                            .align = PAGE_SIZE});
    add(&b,
        &(struct entry){
            .name = "unaligned", .mode = LINUX_S_IFREG | 0755, .data = data, .bytes = sizeof data});
    trailer(&b);
    const struct boot_module module = {paddr_of(ARCHIVE_BASE), ARCHIVE_BYTES};
    memset(b.data + b.bytes, 0, ARCHIVE_BYTES - b.bytes);
    memory_counts(&before);
    REQUIRE(t, initramfs_unpack(&module) == HELIX_OK);
    memory_counts(&after);
    EXPECT(t, before.archive == ARCHIVE_BYTES / PAGE_SIZE && after.archive == 0);
    EXPECT(t, after.cache == before.cache + 12);
    EXPECT(t, after.free > before.free + ARCHIVE_BYTES / PAGE_SIZE - 20);
    static u8 copy[sizeof data];
    EXPECT(t, host_read_file("/aligned", copy, sizeof copy, &n) == HELIX_OK && n == sizeof data &&
                  !memcmp(copy, data, n));
    EXPECT(t, host_read_file("/unaligned", copy, sizeof copy, &n) == HELIX_OK && n == sizeof data &&
                  !memcmp(copy, data, n));
    struct file *file;
    REQUIRE(t, host_open("/aligned", LINUX_O_RDONLY, 0, &file) == HELIX_OK);
    struct vm_object *object;
    struct page *page;
    REQUIRE(t, file->ops->map(file, 0, 0, &object) == HELIX_OK);
    REQUIRE(t, object->ops->get_page(object, 2, false, &page) == HELIX_OK);
    EXPECT(t, page_frame(page).raw >= ARCHIVE_BASE &&
                  page_frame(page).raw < ARCHIVE_BASE + ARCHIVE_BYTES);
    EXPECT(t, page->kind == FRAME_CACHE);
    frame_put(page_frame(page));
    EXPECT(t, object->ops->get_page(object, 6, false, &page) == HELIX_E_IO);
    vm_object_put(object);
    file_put(file);
    EXPECT(t, vfs_unlink(&host_walk, "/aligned") == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/unaligned") == HELIX_OK);
    struct memory_counts end;
    memory_counts(&end);
    EXPECT(t, end.cache == before.cache);
    EXPECT(t, host_stat("/aligned", 0, &a) == HELIX_E_NOENT);
}
