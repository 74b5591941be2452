/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/* ELF for 64-bit machines, as the System V ABI defines it: what loaders, module loading and core
 * dumps need. */
enum elf_ident {
    ELF_IDENT_CLASS = 4,
    ELF_IDENT_DATA = 5,
    ELF_IDENT_VERSION = 6,
    ELF_IDENT_OSABI = 7,
    ELF_IDENT_ABIVERSION = 8,
    ELF_IDENT_SIZE = 16,
};

#define ELF_MAGIC       "\177ELF"
#define ELF_MAGIC_SIZE  4
#define ELF_CLASS_64    2
#define ELF_DATA_LITTLE 1
#define ELF_DATA_BIG    2
#define ELF_VERSION     1

enum elf_type {
    ELF_TYPE_NONE = 0,
    ELF_TYPE_REL = 1,
    ELF_TYPE_EXEC = 2,
    ELF_TYPE_SHARED = 3,
    ELF_TYPE_CORE = 4,
};

enum elf_machine {
    ELF_MACHINE_386 = 3,
    ELF_MACHINE_X86_64 = 62,
    ELF_MACHINE_AARCH64 = 183,
    ELF_MACHINE_RISCV = 243,
};

struct elf64_header {
    u8 ident[ELF_IDENT_SIZE];
    u16 type;
    u16 machine;
    u32 version;
    u64 entry;
    u64 program_offset;
    u64 section_offset;
    u32 flags;
    u16 header_size;
    u16 program_entry_size;
    u16 program_count;
    u16 section_entry_size;
    u16 section_count;
    u16 section_names;
};

enum elf_segment_type {
    ELF_SEGMENT_NULL = 0,
    ELF_SEGMENT_LOAD = 1,
    ELF_SEGMENT_DYNAMIC = 2,
    ELF_SEGMENT_INTERPRETER = 3,
    ELF_SEGMENT_NOTE = 4,
    ELF_SEGMENT_HEADERS = 6,
    ELF_SEGMENT_TLS = 7,
};
#define ELF_SEGMENT_GNU_EH_FRAME 0x6474e550u
#define ELF_SEGMENT_GNU_STACK    0x6474e551u
#define ELF_SEGMENT_GNU_RELRO    0x6474e552u
#define ELF_SEGMENT_GNU_PROPERTY 0x6474e553u

enum elf_segment_flag {
    ELF_SEGMENT_EXECUTE = 1,
    ELF_SEGMENT_WRITE = 2,
    ELF_SEGMENT_READ = 4,
};

struct elf64_segment {
    u32 type;
    u32 flags;
    u64 offset;
    u64 virtual_address;
    u64 physical_address;
    u64 file_size;
    u64 memory_size;
    u64 alignment;
};

enum elf_section_type {
    ELF_SECTION_NULL = 0,
    ELF_SECTION_PROGBITS = 1,
    ELF_SECTION_SYMTAB = 2,
    ELF_SECTION_STRTAB = 3,
    ELF_SECTION_RELA = 4,
    ELF_SECTION_HASH = 5,
    ELF_SECTION_DYNAMIC = 6,
    ELF_SECTION_NOTE = 7,
    ELF_SECTION_NOBITS = 8,
    ELF_SECTION_REL = 9,
    ELF_SECTION_DYNSYM = 11,
    ELF_SECTION_INIT_ARRAY = 14,
    ELF_SECTION_FINI_ARRAY = 15,
    ELF_SECTION_GROUP = 17,
    ELF_SECTION_SYMTAB_INDEX = 18,
};

enum elf_section_flag {
    ELF_SECTION_WRITE = 0x1,
    ELF_SECTION_ALLOC = 0x2,
    ELF_SECTION_EXECUTE = 0x4,
    ELF_SECTION_MERGE = 0x10,
    ELF_SECTION_STRINGS = 0x20,
    ELF_SECTION_TLS = 0x400,
};

/* Section indices with a meaning of their own. */
#define ELF_INDEX_UNDEFINED 0
#define ELF_INDEX_RESERVED  0xff00
#define ELF_INDEX_ABSOLUTE  0xfff1
#define ELF_INDEX_COMMON    0xfff2
#define ELF_INDEX_EXTENDED  0xffff

struct elf64_section {
    u32 name;
    u32 type;
    u64 flags;
    u64 address;
    u64 offset;
    u64 size;
    u32 link;
    u32 info;
    u64 alignment;
    u64 entry_size;
};

