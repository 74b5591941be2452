/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* PL011. Its rate is the loader's choice: the clock in front of it is not described well enough to
 * change it. */
#include "uart.h"

#include <helix/hal/irq.h>
#include <helix/hal/mmu.h>

#include "console.h"
#include "machine.h"
#include "platform.h"

#define REG_DATA          0x00
#define REG_FLAGS         0x18
#define REG_LINE_CONTROL  0x2c
#define REG_CONTROL       0x30
#define REG_FIFO_LEVELS   0x34
#define REG_INTERRUPT_ON  0x38
#define REG_INTERRUPT_ACK 0x44

#define FLAG_RECEIVE_EMPTY (1u << 4)
#define FLAG_SEND_FULL     (1u << 5)

#define LINE_8N1_FIFO     0x70u
#define CONTROL_ON        0x301u // sender, receiver, port
#define INTERRUPT_RECEIVE (1u << 4)
#define INTERRUPT_TIMEOUT (1u << 6)
#define INTERRUPT_ALL     0x7ffu

/* Looks at a sender that does not get ready, before it counts as gone. */
#define PATIENCE 1000000u

static volatile u8 *registers;
static fdt_node port = FDT_NONE;

static u32 get(unsigned reg)
{
    return device_read32(registers + reg);
}

static void put(unsigned reg, u32 value)
{
    device_write32(registers + reg, value);
}

/* The one that the tree names for output, else the first. */
static bool find(struct fdt_range *range_out)
{
    const char *options;
    if (hal_tree.data == NULL)
        return false;
    if (fdt_stdout(&hal_tree, &port, &options) == HELIX_OK &&
        fdt_is_compatible(&hal_tree, port, "arm,pl011") &&
        fdt_reg(&hal_tree, port, 0, range_out) == HELIX_OK)
        return true;
    return hal_tree_device("arm,pl011", &port, range_out);
}

void hal_console_init_early(void)
{
    struct fdt_range range;
    if (!find(&range))
        return;
    registers = hal_map_device(paddr_of(range.base), PAGE_SIZE);
    if (registers == NULL)
        return;
    put(REG_INTERRUPT_ON, 0);
    put(REG_LINE_CONTROL, LINE_8N1_FIFO);
    put(REG_CONTROL, CONTROL_ON);
}

void hal_uart_write(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count && registers != NULL; i++) {
        unsigned patience = PATIENCE;
        while ((get(REG_FLAGS) & FLAG_SEND_FULL) && --patience > 0)
            ;
        if (patience == 0) {
            registers = NULL;
            return;
        }
        put(REG_DATA, (u8)bytes[i]);
    }
}

size_t hal_uart_read(char *to, size_t most)
{
    size_t count = 0;
    while (registers != NULL && count < most && !(get(REG_FLAGS) & FLAG_RECEIVE_EMPTY))
        to[count++] = (char)get(REG_DATA);
    return count;
}

void hal_uart_set_rate(unsigned baud)
{
    (void)baud;
}

bool hal_uart_listen(unsigned *line_out)
{
    unsigned line;
    if (registers == NULL || !hal_platform_line(port, 0, &line))
        return false;
    *line_out = line;
    put(REG_INTERRUPT_ACK, INTERRUPT_ALL);
    put(REG_FIFO_LEVELS, 0); // as early as it can; a single byte comes by time-out
    put(REG_INTERRUPT_ON, INTERRUPT_RECEIVE | INTERRUPT_TIMEOUT);
    return hal_irq_unmask(line, HAL_IRQ_LEVEL, 0) == HELIX_OK;
}
