/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.gpu:<name>: displays, buffers in the device's reach, and command streams. Many instances,
 * sleeping gate.
 *
 * Buffers and contexts are named by 64-bit handles that the kernel keeps; nothing holds a pointer
 * into the module. Work completes in order per context: submit() gives a fence number, rising, and
 * the module calls fence_passed() of the sink as it passes.
 */
#define HELIX_GPU         "helix.gpu"
#define HELIX_GPU_VERSION 1u

enum gpu_flag {
    GPU_DISPLAY = 1u << 0,
    GPU_RENDER = 1u << 1, // takes command streams
    GPU_CURSOR = 1u << 2,
};

enum gpu_format { // memory order of the bytes, lowest address first
    GPU_FORMAT_BGRX8888,
    GPU_FORMAT_BGRA8888,
    GPU_FORMAT_RGBX8888,
    GPU_FORMAT_RGBA8888,
};

struct gpu_description {
    u32 flags; // enum gpu_flag
    u32 outputs;
    u64 memory_bytes;   // of its own
    u32 stream_version; // of the command stream it takes; 0: none
    char model[40];
};

struct gpu_mode {
    u32 width, height, refresh_millihertz;
    bool preferred;
};

struct gpu_buffer_args {
    u64 bytes;
    u32 width, height, stride; // 0: not an image
    enum gpu_format format;
    const paddr *frames; // backing memory of the kernel, one per page; NULL: the device's own
};

struct gpu_rectangle {
    u32 x, y, width, height;
};

struct gpu_sink {
    void (*fence_passed)(void *owner, u64 context, u64 fence);
    void (*outputs_changed)(void *owner);
};

struct gpu_ops {
    struct helix_ops_header header;

    helix_status (*describe)(void *self, struct gpu_description *description_out);
    helix_status (*attach)(void *self, const struct gpu_sink *sink, void *owner);
    void (*detach)(void *self);

    u32 (*modes)(void *self, u32 output, struct gpu_mode *modes,
                 u32 capacity); // how many there are
    helix_status (*set_mode)(void *self, u32 output, const struct gpu_mode *mode, u64 buffer);
    helix_status (*present)(void *self, u32 output, u64 buffer, const struct gpu_rectangle *damage,
                            u32 count);
    helix_status (*set_cursor)(void *self, u32 output, u64 buffer, i32 x,
                               i32 y); // buffer 0: hidden

    helix_status (*buffer_create)(void *self, const struct gpu_buffer_args *args, u64 *buffer_out);
    void (*buffer_destroy)(void *self, u64 buffer);
    helix_status (*buffer_map)(void *self, u64 buffer, paddr *base_out,
                               u64 *bytes_out); // for the CPU; device memory only

    helix_status (*context_create)(void *self, u64 *context_out);
    void (*context_destroy)(void *self, u64 context); // waits for nothing: its work is cancelled
    helix_status (*submit)(void *self, u64 context, const void *commands, u64 bytes,
                           const u64 *buffers, u32 buffer_count, u64 *fence_out);
};
