/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <helix/lib/cpio.h>
#include <helix/lib/test.h>

struct archive {
    char bytes[4096];
    size_t size;
};

static void pad4(struct archive *a)
{
    while (a->size % 4 != 0)
        a->bytes[a->size++] = 0;
}

static void add(struct archive *a, const char *name, const char *text)
{
    size_t n = strlen(text);
    a->size += (size_t)sprintf(
        a->bytes + a->size, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 7u,
        0100644u, 1u, 2u, 1u, 99u, (unsigned)n, 0u, 1u, 5u, 6u, (unsigned)strlen(name) + 1, 0u);
    memcpy(a->bytes + a->size, name, strlen(name) + 1);
    a->size += strlen(name) + 1;
    pad4(a);
    memcpy(a->bytes + a->size, text, n);
    a->size += n;
    pad4(a);
}

/* The reader gets an exact-size heap copy, so that the sanitizer sees a read past the end. */
static helix_status read_all(const struct archive *a, size_t size, unsigned *count_out,
                             size_t *at_out)
{
    void *copy = malloc(size);
    memcpy(copy, a->bytes, size);
    struct cpio_reader reader;
    struct cpio_entry entry;
    helix_status status;
    cpio_open(&reader, copy, size);
    *count_out = 0;
    while ((status = cpio_next(&reader, &entry)) == HELIX_OK)
        (*count_out)++;
    *at_out = reader.at;
    free(copy);
    return status;
}

HELIX_TEST(cpio, reads_every_field)
{
    static struct archive a;
    add(&a, "etc/hosts", "local");
    struct cpio_reader reader;
    struct cpio_entry e;
    cpio_open(&reader, a.bytes, a.size);
    REQUIRE(t, cpio_next(&reader, &e) == HELIX_OK);
    EXPECT(t, strcmp(e.name, "etc/hosts") == 0 && e.name_length == 9);
    EXPECT(t, e.size == 5 && memcmp(e.data, "local", 5) == 0);
    EXPECT(t, e.ino == 7 && e.mode == 0100644 && e.uid == 1 && e.gid == 2 && e.nlink == 1);
    EXPECT(t, e.mtime == 99 && e.rdev_major == 5 && e.rdev_minor == 6 && e.first_of_archive);
    EXPECT(t, cpio_next(&reader, &e) == HELIX_E_NO_DATA);
}

HELIX_TEST(cpio, reads_concatenated_and_padded_archives)
{
    static struct archive a;
    unsigned count;
    size_t at;
    add(&a, "a", "1");
    add(&a, "TRAILER!!!", "");
    a.size += 388;
    add(&a, "b", "22");
    add(&a, "TRAILER!!!", "");
    add(&a, "c", "");
    EXPECT(t, read_all(&a, a.size, &count, &at) == HELIX_E_NO_DATA);
    EXPECT(t, count == 3 && at == a.size);
}

HELIX_TEST(cpio, stops_before_what_is_no_archive)
{
    static struct archive a;
    unsigned count;
    size_t at;
    add(&a, "a", "1");
    add(&a, "TRAILER!!!", "");
    size_t end = a.size;
    memcpy(a.bytes + a.size, "\x1f\x8b\x08", 3);
    a.size += 3;
    EXPECT(t, read_all(&a, a.size, &count, &at) == HELIX_E_NO_DATA);
    EXPECT(t, count == 1 && at == end);
}

HELIX_TEST(cpio, refuses_every_truncation_of_an_entry)
{
    static struct archive a;
    unsigned count;
    size_t at;
    add(&a, "name", "text");
    for (size_t size = 6; size < a.size; size++) {
        EXPECT(t, read_all(&a, size, &count, &at) == HELIX_E_CORRUPT);
        EXPECT(t, count == 0 && at == 0);
    }
}

HELIX_TEST(cpio, refuses_damage_with_its_place)
{
    static struct archive a;
    unsigned count;
    size_t at;
    add(&a, "first", "text");
    size_t second = a.size;
    add(&a, "second", "text");
    a.bytes[second + 10] = 'g';
    EXPECT(t, read_all(&a, a.size, &count, &at) == HELIX_E_CORRUPT);
    EXPECT(t, count == 1 && at == second);
    memcpy(a.bytes + second, "garbage", 7);
    EXPECT(t, read_all(&a, a.size, &count, &at) == HELIX_E_CORRUPT && at == second);
}

HELIX_TEST(cpio, takes_names_padded_with_zeros)
{
    static struct archive a;
    struct cpio_reader reader;
    struct cpio_entry e;
    add(&a, "padded-with-zeros", "text");
    memset(a.bytes + 110 + 6, 0, 11);
    cpio_open(&reader, a.bytes, a.size);
    REQUIRE(t, cpio_next(&reader, &e) == HELIX_OK);
    EXPECT(t, strcmp(e.name, "padded") == 0 && e.name_length == 6 && e.size == 4);
}
