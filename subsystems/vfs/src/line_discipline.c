/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The line discipline: what a terminal makes of bytes typed and bytes written (POSIX, General
 * Terminal Interface). No hooks, no sleeping: everything here runs under the tty's lock.
 */
#include <helix/lib/string.h>

#include "tty.h"

#define CHAR_ERASE_ONE "\b \b"
#define TAB_WIDTH      8u
#define DELETE         0x7f
#define DISABLED       0 // a control character that is switched off

static bool has(const struct tty *tty, u32 local) HELIX_REQUIRES(&tty->lock)
{
    return (tty->termios.local & local) == local;
}

static bool is_key(const struct tty *tty, unsigned which, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    return tty->termios.characters[which] == byte && byte != DISABLED;
}

/* ---- Output ---- */

static void emit(struct tty *tty, const char *bytes, size_t count) HELIX_REQUIRES(&tty->lock)
{
    if (tty->driver)
        tty->driver->write(tty, bytes, count);
}

static void emit_tab(struct tty *tty) HELIX_REQUIRES(&tty->lock)
{
    const u32 width = TAB_WIDTH - tty->column % TAB_WIDTH;
    if ((tty->termios.output & TERMIOS_TABDLY) == TERMIOS_XTABS)
        emit(tty, "        ", width);
    else
        emit(tty, "\t", 1);
    tty->column += width;
}

static void emit_newline(struct tty *tty) HELIX_REQUIRES(&tty->lock)
{
    if (tty->termios.output & TERMIOS_ONLCR) {
        emit(tty, "\r\n", 2);
        tty->column = 0;
        return;
    }
    emit(tty, "\n", 1);
    if (tty->termios.output & TERMIOS_ONLRET)
        tty->column = 0;
}

static void emit_return(struct tty *tty) HELIX_REQUIRES(&tty->lock)
{
    if ((tty->termios.output & TERMIOS_ONOCR) && tty->column == 0)
        return;
    if (tty->termios.output & TERMIOS_OCRNL) {
        emit_newline(tty);
        return;
    }
    emit(tty, "\r", 1);
    tty->column = 0;
}

/* Continuation bytes of UTF-8 take no column of their own. */
static bool takes_column(const struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (byte < ' ' || byte == DELETE)
        return false;
    return !((tty->termios.input & TERMIOS_IUTF8) && (byte & 0xc0) == 0x80);
}

static void output_byte(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    switch (byte) {
    case '\n':
        emit_newline(tty);
        return;
    case '\r':
        emit_return(tty);
        return;
    case '\t':
        emit_tab(tty);
        return;
    case '\b':
        if (tty->column > 0)
            tty->column--;
        break;
    default:
        if ((tty->termios.output & TERMIOS_OLCUC) && byte >= 'a' && byte <= 'z')
            byte = (u8)(byte - 'a' + 'A');
        tty->column += takes_column(tty, byte);
        break;
    }
    emit(tty, (const char *)&byte, 1);
}

/* Bytes up to the next one that needs a look go out in one piece. */
static size_t plain_run(const char *bytes, size_t count)
{
    size_t n = 0;
    while (n < count && (u8)bytes[n] >= ' ')
        n++;
    return n;
}

static void emit_plain(struct tty *tty, const char *bytes, size_t count) HELIX_REQUIRES(&tty->lock)
{
    emit(tty, bytes, count);
    for (size_t i = 0; i < count; i++)
        tty->column += takes_column(tty, (u8)bytes[i]);
}

void discipline_output(struct tty *tty, const char *bytes, size_t count)
{
    if (!(tty->termios.output & TERMIOS_OPOST)) {
        emit(tty, bytes, count);
        return;
    }
    const bool plain = !(tty->termios.output & TERMIOS_OLCUC);
    while (count > 0) {
        const size_t run = plain ? plain_run(bytes, count) : 0;
        if (run > 0) {
            emit_plain(tty, bytes, run);
        } else {
            output_byte(tty, (u8)*bytes);
        }
        bytes += run > 0 ? run : 1;
        count -= run > 0 ? run : 1;
    }
}

/* ---- The ring ---- */

