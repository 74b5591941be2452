/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/socket/linux.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

/*
 * Sockets: open files with the operations of a family (AF_UNIX, later AF_INET). A family registers
 * at init how its sockets are made; everything above sees struct socket and struct socket_ops only.
 */
struct socket;

struct socket_address {
    u32 bytes; // of data; 0: none
    union {
        u16 family;
        u8 data[SOCKET_ADDRESS_MOST];
    };
};

/* Who acts, as SO_PEERCRED and SCM_CREDENTIALS tell it. */
struct socket_ids {
    u32 pid, uid, gid;
};

/* What travels beside the data. Files hold references, which belong to whoever holds this. */
struct socket_control {
    struct file **files; // SOCKET_FILES_MOST at most; kmalloc'ed
    u32 file_count;
    bool has_ids;
    struct socket_ids ids;
};

struct socket_message {
    struct io_buffer *data;
    struct socket_address *address; // to send: where, NULL: the peer. Received: from where, or NULL
    const struct walk_context *walk; // to send to an address: for names of files
    struct socket_control
        *control;  // to send: what is taken becomes empty. Received: NULL, unwanted
    u32 flags;     // LINUX_MSG_*; DONTWAIT for O_NONBLOCK too
    u32 flags_out; // of what was received
};

enum socket_count {
    SOCKET_COUNT_READABLE, // FIONREAD
    SOCKET_COUNT_AT_MARK,  // 1 or 0: the urgent byte comes next
    SOCKET_COUNT_UNSENT,   // SIOCOUTQ
};

/*
 * Every slot is set. Blocking calls give HELIX_E_WOULD_BLOCK with LINUX_MSG_DONTWAIT in @flags or
 * when the socket's time is over, and socket_wait_status() of an interruption. On an error of send
 * or receive *done_out is 0.
 */
struct socket_ops {
    helix_status (*pair)(struct socket *left, struct socket *right);
    helix_status (*bind)(struct socket *socket, const struct socket_address *address,
                         const struct walk_context *walk);
    helix_status (*connect)(struct socket *socket, const struct socket_address *address,
                            const struct walk_context *walk, u32 flags);
    helix_status (*listen)(struct socket *socket, u32 backlog);
    helix_status (*accept)(struct socket *socket, u32 flags, struct socket **accepted_out);
    helix_status (*own_name)(struct socket *socket, struct socket_address *address_out);
    helix_status (*peer_name)(struct socket *socket, struct socket_address *address_out);
    helix_status (*peer_ids)(struct socket *socket, struct socket_ids *ids_out);
    helix_status (*send)(struct socket *socket, struct socket_message *message, size_t *done_out);
    helix_status (*receive)(struct socket *socket, struct socket_message *message,
                            size_t *done_out);
    u32 (*poll)(struct socket *socket, struct poll_table *table);
    helix_status (*shutdown)(struct socket *socket, u32 how); // SOCKET_SHUT_*
    helix_status (*count)(struct socket *socket, enum socket_count what, u32 *bytes_out);
    bool (*listening)(struct socket *socket);
    helix_status (*describe)(struct socket *socket, struct object_writer *writer);
    void (*release)(struct socket *socket); // its file, or who made it, gives it up
};

#define SOCKET_SHUT_RECEIVE 1u
#define SOCKET_SHUT_SEND    2u
#define SOCKET_SHUT_BOTH    3u

/* The part of a socket that all families share; a family's own structure begins with it. */
struct socket {
    struct object object; // OBJECT_SOCKET
    const struct socket_ops *ops;
    u16 family;
    u16 type; // LINUX_SOCK_STREAM, ...
    u32 protocol;
    struct file *file;  // no reference; NULL: it has none (yet, or no longer)
    u32 error;          // errno for SO_ERROR, taken by whoever reports it (atomic)
    u32 send_bytes;     // SO_SNDBUF in force; the next are read without a lock
    u32 receive_bytes;  // SO_RCVBUF
    nanos send_time;    // SO_SNDTIMEO; 0: no limit
    nanos receive_time; // SO_RCVTIMEO
    u32 flags;          // enum socket_flag (atomic)
    u32 low_water;
    i32 priority;
    u32 linger_on, linger_seconds;
    i32 peek_offset; // SO_PEEK_OFF: where MSG_PEEK begins; -1: at the first byte
    u32 lacked_room; // somebody could not send; atomic, cleared by who tells that it can now
};

