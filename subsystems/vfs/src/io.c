/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Moving bytes between the kernel and the buffers of reads and writes. */
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>

static void advance(struct io_buffer *buffer, size_t bytes)
{
    buffer->offset += bytes;
    buffer->remaining -= bytes;
    while (buffer->current < buffer->count &&
           buffer->offset == buffer->spans[buffer->current].bytes) {
        buffer->current++;
        buffer->offset = 0;
    }
}

typedef helix_status (*user_move_fn)(vaddr user, u8 *kernel, size_t bytes);

static helix_status move_out(vaddr user, u8 *kernel, size_t bytes)
{
    return user_copy_out(user, kernel, bytes);
}

static helix_status move_in(vaddr user, u8 *kernel, size_t bytes)
{
    return user_copy_in(kernel, user, bytes);
}

static helix_status move_zeros(vaddr user, u8 *kernel, size_t bytes)
{
    (void)kernel;
    return user_clear(user, bytes);
}

/* A fault in user memory: what lies in the pages before it counts as moved. */
static helix_status move_before_fault(struct io_buffer *buffer, user_move_fn move, vaddr user,
                                      u8 *kernel, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        vaddr at = vaddr_of(user.raw + done);
        size_t n = min(bytes - done, (size_t)(PAGE_SIZE - (at.raw & PAGE_MASK)));
        if (move(at, kernel ? kernel + done : NULL, n) != HELIX_OK)
            break;
        done += n;
    }
    advance(buffer, done);
    return done < bytes ? HELIX_E_FAULT : HELIX_OK;
}

/* What is left of the current span, at most @most and at least 1; where it is. */
static size_t span_rest(struct io_buffer *buffer, size_t most, vaddr *at_out)
{
    if (unlikely(buffer->spans[buffer->current].bytes == 0))
        advance(buffer, 0); // past empty ones: their addresses may be anything
    const struct io_span *span = &buffer->spans[buffer->current];
    at_out->raw = span->base.raw + buffer->offset;
    return min(span->bytes - buffer->offset, most);
}

helix_status io_copy_out(struct io_buffer *to, const void *from, size_t bytes)
{
    const u8 *at = from;
    while (bytes > 0) {
        vaddr target;
        size_t n = span_rest(to, bytes, &target);
        if (to->kernel) {
            memcpy((void *)target.raw, at, n);
        } else {
            helix_status st = user_copy_out(target, at, n);
            if (unlikely(st != HELIX_OK))
                return move_before_fault(to, move_out, target, (u8 *)(uintptr_t)at, n);
        }
        advance(to, n);
        at += n;
        bytes -= n;
    }
    return HELIX_OK;
}

helix_status io_copy_in(struct io_buffer *from, void *to, size_t bytes)
{
    u8 *at = to;
    while (bytes > 0) {
        vaddr source;
        size_t n = span_rest(from, bytes, &source);
        if (from->kernel) {
            memcpy(at, (const void *)source.raw, n);
        } else {
            helix_status st = user_copy_in(at, source, n);
            if (unlikely(st != HELIX_OK))
                return move_before_fault(from, move_in, source, at, n);
        }
        advance(from, n);
        at += n;
        bytes -= n;
    }
    return HELIX_OK;
}

helix_status io_zero(struct io_buffer *to, size_t bytes)
{
    while (bytes > 0) {
        vaddr target;
        size_t n = span_rest(to, bytes, &target);
        if (to->kernel) {
            memset((void *)target.raw, 0, n);
        } else {
            helix_status st = user_clear(target, n);
            if (unlikely(st != HELIX_OK))
                return move_before_fault(to, move_zeros, target, NULL, n);
        }
        advance(to, n);
        bytes -= n;
    }
    return HELIX_OK;
}

static void fill(struct io_buffer *buffer, struct io_span *span, vaddr base, size_t bytes,
                 bool kernel)
{
    *span = (struct io_span){base, bytes};
    *buffer = (struct io_buffer){
        .spans = span, .count = bytes != 0, .remaining = bytes, .kernel = kernel};
}

void io_buffer_kernel(struct io_buffer *buffer, struct io_span *span, void *memory, size_t bytes)
{
    fill(buffer, span, vaddr_of(memory), bytes, true);
}

void io_buffer_user(struct io_buffer *buffer, struct io_span *span, vaddr at, size_t bytes)
{
    fill(buffer, span, at, bytes, false);
}
