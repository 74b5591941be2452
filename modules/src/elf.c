/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "elf.h"

#include <helix/lib/format.h>
#include <helix/lib/string.h>

HELIX_PRINTF(3, 4)
static helix_status refuse(const struct elf_file *file, helix_status status, const char *format,
                           ...)
{
    va_list args;
    va_start(args, format);
    lib_format_args(file->reason, file->reason_capacity, format, args);
    va_end(args);
    return status;
}

static bool range_ok(const struct elf_file *file, u64 offset, u64 bytes)
{
    return offset <= file->bytes && bytes <= file->bytes - offset;
}

/* A NUL-terminated string inside string section @index at @offset; NULL: it is not one. */
static const char *string_at(const struct elf_file *file, u64 index, u64 offset)
{
    if (index >= file->section_count)
        return NULL;
    const struct elf64_section *s = &file->sections[index];
    if (s->type != ELF_SECTION_STRTAB || offset >= s->size)
        return NULL;
    const char *text = (const char *)file->data + s->offset + offset;
    return memchr(text, '\0', s->size - offset) != NULL ? text : NULL;
}

/* ---- Header and section table
 * -------------------------------------------------------------------------------------- */

static helix_status check_header(struct elf_file *file, struct elf64_header *h)
{
    if (file->bytes < sizeof *h)
        return refuse(file, HELIX_E_MODULE_FORMAT, "the file ends inside its header");
    memcpy(h, file->data, sizeof *h);
    if (memcmp(h->ident, ELF_MAGIC, ELF_MAGIC_SIZE) != 0)
        return refuse(file, HELIX_E_MODULE_FORMAT, "not an ELF file");
    if (h->ident[ELF_IDENT_CLASS] != ELF_CLASS_64 || h->ident[ELF_IDENT_DATA] != ELF_DATA_LITTLE ||
        h->version != ELF_VERSION || h->type != ELF_TYPE_REL)
        return refuse(file, HELIX_E_MODULE_FORMAT, "not a relocatable 64-bit little-endian file");
    if (h->machine != file->machine)
        return refuse(file, HELIX_E_MODULE_ABI, "built for machine %u, this is %u", h->machine,
                      file->machine);
    return HELIX_OK;
}

static helix_status read_sections(struct elf_file *file, const struct elf64_header *h)
{
    if (h->section_entry_size != sizeof(struct elf64_section) || h->section_count == 0 ||
        h->section_count > ELF_SECTIONS_MOST)
        return refuse(file, HELIX_E_MODULE_FORMAT, "%u sections of %u bytes", h->section_count,
                      h->section_entry_size);
    u64 bytes = (u64)h->section_count * sizeof(struct elf64_section);
    if (!range_ok(file, h->section_offset, bytes))
        return refuse(file, HELIX_E_MODULE_FORMAT, "the file ends before its section table");
    memcpy(file->sections, file->data + h->section_offset, bytes);
    file->section_count = h->section_count;
    for (unsigned i = 0; i < file->section_count; i++) {
        const struct elf64_section *s = &file->sections[i];
        if (s->type != ELF_SECTION_NULL && s->type != ELF_SECTION_NOBITS &&
            !range_ok(file, s->offset, s->size))
            return refuse(file, HELIX_E_MODULE_FORMAT, "section %u reaches past the file's end", i);
    }
    return HELIX_OK;
}

static helix_status find_symbols(struct elf_file *file)
{
    for (unsigned i = 0; i < file->section_count; i++) {
        if (file->sections[i].type == ELF_SECTION_SYMTAB)
            file->symbol_section = i;
    }
    if (file->symbol_section == 0)
        return refuse(file, HELIX_E_MODULE_FORMAT, "no symbol table");
    const struct elf64_section *s = &file->sections[file->symbol_section];
    if (s->entry_size != sizeof(struct elf64_symbol) || s->size / s->entry_size > UINT32_MAX)
        return refuse(file, HELIX_E_MODULE_FORMAT, "the symbol table is damaged");
    file->symbol_count = (u32)(s->size / s->entry_size);
    if (s->link >= file->section_count || file->sections[s->link].type != ELF_SECTION_STRTAB)
        return refuse(file, HELIX_E_MODULE_FORMAT, "the symbol table has no names");
    return HELIX_OK;
}