static u8 *slot(struct tty *tty, u64 position) HELIX_REQUIRES(&tty->lock)
{
    return &tty->input[position % TTY_INPUT];
}

static bool is_marked(const struct tty *tty, u64 position) HELIX_REQUIRES(&tty->lock)
{
    const u64 index = position % TTY_INPUT;
    return (tty->marks[index / 8] >> (index % 8)) & 1;
}

static void set_mark(struct tty *tty, u64 position, bool marked) HELIX_REQUIRES(&tty->lock)
{
    const u64 index = position % TTY_INPUT;
    const u8 bit = (u8)(1u << (index % 8));
    tty->marks[index / 8] = marked ? tty->marks[index / 8] | bit : tty->marks[index / 8] & (u8)~bit;
}

/* In canonical mode the last place is kept for the end of the line. False: full. */
static bool store(struct tty *tty, u8 byte, bool ends_line) HELIX_REQUIRES(&tty->lock)
{
    const u64 room = TTY_INPUT - (tty->head - tty->tail);
    const u64 needed = has(tty, TERMIOS_ICANON) && !ends_line ? 2 : 1;
    if (room < needed)
        return false;
    *slot(tty, tty->head) = byte;
    set_mark(tty, tty->head, ends_line);
    tty->head++;
    return true;
}

void discipline_flush_input(struct tty *tty)
{
    tty->head = tty->canonical = tty->tail = 0;
    memset(tty->marks, 0, sizeof tty->marks);
}

/* ---- Echo ---- */

static bool shows_as_control(const struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    return has(tty, TERMIOS_ECHOCTL) && (byte < ' ' || byte == DELETE) && byte != '\t' &&
           byte != '\n';
}

static void echo(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (shows_as_control(tty, byte)) {
        const char text[2] = {'^', (char)(byte ^ 0x40)};
        discipline_output(tty, text, 2);
        return;
    }
    discipline_output(tty, (const char *)&byte, 1);
}

static void echo_if_wanted(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (has(tty, TERMIOS_ECHO) || (byte == '\n' && has(tty, TERMIOS_ECHONL | TERMIOS_ICANON)))
        echo(tty, byte);
}

/* ---- Editing ---- */

static u32 column_after(const struct tty *tty, u32 column, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (byte == '\t')
        return column + TAB_WIDTH - column % TAB_WIDTH;
    if (shows_as_control(tty, byte))
        return column + 2;
    return column + takes_column(tty, byte);
}

/* The column at which the line up to @end would stand. */
static u32 column_of(struct tty *tty, u64 end) HELIX_REQUIRES(&tty->lock)
{
    u32 column = tty->line_column;
    for (u64 at = tty->canonical; at < end; at++)
        column = column_after(tty, column, *slot(tty, at));
    return column;
}

static void rub_out(struct tty *tty, u32 columns) HELIX_REQUIRES(&tty->lock)
{
    for (; columns > 0 && tty->column > 0; columns--) {
        emit(tty, CHAR_ERASE_ONE, 3);
        tty->column--;
    }
}

/* Drop the last character of the line: a whole UTF-8 sequence. False: the line is empty. */
static bool drop_last(struct tty *tty) HELIX_REQUIRES(&tty->lock)
{
    if (tty->head == tty->canonical)
        return false;
    const bool utf8 = tty->termios.input & TERMIOS_IUTF8;
    u8 byte;
    do {
        byte = *slot(tty, --tty->head);
    } while (utf8 && (byte & 0xc0) == 0x80 && tty->head > tty->canonical);
    return true;
}

static void erase_to(struct tty *tty, u32 before) HELIX_REQUIRES(&tty->lock)
{
    if (has(tty, TERMIOS_ECHO | TERMIOS_ECHOE))
        rub_out(tty, before - column_of(tty, tty->head));
}

static void erase_character(struct tty *tty) HELIX_REQUIRES(&tty->lock)
{
    const u32 before = column_of(tty, tty->head);
    if (!drop_last(tty))
        return;
    if (has(tty, TERMIOS_ECHO) && !has(tty, TERMIOS_ECHOE))
        echo(tty, tty->termios.characters[TERMIOS_VERASE]);
    erase_to(tty, before);
}

static bool is_word(u8 byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}

