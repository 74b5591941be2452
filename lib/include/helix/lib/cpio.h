/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/lib/compiler.h>

/*
 * Reads "newc" cpio archives (070701, and 070702 with its sums checked) in memory: several one
 * after the other, with any number of zero bytes between them, with or without a trailer. Names and
 * data stay where they are.
 */
struct cpio_reader {
    const u8 *data;
    size_t size;
    size_t at;   // the next header; after an error, the header that is wrong
    size_t base; // where the current archive begins: its padding counts from there
};

struct cpio_entry {
    const char *name; // ends with NUL; may begin with / or ./
    size_t name_length;
    const u8 *data;
    size_t size;
    u32 ino;
    u32 mode;
    u32 uid;
    u32 gid;
    u32 nlink;
    u32 mtime;
    u32 dev_major;
    u32 dev_minor;
    u32 rdev_major;
    u32 rdev_minor;
    bool first_of_archive; // inode numbers (for hard links) begin anew here
};

void cpio_open(struct cpio_reader *reader, const void *data, size_t size);

/*
 * The next entry; trailers are passed over.
 *
 * Errors:  HELIX_E_NO_DATA the end: when reader->at < reader->size, something that is no newc
 * archive follows there; HELIX_E_CORRUPT a damaged or truncated header, name or data at reader->at.
 */
helix_status cpio_next(struct cpio_reader *reader, struct cpio_entry *entry_out);
