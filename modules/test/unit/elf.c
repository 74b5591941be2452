/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A small relocatable file is built here byte by byte, loaded, and then damaged in every way that
 * matters. */
#include <stdlib.h>
#include <string.h>

#include <helix/lib/test.h>

#include "elf.h"

enum { NAMES, TEXT, RODATA, RECORD, RELA, SYMBOLS, STRINGS, COUNT };

struct sample {
    struct elf64_header header;
    u8 text[32];
    u8 rodata[64];
    u8 record[8];
    struct elf64_rela rela[2];
    struct elf64_rela record_rela[1];
    struct elf64_symbol symbols[4];
    char strings[64];
    char names[96];
    struct elf64_section sections[9];
};

static const char names[] = "\0.text\0.rodata\0helix_modules\0.rela\0.symtab\0.strtab\0.shstrtab";
static const char strings[] = "\0work\0helix_log\0data";

static u32 offset_in(const char *table, size_t bytes, const char *name)
{
    for (size_t i = 0; i < bytes; i++) {
        if (strcmp(table + i, name) == 0)
            return (u32)i;
    }
    abort();
}

#define SECTION(index_, name_, type_, flags_, member_, entry_)                                 \
    s->sections[index_] = (struct elf64_section)                                               \
    {                                                                                          \
        .name = offset_in(names, sizeof names, name_), .type = (type_), .flags = (flags_),     \
        .offset = offsetof(struct sample, member_), .size = sizeof s->member_, .alignment = 8, \
        .entry_size = (entry_),                                                                \
    }

static void sample_make(struct sample *s)
{
    memset(s, 0, sizeof *s);
    memcpy(s->header.ident, ELF_MAGIC, ELF_MAGIC_SIZE);
    s->header.ident[ELF_IDENT_CLASS] = ELF_CLASS_64;
    s->header.ident[ELF_IDENT_DATA] = ELF_DATA_LITTLE;
    s->header.version = ELF_VERSION;
    s->header.type = ELF_TYPE_REL;
    s->header.machine = ELF_MACHINE_X86_64;
    s->header.section_offset = offsetof(struct sample, sections);
    s->header.section_entry_size = sizeof(struct elf64_section);
    s->header.section_count = 9;
    s->header.section_names = 8;
    memcpy(s->names, names, sizeof names);
    memcpy(s->strings, strings, sizeof strings);
    SECTION(1, ".text", ELF_SECTION_PROGBITS, ELF_SECTION_ALLOC | ELF_SECTION_EXECUTE, text, 0);
    SECTION(2, ".rodata", ELF_SECTION_PROGBITS, ELF_SECTION_ALLOC, rodata, 0);
    SECTION(3, "helix_modules", ELF_SECTION_PROGBITS, ELF_SECTION_ALLOC, record, 0);
    SECTION(4, ".rela", ELF_SECTION_RELA, 0, rela, sizeof(struct elf64_rela));
    SECTION(5, ".rela", ELF_SECTION_RELA, 0, record_rela, sizeof(struct elf64_rela));
    SECTION(6, ".symtab", ELF_SECTION_SYMTAB, 0, symbols, sizeof(struct elf64_symbol));
    SECTION(7, ".strtab", ELF_SECTION_STRTAB, 0, strings, 0);
    SECTION(8, ".shstrtab", ELF_SECTION_STRTAB, 0, names, 0);
    s->sections[4].info = 1;
    s->sections[5].info = 3;
    s->sections[6].link = 7;
    s->symbols[1] =
        (struct elf64_symbol){.name = 1, .info = ELF_SYMBOL_FUNCTION, .section = 1, .value = 8};
    s->symbols[2] = (struct elf64_symbol){.name = 6, .info = ELF_BINDING_GLOBAL << 4, .section = 0};
    s->symbols[3] =
        (struct elf64_symbol){.name = 16, .info = ELF_SYMBOL_OBJECT, .section = 2, .value = 16};
    s->rela[0] =
        (struct elf64_rela){.offset = 4, .info = (2ull << 32) | 4, .addend = -4}; // call helix_log
    s->rela[1] =
        (struct elf64_rela){.offset = 12, .info = (3ull << 32) | 11, .addend = 2}; // data + 2
    s->record_rela[0] = (struct elf64_rela){.offset = 0, .info = (3ull << 32) | 1, .addend = 0};
}

static bool lookup(const char *name, u64 *address_out)
{
    if (strcmp(name, "helix_log") != 0)
        return false;
    *address_out = 0xffffffff80001000ull;
    return true;
}

static char reason[160];

