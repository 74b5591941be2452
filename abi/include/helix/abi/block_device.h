/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.block_device:<name>: storage in blocks. Many instances, sleeping gate.
 *
 * Requests are submitted and completed apart: submit() returns at once, the module calls
 * request->done() when the data are there, from any context. The kernel owns the frames for that
 * time and never gives up on a request by itself: cancel() asks the module to, and done() comes all
 * the same, once. So a replacement can drain: the gate closes, requests in flight finish or are
 * cancelled, and those that the old module gave back with HELIX_E_AGAIN are submitted to the new
 * one. Requests are not ordered unless a barrier stands between.
 */
#define HELIX_BLOCK_DEVICE         "helix.block_device"
#define HELIX_BLOCK_DEVICE_VERSION 1u

enum block_flag {
    BLOCK_READ_ONLY = 1u << 0,
    BLOCK_REMOVABLE = 1u << 1,
    BLOCK_VOLATILE = 1u << 2, // has a write cache: flush means something
    BLOCK_DISCARD = 1u << 3,
    BLOCK_BARRIER = 1u << 4, // orders BLOCK_OP_BARRIER itself; else the kernel drains
};

struct block_description {
    u64 blocks;
    u32 block_bytes;    // a power of two, 512 to 4096
    u32 optimal_blocks; // of one request
    u32 most_segments;  // of one request
    u32 queue_depth;    // requests in flight that make sense
    u32 flags;          // enum block_flag
    char model[40];
    char serial[24];
};

enum block_operation {
    BLOCK_OP_READ,
    BLOCK_OP_WRITE,
    BLOCK_OP_FLUSH,   // everything completed before is on stable storage
    BLOCK_OP_DISCARD, // contents of the range may be forgotten
    BLOCK_OP_BARRIER, // nothing after it starts before everything before it is complete
};

struct block_segment {
    paddr memory; // block-aligned length, any alignment the description's block_bytes allows
    u32 bytes;
};

struct block_request {
    enum block_operation operation;
    u64 block;
    u32 blocks;
    u32 segment_count;
    const struct block_segment *segments;
    u32 priority; // 0 highest
    void (*done)(struct block_request *request, helix_status status);
    u64 driver[4]; // the module's own while the request is in flight
    u64 kernel[4]; // the submitter's
};

struct block_device_ops {
    struct helix_ops_header header;

    helix_status (*describe)(void *self, struct block_description *description_out);
    helix_status (*submit)(
        void *self, struct block_request *request); // AGAIN: queue full, try after the next done()
    void (*cancel)(
        void *self,
        struct block_request *request); // done() follows, with INTERRUPTED unless it was too late
    u32 (*poll)(void *self);            // complete what the device has finished; returns how many
};