static void erase_word(struct tty *tty) HELIX_REQUIRES(&tty->lock)
{
    const u32 before = column_of(tty, tty->head);
    bool seen = false;
    while (tty->head > tty->canonical) {
        const bool word = is_word(*slot(tty, tty->head - 1));
        if (seen && !word)
            break;
        seen = seen || word;
        drop_last(tty);
    }
    erase_to(tty, before);
}

static void kill_line(struct tty *tty) HELIX_REQUIRES(&tty->lock)
{
    const u32 before = column_of(tty, tty->head);
    const bool rub = has(tty, TERMIOS_ECHO | TERMIOS_ECHOKE | TERMIOS_ECHOE);
    tty->head = tty->canonical;
    if (rub) {
        erase_to(tty, before);
        return;
    }
    if (has(tty, TERMIOS_ECHO))
        echo(tty, tty->termios.characters[TERMIOS_VKILL]);
    if (has(tty, TERMIOS_ECHOK))
        discipline_output(tty, "\n", 1);
}

static void reprint(struct tty *tty) HELIX_REQUIRES(&tty->lock)
{
    if (!has(tty, TERMIOS_ECHO))
        return;
    echo(tty, tty->termios.characters[TERMIOS_VREPRINT]);
    discipline_output(tty, "\n", 1);
    tty->line_column = tty->column;
    for (u64 at = tty->canonical; at < tty->head; at++)
        echo(tty, *slot(tty, at));
}

static void finish_line(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (!store(tty, byte, true))
        return;
    tty->canonical = tty->head;
    tty->line_column = tty->column;
}

/* ---- Input ---- */

static unsigned signal_of(const struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (!has(tty, TERMIOS_ISIG))
        return 0;
    if (is_key(tty, TERMIOS_VINTR, byte))
        return TTY_SIGINT;
    if (is_key(tty, TERMIOS_VQUIT, byte))
        return TTY_SIGQUIT;
    return is_key(tty, TERMIOS_VSUSP, byte) ? TTY_SIGTSTP : 0;
}

static void interrupt_input(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    tty->stopped = false;
    if (!has(tty, TERMIOS_NOFLSH)) {
        discipline_flush_input(tty);
        if (tty->driver)
            tty->driver->event(tty, TTY_EVENT_FLUSH_READ | TTY_EVENT_FLUSH_WRITE);
    }
    if (has(tty, TERMIOS_ECHO))
        echo(tty, byte);
    tty->line_column = tty->column;
}

void discipline_stop(struct tty *tty, bool stop)
{
    if (tty->stopped == stop)
        return;
    tty->stopped = stop;
    if (tty->driver)
        tty->driver->event(tty, stop ? TTY_EVENT_STOP : TTY_EVENT_START);
}

void discipline_send(struct tty *tty, unsigned which)
{
    const char byte = (char)tty->termios.characters[which];
    if (byte != DISABLED)
        emit(tty, &byte, 1);
}

/* ^S and ^Q. True: the byte was one of them. */
static bool flow_control(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (!(tty->termios.input & TERMIOS_IXON))
        return false;
    if (is_key(tty, TERMIOS_VSTOP, byte)) {
        discipline_stop(tty, true);
        return true;
    }
    if (is_key(tty, TERMIOS_VSTART, byte)) {
        discipline_stop(tty, false);
        return true;
    }
    if (tty->stopped && (tty->termios.input & TERMIOS_IXANY))
        discipline_stop(tty, false);
    return false;
}

/* False: IGNCR threw it away. */
static bool translate(const struct tty *tty, u8 *byte) HELIX_REQUIRES(&tty->lock)
{
    const u32 input = tty->termios.input;
    if (input & TERMIOS_ISTRIP)
        *byte &= 0x7f;
    if ((input & TERMIOS_IUCLC) && has(tty, TERMIOS_IEXTEN) && *byte >= 'A' && *byte <= 'Z')
        *byte = (u8)(*byte - 'A' + 'a');
    if (*byte == '\r') {
        if (input & TERMIOS_IGNCR)
            return false;
        if (input & TERMIOS_ICRNL)
            *byte = '\n';
    } else if (*byte == '\n' && (input & TERMIOS_INLCR)) {
        *byte = '\r';
    }
    return true;
}