static helix_status load(const void *data, size_t bytes, u8 *text, u8 *rodata)
{
    static struct elf_file file;
    file = (struct elf_file){.data = data,
                             .bytes = bytes,
                             .machine = ELF_MACHINE_X86_64,
                             .reason = reason,
                             .reason_capacity = sizeof reason};
    reason[0] = '\0';
    helix_status st = elf_open(&file);
    if (st != HELIX_OK)
        return st;
    struct elf_target target = {.parts = {text, rodata},
                                .addresses = {0xffffffffc0000000ull, 0xffffffffc0001000ull},
                                .lookup = lookup};
    if (file.part_bytes[0] > PAGE_SIZE || file.part_bytes[1] > PAGE_SIZE)
        return HELIX_E_TOO_BIG;
    elf_copy(&file, target.parts);
    return elf_relocate(&file, &target);
}

static u8 text_memory[PAGE_SIZE];
static u8 rodata_memory[PAGE_SIZE];

HELIX_TEST(module_elf, places_and_relocates)
{
    static struct sample s;
    i32 call;
    i32 data;
    u64 record;
    sample_make(&s);
    REQUIRE(t, load(&s, sizeof s, text_memory, rodata_memory) == HELIX_OK);
    memcpy(&call, text_memory + 4, 4);
    memcpy(&data, text_memory + 12, 4);
    memcpy(&record, rodata_memory + 64, 8);
    EXPECT(t, 0xffffffffc0000004ull + 4 + (u64)(i64)call == 0xffffffff80001000ull);
    EXPECT(t, (u64)(i64)data == 0xffffffffc0001012ull);
    EXPECT(t, record == 0xffffffffc0001010ull);
}

#define REFUSES(change_, status_, word_)                                        \
    do {                                                                        \
        static struct sample s;                                                 \
        sample_make(&s);                                                        \
        change_;                                                                \
        EXPECT(t, load(&s, sizeof s, text_memory, rodata_memory) == (status_)); \
        EXPECT(t, strstr(reason, word_) != NULL);                               \
    } while (0)

HELIX_TEST(module_elf, refuses_what_is_wrong_with_a_reason)
{
    REFUSES(s.header.ident[1] = 'X', HELIX_E_MODULE_FORMAT, "ELF");
    REFUSES(s.header.machine = ELF_MACHINE_RISCV, HELIX_E_MODULE_ABI, "machine");
    REFUSES(s.header.type = ELF_TYPE_EXEC, HELIX_E_MODULE_FORMAT, "relocatable");
    REFUSES(s.header.section_offset = UINT64_MAX - 8, HELIX_E_MODULE_FORMAT, "section table");
    REFUSES(s.header.section_count = 300, HELIX_E_MODULE_FORMAT, "sections");
    REFUSES(s.sections[1].offset = UINT64_MAX, HELIX_E_MODULE_FORMAT, "past the file");
    REFUSES(s.sections[1].size = UINT64_MAX, HELIX_E_MODULE_FORMAT, "past the file");
    REFUSES(s.sections[2].flags |= ELF_SECTION_WRITE, HELIX_E_MODULE_FORMAT, "writable");
    REFUSES(s.sections[2].type = ELF_SECTION_NOBITS, HELIX_E_MODULE_FORMAT, "writable");
    REFUSES(s.sections[2].alignment = 3, HELIX_E_MODULE_FORMAT, "alignment");
    REFUSES(s.sections[3].size = 4, HELIX_E_MODULE_FORMAT, "one module");
    REFUSES(s.sections[3].flags = 0, HELIX_E_MODULE_FORMAT, "no module record");
    REFUSES(s.symbols[2].name = 1, HELIX_E_MODULE_SYMBOL, "work");
    REFUSES(s.symbols[3].value = 65, HELIX_E_MODULE_FORMAT, "outside");
    REFUSES(s.rela[0].offset = 32, HELIX_E_MODULE_FORMAT, "outside");
    REFUSES(s.rela[0].offset = 30, HELIX_E_MODULE_FORMAT, "past its section");
    REFUSES(s.rela[0].info = (9ull << 32) | 4, HELIX_E_MODULE_FORMAT, "symbol 9");
    REFUSES(s.rela[0].info = (2ull << 32) | 99, HELIX_E_MODULE_FORMAT, "type 99");
    REFUSES(s.rela[1].info = (3ull << 32) | 10, HELIX_E_MODULE_FORMAT, "reach");
}

HELIX_TEST(module_elf, refuses_every_truncation)
{
    static struct sample s;
    sample_make(&s);
    for (size_t n = 0; n < sizeof s; n++) {
        void *copy = malloc(n + 1);
        memcpy(copy, &s, n);
        EXPECT(t, load(copy, n, text_memory, rodata_memory) != HELIX_OK);
        free(copy);
    }
}

HELIX_TEST(module_elf, survives_any_changed_byte)
{
    static struct sample s;
    u32 seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        sample_make(&s);
        for (unsigned i = 0; i < 3; i++) {
            seed = seed * 1664525u + 1013904223u;
            ((u8 *)&s)[(seed >> 8) % sizeof s] = (u8)(seed >> 24);
        }
        helix_status st = load(&s, sizeof s, text_memory, rodata_memory);
        EXPECT(t, st == HELIX_OK || st == HELIX_E_TOO_BIG || reason[0] != '\0');
    }
}
