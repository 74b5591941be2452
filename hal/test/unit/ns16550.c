/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal_shared/ns16550.h>

#include <helix/lib/string.h>
#include <helix/lib/test.h>

/* A port that remembers what it was told to send. */
static struct {
    u8 scratch;
    bool absent, stuck, divisor_latch;
    char sent[64];
    size_t sent_count;
    char waiting[8];
    size_t waiting_count;
} model;

static u8 model_read(uintptr_t base, unsigned reg)
{
    (void)base;
    if (model.absent)
        return 0xff;
    if (reg == 7)
        return model.scratch;
    if (reg == 5)
        return (u8)((model.stuck ? 0 : 0x20) | (model.waiting_count > 0));
    if (reg == 0 && model.waiting_count > 0)
        return (u8)model.waiting[--model.waiting_count];
    return 0;
}

static void model_write(uintptr_t base, unsigned reg, u8 value)
{
    (void)base;
    if (reg == 7)
        model.scratch = value;
    if (reg == 3)
        model.divisor_latch = (value & 0x80) != 0;
    if (reg == 0 && !model.divisor_latch && model.sent_count < sizeof(model.sent))
        model.sent[model.sent_count++] = (char)value;
}

static struct ns16550 new_port(void)
{
    memset(&model, 0, sizeof(model));
    return (struct ns16550){.read = model_read, .write = model_write, .clock_hz = 1843200};
}

HELIX_TEST(ns16550, sends_bytes_as_they_are)
{
    struct ns16550 port = new_port();
    hal_ns16550_init(&port, 115200);
    REQUIRE(t, port.present);
    hal_ns16550_write(&port, "a\nb\n", 4);
    EXPECT(t, model.sent_count == 4 && memcmp(model.sent, "a\nb\n", 4) == 0);
}

HELIX_TEST(ns16550, finds_no_port_on_an_empty_bus)
{
    struct ns16550 port = new_port();
    model.absent = true;
    hal_ns16550_init(&port, 115200);
    EXPECT(t, !port.present);
    hal_ns16550_write(&port, "x", 1);
    EXPECT(t, model.sent_count == 0);
}

HELIX_TEST(ns16550, gives_up_a_transmitter_that_is_stuck)
{
    struct ns16550 port = new_port();
    hal_ns16550_init(&port, 115200);
    model.stuck = true;
    hal_ns16550_write(&port, "x", 1);
    EXPECT(t, !port.present && model.sent_count == 0);
}

HELIX_TEST(ns16550, reads_what_has_arrived)
{
    struct ns16550 port = new_port();
    char bytes[4];
    hal_ns16550_init(&port, 0);
    memcpy(model.waiting, "cba", 3);
    model.waiting_count = 3;
    EXPECT(t, hal_ns16550_read(&port, bytes, 2) == 2 && memcmp(bytes, "ab", 2) == 0);
    EXPECT(t, hal_ns16550_read(&port, bytes, 4) == 1 && bytes[0] == 'c');
}
