/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The code of a loaded module: read by elf.c into the module arena, made read-only and executable,
 * and found again by address for backtraces and for assertions that fail inside it.
 */
#include <helix/debug/symbol.h>
#include <helix/execution/quiesce.h>
#include <helix/hal/mmu.h>
#include <helix/lib/atomic.h>
#include <helix/lib/export.h>
#include <helix/lib/format.h>
#include <helix/lib/log.h>
#include <helix/lib/sort.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/panic/panic.h>
#include <helix/profile.h>

#include "elf.h"
#include "framework.h"
#include "traits.h"

struct image_symbol {
    u32 offset;
    u32 name; // in names
};

struct module_image {
    struct module_image *next; // read without a lock; a grace period passes before one is freed
    u8 *memory;
    size_t text_bytes;
    size_t bytes;                 // all
    struct image_symbol *symbols; // sorted by offset
    u32 symbol_count;
    char *names;
    char module[NAME_BYTES];
};

static struct module_image *images;

extern const struct helix_symbol *const __start_helix_exports[];
extern const struct helix_symbol *const __stop_helix_exports[];

static bool export_find(const char *name, u64 *address_out)
{
    for (const struct helix_symbol *const *p = __start_helix_exports; p != __stop_helix_exports;
         p++) {
        if (strcmp((*p)->name, name) == 0) {
            *address_out = (u64)(uintptr_t)(*p)->address;
            return true;
        }
    }
    return false;
}

/* ---- Symbols
 * -------------------------------------------------------------------------------------------------------
 */

static int compare_symbols(const void *a, const void *b, void *context)
{
    (void)context;
    u32 left = ((const struct image_symbol *)a)->offset;
    u32 right = ((const struct image_symbol *)b)->offset;
    return left < right ? -1 : left > right;
}

static void measure_symbols(const struct elf_file *file, u32 *count_out, size_t *names_out)
{
    u64 offset;
    const char *name;
    *count_out = 0;
    *names_out = 0;
    for (u32 i = 0; i < file->symbol_count; i++) {
        if (elf_function(file, i, &offset, &name)) {
            ++*count_out;
            *names_out += strlen(name) + 1;
        }
    }
}

static helix_status keep_symbols(struct module_image *image, const struct elf_file *file)
{
    u32 count;
    size_t names;
    u64 offset;
    const char *name;
    measure_symbols(file, &count, &names);
    image->symbols = kmalloc((count + 1) * sizeof *image->symbols);
    image->names = kmalloc(names + 1);
    if (image->symbols == NULL || image->names == NULL)
        return HELIX_E_NOMEM;
    size_t used = 0;
    for (u32 i = 0; i < file->symbol_count; i++) {
        if (!elf_function(file, i, &offset, &name))
            continue;
        image->symbols[image->symbol_count++] = (struct image_symbol){(u32)offset, (u32)used};
        used += strlcpy(image->names + used, name, names + 1 - used) + 1;
    }
    lib_sort(image->symbols, image->symbol_count, sizeof *image->symbols, compare_symbols, NULL);
    return HELIX_OK;
}

static struct module_image *image_of(uintptr_t address)
{
    for (struct module_image *i = atomic_load_acquire(&images); i != NULL;
         i = atomic_load_acquire(&i->next)) {
        uintptr_t start = (uintptr_t)i->memory;
        if (address >= start && address < start + i->text_bytes)
            return i;
    }
    return NULL;
}

static bool find_symbol(uintptr_t address, struct symbol *symbol_out)
{
    const struct module_image *image = image_of(address);
    if (image == NULL)
        return false;
    u64 offset = address - (uintptr_t)image->memory;
    const struct image_symbol *best = NULL;
    for (u32 i = 0; i < image->symbol_count && image->symbols[i].offset <= offset; i++)
        best = &image->symbols[i];
    *symbol_out = (struct symbol){
        .name = best != NULL ? image->names + best->name : "?",
        .module = image->module,
        .offset = best != NULL ? offset - best->offset : offset,
    };
    return true;
}

static bool in_module(uintptr_t address)
{
    return image_of(address) != NULL;
}

void image_start(void)
{
    static struct symbol_source source = {.find = find_symbol};
    static const struct panic_hooks hooks = {.in_module = in_module};
    symbol_add_source(&source);
    panic_set_hooks(&hooks);
}

/* ---- Loading
 * --------------------------------------------------------------------------------------------------------
 */

static void publish(struct module_image *image)
{
    image->next = atomic_load_relaxed(&images);
    atomic_store_release(&images, image);
}

static void withdraw(struct module_image *image)
{
    for (struct module_image **at = &images; *at != NULL; at = &(*at)->next) {
        if (*at == image) {
            atomic_store_release(at, image->next);
            return;
        }
    }
}

