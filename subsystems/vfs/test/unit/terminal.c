/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/abi/linux.h>
#include <helix/memory/heap.h>

#include "file_kinds.h"
#include "host.h"
#include "tty.h"

enum {
    SIG_HUP = 1,
    SIG_INT = 2,
    SIG_QUIT = 3,
    SIG_CONT = 18,
    SIG_TSTP = 20,
};

static char shown[4096];
static size_t shown_bytes;

static void capture(struct tty *of, const char *text, size_t bytes)
{
    (void)of;
    if (shown_bytes + bytes >= sizeof shown)
        shown_bytes = 0; // only the last is looked at
    memcpy(shown + shown_bytes, text, bytes);
    shown_bytes += bytes;
    shown[shown_bytes] = '\0';
}

static bool has_room(const struct tty *of)
{
    (void)of;
    return true;
}

static void ignore_event(struct tty *of, unsigned events)
{
    (void)of, (void)events;
}

static void ignore(struct tty *of)
{
    (void)of;
}

static helix_status open_always(struct tty *tty)
{
    (void)tty;
    return HELIX_OK;
}

static const struct tty_driver driver = {
    .major = 4,
    .minor = 64,
    .write = capture,
    .room = has_room,
    .event = ignore_event,
    .input_taken = ignore,
    .opened = open_always,
    .closed = ignore,
};
static struct tty tty;
static struct file *file;
static u32 signals_sent;
static u32 group_signalled;

static void note_signal(u32 group, int signal)
{
    group_signalled = group;
    signals_sent |= 1u << signal;
}

static void fresh(void)
{
    static struct tty_hooks hooks;
    host_start();
    hooks = tty_hooks;
    hooks.signal_group = note_signal;
    tty_set_hooks(&hooks);
    tty_init(&tty, &driver);
    tty.foreground = 7;
    shown_bytes = 0;
    shown[0] = '\0';
    signals_sent = 0;
    struct tty_open *open = kmalloc(sizeof *open);
    *open = (struct tty_open){.tty = &tty, .hangups = tty.hangups};
    helix_assert(file_create(&tty_ops, open, LINUX_O_RDWR | LINUX_O_NONBLOCK, &file) == HELIX_OK);
}

static void type(const char *text)
{
    tty_receive(&tty, text, strlen(text));
}

static helix_status read_some(char *to, size_t capacity, size_t *n)
{
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_kernel(&buffer, &span, to, capacity);
    memset(to, 0, capacity);
    return file_read(file, &buffer, NULL, n);
}

#define READS(text_) \
    (read_some(got, sizeof got - 1, &n) == HELIX_OK && n == strlen(text_) && !strcmp(got, text_))

#pragma clang diagnostic ignored "-Wthread-safety-analysis" // one thread

HELIX_TEST(terminal, gives_a_line_when_it_is_complete)
{
    char got[64];
    size_t n;
    fresh();
    type("he");
    EXPECT(t, read_some(got, 10, &n) == HELIX_E_WOULD_BLOCK);
    type("llo\rnext");
    EXPECT(t, READS("hello\n"));
    EXPECT(t, !strcmp(shown, "hello\r\nnext"));
    EXPECT(t, read_some(got, 10, &n) == HELIX_E_WOULD_BLOCK);
    type("\n");
    EXPECT(t, read_some(got, 2, &n) == HELIX_OK && n == 2 && !strcmp(got, "ne"));
    EXPECT(t, READS("xt\n"));
    file_put(file);
}

HELIX_TEST(terminal, edits_the_line)
{
    char got[64];
    size_t n;
    fresh();
    type("abc\177\177x\n");
    EXPECT(t, READS("ax\n"));
    EXPECT(t, !strcmp(shown, "abc\b \b\b \bx\r\n"));
    type("one two\027three\n");
    EXPECT(t, READS("one three\n"));
    type("junk\025kept\n");
    EXPECT(t, READS("kept\n"));
    type("\177\177ok\n");
    EXPECT(t, READS("ok\n"));
    type("a\026\003b\n");
    EXPECT(t, READS("a\003b\n") && signals_sent == 0);
    shown_bytes = 0;
    type("\001\177\n"); // ^A takes two columns
    EXPECT(t, !strcmp(shown, "^A\b \b\b \b\r\n"));
    EXPECT(t, READS("\n"));
    tty.termios.input |= TERMIOS_IUTF8;
    type("\303\251\177x\n");
    EXPECT(t, READS("x\n"));
    file_put(file);
}

