/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/*
 * The reflected 32-bit CRCs. A CRC over parts: pass the result of one part as @crc of the next, 0
 * for the first.
 */

/* The polynomials, reflected. */
#define CRC32_IEEE       0xedb88320u // gzip, Ethernet
#define CRC32_CASTAGNOLI 0x82f63b78u // CRC32C: HelixFS, iSCSI, ext4

/* Tables for eight bytes a step, made at run time so that they cost an image nothing. */
struct crc32_table {
    u32 step[8][256];
};

void crc32_table_init(struct crc32_table *table, u32 polynomial);
u32 crc32_update(const struct crc32_table *table, u32 crc, const void *data, size_t n);

/* Work space of crc32_update_long(): cancelled words, and as many before them as reach forward. */
#define CRC32_LONG_REACH 300
struct crc32_long {
    u64 words[4 * CRC32_LONG_REACH];
};

/*
 * The same as crc32_update() for CRC32_IEEE alone, a third of the instructions on data of many
 * kilobytes. @work keeps nothing between calls.
 */
u32 crc32_update_long(const struct crc32_table *table, struct crc32_long *work, u32 crc,
                      const void *data, size_t n);

/* CRC32C without a table of the caller's; four bits a step. */
u32 crc32c(u32 crc, const void *data, size_t n);
