/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Pauses that callers felt, and their percentiles. */
#include <helix/gate/gate.h>
#include <helix/lib/compiler.h>

static u32 saturate(u64 value)
{
    return value > UINT32_MAX ? UINT32_MAX : (u32)value;
}

void gate_record_pause(struct gate_binding *binding, nanos pause, u64 instructions)
{
    struct gate_statistics *s = &binding->statistics;
    s->swaps++;
    s->last_pause = pause;
    s->max_pause = max(s->max_pause, pause);
    s->pause_ns[s->next] = saturate(pause);
    s->pause_instructions[s->next] = saturate(instructions);
    s->next = (s->next + 1) % GATE_PAUSE_SAMPLES;
    if (s->samples < GATE_PAUSE_SAMPLES)
        s->samples++;
}

void gate_record_failure(struct gate_binding *binding)
{
    binding->statistics.failures++;
}

static u32 count_up_to(const u32 *samples, u32 count, u32 limit)
{
    u32 n = 0;
    for (u32 i = 0; i < count; i++)
        n += samples[i] <= limit;
    return n;
}

/* The smallest value that @percent of the samples do not exceed. Found by halving the range of
 * values: no copy, no sorting. */
static u32 percentile(const u32 *samples, u32 count, u32 percent)
{
    if (count == 0)
        return 0;
    u32 wanted = (u32)div_round_up((u64)count * percent, 100);
    u32 low = 0;
    u32 high = UINT32_MAX;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (count_up_to(samples, count, middle) >= wanted)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void gate_pauses(const struct gate_binding *binding, struct gate_pauses *pauses_out)
{
    const struct gate_statistics *s = &binding->statistics;
    *pauses_out = (struct gate_pauses){
        .p50 = percentile(s->pause_ns, s->samples, 50),
        .p99 = percentile(s->pause_ns, s->samples, 99),
        .max = s->max_pause,
        .instructions_p99 = percentile(s->pause_instructions, s->samples, 99),
    };
}
