/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/cpio.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>

/* A header is 6 characters of magic and 13 fields of 8 hexadecimal digits. */
enum field {
    FIELD_INO,
    FIELD_MODE,
    FIELD_UID,
    FIELD_GID,
    FIELD_NLINK,
    FIELD_MTIME,
    FIELD_SIZE,
    FIELD_DEV_MAJOR,
    FIELD_DEV_MINOR,
    FIELD_RDEV_MAJOR,
    FIELD_RDEV_MINOR,
    FIELD_NAME_SIZE,
    FIELD_SUM,
    FIELD_COUNT,
};

#define MAGIC_SIZE  6
#define FIELD_SIZE_ 8
#define HEADER_SIZE (MAGIC_SIZE + FIELD_COUNT * FIELD_SIZE_)
#define TRAILER     "TRAILER!!!"

void cpio_open(struct cpio_reader *reader, const void *data, size_t size)
{
    *reader = (struct cpio_reader){.data = data, .size = size};
}

static bool skip_zeros(struct cpio_reader *r)
{
    size_t from = r->at;
    while (r->at < r->size && r->data[r->at] == 0)
        r->at++;
    return r->at != from;
}

static bool has_magic(const struct cpio_reader *r)
{
    const u8 *p = r->data + r->at;
    return r->size - r->at >= MAGIC_SIZE && memcmp(p, "07070", 5) == 0 &&
           (p[5] == '1' || p[5] == '2');
}

static size_t pad(const struct cpio_reader *r, size_t at)
{
    size_t end = r->base + (size_t)align_up(at - r->base, 4);
    // The last padding of an archive may be missing.
    return min(end, r->size);
}

static helix_status read_fields(const struct cpio_reader *r, u32 fields[FIELD_COUNT])
{
    if (r->size - r->at < HEADER_SIZE)
        return HELIX_E_CORRUPT;
    const char *text = (const char *)r->data + r->at + MAGIC_SIZE;
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        if (parse_hex_field(text + i * FIELD_SIZE_, FIELD_SIZE_, &fields[i]) != HELIX_OK)
            return HELIX_E_CORRUPT;
    }
    return HELIX_OK;
}

static bool sum_matches(const struct cpio_entry *e, u32 want)
{
    u32 sum = 0;
    for (size_t i = 0; i < e->size; i++)
        sum += e->data[i];
    return sum == want;
}

static void fill(struct cpio_entry *e, const u32 fields[FIELD_COUNT])
{
    e->ino = fields[FIELD_INO];
    e->mode = fields[FIELD_MODE];
    e->uid = fields[FIELD_UID];
    e->gid = fields[FIELD_GID];
    e->nlink = fields[FIELD_NLINK];
    e->mtime = fields[FIELD_MTIME];
    e->dev_major = fields[FIELD_DEV_MAJOR];
    e->dev_minor = fields[FIELD_DEV_MINOR];
    e->rdev_major = fields[FIELD_RDEV_MAJOR];
    e->rdev_minor = fields[FIELD_RDEV_MINOR];
}

/* One header with name and data; r->at moves behind it only when all of it is good. */
static helix_status read_entry(struct cpio_reader *r, struct cpio_entry *e)
{
    u32 fields[FIELD_COUNT];
    helix_status status = read_fields(r, fields);
    if (status != HELIX_OK)
        return status;
    size_t name_at = r->at + HEADER_SIZE;
    size_t name_size = fields[FIELD_NAME_SIZE];
    if (name_size == 0 || name_size > r->size - name_at || r->data[name_at + name_size - 1] != 0)
        return HELIX_E_CORRUPT;
    size_t data_at = pad(r, name_at + name_size);
    if (fields[FIELD_SIZE] > r->size - data_at)
        return HELIX_E_CORRUPT;
    fill(e, fields);
    e->name = (const char *)r->data + name_at;
    e->name_length = strnlen(e->name, name_size);
    e->data = r->data + data_at;
    e->size = fields[FIELD_SIZE];
    if (r->data[r->at + 5] == '2' && !sum_matches(e, fields[FIELD_SUM]))
        return HELIX_E_CORRUPT;
    r->at = pad(r, data_at + e->size);
    return HELIX_OK;
}

helix_status cpio_next(struct cpio_reader *reader, struct cpio_entry *entry_out)
{
    struct cpio_entry e = {.first_of_archive = reader->at == reader->base};
    for (;;) {
        if (skip_zeros(reader)) {
            reader->base = reader->at;
            e.first_of_archive = true;
        }
        if (reader->at == reader->size)
            return HELIX_E_NO_DATA;
        if (!has_magic(reader))
            return e.first_of_archive ? HELIX_E_NO_DATA : HELIX_E_CORRUPT;
        helix_status status = read_entry(reader, &e);
        if (status != HELIX_OK)
            return status;
        if (strcmp(e.name, TRAILER) != 0)
            break;
        reader->base = reader->at;
        e.first_of_archive = true;
    }
    *entry_out = e;
    return HELIX_OK;
}
