/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The console as a terminal: /dev/console and the serial line's own name lead to one tty over the
 * HAL's console; /dev/tty is whatever terminal controls the caller.
 */
#include <helix/abi/linux.h>
#include <helix/hal/console.h>
#include <helix/lib/assert.h>
#include <helix/lib/string.h>
#include <helix/profile.h>

#include "file_kinds.h"
#include "tty.h"

#define TTY_MAJOR     4u
#define SERIAL_MINOR  64u
#define AUX_MAJOR     5u
#define TTY_MINOR     0u
#define CONSOLE_MINOR 1u

static struct tty console;

static void console_write(struct tty *tty, const char *bytes, size_t count)
{
    (void)tty;
    if (HELIX_CONSOLE_BACKEND != 0)
        hal_console_send(bytes, count);
}

static bool console_has_room(const struct tty *tty)
{
    (void)tty;
    return true; // the HAL's console takes all there is
}

static void console_ignores(struct tty *tty)
{
    (void)tty;
}

static void console_ignores_events(struct tty *tty, unsigned events)
{
    (void)tty, (void)events;
}

static helix_status console_opened(struct tty *tty)
{
    (void)tty;
    return HELIX_OK;
}

static const struct tty_driver console_driver = {
    .major = TTY_MAJOR,
    .minor = SERIAL_MINOR,
    .write = console_write,
    .room = console_has_room,
    .event = console_ignores_events,
    .input_taken = console_ignores,
    .opened = console_opened,
    .closed = console_ignores,
};

struct tty *tty_console(void)
{
    return &console;
}

static void console_receive(const char *bytes, size_t count)
{
    tty_receive(&console, bytes, count);
}

static helix_status open_serial(struct file *file, u32 minor)
{
    (void)minor;
    return tty_open_file(file, &console, false);
}

static helix_status open_aux(struct file *file, u32 minor)
{
    if (minor == CONSOLE_MINOR)
        return tty_open_file(file, &console, true);
    struct tty *tty = tty_hooks.controlling();
    return tty ? tty_open_file(file, tty, false) : HELIX_E_NXIO;
}

static const char *serial_name(u32 minor, char *buffer, size_t capacity)
{
    (void)minor, (void)buffer, (void)capacity;
    return "ttyS0";
}

static const char *aux_name(u32 minor, char *buffer, size_t capacity)
{
    (void)buffer, (void)capacity;
    return minor == CONSOLE_MINOR ? "console" : "tty";
}

static const struct device_class serial_class = {
    .name = "ttyS",
    .major = TTY_MAJOR,
    .minor = SERIAL_MINOR,
    .minor_count = 1,
    .open = open_serial,
    .mode = 0600,
    .node_name = serial_name,
};

static const struct device_class console_class = {
    .name = "/dev/console",
    .major = AUX_MAJOR,
    .minor = CONSOLE_MINOR,
    .minor_count = 1,
    .open = open_aux,
    .mode = 0600,
    .node_name = aux_name,
};

static const struct device_class current_class = {
    .name = "/dev/tty",
    .major = AUX_MAJOR,
    .minor = TTY_MINOR,
    .minor_count = 1,
    .open = open_aux,
    .mode = 0666,
    .node_name = aux_name,
};

void console_tty_register(void)
{
    const struct device_class *const classes[] = {&current_class, &console_class, &serial_class};
    tty_init(&console, &console_driver);
    for (size_t i = 0; i < array_count(classes); i++) {
        const helix_status status = device_register(classes[i]);
        helix_assert(status == HELIX_OK); // numbers of our own, before anybody else
    }
    if (HELIX_CONSOLE_BACKEND != 0)
        hal_console_start(console_receive, HELIX_CONSOLE_BAUD_RATE);
}