/* ---- Placing
 * --------------------------------------------------------------------------------------------------------
 */

static helix_status place_section(struct elf_file *file, unsigned index, const char *name)
{
    const struct elf64_section *s = &file->sections[index];
    bool constant_data = lib_starts_with(name, ".data.rel.ro");
    if (s->size == 0 || s->type == ELF_SECTION_NOTE)
        return HELIX_OK;
    if (s->type != ELF_SECTION_PROGBITS || ((s->flags & ELF_SECTION_WRITE) && !constant_data))
        return refuse(
            file, HELIX_E_MODULE_FORMAT,
            "section %s has %llu bytes of writable data; a module keeps its state in self", name,
            (unsigned long long)s->size);
    u64 alignment = s->alignment == 0 ? 1 : s->alignment;
    if (!is_power_of_two(alignment) || alignment > PAGE_SIZE)
        return refuse(file, HELIX_E_MODULE_FORMAT, "section %s has alignment %llu", name,
                      (unsigned long long)s->alignment);
    enum elf_part part = s->flags & ELF_SECTION_EXECUTE ? ELF_PART_TEXT : ELF_PART_RODATA;
    u64 at = align_up(file->part_bytes[part], alignment);
    file->part[index] = (u8)part;
    file->place[index] = at;
    // Sections lie inside the file, so the sum is bounded by the number of sections times its size.
    file->part_bytes[part] = at + s->size;
    return HELIX_OK;
}

static void read_symbol(const struct elf_file *file, u32 index, struct elf64_symbol *symbol)
{
    const struct elf64_section *s = &file->sections[file->symbol_section];
    memcpy(symbol, file->data + s->offset + (u64)index * sizeof *symbol, sizeof *symbol);
}

/* Behind the code, for as many functions as the file may call and does not have. */
static void place_veneers(struct elf_file *file)
{
    u64 missing = 0;
    struct elf64_symbol symbol;
    for (u32 i = 1; elf_has_veneers && i < file->symbol_count; i++) {
        read_symbol(file, i, &symbol);
        missing += symbol.section == ELF_INDEX_UNDEFINED;
    }
    file->veneers = align_up(file->part_bytes[ELF_PART_TEXT], ELF_VENEER_BYTES);
    file->veneers_end = file->veneers + missing * ELF_VENEER_BYTES;
    file->part_bytes[ELF_PART_TEXT] = file->veneers_end;
}

static helix_status place_sections(struct elf_file *file, unsigned names)
{
    for (unsigned i = 0; i < file->section_count; i++) {
        file->place[i] = ELF_NOT_LOADED;
        if ((file->sections[i].flags & ELF_SECTION_ALLOC) == 0)
            continue;
        const char *name = string_at(file, names, file->sections[i].name);
        if (name == NULL)
            return refuse(file, HELIX_E_MODULE_FORMAT, "section %u has no name", i);
        helix_status st = place_section(file, i, name);
        if (st != HELIX_OK)
            return st;
        if (strcmp(name, "helix_modules") == 0 && file->place[i] != ELF_NOT_LOADED) {
            if (file->record_section != 0 || file->sections[i].size != sizeof(u64) ||
                file->part[i] != ELF_PART_RODATA)
                return refuse(file, HELIX_E_MODULE_FORMAT, "a file holds exactly one module");
            file->record_section = i;
        }
    }
    if (file->record_section == 0)
        return refuse(file, HELIX_E_MODULE_FORMAT, "the file holds no module record");
    place_veneers(file);
    for (unsigned p = 0; p < ELF_PARTS; p++)
        file->part_bytes[p] = align_up(file->part_bytes[p], PAGE_SIZE);
    return HELIX_OK;
}

helix_status elf_open(struct elf_file *file)
{
    struct elf64_header header;
    file->symbol_section = 0;
    file->record_section = 0;
    file->part_bytes[ELF_PART_TEXT] = 0;
    file->part_bytes[ELF_PART_RODATA] = 0;
    helix_status st = check_header(file, &header);
    if (st == HELIX_OK)
        st = read_sections(file, &header);
    if (st == HELIX_OK)
        st = find_symbols(file);
    if (st == HELIX_OK)
        st = place_sections(file, header.section_names);
    return st;
}

