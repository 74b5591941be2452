/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Register sets are all there is to trace: no requests of its own, no struct user to peek into. */
#include "trace/registers.h"

u32 arch_trace_request(u32 request, bool *set_out)
{
    (void)request;
    *set_out = false;
    return 0;
}

bool arch_user_peek(struct thread *thread, u64 offset, u64 *word_out)
{
    (void)thread;
    (void)offset;
    (void)word_out;
    return false;
}

bool arch_user_poke(struct thread *thread, u64 offset, u64 word)
{
    (void)thread;
    (void)offset;
    (void)word;
    return false;
}
