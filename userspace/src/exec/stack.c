/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The first stack of a program. From its top down: a zero word, the program's name, the environment
 * and argument strings, the platform's name, 16 random bytes, then, 16-byte aligned, the auxiliary
 * vector, the two pointer vectors and argc, where the stack pointer stands.
 */
#include "arch.h"
#include "exec/exec.h"

#include <helix/entropy/entropy.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#define STACK_FIRST_BYTES (128 * 1024u) // mapped beyond what the strings need; it grows on demand
#define RANDOM_BYTES      16u
#define AUX_ENTRIES       24u

struct stack_plan {
    u64 name, text, platform, random; // addresses
    u64 vectors;                      // of argc
    size_t words;                     // from there to the auxiliary vector's end
};

static const char *platform_text(void)
{
    const char *text = arch_platform();
    return text ? text : "";
}

static void plan_stack(const struct exec_attempt *attempt, struct stack_plan *plan)
{
    const struct exec_strings *strings = &attempt->strings;
    const size_t pointers = (size_t)strings->argument_count + strings->environment_count;
    u64 at = attempt->stack_top - sizeof(u64);
    at -= strlen(attempt->name) + 1;
    plan->name = at;
    at -= strings->end - strings->start;
    plan->text = at;
    at = align_down(at - strlen(platform_text()) - 1, sizeof(u64));
    plan->platform = at;
    at -= RANDOM_BYTES;
    plan->random = at;
    // So that cache lines of different processes' stacks differ.
    if (attempt->randomize)
        at -= entropy_u64() & 0xff0;
    plan->words = 1 + pointers + 2 + 2 * AUX_ENTRIES;
    plan->vectors = align_down(at - plan->words * sizeof(u64), 16);
}

static helix_status map_stack(struct exec_attempt *attempt, const struct stack_plan *plan)
{
    const u64 low = align_down(plan->vectors, PAGE_SIZE) - STACK_FIRST_BYTES;
    const struct vm_map_args args = {
        .at = vaddr_of(low),
        .bytes = attempt->stack_top - low,
        .flags = VM_READ | VM_WRITE | VM_GROWS_DOWN | VM_STACK |
                 (attempt->image.program.executable_stack ? VM_EXEC : 0),
        .how = VM_MAP_FIXED_NOREPLACE,
    };
    vaddr at;
    return vm_map(attempt->space, &args, &at);
}

static helix_status store(struct exec_attempt *attempt, u64 to, const void *from, size_t bytes)
{
    size_t done;
    const helix_status status = vm_copy_to(attempt->space, vaddr_of(to), from, bytes, &done);
    if (status == HELIX_OK && done != bytes)
        return HELIX_E_NOMEM;
    return status;
}

static helix_status store_texts(struct exec_attempt *attempt, const struct stack_plan *plan)
{
    const struct exec_strings *strings = &attempt->strings;
    // Platform and random bytes lie side by side.
    char small[RANDOM_BYTES + 32] = {0};
    entropy_fill(small, RANDOM_BYTES);
    strlcpy(small + RANDOM_BYTES, platform_text(), sizeof small - RANDOM_BYTES);
    helix_status status =
        store(attempt, plan->random, small, RANDOM_BYTES + strlen(platform_text()) + 1);
    if (status == HELIX_OK)
        status = store(attempt, plan->text, strings->memory + strings->start,
                       strings->end - strings->start);
    if (status == HELIX_OK)
        status = store(attempt, plan->name, attempt->name, strlen(attempt->name) + 1);
    return status;
}

struct word_writer {
    u64 *words;
    size_t count;
};

static void put_word(struct word_writer *writer, u64 word)
{
    writer->words[writer->count++] = word;
}

static void put_aux(struct word_writer *writer, u64 type, u64 value)
{
    put_word(writer, type);
    put_word(writer, value);
}

/* Pointers to @count strings from *text on; *at is the first one's address in user memory. */
static void put_pointers(struct word_writer *writer, const char **text, u64 *at, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const size_t bytes = strlen(*text) + 1;
        put_word(writer, *at);
        *text += bytes;
        *at += bytes;
    }
    put_word(writer, 0);
}

static void put_aux_vector(const struct exec_attempt *attempt, const struct stack_plan *plan,
                           struct word_writer *writer)
{
    const struct elf_program *program = &attempt->image.program;
    const struct credentials *credentials = attempt->credentials;
    put_aux(writer, ELF_AUX_VDSO, attempt->vdso.raw);
    put_aux(writer, ELF_AUX_MIN_SIGNAL_STACK, arch_signal_stack_min());
    put_aux(writer, ELF_AUX_HWCAP, arch_hwcap());
    put_aux(writer, ELF_AUX_PAGE_SIZE, PAGE_SIZE);
    put_aux(writer, ELF_AUX_CLOCK_TICK, USER_HZ);
    put_aux(writer, ELF_AUX_PROGRAM, program->headers_address + attempt->image.bias);
    put_aux(writer, ELF_AUX_PROGRAM_ENTRY, sizeof(struct elf64_segment));
    put_aux(writer, ELF_AUX_PROGRAM_COUNT, program->header_count);
    put_aux(writer, ELF_AUX_BASE, attempt->interpreter ? attempt->interpreter->bias : 0);
    put_aux(writer, ELF_AUX_FLAGS, 0);
    put_aux(writer, ELF_AUX_ENTRY, program->entry + attempt->image.bias);
    put_aux(writer, ELF_AUX_UID, credentials->uid);
    put_aux(writer, ELF_AUX_EUID, credentials->euid);
    put_aux(writer, ELF_AUX_GID, credentials->gid);
    put_aux(writer, ELF_AUX_EGID, credentials->egid);
    put_aux(writer, ELF_AUX_SECURE, attempt->secure);
    put_aux(writer, ELF_AUX_RANDOM, plan->random);
    put_aux(writer, ELF_AUX_HWCAP2, arch_hwcap2());
    put_aux(writer, ELF_AUX_EXEC_NAME, plan->name);
    if (arch_platform())
        put_aux(writer, ELF_AUX_PLATFORM, plan->platform);
    put_aux(writer, ELF_AUX_NULL, 0);
}

static helix_status store_vectors(struct exec_attempt *attempt, const struct stack_plan *plan)
{
    const struct exec_strings *strings = &attempt->strings;
    struct word_writer writer = {.words = kmalloc(plan->words * sizeof(u64))};
    if (!writer.words)
        return HELIX_E_NOMEM;
    const char *text = strings->memory + strings->start;
    u64 at = plan->text;
    put_word(&writer, strings->argument_count);
    put_pointers(&writer, &text, &at, strings->argument_count);
    attempt->arguments_start = plan->text;
    attempt->arguments_end = attempt->environment_start = at;
    put_pointers(&writer, &text, &at, strings->environment_count);
    attempt->environment_end = at;
    attempt->auxv_start = plan->vectors + writer.count * sizeof(u64);
    put_aux_vector(attempt, plan, &writer);
    attempt->auxv_end = plan->vectors + writer.count * sizeof(u64);
    const helix_status status =
        store(attempt, plan->vectors, writer.words, writer.count * sizeof(u64));
    kfree(writer.words);
    return status;
}

helix_status exec_build_stack(struct exec_attempt *attempt)
{
    struct stack_plan plan;
    plan_stack(attempt, &plan);
    helix_status status = map_stack(attempt, &plan);
    if (status == HELIX_OK)
        status = store_texts(attempt, &plan);
    if (status == HELIX_OK)
        status = store_vectors(attempt, &plan);
    attempt->stack_pointer = plan.vectors;
    return status;
}