void elf_copy(const struct elf_file *file, u8 *const parts[ELF_PARTS])
{
    for (unsigned i = 0; i < file->section_count; i++) {
        if (file->place[i] != ELF_NOT_LOADED)
            memcpy(parts[file->part[i]] + file->place[i], file->data + file->sections[i].offset,
                   file->sections[i].size);
    }
}

u64 elf_record_offset(const struct elf_file *file)
{
    return file->place[file->record_section];
}

/* ---- Symbols and relocations
 * ---------------------------------------------------------------------------------------- */

static const char *symbol_name(const struct elf_file *file, const struct elf64_symbol *symbol)
{
    const char *name = string_at(file, file->sections[file->symbol_section].link, symbol->name);
    return name != NULL ? name : "";
}

static helix_status resolve(const struct elf_file *file, const struct elf_target *target, u32 index,
                            u64 *address_out)
{
    struct elf64_symbol symbol;
    if (index >= file->symbol_count)
        return refuse(file, HELIX_E_MODULE_FORMAT, "a relocation names symbol %u of %u", index,
                      file->symbol_count);
    read_symbol(file, index, &symbol);
    if (symbol.section == ELF_INDEX_UNDEFINED) {
        if (target->lookup(symbol_name(file, &symbol), address_out))
            return HELIX_OK;
        return refuse(file, HELIX_E_MODULE_SYMBOL, "needs %s, which the kernel does not export",
                      symbol_name(file, &symbol));
    }
    if (symbol.section == ELF_INDEX_ABSOLUTE) {
        *address_out = symbol.value;
        return HELIX_OK;
    }
    if (symbol.section >= file->section_count || file->place[symbol.section] == ELF_NOT_LOADED ||
        symbol.value > file->sections[symbol.section].size)
        return refuse(file, HELIX_E_MODULE_FORMAT, "symbol %s lies outside the module",
                      symbol_name(file, &symbol));
    *address_out =
        target->addresses[file->part[symbol.section]] + file->place[symbol.section] + symbol.value;
    return HELIX_OK;
}

/* Where a relocation was read. */
struct elf_site {
    const struct elf_file *file;
    const struct elf_target *target;
    const struct elf64_section *table;
    u64 index; // in the table
};

static void read_rela(const struct elf_site *site, u64 index, struct elf64_rela *rela)
{
    memcpy(rela, site->file->data + site->table->offset + index * sizeof *rela, sizeof *rela);
}

static helix_status read_relocation(const struct elf_site *site, u64 index,
                                    struct elf_relocation *r_out)
{
    const struct elf_file *file = site->file;
    const unsigned section = site->table->info;
    const struct elf64_section *s = &file->sections[section];
    struct elf64_rela rela;
    read_rela(site, index, &rela);
    if (rela.offset >= s->size)
        return refuse(file, HELIX_E_MODULE_FORMAT, "a relocation lies outside its section");
    u64 at = file->place[section] + rela.offset;
    *r_out = (struct elf_relocation){
        .type = elf_rela_type(rela.info),
        .where = site->target->parts[file->part[section]] + at,
        .room = s->size - rela.offset,
        .place = site->target->addresses[file->part[section]] + at,
        .addend = rela.addend,
        .site = site,
    };
    return resolve(file, site->target, elf_rela_symbol(rela.info), &r_out->symbol);
}

static bool stands_at(const struct elf_site *site, u64 index, u64 offset, bool (*wanted)(u32 type))
{
    struct elf64_rela rela;
    read_rela(site, index, &rela);
    return rela.offset == offset && wanted(elf_rela_type(rela.info));
}