static void release(struct module_image *image)
{
    if (image->memory != NULL)
        kvm_free(image->memory);
    kfree(image->symbols);
    kfree(image->names);
    kfree(image);
}

void image_free(struct module_image *image)
{
    withdraw(image);
    quiesce_wait();
    release(image);
}

size_t image_bytes(const struct module_image *image)
{
    return image->bytes;
}

static helix_status place(struct module_image *image, const struct elf_file *file)
{
    void *memory;
    image->text_bytes = file->part_bytes[ELF_PART_TEXT];
    image->bytes = image->text_bytes + file->part_bytes[ELF_PART_RODATA];
    helix_status st = kvm_alloc(image->bytes, KVM_MODULE, &memory);
    if (st != HELIX_OK)
        return st;
    image->memory = memory;
    memset(memory, 0, image->bytes);
    return HELIX_OK;
}

static helix_status relocate(struct module_image *image, const struct elf_file *file)
{
    u8 *rodata = image->memory + image->text_bytes;
    struct elf_target target = {
        .parts = {image->memory, rodata},
        .addresses = {(u64)(uintptr_t)image->memory, (u64)(uintptr_t)rodata},
        .lookup = export_find,
    };
    elf_copy(file, target.parts);
    return elf_relocate(file, &target);
}

static helix_status protect(struct module_image *image)
{
    helix_status st = HELIX_OK;
    if (image->text_bytes > 0)
        st = kvm_protect(image->memory, image->text_bytes, HAL_PROT_READ | HAL_PROT_EXEC);
    if (st == HELIX_OK)
        st = kvm_protect(image->memory + image->text_bytes, image->bytes - image->text_bytes,
                         HAL_PROT_READ);
    hal_sync_code(vaddr_of(image->memory), image->text_bytes);
    return st;
}

/*
 * A damaged or hostile file may hold a record that points anywhere. Everything that is read of it
 * later must lie in the module's constants, and every function in its code or the kernel's.
 */
extern const char __text_start[];
extern const char __text_end[];

static bool in_constants(const struct module_image *image, const void *at, size_t bytes)
{
    uintptr_t start = (uintptr_t)image->memory + image->text_bytes;
    uintptr_t end = (uintptr_t)image->memory + image->bytes;
    return (uintptr_t)at >= start && (uintptr_t)at <= end && bytes <= end - (uintptr_t)at;
}

static bool string_ok(const struct module_image *image, const char *text)
{
    if (text == NULL)
        return true;
    if (!in_constants(image, text, 1))
        return false;
    size_t room = (uintptr_t)image->memory + image->bytes - (uintptr_t)text;
    return strnlen(text, room) < room;
}

static bool function_ok(const struct module_image *image, uintptr_t at)
{
    bool kernel = at >= (uintptr_t)__text_start && at < (uintptr_t)__text_end;
    uintptr_t start = (uintptr_t)image->memory;
    return at == 0 || kernel || (at >= start && at < start + image->text_bytes);
}

#define LIST_MOST 64

static bool names_ok(const struct module_image *image, const char *const *names)
{
    for (unsigned i = 0; names != NULL; i++) {
        if (i == LIST_MOST || !in_constants(image, &names[i], sizeof names[i]) ||
            !string_ok(image, names[i]))
            return false;
        if (names[i] == NULL)
            return true;
    }
    return true;
}

static bool exports_ok(const struct module_image *image, const struct helix_export *exports)
{
    for (unsigned i = 0; exports != NULL; i++) {
        const struct helix_export *e = &exports[i];
        if (i == LIST_MOST || !in_constants(image, e, sizeof *e) || !string_ok(image, e->name) ||
            !string_ok(image, e->summary) || !function_ok(image, (uintptr_t)e->call))
            return false;
        if (e->name == NULL)
            return true;
        if (e->call == NULL)
            return false;
    }
    return true;
}

/* Words of a table that are no functions are none that anybody calls: traits_check() has looked at
 * those. */
static bool table_ok(const struct module_image *image, const struct helix_ops_header *ops)
{
    if (!in_constants(image, ops, sizeof *ops) || ops->interface == NULL ||
        !string_ok(image, ops->interface) || !in_constants(image, ops, ops->size))
        return false;
    u32 first = traits_first_slot(ops->interface);
    for (u32 at = (u32)sizeof *ops; at + sizeof(uintptr_t) <= ops->size;
         at += (u32)sizeof(uintptr_t)) {
        uintptr_t word;
        memcpy(&word, (const char *)ops + at, sizeof word);
        bool is_text = at < first && word > UINT32_MAX;
        if (is_text ? !string_ok(image, (const char *)word)
                    : at >= first && !function_ok(image, word))
            return false;
    }
    return true;
}

