/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/lib/list.h>
#include <helix/vfs/path.h>

/*
 * A newc archive that arrives in pieces, made into files as it comes: of any size, so that what a
 * gzip stream gives can go through without being kept. Several archives follow one another with
 * zeros between.
 */
enum unpack_state {
    UNPACK_HEADER,
    UNPACK_NAME,
    UNPACK_DATA,
    UNPACK_TARGET, // the data of a symbolic link
    UNPACK_SKIP,   // padding, or data that nobody wants
    UNPACK_END,    // what follows is no newc archive
};

#define UNPACK_HEADER_BYTES 110u

struct unpack_entry {
    u32 inode, mode, uid, gid, links, mtime;
    u32 device_major, device_minor, node_major, node_minor;
    u64 bytes;
    u32 name_bytes;
};

/* A frame run of the archive that became part of a file. */
struct unpack_range {
    u64 first, end; // physical addresses
};

struct unpacker {
    struct walk_context walk;
    enum unpack_state state;
    enum unpack_state after_skip;
    u64 wanted;   // bytes of the state that are still to come
    u64 have;     // bytes in `buffer`
    char *buffer; // header, name or link text
    struct unpack_entry entry;
    char *name; // the entry's path
    struct file *file;
    u64 at;                  // in the file
    bool in_place;           // pieces lie in memory that may become part of a file
    struct list links;       // files with more names, struct unpack_link
    struct list directories; // times to set at the end, struct unpack_directory
    struct unpack_range *ranges;
    size_t range_count, range_capacity;
    helix_status status; // of what stopped it
    u64 entries, failed;
};

helix_status unpacker_init(struct unpacker *unpacker);

/* Take @bytes at @data; how many were taken. Fewer: an error, or (UNPACK_END) something else begins
 * there. */
size_t unpacker_feed(struct unpacker *unpacker, const u8 *data, size_t bytes);

/* Nothing more comes: sets directories' times, frees all but `ranges`. */
void unpacker_finish(struct unpacker *unpacker);

/* ---- Between the reader and the maker of files (unpack_entry.c) ---- */

/* The name is in unpacker->name. Makes what needs no data; opens the file that the data go to. */
void unpack_begin(struct unpacker *unpacker);
void unpack_target(struct unpacker *unpacker, const char *target);
/* Data of the open file; a whole number of pages of the archive itself may be taken over. */
helix_status unpack_data(struct unpacker *unpacker, const u8 *data, size_t bytes);
void unpack_end(struct unpacker *unpacker);
void unpack_trailer(struct unpacker *unpacker);
void unpack_finish_directories(struct unpacker *unpacker);
