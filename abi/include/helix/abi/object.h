/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * Describable objects. Everything a program or a module can hold begins with a struct object: a
 * kind, a version, an id that is never reused. describe() writes a record with references by id;
 * recreate() makes the object again from a record, asking the resolver for the objects it refers
 * to. Live replacement, saved state and crash dumps all use this one form.
 *
 * An object that cannot be described says so with @undescribable, a reason for people.
 */
enum object_kind {
    OBJECT_THREAD = 1,
    OBJECT_PROCESS,
    OBJECT_ADDRESS_SPACE,
    OBJECT_MAPPING,
    OBJECT_FILE,
    OBJECT_FILE_TABLE,
    OBJECT_PIPE,
    OBJECT_TTY,
    OBJECT_SOCKET,
    OBJECT_TIMER,
    OBJECT_SIGNAL_STATE,
    OBJECT_CAPABILITY,
    OBJECT_CHANNEL,
    OBJECT_MOUNT,
    OBJECT_MODULE,
    OBJECT_EVENT_FD,
    OBJECT_EPOLL,
    OBJECT_TIMER_FD,
    OBJECT_SIGNAL_FD,
    OBJECT_MEMORY_FILE,
    OBJECT_MESSAGE_QUEUE, // POSIX
    OBJECT_INOTIFY,
    OBJECT_SHARED_SEGMENT, // System V, as the next two
    OBJECT_SEMAPHORES,
    OBJECT_MESSAGES,
    OBJECT_AIO,
    OBJECT_KINDS,
};

struct object_type;

struct object {
    const struct object_type *type;
    u64 id; // from object_id_new(), never 0
};

/* A record: a header, then payload bytes in the form of the kind's version. Little-endian,
 * naturally aligned fields. */
struct object_record {
    u32 kind;
    u32 version;
    u64 id;
    u64 bytes; // of payload
};

struct object_writer {
    void *data;
    size_t capacity;
    size_t bytes; // goes on counting past capacity, so a first pass with capacity 0 measures
};

struct object_reader {
    const void *data;
    size_t bytes;
    size_t at;
    struct object *(*resolve)(void *context, u32 kind,
                              u64 id); // a recreated object by its old id; NULL: unknown
    void *context;
};

struct object_type {
    enum object_kind kind;
    u32 version;
    const char *name;
    const char *undescribable; // NULL: it can be described

    helix_status (*describe)(const struct object *object, struct object_writer *writer);
    helix_status (*recreate)(struct object_reader *reader, const struct object_record *record,
                             struct object **object_out);
    void (*discard)(struct object *object); // give up a recreated object
    bool (*equal)(const struct object *left, const struct object *right); // for the round-trip test
};

/* Defined in lib: append and read payload. Reading past the end gives HELIX_E_CORRUPT. */
void object_write(struct object_writer *writer, const void *data, size_t bytes);
helix_status object_read(struct object_reader *reader, void *data, size_t bytes);
u64 object_id_new(void);

/* Enter @type_ among the kinds that exist (section "helix_objects"): the round-trip test goes over
 * all of them. */
#define OBJECT_TYPE_ENTRY(type_) \
    __attribute__((              \
        used, retain,            \
        section("helix_objects"))) static const struct object_type *const type_##_entry = &type_
