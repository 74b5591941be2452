/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * A plugin of the emulator that counts instructions of the kernel (upper half of the address space)
 * and of programs, for tools/count. Arguments: out=FILE and mark=ADDRESS.
 *
 * Each time a program executes the block at ADDRESS one line "mark USER KERNEL" of what ran since
 * the last mark is written, then "block VADDR COUNT" for each block of the kernel that ran. A block
 * is counted as a whole when it is entered: what a fault cuts off counts, too, which is less than
 * one in ten thousand. One CPU; blocks are made and marks passed by that CPU alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of the emulator's interface for plugins, version 1, that is used here. */
#define EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_info;
enum { OP_ADD_U64 = 0, NO_REGISTERS = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
                                                  void (*made)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block,
                                                 void (*ran)(unsigned cpu, void *), int flags,
                                                 void *argument);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int operation,
                                                     void *at, uint64_t operand);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);

EXPORT int qemu_plugin_version = 1;

/* What ran at one address, and how much of it before the last mark. Never given back: translated
 * blocks hold its address. */
struct counted {
    uint64_t address, count, seen;
    struct counted *next;
};

enum { BUCKETS = 1 << 16 };

static struct counted *buckets[BUCKETS];
static uint64_t mark_address;
static FILE *out;

static struct counted *counted_at(uint64_t address)
{
    struct counted **bucket = &buckets[(address ^ address >> 16) % BUCKETS];
    for (struct counted *one = *bucket; one != NULL; one = one->next) {
        if (one->address == address)
            return one;
    }
    struct counted *made = calloc(1, sizeof *made);
    if (made == NULL)
        abort();
    made->address = address;
    made->next = *bucket;
    *bucket = made;
    return made;
}

static int of_kernel(const struct counted *one)
{
    return one->address >> 63 != 0;
}

static void write_blocks(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct counted *one = buckets[i]; one != NULL; one = one->next) {
            if (of_kernel(one) && one->count != one->seen)
                fprintf(out, "block %" PRIx64 " %" PRIu64 "\n", one->address,
                        one->count - one->seen);
            one->seen = one->count;
        }
    }
}

static void mark(unsigned cpu, void *argument)
{
    (void)cpu;
    (void)argument;
    uint64_t sums[2] = {0, 0};
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (const struct counted *one = buckets[i]; one != NULL; one = one->next)
            sums[of_kernel(one)] += one->count - one->seen;
    }
    fprintf(out, "mark %" PRIu64 " %" PRIu64 "\n", sums[0], sums[1]);
    write_blocks();
    fflush(out);
}

static void made(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    uint64_t address = qemu_plugin_tb_vaddr(block);
    qemu_plugin_register_vcpu_tb_exec_inline(block, OP_ADD_U64, &counted_at(address)->count,
                                             qemu_plugin_tb_n_insns(block));
    if (address == mark_address)
        qemu_plugin_register_vcpu_tb_exec_cb(block, mark, NO_REGISTERS, NULL);
}

extern int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int count,
                               char **arguments);

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int count,
                               char **arguments)
{
    (void)info;
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "mark=", 5) == 0)
            mark_address = strtoull(arguments[i] + 5, NULL, 0);
        else if (strncmp(arguments[i], "out=", 4) == 0)
            out = fopen(arguments[i] + 4, "w");
    }
    if (out == NULL)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, made);
    return 0;
}
