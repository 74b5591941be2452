/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Lines and their handlers. The list of a line is read by its interrupts without a lock, inside a
 * section with interrupts off; it changes under `change_lock`, and a handler that was taken out is
 * let go after a grace period.
 */
#include <helix/interrupts/interrupts.h>

#include <helix/execution/quiesce.h>
#include <helix/hal/cpu.h>
#include <helix/hal/spinlock.h>
#include <helix/init/init.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

struct irq_line {
    struct irq_claim *first;
    u64 counts[HELIX_MAX_CPUS]; // each written by its CPU only
};

static struct irq_line **lines; // allocated at the first claim; never freed
static unsigned line_count;
static u64 spurious;
static struct spinlock change_lock = SPINLOCK_INIT(LOCK_RANK_IRQ);

static helix_status interrupts_start(void)
{
    line_count = hal_irq_lines();
    lines = kzalloc(line_count * sizeof(*lines));
    return lines == NULL ? HELIX_E_NOMEM : HELIX_OK;
}
INIT_STEP(interrupts, lines, .run = interrupts_start,
          .after = HELIX_INIT_NAMES("interrupts.devices"));

static struct irq_line *line_find(unsigned number)
{
    return number < line_count ? atomic_load_acquire(&lines[number]) : NULL;
}

static helix_status line_ensure(unsigned number, struct irq_line **line_out)
{
    struct irq_line *line = line_find(number);
    if (line == NULL) {
        struct irq_line *fresh = kzalloc(sizeof(*fresh));
        if (fresh == NULL)
            return HELIX_E_NOMEM;
        if (atomic_cas_acq_rel(&lines[number], &line, fresh))
            line = fresh;
        else
            kfree(fresh);
    }
    *line_out = line;
    return HELIX_OK;
}

static bool may_share(const struct irq_claim *first, const struct irq_claim *claim)
{
    return first == NULL || (first->mode == HAL_IRQ_LEVEL && claim->mode == HAL_IRQ_LEVEL);
}

static helix_status line_add(struct irq_line *line, struct irq_claim *claim)
{
    helix_status st = HELIX_E_BUSY;
    struct irq_key key = spin_lock_irq(&change_lock);
    if (may_share(line->first, claim)) {
        claim->next = line->first;
        atomic_store_release(&line->first, claim);
        st = HELIX_OK;
    }
    spin_unlock_irq(&change_lock, key);
    return st;
}

/* True: it was the last. */
static bool line_remove(struct irq_line *line, const struct irq_claim *claim)
{
    struct irq_key key = spin_lock_irq(&change_lock);
    struct irq_claim **at = &line->first;
    while (*at != claim)
        at = &(*at)->next;
    atomic_store_release(at, claim->next);
    bool last = line->first == NULL;
    spin_unlock_irq(&change_lock, key);
    return last;
}

helix_status irq_claim(struct irq_claim *claim)
{
    if (claim->line >= line_count || claim->handle == NULL)
        return HELIX_E_INVAL;
    struct irq_line *line;
    helix_status st = line_ensure(claim->line, &line);
    if (st != HELIX_OK)
        return st;
    st = line_add(line, claim);
    if (st != HELIX_OK)
        return st;
    // All lines go to the CPU that is always there; moving them is a matter of load, not of need.
    st = hal_irq_unmask(claim->line, claim->mode, 0);
    if (st != HELIX_OK)
        irq_release(claim);
    return st;
}

void irq_release(struct irq_claim *claim)
{
    if (line_remove(line_find(claim->line), claim))
        hal_irq_mask(claim->line);
    quiesce_wait();
}

void interrupts_handle(unsigned number)
{
    struct irq_line *line = line_find(number);
    if (unlikely(line == NULL || line->first == NULL)) {
        atomic_fetch_add_relaxed(&spurious, 1ull);
        hal_irq_mask(number);
        return;
    }
    line->counts[hal_cpu_id()]++;
    for (struct irq_claim *claim = atomic_load_acquire(&line->first); claim != NULL;
         claim = atomic_load_acquire(&claim->next))
        claim->handle(claim->context);
}

u64 irq_count(unsigned number, unsigned cpu)
{
    const struct irq_line *line = line_find(number);
    return line == NULL || cpu >= HELIX_MAX_CPUS ? 0 : READ_ONCE(line->counts[cpu]);
}

u64 irq_spurious(void)
{
    return atomic_load_relaxed(&spurious);
}

static size_t text_add(char *text, size_t capacity, size_t at, const char *more)
{
    if (at < capacity)
        strlcpy(text + at, more, capacity - at);
    return at + strlen(more);
}

size_t irq_names(unsigned number, char *text, size_t capacity)
{
    size_t length = text_add(text, capacity, 0, "");
    const struct irq_line *line = line_find(number);
    quiesce_read_begin();
    const struct irq_claim *claim = line == NULL ? NULL : atomic_load_acquire(&line->first);
    for (; claim != NULL; claim = atomic_load_acquire(&claim->next)) {
        length = text_add(text, capacity, length, length == 0 ? "" : ", ");
        length = text_add(text, capacity, length, claim->name);
    }
    quiesce_read_end();
    return length;
}
