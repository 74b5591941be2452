/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Records of System V objects: from a record to an object and back. */
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/object.h>

#include "ipc/records.h"
#include "task/tasks.h"

#define ID  (5 << IPC_INDEX_BITS | 9)
#define KEY 0x5eed

static struct object *known; // what references in records are resolved to

static struct object *resolve(void *context, u32 kind, u64 id)
{
    (void)context;
    return known && known->type->kind == kind && known->id == id ? known : NULL;
}

static helix_status make(const struct object_type *type, u32 version, const void *payload,
                         size_t bytes, struct object **made_out)
{
    const struct object_record record = {
        .kind = (u32)type->kind, .version = version, .id = 1, .bytes = bytes};
    struct object_reader reader = {.data = payload, .bytes = bytes, .resolve = resolve};
    return type->recreate(&reader, &record, made_out);
}

/* @payload makes an object, which describes itself as @payload and keeps its id from others. */
static void trip(struct helix_test_run *t, const struct object_type *type, const void *payload,
                 size_t bytes)
{
    struct object *made, *again;
    u8 data[512];
    struct object_writer writer = {.data = data, .capacity = sizeof data};
    REQUIRE(t, make(type, 1, payload, bytes, &made) == HELIX_OK);
    EXPECT(t, type->equal(made, made) && made->type == type && made->id != 0);
    EXPECT(t, make(type, 1, payload, bytes, &again) == HELIX_E_EXIST);
    EXPECT(t, type->describe(made, &writer) == HELIX_OK);
    const struct object_record *record = (const void *)data;
    EXPECT(t, record->kind == (u32)type->kind && record->id == made->id && record->bytes == bytes);
    EXPECT(t, writer.bytes == sizeof *record + bytes &&
                  memcmp(data + sizeof *record, payload, bytes) == 0);
    type->discard(made);
    EXPECT(t, make(type, 1, payload, bytes - 1, &made) == HELIX_E_CORRUPT);
    EXPECT(t, make(type, 2, payload, bytes, &made) == HELIX_E_NOTSUP);
    REQUIRE(t, make(type, 1, payload, bytes, &made) == HELIX_OK); // its id is free again
    type->discard(made);
}

#define COMMON {.id = ID, .key = KEY, .uid = 1, .gid = 2, .creator_gid = 3, .mode = 0640}

HELIX_TEST(object, system_v_messages_make_the_round_trip)
{
    const struct {
        struct message_queue_record queue;
        struct message_record first;
        char text[8];
        struct message_record second;
    } payload = {
        .queue = {.ipc = COMMON, .count = 2, .bytes_most = 100, .sent = 7, .receiver_pid = 8},
        .first = {.type = 3, .bytes = 5},
        .text = "hello",
        .second = {.type = 1},
    };
    trip(t, &messages_object_type, &payload, sizeof payload);
}

HELIX_TEST(object, system_v_semaphores_make_the_round_trip)
{
    struct {
        struct sem_set_record set;
        struct semaphore_record values[2];
        struct undo_record undo;
        i16 adjust[4];
    } payload = {
        .set = {.ipc = COMMON, .changed = 9, .count = 2, .undos = 1},
        .values = {{.value = 4, .pid = 5}, {.value = 6}},
        .adjust = {-1, 1},
    };
    struct process *process = process_allocate();
    struct object *made;
    REQUIRE(t, process != NULL);
    payload.undo.process = process->object.id;
    known = &process->object;
    trip(t, &sem_set_object_type, &payload, sizeof payload);
    known = NULL;
    EXPECT(t, make(&sem_set_object_type, 1, &payload, sizeof payload, &made) == HELIX_E_CORRUPT);
    process_discard(process);
}

HELIX_TEST(object, system_v_memory_makes_the_round_trip)
{
    struct segment_record payload = {.ipc = COMMON, .bytes = 3 * PAGE_SIZE, .creator_pid = 6};
    struct vm_object *memory;
    struct object *made;
    REQUIRE(t, vm_object_create_shared(payload.bytes, &memory) == HELIX_OK);
    payload.memory = memory->object.id;
    known = &memory->object;
    trip(t, &shared_memory_object_type, &payload, sizeof payload);
    known = NULL;
    EXPECT(t,
           make(&shared_memory_object_type, 1, &payload, sizeof payload, &made) == HELIX_E_CORRUPT);
    vm_object_put(memory);
}
