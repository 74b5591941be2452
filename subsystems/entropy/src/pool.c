/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/entropy/entropy.h>

#include <helix/abi/boot_info.h>
#include <helix/hal/cpu.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>
#include <helix/init/init.h>
#include <helix/lib/log.h>
#include <helix/lib/random.h>

#define SEED_BYTES 32

static struct spinlock pool_lock = SPINLOCK_INIT(LOCK_RANK_HAL);
static struct random_state pool HELIX_GUARDED_BY(&pool_lock);
static const char *seed_source = "not seeded";

void entropy_fill(void *to, size_t bytes)
{
    const struct irq_key key = spin_lock_irq(&pool_lock);
    random_fill(&pool, to, bytes);
    spin_unlock_irq(&pool_lock, key);
}

u64 entropy_u64(void)
{
    u64 value;
    entropy_fill(&value, sizeof value);
    return value;
}

void entropy_mix(const void *data, size_t bytes)
{
    const struct irq_key key = spin_lock_irq(&pool_lock);
    random_mix(&pool, data, bytes);
    spin_unlock_irq(&pool_lock, key);
}

const char *entropy_source(void)
{
    return seed_source;
}

static helix_status entropy_start(void)
{
    const struct boot_info *info = init_boot_info();
    u8 seed[SEED_BYTES];
    seed_source = hal_entropy(seed, sizeof seed);
    entropy_mix(seed, sizeof seed);
    entropy_mix(info->entropy, info->entropy_bytes);
    const u64 cycles = hal_cycles();
    entropy_mix(&cycles, sizeof cycles);
    log_info("entropy", "seeded from %s", seed_source);
    return HELIX_OK;
}
INIT_STEP(cpu, entropy, .run = entropy_start);
