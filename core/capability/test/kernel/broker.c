/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/capability/broker.h>
#include <helix/hal/time.h>
#include <helix/lib/test.h>

#define KERNEL 1000001u
#define ALICE  1000002u
#define BOB    1000003u

static u64 make(struct helix_test_run *t, u32 rights, nanos expires)
{
    u64 id = 0;
    struct capability_args args = {KERNEL, CAPABILITY_DEVICE, 77, rights, expires};
    EXPECT(t, capability_create(&args, &id) == HELIX_OK);
    return id;
}

HELIX_TEST(capability, is_good_for_its_owner_its_resource_and_its_rights)
{
    u32 count;
    u64 id = make(t, CAPABILITY_READ | CAPABILITY_WRITE, NANOS_NEVER);
    EXPECT(t, capability_validate(id, KERNEL, CAPABILITY_DEVICE, 77, CAPABILITY_READ) == HELIX_OK);
    EXPECT(t,
           capability_validate(id, ALICE, CAPABILITY_DEVICE, 77, CAPABILITY_READ) == HELIX_E_PERM);
    EXPECT(t,
           capability_validate(id, KERNEL, CAPABILITY_DEVICE, 78, CAPABILITY_READ) == HELIX_E_PERM);
    EXPECT(t,
           capability_validate(id, KERNEL, CAPABILITY_FILE, 77, CAPABILITY_READ) == HELIX_E_PERM);
    EXPECT(t, capability_validate(id, KERNEL, CAPABILITY_DEVICE, 77, CAPABILITY_DELETE) ==
                  HELIX_E_PERM);
    EXPECT(t, capability_transfer(id, KERNEL, ALICE) == HELIX_E_PERM);
    EXPECT(t, capability_revoke(id, KERNEL, &count) == HELIX_OK && count == 1);
    EXPECT(t, capability_validate(id, KERNEL, CAPABILITY_DEVICE, 77, CAPABILITY_READ) ==
                  HELIX_E_STALE);
}

HELIX_TEST(capability, ends_when_it_expires)
{
    u32 count;
    u64 id = make(t, CAPABILITY_READ, hal_clock_now());
    EXPECT(t, capability_validate(id, KERNEL, CAPABILITY_DEVICE, 77, CAPABILITY_READ) ==
                  HELIX_E_STALE);
    EXPECT(t, capability_revoke(id, KERNEL, &count) == HELIX_OK);
}

HELIX_TEST(capability, derives_less_and_never_more)
{
    u32 count;
    u64 child;
    u64 id = make(t, CAPABILITY_READ | CAPABILITY_GRANT | CAPABILITY_REVOKE, NANOS_NEVER);
    EXPECT(t, capability_derive(id, KERNEL, ALICE, CAPABILITY_WRITE, NANOS_NEVER, &child) ==
                  HELIX_E_PERM);
    EXPECT(t, capability_derive(id, KERNEL, KERNEL, CAPABILITY_READ, NANOS_NEVER, &child) ==
                  HELIX_E_PERM);
    EXPECT(t, capability_derive(id, ALICE, ALICE, CAPABILITY_READ, NANOS_NEVER, &child) ==
                  HELIX_E_PERM);
    EXPECT(t,
           capability_derive(id, KERNEL, ALICE, CAPABILITY_READ, NANOS_NEVER, &child) == HELIX_OK);
    EXPECT(t,
           capability_validate(child, ALICE, CAPABILITY_DEVICE, 77, CAPABILITY_READ) == HELIX_OK);
    EXPECT(t, capability_revoke(id, ALICE, &count) == HELIX_E_PERM);
    EXPECT(t, capability_revoke(id, KERNEL, &count) == HELIX_OK && count == 2);
}

HELIX_TEST(capability, is_revoked_with_all_that_came_from_it)
{
    u32 count;
    u64 id = make(t, CAPABILITY_ALL, NANOS_NEVER);
    u32 before = capability_count();
    u64 alice;
    u64 chain;
    REQUIRE(t,
            capability_derive(id, KERNEL, ALICE, CAPABILITY_ALL, NANOS_NEVER, &alice) == HELIX_OK);
    chain = alice;
    for (unsigned i = 0; i < 200; i++) {
        u64 next;
        u64 owner = i == 0 ? ALICE : BOB;
        REQUIRE(t, capability_derive(chain, owner, BOB, CAPABILITY_ALL, NANOS_NEVER, &next) ==
                       HELIX_OK);
        chain = next;
    }
    EXPECT(t, capability_count() == before + 201);
    EXPECT(t, capability_revoke(alice, KERNEL, &count) == HELIX_OK && count == 201);
    EXPECT(t, capability_validate(chain, BOB, CAPABILITY_DEVICE, 77, CAPABILITY_READ) ==
                  HELIX_E_STALE);
    EXPECT(t, capability_revoke_owner(KERNEL) == 1);
    EXPECT(t, capability_count() == before - 1);
}

static struct object *resolve(void *context, u32 kind, u64 id)
{
    (void)context;
    return kind == OBJECT_CAPABILITY ? capability_object(id) : NULL;
}

/* Describe, recreate, compare, and the same cut short and from another version. */
static void round_trip(struct helix_test_run *t, const struct object *object,
                       struct object *(*resolver)(void *, u32, u64))
{
    u8 data[256];
    struct object *copy = NULL;
    struct object_record record;
    struct object_writer writer = {.data = data, .capacity = sizeof data};
    REQUIRE(t, object->type->describe(object, &writer) == HELIX_OK && writer.bytes <= sizeof data);
    struct object_reader reader = {.data = data, .bytes = writer.bytes, .resolve = resolver};
    REQUIRE(t, object_read(&reader, &record, sizeof record) == HELIX_OK);
    EXPECT(t, record.kind == object->type->kind && record.bytes == writer.bytes - sizeof record);
    REQUIRE(t, object->type->recreate(&reader, &record, &copy) == HELIX_OK);
    EXPECT(t, copy->id != object->id && object->type->equal(object, copy));
    object->type->discard(copy);
    reader = (struct object_reader){
        .data = data, .bytes = writer.bytes - 1, .at = sizeof record, .resolve = resolver};
    EXPECT(t, object->type->recreate(&reader, &record, &copy) == HELIX_E_CORRUPT);
    record.version++;
    EXPECT(t, object->type->recreate(&reader, &record, &copy) == HELIX_E_NOTSUP);
}

HELIX_TEST(object, a_capability_makes_the_round_trip)
{
    u32 count;
    u64 child;
    u64 id = make(t, CAPABILITY_ALL, NANOS_NEVER);
    REQUIRE(t,
            capability_derive(id, KERNEL, ALICE, CAPABILITY_READ, 1ull << 60, &child) == HELIX_OK);
    round_trip(t, capability_object(id), resolve);
    round_trip(t, capability_object(child), resolve);
    EXPECT(t, capability_revoke(id, KERNEL, &count) == HELIX_OK && count == 2);
}