static bool tables_ok(const struct module_image *image, const struct helix_ops_header *const *ops)
{
    for (unsigned i = 0; ops != NULL; i++) {
        if (i == LIST_MOST || !in_constants(image, &ops[i], sizeof ops[i]))
            return false;
        if (ops[i] == NULL)
            return true;
        if (!table_ok(image, ops[i]))
            return false;
    }
    return true;
}

static bool functions_ok(const struct module_image *image, const struct helix_module *r)
{
    const uintptr_t functions[] = {
        (uintptr_t)r->init,          (uintptr_t)r->start,        (uintptr_t)r->stop,
        (uintptr_t)r->onload,        (uintptr_t)r->handle_event, (uintptr_t)r->handle_request,
        (uintptr_t)r->is_healthy,    (uintptr_t)r->state_bound,  (uintptr_t)r->save_state,
        (uintptr_t)r->restore_state, (uintptr_t)r->adopt,
    };
    for (unsigned i = 0; i < array_count(functions); i++) {
        if (!function_ok(image, functions[i]))
            return false;
    }
    return true;
}

static helix_status check_pointers(const struct module_image *image, const struct helix_module *r,
                                   char *reason, size_t capacity)
{
    bool ok = string_ok(image, r->name) && string_ok(image, r->description) &&
              string_ok(image, r->author) && string_ok(image, r->license) &&
              names_ok(image, r->dependencies) && names_ok(image, r->provides) &&
              exports_ok(image, r->exports) && tables_ok(image, r->ops) && functions_ok(image, r);
    if (ok)
        return HELIX_OK;
    lib_format(reason, capacity, "the module record points outside the module");
    return HELIX_E_MODULE_FORMAT;
}

/* Which ABI first: another one's record may be laid out otherwise. */
static helix_status check_record(const struct module_image *image,
                                 const struct helix_module *record, char *reason, size_t capacity)
{
    helix_status st = record_check_abi(record, reason, capacity);
    if (st == HELIX_OK)
        st = check_pointers(image, record, reason, capacity);
    return st == HELIX_OK ? record_check(record, reason, capacity) : st;
}

static helix_status find_record(const struct module_image *image, const struct elf_file *file,
                                const struct helix_module **record_out, char *reason,
                                size_t capacity)
{
    uintptr_t record;
    const u8 *rodata = image->memory + image->text_bytes;
    memcpy(&record, rodata + elf_record_offset(file), sizeof record);
    uintptr_t start = (uintptr_t)rodata;
    uintptr_t end = (uintptr_t)image->memory + image->bytes;
    if (record < start || record > end - sizeof(struct helix_module) || record % 8 != 0) {
        lib_format(reason, capacity, "the module record lies outside the module");
        return HELIX_E_MODULE_FORMAT;
    }
    *record_out = (const struct helix_module *)record;
    return check_record(image, *record_out, reason, capacity);
}

static helix_status build(struct module_image *image, const struct elf_file *file,
                          const struct helix_module **record_out, char *reason, size_t capacity)
{
    helix_status st = place(image, file);
    if (st == HELIX_OK)
        st = relocate(image, file);
    if (st == HELIX_OK)
        st = keep_symbols(image, file);
    if (st == HELIX_OK)
        st = protect(image);
    if (st == HELIX_OK)
        st = find_record(image, file, record_out, reason, capacity);
    if (st == HELIX_OK)
        strlcpy(image->module, (*record_out)->name, sizeof image->module);
    if (st != HELIX_OK && reason[0] == '\0')
        lib_format(reason, capacity, "%s", helix_status_text(st));
    return st;
}

helix_status image_load(const void *data, size_t bytes, struct module_image **image_out,
                        const struct helix_module **record_out, char *reason, size_t capacity)
{
    reason[0] = '\0';
    if (HELIX_SECURITY_VERIFY_MODULES) {
        lib_format(reason, capacity,
                   "this profile wants signed modules, and no verifier is built in");
        return HELIX_E_MODULE_SIGNATURE;
    }
    struct elf_file *file = kzalloc(sizeof *file);
    struct module_image *image = kzalloc(sizeof *image);
    helix_status st = HELIX_E_NOMEM;
    if (file == NULL || image == NULL) {
        lib_format(reason, capacity, "%s", helix_status_text(st));
        goto free_both;
    }
    // One by one: a whole struct assigned is first made on the stack where nothing is optimised,
    // and it is larger than that.
    file->data = data;
    file->bytes = bytes;
    file->machine = elf_relocation_machine;
    file->reason = reason;
    file->reason_capacity = capacity;
    st = elf_open(file);
    if (st == HELIX_OK)
        st = build(image, file, record_out, reason, capacity);
    if (st != HELIX_OK)
        goto free_both;
    kfree(file);
    publish(image);
    *image_out = image;
    return HELIX_OK;

free_both:
    kfree(file);
    if (image != NULL)
        release(image);
    return st;
}
