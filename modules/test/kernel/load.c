/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Modules from files: the test image carries those of tests/modules in a second archive. */
#include <helix/capability/broker.h>
#include <helix/hal/time.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/heap.h>

#include "load.h"
#include "schedulers.h"

#define HELLO "/lib/helix/modules/hello.hmod"

static i64 count(struct helix_test_run *t)
{
    struct helix_value value = {0};
    struct module_result result;
    modules_call("module:hello:count", NULL, 0, &value, &result);
    EXPECT(t, result.status == HELIX_OK);
    return value.number;
}

HELIX_TEST(load, a_module_greets_keeps_its_count_over_a_reload_and_goes)
{
    static const char *const settings[] = {"name=tests", NULL};
    static const char *const ada[] = {"Ada"};
    static const struct helix_event custom = {.kind = HELIX_EVENT_CUSTOM};
    struct module_result result;
    struct helix_value value = {0};
    modules_load_file(HELLO, settings, &result);
    REQUIRE(t, result.status == HELIX_OK);
    EXPECT(t, count(t) == 1); // onload ran
    modules_load_file(HELLO, NULL, &result);
    EXPECT(t, result.status == HELIX_E_EXIST);
    modules_call("module:hello:greet", NULL, 0, &value, &result);
    EXPECT(t, result.status == HELIX_OK && strcmp(value.text, "hello, tests (1)") == 0);
    modules_call("library:hello:greet", ada, 1, &value, &result);
    EXPECT(t, result.status == HELIX_OK && strcmp(value.text, "hello, Ada (2)") == 0);
    modules_publish(&custom);
    EXPECT(t, count(t) == 211);
    modules_reload("hello", NULL, &result);
    EXPECT(t, result.status == HELIX_OK);
    EXPECT(t, count(t) == 201); // greetings are carried over, events are not
    modules_unload("hello", &result);
    EXPECT(t, result.status == HELIX_OK);
    modules_call("module:hello:greet", NULL, 0, &value, &result);
    EXPECT(t, result.status == HELIX_E_NOENT);
}

HELIX_TEST(load, a_thousand_times_leaks_nothing)
{
    struct module_result result;
    for (unsigned i = 0; i < 20; i++) {
        modules_load_file(HELLO, NULL, &result);
        modules_unload("hello", &result);
    }
    u64 frames = settled_free_frames();
    unsigned wrong = 0;
    nanos deadline = hal_clock_now() + 10 * NANOS_PER_SECOND;
    for (unsigned i = 0; i < 1000 && hal_clock_now() < deadline; i++) {
        modules_load_file(HELLO, NULL, &result);
        wrong += result.status != HELIX_OK;
        modules_unload("hello", &result);
        wrong += result.status != HELIX_OK;
    }
    EXPECT(t, wrong == 0);
    // Addresses are not used again at once, so the arena's page tables grow up to its size: one
    // frame for about a hundred loads.
    EXPECT(t, settled_free_frames() + 32 >= frames);
}

HELIX_TEST(load, answers_requests_and_refuses_what_it_does_not_know)
{
    char answer[8] = "";
    struct module_result result;
    struct helix_value value;
    struct helix_request request = {.source = "test", .type = "echo", .payload = "abc", .bytes = 4};
    struct helix_response response = {.payload = answer, .capacity = sizeof answer};
    modules_load_file(HELLO, NULL, &result);
    REQUIRE(t, result.status == HELIX_OK);
    EXPECT(t, modules_request("hello", &request, &response) == HELIX_OK);
    EXPECT(t, response.bytes == 4 && strcmp(answer, "abc") == 0);
    EXPECT(t, modules_request("nobody", &request, &response) == HELIX_E_NOENT);
    modules_call("module:hello:nothing", NULL, 0, &value, &result);
    EXPECT(t, result.status == HELIX_E_NOENT && strstr(result.reason, "nothing") != NULL);
    modules_call("hello:greet", NULL, 0, &value, &result);
    EXPECT(t, result.status == HELIX_E_INVAL);
    modules_unload("hello", &result);
    EXPECT(t, result.status == HELIX_OK);
}

HELIX_TEST(load, a_service_that_crashes_is_restarted_three_times_at_most)
{
    static const char *const assertion[] = {"1"};
    struct module_result result;
    struct helix_value value;
    modules_load_file(HELLO, NULL, &result);
    REQUIRE(t, result.status == HELIX_OK);
    for (unsigned i = 0; i < 4; i++) {
        modules_call("module:hello:crash", i % 2 ? assertion : NULL, i % 2, &value, &result);
        EXPECT(t, result.status == HELIX_E_MODULE_FAULT);
        settle();
        modules_call("module:hello:greet", NULL, 0, &value, &result);
        EXPECT(t, (result.status == HELIX_OK) == (i < 3));
    }
    modules_unload("hello", &result);
    EXPECT(t, result.status == HELIX_OK);
}