/* As a rule it stands just before. */
helix_status elf_relocation_at(const struct elf_relocation *r, u64 place, bool (*wanted)(u32 type),
                               struct elf_relocation *other_out)
{
    const struct elf_site *site = r->site;
    const struct elf_file *file = site->file;
    const unsigned section = site->table->info;
    const u64 count = site->table->size / sizeof(struct elf64_rela);
    const u64 offset = place - site->target->addresses[file->part[section]] - file->place[section];
    for (u64 i = 1; i <= ELF_PAIR_REACH; i++) {
        if (i <= site->index && stands_at(site, site->index - i, offset, wanted))
            return read_relocation(site, site->index - i, other_out);
        if (i < count - site->index && stands_at(site, site->index + i, offset, wanted))
            return read_relocation(site, site->index + i, other_out);
    }
    return HELIX_E_MODULE_FORMAT;
}

helix_status elf_veneer_place(const struct elf_relocation *r, const void *veneer, u64 *address_out)
{
    static const u8 none[ELF_VENEER_BYTES];
    const struct elf_file *file = r->site->file;
    const struct elf_target *target = r->site->target;
    for (u64 at = file->veneers; at < file->veneers_end; at += ELF_VENEER_BYTES) {
        u8 *where = target->parts[ELF_PART_TEXT] + at;
        bool is_free = memcmp(where, none, sizeof none) == 0;
        if (!is_free && memcmp(where, veneer, ELF_VENEER_BYTES) != 0)
            continue;
        if (is_free)
            memcpy(where, veneer, ELF_VENEER_BYTES);
        *address_out = target->addresses[ELF_PART_TEXT] + at;
        return HELIX_OK;
    }
    return HELIX_E_RANGE;
}

static helix_status relocate_one(const struct elf_site *site)
{
    const struct elf_file *file = site->file;
    struct elf_relocation r;
    helix_status st = read_relocation(site, site->index, &r);
    if (st != HELIX_OK)
        return st;
    st = elf_relocation_apply(&r);
    if (st == HELIX_E_NOTSUP)
        return refuse(file, HELIX_E_MODULE_FORMAT, "relocation type %u is not supported", r.type);
    if (st == HELIX_E_RANGE)
        return refuse(file, HELIX_E_MODULE_FORMAT, "a relocation of type %u does not reach",
                      r.type);
    if (st != HELIX_OK)
        return refuse(file, HELIX_E_MODULE_FORMAT,
                      "a relocation of type %u reaches past its section, or has no partner",
                      r.type);
    return HELIX_OK;
}

static helix_status relocate_section(const struct elf_file *file, const struct elf_target *target,
                                     const struct elf64_section *table)
{
    struct elf_site site = {.file = file, .target = target, .table = table};
    if (table->entry_size != sizeof(struct elf64_rela))
        return refuse(file, HELIX_E_MODULE_FORMAT, "a relocation table is damaged");
    for (; site.index < table->size / sizeof(struct elf64_rela); site.index++) {
        helix_status st = relocate_one(&site);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

helix_status elf_relocate(const struct elf_file *file, const struct elf_target *target)
{
    for (unsigned i = 0; i < file->section_count; i++) {
        const struct elf64_section *table = &file->sections[i];
        if (table->type != ELF_SECTION_RELA && table->type != ELF_SECTION_REL)
            continue;
        if (table->info >= file->section_count)
            return refuse(file, HELIX_E_MODULE_FORMAT, "a relocation table has no section");
        if (file->place[table->info] == ELF_NOT_LOADED)
            continue;
        if (table->type == ELF_SECTION_REL)
            return refuse(file, HELIX_E_MODULE_FORMAT, "relocations without addends");
        helix_status st = relocate_section(file, target, table);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

bool elf_function(const struct elf_file *file, u32 index, u64 *offset_out, const char **name_out)
{
    struct elf64_symbol symbol;
    read_symbol(file, index, &symbol);
    if (elf_symbol_type(&symbol) != ELF_SYMBOL_FUNCTION || symbol.section >= file->section_count ||
        file->place[symbol.section] == ELF_NOT_LOADED ||
        file->part[symbol.section] != ELF_PART_TEXT ||
        symbol.value > file->sections[symbol.section].size)
        return false;
    *offset_out = file->place[symbol.section] + symbol.value;
    *name_out = symbol_name(file, &symbol);
    return true;
}
