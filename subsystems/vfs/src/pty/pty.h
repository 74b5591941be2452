/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/memory/sleep_lock.h>

#include "tty.h"

/*
 * A pseudoterminal: a terminal whose device is a program. What is written to the slave passes the
 * discipline and lies in `output` until the master reads it; what is written to the master is what
 * the slave's discipline gets as typed.
 *
 * The terminal's lock guards everything here, too. A pty's memory, but for its output's, is never
 * given back but serves the next one: a process's controlling terminal is a plain pointer, which a
 * hang-up takes away.
 */
#define PTY_MOST         1024u
#define PTY_OUTPUT       16384u
#define PTY_CHUNK_ROOM   2304u // for 256 bytes written, each of them a tab, and some echo
#define PTY_MASTER_MAJOR 5u
#define PTY_MASTER_MINOR 2u
#define PTY_SLAVE_MAJOR  136u

struct pty {
    struct tty tty; // the slave; first
    struct tty_driver driver;
    u32 index;
    bool used;               // table lock
    bool master, was_opened; // the master is open; the slave has been, once
    bool locked;             // TIOCSPTLCK
    u32 slaves;              // open files of the slave
    bool packets;            // TIOCPKT
    u8 packet_status;        // TIOCPKT_*, for the next read
    u32 owner_uid, owner_gid;
    u64 output_head, output_tail;
    struct wait_queue master_queue; // who reads from, or writes to, the master
    char *output;                   // PTY_OUTPUT bytes while it is used
};

extern const struct file_ops pty_master_ops;
extern struct fs_type devpts_type;

/* Names in the mounted devpts; nothing while it is not. */
void devpts_add(const struct pty *pty);
void devpts_remove(const struct pty *pty);

/* All that are in use, for a devpts that is being mounted. */
void pty_for_each(void (*visit)(const struct pty *pty, void *context), void *context);

/* The master is closed: the slave's files are dead. */
void pty_master_closed(struct pty *pty);

helix_status pty_open_slave(struct file *file, struct pty *pty);
void pty_register(void);