HELIX_TEST(load, what_a_module_holds_is_limited_and_taken_back)
{
    static const char *const settings[] = {"limit_memory_kb=64", NULL};
    static const char *const small[] = {"60000"};
    struct module_result result;
    struct helix_value value;
    modules_load_file(HELLO, settings, &result);
    REQUIRE(t, result.status == HELIX_OK);
    modules_call("module:hello:hold", small, 1, &value, &result);
    EXPECT(t, result.status == HELIX_OK && value.number == 1);
    modules_call("module:hello:hold", small, 1, &value, &result);
    EXPECT(t, result.status == HELIX_OK && value.number == 0);
    modules_unload("hello", &result);
    EXPECT(t, result.status == HELIX_OK);
}

HELIX_TEST(load, the_seeds_scheduler_takes_over_under_its_own_names)
{
    struct module_result result;
    settle();
    modules_swap("scheduler", "my-scheduler", &result);
    REQUIRE(t, result.status == HELIX_OK);
    EXPECT(t, strcmp(scheduler_in_charge(), "my_scheduler") == 0);
    helix_ignore(sleep_until(hal_clock_now() + 20 * NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    modules_unload("my_scheduler", &result);
    EXPECT(t, result.status == HELIX_E_MODULE_IN_USE);
    modules_swap("cpu.scheduling", "helix-scheduler-round-robin", &result);
    EXPECT(t, result.status == HELIX_OK);
    settle();
    modules_unload("my_scheduler", &result);
    EXPECT(t, result.status == HELIX_OK);
}

/* Files that are none: each refused with a reason, nothing left behind. */
HELIX_TEST(load, damaged_files_are_refused_and_leave_nothing)
{
    void *data;
    size_t bytes;
    struct module_result result;
    modules_lock();
    helix_status st = module_file_read(HELLO, &data, &bytes);
    modules_unlock();
    REQUIRE(t, st == HELIX_OK);
    u8 *copy = kmalloc(bytes);
    REQUIRE(t, copy != NULL);
    u64 frames = settled_free_frames();
    u64 seed = 1;
    for (unsigned i = 0; i < 3000; i++) {
        memcpy(copy, data, bytes);
        size_t length = bytes;
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        if (i % 2 == 0)
            length = (seed >> 16) % bytes;
        for (unsigned k = 0; k < 1 + i % 7; k++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            copy[(seed >> 20) % bytes] ^= (u8)(seed >> 56);
        }
        modules_check(copy, length, &result);
        EXPECT(t, result.status == HELIX_OK || result.reason[0] != '\0');
    }
    EXPECT(t, settled_free_frames() + 16 >= frames);
    kfree(copy);
    modules_lock();
    module_file_release(data);
    modules_unlock();
}

/* Whether the module was given a kilobyte. */
static bool holds(struct helix_test_run *t)
{
    struct helix_value value = {0};
    struct module_result result;
    static const char *const kilobyte[] = {"1024"};
    modules_call("module:hello:hold", kilobyte, 1, &value, &result);
    EXPECT(t, result.status == HELIX_OK);
    return value.number == 1;
}

HELIX_TEST(load, a_module_uses_only_what_it_may)
{
    static const char *const bus[] = {"may_use=bus, irq", NULL};
    static const char *const wrong[] = {"may_use=memori", NULL};
    struct module_result result;
    u32 capabilities = capability_count();
    modules_load_file(HELLO, bus, &result);
    REQUIRE(t, result.status == HELIX_OK);
    EXPECT(t, capability_count() == capabilities + 2);
    EXPECT(t, !holds(t));
    modules_unload("hello", &result);
    modules_load_file(HELLO, wrong, &result);
    EXPECT(t, result.status == HELIX_E_INVAL);
    modules_load_file(HELLO, NULL, &result);
    REQUIRE(t, result.status == HELIX_OK);
    EXPECT(t, holds(t));
    modules_lock();
    capability_revoke_owner(instance_of_name("hello")->authorities.owner);
    modules_unlock();
    EXPECT(t, !holds(t));
    modules_unload("hello", &result);
    EXPECT(t, result.status == HELIX_OK && capability_count() == capabilities);
}
