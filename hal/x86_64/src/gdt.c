/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "cpu_local.h"
#include "machine.h"

#include <helix/hal/arch/user_cpu.h>

/* Descriptors: present, of their ring; a code segment is 64-bit. */
#define DESCRIPTOR_KERNEL_CODE 0x00af9b000000ffffull
#define DESCRIPTOR_KERNEL_DATA 0x00cf93000000ffffull
#define DESCRIPTOR_USER_DATA   0x00cff3000000ffffull
#define DESCRIPTOR_USER_CODE   0x00affb000000ffffull
#define DESCRIPTOR_TSS         0x0000890000000000ull
#define DESCRIPTOR_USER_CPU    0x0040f10000000000ull // data to read, its limit in bytes

struct HELIX_PACKED table_pointer {
    u16 limit;
    u64 base;
};

void hal_gdt_load_segments(const struct table_pointer *pointer); // trap_entry.S

void hal_gdt_fill(struct hal_cpu *cpu, const uintptr_t ist[IST_COUNT])
{
    u64 base = (u64)&cpu->tss;
    cpu->gdt[SEGMENT_KERNEL_CODE / 8] = DESCRIPTOR_KERNEL_CODE;
    cpu->gdt[SEGMENT_KERNEL_DATA / 8] = DESCRIPTOR_KERNEL_DATA;
    cpu->gdt[SEGMENT_USER_DATA / 8] = DESCRIPTOR_USER_DATA;
    cpu->gdt[SEGMENT_USER_CODE / 8] = DESCRIPTOR_USER_CODE;
    cpu->gdt[SEGMENT_TSS / 8] = DESCRIPTOR_TSS | (sizeof(struct tss) - 1) |
                                (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    cpu->gdt[SEGMENT_TSS / 8 + 1] = base >> 32;
    cpu->gdt[HAL_USER_CPU_SEGMENT / 8] = DESCRIPTOR_USER_CPU | cpu->id;
    cpu->tss.io_map = sizeof(struct tss); // no port is open to user mode
    for (unsigned i = 0; i < IST_COUNT; i++) {
        cpu->tss.ist[i] = ist[i];
        *(struct hal_cpu **)(ist[i] - IST_STACK_BYTES) = cpu;
    }
}

void hal_gdt_load(struct hal_cpu *cpu)
{
    struct table_pointer pointer = {.limit = sizeof(cpu->gdt) - 1, .base = (u64)cpu->gdt};
    hal_gdt_load_segments(&pointer);
    msr_write(MSR_GS_BASE, (u64)cpu);
    msr_write(MSR_KERNEL_GS_BASE, 0);
    __asm__ volatile("ltr %w0" : : "r"(SEGMENT_TSS));
}
