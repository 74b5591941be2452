/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * What the kernel offers to modules, one const table per name, from helix_context.table(). @kernel
 * is helix_context.kernel: everything a module takes is entered in its ledger under it, so that it
 * can be taken back when the module goes or crashes.
 */
#define HELIX_TABLE_VERSION 1u

struct helix_log_table {                                           // "helix.log"
    void (*write)(void *kernel, unsigned level, const char *text); // level as enum log_level of lib
};

struct helix_memory_table { // "helix.memory"
    helix_status (*frame_alloc)(void *kernel, unsigned order, paddr *frame_out);
    void (*frame_free)(void *kernel, paddr frame, unsigned order);
    void *(*alloc)(void *kernel, size_t bytes); // zeroed; NULL: out of memory
    void (*free)(void *kernel, void *memory);
};

struct helix_wait_queue;
struct helix_lock;

struct helix_thread_table { // "helix.thread"
    helix_status (*spawn)(void *kernel, const char *name, void (*entry)(void *self), void *self,
                          u64 *id_out);
    bool (*should_stop)(void *kernel); // the module's own threads poll it and return
    void (*yield)(void);
};

struct helix_sync_table { // "helix.sync"
    struct helix_lock *(*lock_create)(void *kernel, u32 rank);
    void (*lock_destroy)(void *kernel, struct helix_lock *lock);
    void (*lock)(struct helix_lock *lock);
    void (*unlock)(struct helix_lock *lock);
    struct helix_wait_queue *(*wait_create)(void *kernel);
    void (*wait_destroy)(void *kernel, struct helix_wait_queue *queue);
    void (*wake_all)(struct helix_wait_queue *queue);
    void (*quiesce)(void); // returns when every reader that was inside has left
};

struct helix_time_table { // "helix.time"
    nanos (*now)(void);
    helix_status (*timer_start)(void *kernel, nanos delay, nanos period, void (*fire)(void *self),
                                void *self, u64 *id_out);
    void (*timer_cancel)(void *kernel, u64 id);
};

struct helix_irq_table { // "helix.irq"
    helix_status (*claim)(void *kernel, unsigned line, void (*handler)(void *self), void *self);
    void (*release)(void *kernel, unsigned line);
};

struct helix_bus_table { // "helix.bus"
    helix_status (*subscribe)(void *kernel, enum helix_event_kind kind, unsigned priority);
    helix_status (*publish)(void *kernel, const struct helix_event *event);
    helix_status (*request)(void *kernel, const char *module, const struct helix_request *request,
                            struct helix_response *response);
};
