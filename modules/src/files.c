/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Where module files come from: the VFS once somebody has told us how, and always the archive
 * inside the image. */
#include <helix/lib/cpio.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "load.h"

extern const char __cpio_start[];
extern const char __cpio_end[];

static const struct module_file_source *source;
static bool from_source; // the last read; change lock

void modules_set_file_source(const struct module_file_source *set)
{
    source = set;
}

static helix_status read_builtin(const char *path, void **data_out, size_t *bytes_out)
{
    struct cpio_reader reader;
    struct cpio_entry entry;
    while (*path == '/')
        path++;
    cpio_open(&reader, (const u8 *)__cpio_start, (size_t)(__cpio_end - __cpio_start));
    while (cpio_next(&reader, &entry) == HELIX_OK) {
        const char *name = entry.name;
        while (*name == '/' || (name[0] == '.' && name[1] == '/'))
            name++;
        if (strcmp(name, path) != 0)
            continue;
        void *copy = kmalloc(entry.size + 1);
        if (copy == NULL)
            return HELIX_E_NOMEM;
        memcpy(copy, entry.data, entry.size);
        *data_out = copy;
        *bytes_out = entry.size;
        return HELIX_OK;
    }
    return HELIX_E_NOENT;
}

helix_status module_file_read(const char *path, void **data_out, size_t *bytes_out)
{
    from_source = false;
    if (source != NULL) {
        helix_status st = source->read(path, data_out, bytes_out);
        from_source = st == HELIX_OK;
        if (st != HELIX_E_NOENT)
            return st;
    }
    return read_builtin(path, data_out, bytes_out);
}

void module_file_release(void *data)
{
    if (from_source)
        source->release(data);
    else
        kfree(data);
}