struct elf64_symbol {
    u32 name;
    u8 info;
    u8 other;
    u16 section;
    u64 value;
    u64 size;
};

enum elf_symbol_binding {
    ELF_BINDING_LOCAL = 0,
    ELF_BINDING_GLOBAL = 1,
    ELF_BINDING_WEAK = 2,
};

enum elf_symbol_type {
    ELF_SYMBOL_NONE = 0,
    ELF_SYMBOL_OBJECT = 1,
    ELF_SYMBOL_FUNCTION = 2,
    ELF_SYMBOL_SECTION = 3,
    ELF_SYMBOL_FILE = 4,
    ELF_SYMBOL_COMMON = 5,
    ELF_SYMBOL_TLS = 6,
    ELF_SYMBOL_IFUNC = 10,
};

static inline unsigned elf_symbol_binding(const struct elf64_symbol *symbol)
{
    return symbol->info >> 4;
}

static inline unsigned elf_symbol_type(const struct elf64_symbol *symbol)
{
    return symbol->info & 15;
}

struct elf64_rela {
    u64 offset;
    u64 info;
    i64 addend;
};

struct elf64_rel {
    u64 offset;
    u64 info;
};

static inline u32 elf_rela_symbol(u64 info)
{
    return (u32)(info >> 32);
}

static inline u32 elf_rela_type(u64 info)
{
    return (u32)info;
}

/* Relocation types by machine: those that compilers emit for freestanding code and static-PIE
 * programs. */
enum elf_x86_64_relocation {
    ELF_X86_64_NONE = 0,
    ELF_X86_64_64 = 1,
    ELF_X86_64_PC32 = 2,
    ELF_X86_64_PLT32 = 4,
    ELF_X86_64_GLOB_DAT = 6,
    ELF_X86_64_JUMP_SLOT = 7,
    ELF_X86_64_RELATIVE = 8,
    ELF_X86_64_GOTPCREL = 9,
    ELF_X86_64_32 = 10,
    ELF_X86_64_32S = 11,
    ELF_X86_64_PC64 = 24,
    ELF_X86_64_IRELATIVE = 37,
    ELF_X86_64_GOTPCRELX = 41,
    ELF_X86_64_REX_GOTPCRELX = 42,
};

struct elf64_dynamic {
    i64 tag;
    u64 value;
};

enum elf_dynamic_tag {
    ELF_DYNAMIC_NULL = 0,
    ELF_DYNAMIC_NEEDED = 1,
    ELF_DYNAMIC_STRTAB = 5,
    ELF_DYNAMIC_SYMTAB = 6,
    ELF_DYNAMIC_RELA = 7,
    ELF_DYNAMIC_RELA_SIZE = 8,
    ELF_DYNAMIC_RELA_ENTRY = 9,
};

/* A note: this header, the name padded to 4 bytes, the contents padded to 4 bytes. */
struct elf_note {
    u32 name_size;
    u32 size;
    u32 type;
};

enum elf_note_type {
    ELF_NOTE_PRSTATUS = 1,
    ELF_NOTE_FPREGSET = 2,
    ELF_NOTE_PRPSINFO = 3,
    ELF_NOTE_AUXV = 6,
    ELF_NOTE_SIGINFO = 0x53494749,
    ELF_NOTE_FILE = 0x46494c45,
};

/* The auxiliary vector that a program finds behind its environment. */
struct elf64_aux {
    u64 type;
    u64 value;
};

enum elf_aux_type {
    ELF_AUX_NULL = 0,
    ELF_AUX_PROGRAM = 3,
    ELF_AUX_PROGRAM_ENTRY = 4,
    ELF_AUX_PROGRAM_COUNT = 5,
    ELF_AUX_PAGE_SIZE = 6,
    ELF_AUX_BASE = 7,
    ELF_AUX_FLAGS = 8,
    ELF_AUX_ENTRY = 9,
    ELF_AUX_UID = 11,
    ELF_AUX_EUID = 12,
    ELF_AUX_GID = 13,
    ELF_AUX_EGID = 14,
    ELF_AUX_PLATFORM = 15,
    ELF_AUX_HWCAP = 16,
    ELF_AUX_CLOCK_TICK = 17,
    ELF_AUX_SECURE = 23,
    ELF_AUX_BASE_PLATFORM = 24,
    ELF_AUX_RANDOM = 25,
    ELF_AUX_HWCAP2 = 26,
    ELF_AUX_EXEC_NAME = 31,
    ELF_AUX_VDSO = 33,
    ELF_AUX_MIN_SIGNAL_STACK = 51,
};
