/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What loaded modules may call by name: the portable library, and the HAL's locks and clocks. */
#include <helix/abi/object.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>
#include <helix/hal/trap.h>
#include <helix/lib/assert.h>
#include <helix/lib/bitmap.h>
#include <helix/lib/export.h>
#include <helix/lib/format.h>
#include <helix/lib/hash.h>
#include <helix/lib/log.h>
#include <helix/lib/parse.h>
#include <helix/lib/rbtree.h>
#include <helix/lib/sort.h>
#include <helix/lib/string.h>

HELIX_EXPORT(memcpy);
HELIX_EXPORT(memmove);
HELIX_EXPORT(memset);
HELIX_EXPORT(memcmp);
HELIX_EXPORT(memchr);
HELIX_EXPORT(strlen);
HELIX_EXPORT(strnlen);
HELIX_EXPORT(strcmp);
HELIX_EXPORT(strncmp);
HELIX_EXPORT(strchr);
HELIX_EXPORT(strrchr);
HELIX_EXPORT(strstr);
HELIX_EXPORT(strlcpy);
HELIX_EXPORT(lib_starts_with);
HELIX_EXPORT(lib_format);
HELIX_EXPORT(lib_format_args);
HELIX_EXPORT(lib_format_append);
HELIX_EXPORT(lib_sort);
HELIX_EXPORT(parse_u64);
HELIX_EXPORT(parse_i64);
HELIX_EXPORT(parse_size);
HELIX_EXPORT(parse_bool);
HELIX_EXPORT(bitmap_set_range);
HELIX_EXPORT(bitmap_clear_range);
HELIX_EXPORT(bitmap_find_set);
HELIX_EXPORT(bitmap_find_clear);
HELIX_EXPORT(bitmap_find_clear_run);
HELIX_EXPORT(bitmap_count_set);
HELIX_EXPORT(rb_first);
HELIX_EXPORT(rb_last);
HELIX_EXPORT(rb_next);
HELIX_EXPORT(rb_prev);
HELIX_EXPORT(rb_insert_at);
HELIX_EXPORT(rb_erase);
HELIX_EXPORT(rb_update_path);
HELIX_EXPORT(rb_insert);
HELIX_EXPORT(helix_status_text);
HELIX_EXPORT(helix_status_name);
HELIX_EXPORT(helix_log);
HELIX_EXPORT(helix_log_args);
HELIX_EXPORT(helix_panic_at);
HELIX_EXPORT(object_write);
HELIX_EXPORT(object_read);
HELIX_EXPORT(hal_clock_now);
HELIX_EXPORT(hal_cycles);
HELIX_EXPORT(hal_cycles_per_second);
HELIX_EXPORT(hal_instructions);
HELIX_EXPORT(hal_cpu_count);
HELIX_EXPORT(hal_cpu_online);
HELIX_EXPORT(spin_lock);
HELIX_EXPORT(spin_unlock);
HELIX_EXPORT(spin_lock_irq);
HELIX_EXPORT(spin_unlock_irq);
HELIX_EXPORT(spin_held);
HELIX_EXPORT(preempt_enable);

/* What the compiler's stack protector refers to. */
extern uintptr_t __stack_chk_guard;
[[noreturn]] void __stack_chk_fail(void);
HELIX_EXPORT(__stack_chk_guard);
HELIX_EXPORT(__stack_chk_fail);
