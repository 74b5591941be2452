/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Where the parts of a program lie, from the top of user memory down: the vDSO, at most 2 MB above
 * the stack; the stack, with room to grow to its limit; mappings, the interpreter first; a program
 * that may lie anywhere with its heap behind it, from two thirds on; one that may not where it
 * wants to be.
 *
 * Bits of pages at random, for 47 (AArch64 48, RISC-V 38 and more) bits of user memory: stack 22
 * (23, 13), mappings and programs 28 (29, 19), heap 18. Linux has as many on the first, no more on
 * the others, and 13 for the heap of the first.
 */
#include "exec/exec.h"
#include "exec/vdso.h"

#include <helix/entropy/entropy.h>
#include <helix/hal/mmu.h>
#include <helix/init/init.h>
#include <helix/profile.h>

#define STACK_RANDOM_BITS (log2_floor(HAL_USER_END / 4096) - PAGE_SHIFT)
#define STACK_ROOM        (HAL_USER_END / 8192) // is always there between stack and mappings
#define STACK_ROOM_MOST   (HAL_USER_END / 8)
#define VDSO_RANDOM       (2 * 1024 * 1024u)
#define PROGRAM_BASE      (HAL_USER_END / 3 * 2)
#define PROGRAM_BITS      (log2_floor(HAL_USER_END / 64) - PAGE_SHIFT)
#define HEAP_RANDOM_BITS  18u

/* Personality bits that a program with new rights does not inherit. */
#define PERSONALITY_NOT_FOR_SETID 0x0740000u

u32 exec_randomize = HELIX_SECURITY_ASLR ? EXEC_RANDOMIZE_ALL : EXEC_RANDOMIZE_NONE;

void exec_start(void)
{
    vdso_start();
    if (init_option("norandmaps"))
        exec_randomize = EXEC_RANDOMIZE_NONE;
}

static u64 random_pages(const struct exec_attempt *attempt, unsigned bits)
{
    return attempt->randomize ? (entropy_u64() & ((1ull << bits) - 1)) << PAGE_SHIFT : 0;
}

void exec_layout_choose(struct exec_attempt *attempt)
{
    if (attempt->secure)
        attempt->personality &= ~PERSONALITY_NOT_FOR_SETID;
    if (!(attempt->personality & PERSONALITY_NO_RANDOMIZE))
        attempt->randomize = READ_ONCE(exec_randomize);
    attempt->stack_top = HAL_USER_END - random_pages(attempt, STACK_RANDOM_BITS);
    u64 top = vm_mmap_top(attempt->randomize != EXEC_RANDOMIZE_NONE).raw;
    const u64 limit = process_limit(LINUX_RLIMIT_STACK);
    if (limit > STACK_ROOM)
        top -= min(limit, (u64)STACK_ROOM_MOST) - STACK_ROOM;
    vm_set_mmap_top(attempt->space, vaddr_of(top));
}

u64 exec_layout_bias(const struct exec_attempt *attempt)
{
    const struct elf_program *program = &attempt->image.program;
    if (program->type == ELF_TYPE_EXEC)
        return 0;
    const u64 base = PROGRAM_BASE + random_pages(attempt, PROGRAM_BITS);
    return align_down(base, program->alignment) - program->low;
}

u64 exec_layout_heap(const struct exec_attempt *attempt)
{
    const u64 end = attempt->image.program.high + attempt->image.bias;
    return attempt->randomize < EXEC_RANDOMIZE_ALL ? end
                                                   : end + random_pages(attempt, HEAP_RANDOM_BITS);
}

vaddr exec_layout_vdso(const struct exec_attempt *attempt)
{
    const u64 room = HAL_USER_END - attempt->stack_top;
    if (!attempt->randomize || room < vdso_bytes())
        return vaddr_of(0);
    const u64 places = min(room - vdso_bytes(), (u64)VDSO_RANDOM) / PAGE_SIZE + 1;
    return vaddr_of(attempt->stack_top + entropy_u64() % places * PAGE_SIZE);
}
