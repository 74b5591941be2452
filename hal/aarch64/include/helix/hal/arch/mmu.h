/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* TTBR1's half. The image is placed anywhere in RAM; modules lie behind it, so that the first ones
 * reach it with direct branches (128 MB). */
#define HAL_DIRECT_BASE 0xffff000000000000ul
#define HAL_DIRECT_END  0xffff800000000000ul
#define HAL_IMAGE_BASE  0xffffffff80000000ul

#define HAL_ARCH_ARENA_BASE  0xffff800000000000ul
#define HAL_ARCH_ARENA_END   0xffff808000000000ul
#define HAL_ARCH_MODULE_BASE 0xffffffff84000000ul
#define HAL_ARCH_MODULE_END  0xffffffffc0000000ul

/* Where the loader put HAL_IMAGE_BASE. Constant since before the first line of C. */
extern u64 hal_image_phys;

static inline void *phys_to_virt(paddr pa)
{
    return (void *)(pa.raw + HAL_DIRECT_BASE);
}

static inline paddr virt_to_phys(const void *direct_map_or_image_address)
{
    uintptr_t at = (uintptr_t)direct_map_or_image_address;
    return paddr_of(at >= HAL_IMAGE_BASE ? at - HAL_IMAGE_BASE + hal_image_phys
                                         : at - HAL_DIRECT_BASE);
}
