/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal_shared/host_serial.h>

#include <helix/hal/console.h>
#include <helix/hal/mmu.h>
#include <helix/hal_shared/ns16550.h>

#define CARD_ID       0x00041b36u
#define SLOTS         32u
#define SLOT_STRIDE   0x8000u // eight functions of a page each
#define CONFIG_BYTES  0x1000u
#define PORT_BYTES    8u
#define CHANNELS      3u
#define CARD_BYTES    (4 * PORT_BYTES)
#define BAUD          115200u
#define SPACE_CODE    0x03000000u // of the flags of a bus's window
#define SPACE_IO      0x01000000u
#define FIRST_ADDRESS 0x1000u // below it some bridges keep what computers once had there

enum config_word { CONFIG_ID = 0, CONFIG_COMMAND = 1, CONFIG_BAR0 = 4 };
#define COMMAND_IO   1u
#define BAR_IS_IO    1u
#define BAR_IO_FLAGS 3u

static u8 register_read(uintptr_t base, unsigned reg)
{
    return *(const volatile u8 *)(base + reg);
}

static void register_write(uintptr_t base, unsigned reg, u8 value)
{
    *(volatile u8 *)(base + reg) = value;
}

/* The clock stays 0: the ports go nowhere, so their rate does not matter. */
static struct ns16550 channels[CHANNELS];

/* The configuration space of the card, among the devices of bus 0. */
static volatile u32 *find_card(u64 config)
{
    for (u64 slot = 0; slot < SLOTS; slot++) {
        volatile u32 *words = hal_map_device(paddr_of(config + slot * SLOT_STRIDE), CONFIG_BYTES);
        if (words != NULL && words[CONFIG_ID] == CARD_ID)
            return words;
    }
    return NULL;
}

static bool find_io_window(const struct fdt *tree, fdt_node bridge, struct fdt_window *window_out)
{
    for (unsigned i = 0; fdt_window(tree, bridge, i, window_out) == HELIX_OK; i++)
        if ((window_out->flags & SPACE_CODE) == SPACE_IO)
            return true;
    return false;
}

/* Where the CPU sees the ports; 0: the bridge does not show them. */
static u64 place_card(volatile u32 *card, const struct fdt_window *window)
{
    if ((card[CONFIG_BAR0] & ~BAR_IO_FLAGS) == 0)
        card[CONFIG_BAR0] = ((u32)window->bus + FIRST_ADDRESS) | BAR_IS_IO;
    u32 bar = card[CONFIG_BAR0];
    u64 at = (bar & ~BAR_IO_FLAGS) - window->bus;
    if ((bar & BAR_IS_IO) == 0 || at >= window->bytes || window->bytes - at < CARD_BYTES)
        return 0;
    card[CONFIG_COMMAND] |= COMMAND_IO;
    return window->cpu + at;
}

void hal_host_serial_start(const struct fdt *tree)
{
    struct fdt_range config;
    struct fdt_window window;
    fdt_node bridge = fdt_find_compatible(tree, FDT_NONE, "pci-host-ecam-generic");
    if (fdt_reg(tree, bridge, 0, &config) != HELIX_OK || config.bytes < SLOTS * SLOT_STRIDE ||
        !find_io_window(tree, bridge, &window))
        return;
    volatile u32 *card = find_card(config.base);
    u64 at = card == NULL ? 0 : place_card(card, &window);
    void *ports = at == 0 ? NULL : hal_map_device(paddr_of(at), CARD_BYTES);
    for (unsigned i = 0; ports != NULL && i < CHANNELS; i++) {
        channels[i] = (struct ns16550){.read = register_read,
                                       .write = register_write,
                                       .base = (uintptr_t)ports + i * PORT_BYTES};
        hal_ns16550_init(&channels[i], BAUD);
    }
}

bool hal_host_channel_present(enum hal_host_channel channel)
{
    return channels[channel].present;
}

void hal_host_channel_write(enum hal_host_channel channel, const char *bytes, size_t count)
{
    hal_ns16550_write(&channels[channel], bytes, count);
}