/* Editing keys of canonical mode. True: the byte was one. */
static bool edit(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (is_key(tty, TERMIOS_VERASE, byte))
        erase_character(tty);
    else if (is_key(tty, TERMIOS_VKILL, byte))
        kill_line(tty);
    else if (has(tty, TERMIOS_IEXTEN) && is_key(tty, TERMIOS_VWERASE, byte))
        erase_word(tty);
    else if (has(tty, TERMIOS_IEXTEN) && is_key(tty, TERMIOS_VREPRINT, byte))
        reprint(tty);
    else
        return false;
    return true;
}

static bool is_line_end(const struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    return byte == '\n' || is_key(tty, TERMIOS_VEOL, byte) ||
           (has(tty, TERMIOS_IEXTEN) && is_key(tty, TERMIOS_VEOL2, byte));
}

static void take_ordinary(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (tty->head == tty->canonical && has(tty, TERMIOS_ICANON))
        tty->line_column = tty->column;
    // With PARMRK \377 begins a mark, so the byte itself comes twice.
    const u32 input = tty->termios.input;
    const bool twice =
        byte == 0xff && (input & (TERMIOS_PARMRK | TERMIOS_ISTRIP)) == TERMIOS_PARMRK;
    if (store(tty, byte, false) && (!twice || store(tty, byte, false)))
        echo_if_wanted(tty, byte);
    else if (tty->termios.input & TERMIOS_IMAXBEL)
        emit(tty, "\a", 1);
    if (!has(tty, TERMIOS_ICANON))
        tty->canonical = tty->head;
}

static void take_canonical(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock)
{
    if (edit(tty, byte))
        return;
    if (is_key(tty, TERMIOS_VEOF, byte)) {
        finish_line(tty, DISABLED); // a mark that gives no byte
        return;
    }
    if (is_line_end(tty, byte)) {
        echo_if_wanted(tty, byte);
        finish_line(tty, byte);
        return;
    }
    take_ordinary(tty, byte);
}

unsigned discipline_input(struct tty *tty, u8 byte)
{
    if (tty->literal_next) {
        tty->literal_next = false;
        take_ordinary(tty, byte);
        return 0;
    }
    const unsigned signal = signal_of(tty, byte);
    if (signal) {
        interrupt_input(tty, byte);
        return signal;
    }
    if (flow_control(tty, byte) || !translate(tty, &byte))
        return 0;
    if (!has(tty, TERMIOS_ICANON)) {
        take_ordinary(tty, byte);
        return 0;
    }
    if (has(tty, TERMIOS_IEXTEN) && is_key(tty, TERMIOS_VLNEXT, byte)) {
        tty->literal_next = true;
        if (has(tty, TERMIOS_ECHO | TERMIOS_ECHOCTL))
            emit(tty, "^\b", 2);
        return 0;
    }
    take_canonical(tty, byte);
    return 0;
}

/* ---- Reading ---- */

size_t discipline_available(const struct tty *tty)
{
    return (size_t)(tty->canonical - tty->tail);
}

size_t discipline_take(struct tty *tty, char *to, size_t capacity, bool *ended_out)
{
    const bool lines = has(tty, TERMIOS_ICANON);
    size_t taken = 0;
    *ended_out = false;
    while (tty->tail < tty->canonical && taken < capacity && !*ended_out) {
        const u8 byte = *slot(tty, tty->tail);
        const bool ends = is_marked(tty, tty->tail);
        tty->tail++;
        if (!ends || byte != DISABLED)
            to[taken++] = (char)byte;
        *ended_out = lines && ends;
    }
    // All of a line was asked for, up to its end of file: the mark goes along, or the next read
    // would see it.
    if (lines && !*ended_out && tty->tail < tty->canonical && is_marked(tty, tty->tail) &&
        *slot(tty, tty->tail) == DISABLED) {
        tty->tail++;
        *ended_out = true;
    }
    return taken;
}

void discipline_mode_changed(struct tty *tty)
{
    tty->literal_next = false;
    if (!has(tty, TERMIOS_ICANON))
        tty->canonical = tty->head; // the unfinished line becomes readable
    tty->line_column = tty->column;
}
