/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/scheduler.h>
#include <helix/lib/compiler.h>
#include <helix/lib/parse.h>

/* What every scheduler module reads from helix.toml, and how it finds a CPU when its policy has no
 * better idea. */
enum {
    SCHED_SLICE_MS_MIN = 1,
    SCHED_SLICE_MS_MAX = 100,
    SCHED_LEVELS_MAX = 140,
};

struct sched_settings {
    nanos slice;   // time_slice_ms
    u32 levels;    // priority_levels: priorities 0 to this less one
    bool balances; // load_balancing
    bool preempts; // preemption
};

static inline helix_status sched_setting_number(const struct helix_context *context,
                                                const char *key, const char *fallback, u64 most,
                                                u64 *value_out)
{
    u64 value;
    helix_status st = parse_u64(context->config_or(context, key, fallback), &value);
    if (st != HELIX_OK)
        return st;
    if (value < 1 || value > most)
        return HELIX_E_RANGE;
    *value_out = value;
    return HELIX_OK;
}

/* Errors: HELIX_E_INVAL not a number or not a boolean; HELIX_E_RANGE outside what helix.toml
 * allows. */
static inline helix_status sched_settings_read(struct sched_settings *settings,
                                               const struct helix_context *context,
                                               const char *slice_ms)
{
    u64 slice;
    u64 levels;
    helix_status st =
        sched_setting_number(context, "time_slice_ms", slice_ms, SCHED_SLICE_MS_MAX, &slice);
    if (st == HELIX_OK)
        st = sched_setting_number(context, "priority_levels", "140", SCHED_LEVELS_MAX, &levels);
    if (st == HELIX_OK)
        st = parse_bool(context->config_or(context, "load_balancing", "true"), &settings->balances);
    if (st == HELIX_OK)
        st = parse_bool(context->config_or(context, "preemption", "true"), &settings->preempts);
    if (st != HELIX_OK)
        return st;
    settings->slice = slice * NANOS_PER_MS;
    settings->levels = (u32)levels;
    return HELIX_OK;
}

/* Body of an export "time_slice_ms": what it is; with an argument, what it shall be. */
static inline helix_status sched_slice_export(struct sched_settings *settings,
                                              const struct helix_value *arguments, unsigned count,
                                              struct helix_value *result_out)
{
    if (count > 1)
        return HELIX_E_INVAL;
    if (count == 1) {
        i64 wanted = arguments[0].number;
        if (arguments[0].kind != HELIX_VALUE_I64 || wanted < SCHED_SLICE_MS_MIN ||
            wanted > SCHED_SLICE_MS_MAX)
            return HELIX_E_RANGE;
        WRITE_ONCE(settings->slice, (nanos)wanted * NANOS_PER_MS);
    }
    *result_out = (struct helix_value){
        .kind = HELIX_VALUE_I64,
        .number = (i64)(settings->slice / NANOS_PER_MS),
    };
    return HELIX_OK;
}

/*
 * Where it ran last, if that is idle; else the least loaded of @allowed, the waker's CPU before
 * others of the same load. @load tells a CPU's threads.
 */
static inline u32 sched_choose_cpu(u32 (*load)(const void *self, u32 cpu), const void *self,
                                   const struct sched_entity *entity, cpu_mask allowed,
                                   u32 waker_cpu)
{
    bool waker_allowed = (allowed & CPU_MASK_OF(waker_cpu)) != 0;
    u32 best = entity->cpu;
    if (!(allowed & CPU_MASK_OF(best)))
        best = waker_allowed ? waker_cpu : (u32)__builtin_ctzll(allowed);
    u32 least = load(self, best);
    if (waker_allowed && load(self, waker_cpu) < least) {
        best = waker_cpu;
        least = load(self, best);
    }
    for (cpu_mask left = allowed; left != 0 && least != 0; left &= left - 1) {
        u32 cpu = (u32)__builtin_ctzll(left);
        if (load(self, cpu) < least) {
            best = cpu;
            least = load(self, cpu);
        }
    }
    return best;
}

/* Without balancing: where it ran last when that is allowed. */
static inline u32 sched_stay_on_cpu(const struct sched_entity *entity, cpu_mask allowed,
                                    u32 waker_cpu)
{
    if (allowed & CPU_MASK_OF(entity->cpu))
        return entity->cpu;
    return (allowed & CPU_MASK_OF(waker_cpu)) ? waker_cpu : (u32)__builtin_ctzll(allowed);
}

static inline bool sched_may_run(const struct sched_entity *entity, u32 cpu)
{
    return (entity->affinity & CPU_MASK_OF(cpu)) != 0;
}