HELIX_TEST(terminal, ends_the_file_at_its_character)
{
    char got[64];
    size_t n;
    fresh();
    type("\004");
    EXPECT(t, read_some(got, 10, &n) == HELIX_OK && n == 0);
    EXPECT(t, read_some(got, 10, &n) == HELIX_E_WOULD_BLOCK);
    type("part\004");
    EXPECT(t, READS("part"));
    type("abcd\004");
    EXPECT(t, read_some(got, 4, &n) == HELIX_OK && n == 4);
    EXPECT(t, read_some(got, 4, &n) == HELIX_E_WOULD_BLOCK);
    file_put(file);
}

HELIX_TEST(terminal, sends_signals_to_the_foreground)
{
    char got[64];
    size_t n;
    fresh();
    type("lost\003");
    EXPECT(t, signals_sent == 1u << SIG_INT && group_signalled == 7);
    EXPECT(t, !strcmp(shown, "lost^C"));
    type("kept\n");
    EXPECT(t, READS("kept\n"));
    signals_sent = 0;
    type("\032\034");
    EXPECT(t, signals_sent == (1u << SIG_TSTP | 1u << SIG_QUIT));
    signals_sent = 0;
    tty.termios.local &= ~(u32)TERMIOS_ISIG;
    type("\003\n");
    EXPECT(t, signals_sent == 0 && READS("\003\n"));
    tty_hangup(&tty);
    EXPECT(t, signals_sent == (1u << SIG_HUP | 1u << SIG_CONT) && tty.foreground == 0);
    EXPECT(t, read_some(got, 4, &n) == HELIX_OK && n == 0);
    file_put(file);
}

HELIX_TEST(terminal, gives_raw_bytes_at_once)
{
    char got[64];
    size_t n;
    fresh();
    tty.termios.local &= ~(u32)(TERMIOS_ICANON | TERMIOS_ECHO | TERMIOS_ISIG);
    tty.termios.input &= ~(u32)(TERMIOS_ICRNL | TERMIOS_IXON);
    type("a\r\003\004\177");
    EXPECT(t, READS("a\r\003\004\177"));
    EXPECT(t, shown_bytes == 0);
    EXPECT(t, read_some(got, 1, &n) == HELIX_E_WOULD_BLOCK);
    tty.termios.characters[TERMIOS_VMIN] = 0;
    EXPECT(t, read_some(got, 1, &n) == HELIX_OK && n == 0);
    file_put(file);
}

HELIX_TEST(terminal, stops_and_starts_output)
{
    struct io_span span;
    struct io_buffer buffer;
    size_t n;
    fresh();
    type("\023");
    io_buffer_kernel(&buffer, &span, (char *)"x\ty\n", 4);
    EXPECT(t, file_write(file, &buffer, NULL, &n) == HELIX_E_WOULD_BLOCK && n == 0);
    type("\021");
    EXPECT(t, file_write(file, &buffer, NULL, &n) == HELIX_OK && n == 4);
    EXPECT(t, !strcmp(shown, "x\ty\r\n") && tty.column == 0);
    file_put(file);
}

HELIX_TEST(terminal, never_overruns_its_input)
{
    char got[64];
    size_t n, all = 0;
    fresh();
    for (unsigned i = 0; i < 3 * TTY_INPUT; i++)
        tty_receive(&tty, "z", 1);
    tty_receive(&tty, "\n", 1);
    shown_bytes = 0;
    EXPECT(t, tty.head - tty.tail <= TTY_INPUT);
    while (read_some(got, sizeof got - 1, &n) == HELIX_OK && n > 0)
        all += n;
    EXPECT(t, all == TTY_INPUT);
    file_put(file);
}

HELIX_TEST(terminal, goes_through_a_record_and_back)
{
    static u8 record[8192];
    struct object_writer writer = {.data = record, .capacity = sizeof record};
    struct object *again;
    fresh();
    type("line\npart");
    tty.window.rows = 24;
    REQUIRE(t, tty_object_type.describe(&tty.object, &writer) == HELIX_OK);
    struct object_reader reader = {.data = record, .bytes = writer.bytes};
    struct object_record header;
    REQUIRE(t, object_read(&reader, &header, sizeof header) == HELIX_OK);
    EXPECT(t, header.kind == OBJECT_TTY && header.bytes == writer.bytes - sizeof header);
    REQUIRE(t, tty_object_type.recreate(&reader, &header, &again) == HELIX_OK);
    EXPECT(t, tty_object_type.equal(&tty.object, again));
    tty_object_type.discard(again);
    reader.bytes -= 8;
    reader.at = sizeof header;
    EXPECT(t, tty_object_type.recreate(&reader, &header, &again) == HELIX_E_CORRUPT);
    header.version++;
    EXPECT(t, tty_object_type.recreate(&reader, &header, &again) == HELIX_E_NOTSUP);
    file_put(file);
}
