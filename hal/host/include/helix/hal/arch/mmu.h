/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Physical memory of the fake: one block that the test allocates. Physical address 0 is its first
 * byte. */
extern unsigned char *hal_host_memory;

#define HAL_ARCH_ARENA_BASE  0x7f0000000000ul
#define HAL_ARCH_ARENA_END   0x7f8000000000ul
#define HAL_ARCH_MODULE_BASE 0x7e0000000000ul
#define HAL_ARCH_MODULE_END  0x7e0040000000ul

static inline void *phys_to_virt(paddr pa)
{
    return hal_host_memory + pa.raw;
}

static inline paddr virt_to_phys(const void *direct_map_or_image_address)
{
    return paddr_of((const unsigned char *)direct_map_or_image_address - hal_host_memory);
}

/* Physical memory of @bytes that kernel mappings can show a second time. The first call counts. */
void hal_host_memory_create(size_t bytes);

/* What the processor does to an entry when a program uses the page. */
void hal_host_touch(struct hal_space *space, vaddr at, unsigned access);

extern unsigned hal_host_flushes; // calls of hal_tlb_flush()
