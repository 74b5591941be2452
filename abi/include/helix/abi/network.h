/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.network:<name>: one network interface (layer 2). Many instances, sleeping gate. Protocols
 * live above, in a stack module.
 *
 * Frames travel in buffers that the kernel's pool owns. transmit() takes a buffer over and gives it
 * back through the sink's sent(); received ones go up through received(), which takes them over.
 * Both may be called from interrupt context, in batches.
 */
#define HELIX_NETWORK         "helix.network"
#define HELIX_NETWORK_VERSION 1u

enum network_flag {
    NETWORK_CHECKSUM_TX = 1u << 0, // computes TCP and UDP sums
    NETWORK_CHECKSUM_RX = 1u << 1, // verifies them
    NETWORK_SEGMENTS = 1u << 2,    // cuts large TCP segments
    NETWORK_LOOPBACK = 1u << 3,
};

struct network_description {
    u8 address[6];
    u16 queues;
    u32 mtu;
    u32 flags;           // enum network_flag
    u64 bits_per_second; // 0: unknown
    bool link_up;
    char model[40];
};

struct network_buffer {
    struct network_buffer *next; // of a batch
    paddr memory;
    void *data;                          // first byte of the frame, kernel address
    u32 bytes;                           // of the frame
    u32 capacity;                        // from data on
    u32 headroom;                        // before data
    u16 checksum_start, checksum_offset; // NETWORK_CHECKSUM_TX: 0, 0: nothing to do
    u16 segment_bytes;                   // NETWORK_SEGMENTS: 0: as it is
    u16 flags;                           // bit 0: checksums verified
    u64 owner[2];
};

/* The kernel's side, given by attach(). @stack is its own pointer. */
struct network_sink {
    void (*received)(void *stack, struct network_buffer *batch);
    void (*sent)(void *stack, struct network_buffer *batch);
    void (*link_changed)(void *stack, bool up);
    struct network_buffer *(*buffer_get)(void *stack); // for receiving; NULL: none now
};

struct network_counts {
    u64 frames_in, frames_out, bytes_in, bytes_out, errors_in, errors_out, dropped_in, dropped_out;
};

struct network_ops {
    struct helix_ops_header header;

    helix_status (*describe)(void *self, struct network_description *description_out);
    helix_status (*attach)(void *self, const struct network_sink *sink,
                           void *stack); // receiving begins
    void (*detach)(void *self);          // returns when no call to the sink is under way
    u32 (*transmit)(void *self, u16 queue,
                    struct network_buffer *batch); // returns how many it took, from the front
    helix_status (*set_address)(void *self, const u8 address[6]);
    helix_status (*set_filter)(void *self, bool promiscuous, const u8 (*multicast)[6], u32 count);
    u32 (*poll)(void *self,
                u32 most); // handle what is pending without an interrupt; returns frames handled
    void (*counts)(const void *self, struct network_counts *counts_out);
};
