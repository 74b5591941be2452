/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/lib/elf64.h>

/*
 * Reading a program file's headers. Pure: no kernel service, every number checked here, so that the
 * loader below can map what this accepted without a further look. The host fuzzes it.
 */
#define ELF_PROGRAM_SEGMENTS 64 // loadable ones; more is no program anybody made
#define ELF_HEADERS_MAX      (64 * 1024u)

struct elf_load_segment {
    u64 address;      // page-aligned virtual address
    u64 file_offset;  // page-aligned
    u64 file_bytes;   // from file_offset on; 0: nothing of the file
    u64 memory_bytes; // from address on
    unsigned flags;   // enum elf_segment_flag
};

struct elf_program {
    u16 type; // ELF_TYPE_EXEC, ELF_TYPE_SHARED
    u64 entry;
    u64 headers_address; // of the program headers in memory, 0: not mapped
    u16 header_count;
    u64 low, high;                             // bounds of all segments, page-aligned
    u64 alignment;                             // largest that a segment asks for, at least a page
    u64 interpreter_offset, interpreter_bytes; // of the path in the file; 0: none
    bool executable_stack;
    unsigned segment_count;
    struct elf_load_segment segments[ELF_PROGRAM_SEGMENTS];
};

/*
 * Check the file's first bytes. @machine: of this kernel; @file_bytes: of the whole file.
 * @headers_offset_out, @headers_bytes_out: where the program headers are, at most ELF_HEADERS_MAX.
 * Errors:  HELIX_E_NOT_EXEC no 64-bit little-endian ELF program for @machine, or damaged.
 */
helix_status elf_check_header(const void *data, size_t bytes, u16 machine, u64 file_bytes,
                              u64 *headers_offset_out, u64 *headers_bytes_out);

/* Read the program headers that elf_check_header() pointed at. The addresses of the result lie
 * below @limit. */
helix_status elf_read_program(const struct elf64_header *header, const void *headers,
                              u64 file_bytes, u64 limit, struct elf_program *program_out);