enum socket_flag {
    SOCKET_PASS_IDS = 1u << 0, // SO_PASSCRED
    SOCKET_REUSE_ADDRESS = 1u << 1,
    SOCKET_KEEP_ALIVE = 1u << 2,
    SOCKET_BROADCAST = 1u << 3,
    SOCKET_OOB_INLINE = 1u << 4,
    SOCKET_DONT_ROUTE = 1u << 5,
    SOCKET_TIMESTAMP = 1u << 6,
    SOCKET_REUSE_PORT = 1u << 7,
};

struct socket_family {
    u16 number;
    /* A socket of @type and @protocol. SOCKTYPE_NOT_SUPPORTED, PROTO_NOT_SUPPORTED, NOMEM. */
    helix_status (*create)(u32 type, u32 protocol, struct socket **socket_out);
    helix_status (*recreate)(struct object_reader *reader, const struct object_record *record,
                             struct socket *socket);
    struct socket_family *next; // the table's
};
void socket_family_register(struct socket_family *family); // at init

/* What the families ask about the running task; set once. */
struct socket_hooks {
    void (*ids)(struct socket_ids *ids_out);           // real uid and gid: of messages
    void (*effective_ids)(struct socket_ids *ids_out); // of connections
    u64 (*files_in_flight_limit)(void);                // UINT64_MAX: none
    void (*urgent)(struct file *file);                 // its socket received an urgent byte: SIGURG
};
void socket_set_hooks(const struct socket_hooks *hooks);
void socket_ids_here(struct socket_ids *ids_out);
void socket_effective_ids_here(struct socket_ids *ids_out);
u64 socket_flight_limit_here(void);
void socket_urgent_here(struct file *file);

void socket_start(void); // the families of this kernel; once, at init

/* For families: the shared part of a fresh socket, with its default limits. */
void socket_init(struct socket *socket, const struct socket_ops *ops, u16 family, u32 type,
                 u32 protocol);

/* A socket without a file. ADDRESS_FAMILY (EAFNOSUPPORT) where nobody registered @family. */
helix_status socket_create(u32 family, u32 type, u32 protocol, struct socket **socket_out);

/* An open file for @socket, which it takes over on success. @flags: O_NONBLOCK. */
helix_status socket_open(struct socket *socket, u32 flags, struct file **file_out);

/* A file that gets its socket later; until then every call on it fails. */
helix_status socket_open_empty(u32 flags, struct file **file_out);
void socket_attach(struct file *file, struct socket *socket);

/* The socket behind @file: NOT_SOCKET. Valid as long as the file. */
helix_status socket_of_file(struct file *file, struct socket **socket_out);

/* SOL_SOCKET, in the form of user memory's copy. NO_PROTOCOL_OPTION: unknown. */
helix_status socket_set_option(struct socket *socket, u32 name, const void *value, u32 bytes,
                               bool privileged);
helix_status socket_get_option(struct socket *socket, u32 name, void *value, u32 *bytes);

/* Take the pending error: HELIX_OK when there is none. */
helix_status socket_take_error(struct socket *socket);
void socket_set_error(struct socket *socket, helix_status error);

/* When a wait that starts now ends. */
nanos socket_deadline(nanos time);

/* What the caller hears of a wait that ended with @status: a time that is over is EAGAIN, and an
 * interrupted wait with a time limit is not run again. */
helix_status socket_wait_status(helix_status status, nanos deadline);
