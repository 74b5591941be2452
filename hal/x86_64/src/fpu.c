/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/fpu.h>

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

#include "features.h"
#include "fpu_internal.h"
#include "machine.h"

/* x87, SSE, AVX and AVX-512: what the kernel saves when the CPU has it. */
#define XCR0_WANTED 0xe7ull

#define LEGACY_BYTES   512
#define HEADER_BYTES   64
#define CONTROL_START  0x037f
#define MXCSR_START    0x1f80
#define MXCSR_OFFSET   24
#define MXCSR_MASK_AT  28
#define MXCSR_MASK_OLD 0xffbf

static size_t state_bytes = LEGACY_BYTES;
static u64 enabled_components;
static u32 mxcsr_mask = MXCSR_MASK_OLD;

struct xsave_header {
    u64 present;
    u64 compaction;
    u64 reserved[6];
};

static void xcr0_write(u64 value)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"((u32)value), "d"((u32)(value >> 32)));
}

void hal_fpu_init_cpu(void)
{
    if (hal_features.xsave)
        xcr0_write(enabled_components);
    __asm__ volatile("fninit");
}

static void read_mxcsr_mask(void)
{
    static HELIX_ALIGNED(64) u8 image[LEGACY_BYTES];
    __asm__ volatile("fxsave64 %0" : "=m"(image));
    u32 mask;
    memcpy(&mask, image + MXCSR_MASK_AT, sizeof(mask));
    if (mask != 0)
        mxcsr_mask = mask;
}

void hal_fpu_detect(void)
{
    if (hal_features.xsave) {
        struct cpuid components = cpuid(0xd, 0);
        enabled_components = ((u64)components.d << 32 | components.a) & XCR0_WANTED;
        xcr0_write(enabled_components);
        state_bytes = cpuid(0xd, 0).b; // for what is enabled now
    }
    read_mxcsr_mask();
}

size_t hal_fpu_state_size(void)
{
    return state_bytes;
}

void hal_fpu_init_state(void *fpu)
{
    const u16 control = CONTROL_START;
    const u32 mxcsr = MXCSR_START;
    memset(fpu, 0, state_bytes);
    memcpy(fpu, &control, sizeof(control));
    memcpy((u8 *)fpu + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
}

/* XSAVEOPT leaves out what has not changed since this area was loaded, so an area belongs to one
 * thread. */
void hal_fpu_save(void *fpu)
{
    if (hal_features.xsaveopt)
        __asm__ volatile("xsaveopt64 (%0)" : : "r"(fpu), "a"(-1), "d"(-1) : "memory");
    else if (hal_features.xsave)
        __asm__ volatile("xsave64 (%0)" : : "r"(fpu), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(fpu) : "memory");
}

void hal_fpu_restore(const void *fpu)
{
    if (hal_features.xsave)
        __asm__ volatile("xrstor64 (%0)" : : "r"(fpu), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(fpu) : "memory");
}

bool hal_fpu_validate(void *fpu)
{
    u32 mxcsr;
    memcpy(&mxcsr, (u8 *)fpu + MXCSR_OFFSET, sizeof(mxcsr));
    if (mxcsr & ~mxcsr_mask)
        return false;
    if (!hal_features.xsave)
        return true;
    const struct xsave_header *header = (const void *)((u8 *)fpu + LEGACY_BYTES);
    static const struct xsave_header zero;
    return (header->present & ~enabled_components) == 0 && header->compaction == 0 &&
           memcmp(header->reserved, zero.reserved, sizeof(zero.reserved)) == 0;
}
