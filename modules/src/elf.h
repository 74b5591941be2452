/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/lib/elf64.h>

/*
 * Read a relocatable ELF file, place its sections and relocate them. Pure: no allocation, no kernel
 * service, every offset of the file checked before it is used; so it is fuzzed on the host. Nothing
 * of the file needs to be aligned.
 *
 * Two parts are loaded, code and constants. A module has no writable data.
 */
#define ELF_SECTIONS_MOST 256
#define ELF_NOT_LOADED    UINT64_MAX

enum elf_part {
    ELF_PART_TEXT,
    ELF_PART_RODATA,
    ELF_PARTS,
};

struct elf_file {
    const u8 *data;
    size_t bytes;
    u16 machine;  // accepted
    char *reason; // for people, written with every error
    size_t reason_capacity;

    /* Filled by elf_open(). */
    struct elf64_section sections[ELF_SECTIONS_MOST];
    u8 part[ELF_SECTIONS_MOST];
    u64 place[ELF_SECTIONS_MOST]; // offset in its part; ELF_NOT_LOADED
    unsigned section_count;
    unsigned symbol_section;
    u32 symbol_count;
    u64 part_bytes[ELF_PARTS]; // a multiple of the page size
    unsigned record_section;   // "helix_modules"
    u64 veneers, veneers_end;  // offsets in the text
};

/* Check the file and place its sections. @machine, data, bytes and reason are set by the caller. */
helix_status elf_open(struct elf_file *file);

/* Copy the loaded sections; @parts are zeroed memory of part_bytes each. */
void elf_copy(const struct elf_file *file, u8 *const parts[ELF_PARTS]);

/*
 * Resolve and apply all relocations. @addresses: where the parts will run. @lookup gives the
 * address of an exported name, false: not exported.
 */
struct elf_target {
    u8 *parts[ELF_PARTS];
    u64 addresses[ELF_PARTS];
    bool (*lookup)(const char *name, u64 *address_out);
};
helix_status elf_relocate(const struct elf_file *file, const struct elf_target *target);

/* Where the one record pointer lies in the constants; checked by elf_open(). */
u64 elf_record_offset(const struct elf_file *file);

/* Symbol @index; false: it names no function of the text. */
bool elf_function(const struct elf_file *file, u32 index, u64 *offset_out, const char **name_out);

/* In reloc/<arch>: apply one relocation to @where, @room bytes before the section's end. */
struct elf_relocation {
    u32 type;
    u8 *where;
    size_t room;
    u64 place;  // address of @where when it runs
    u64 symbol; // address
    i64 addend;
    const struct elf_site *site;
};
helix_status elf_relocation_apply(const struct elf_relocation *r);

/*
 * For a relocation whose value another one of the same table holds: the one at address @place with
 * a
 * @wanted type. Errors: HELIX_E_MODULE_FORMAT: none there, or none within ELF_PAIR_REACH entries.
 */
#define ELF_PAIR_REACH 4096
helix_status elf_relocation_at(const struct elf_relocation *r, u64 place, bool (*wanted)(u32 type),
                               struct elf_relocation *other_out);

/*
 * For a branch that does not reach: a copy of @veneer, of ELF_VENEER_BYTES, behind the module's
 * code; one that is the same is used again. There is room for one to each symbol that the kernel
 * exports. Errors: HELIX_E_RANGE: there is no room.
 */
#define ELF_VENEER_BYTES 16
helix_status elf_veneer_place(const struct elf_relocation *r, const void *veneer, u64 *address_out);

extern const u16 elf_relocation_machine;
extern const bool elf_has_veneers;
