/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/user.h>

#include <helix/hal/mmu.h>
#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

/* Two user pages, of which only the first is there. */
#define AT  0x400000ul
#define END (AT + PAGE_SIZE)

static HELIX_ALIGNED(PAGE_SIZE) u8 page[PAGE_SIZE];
static struct hal_space space;
static struct hal_space *space_before;

/* Runs with preemption off: then no fault handler is asked, and the test thread stays on its CPU
 * and in this space. */
static bool enter(unsigned prot)
{
    memset(page, 0x11, sizeof(page));
    if (hal_space_init(&space) != HELIX_OK)
        return false;
    if (hal_space_map(&space, vaddr_of(AT), virt_to_phys(page), PAGE_SIZE, prot) != HELIX_OK) {
        hal_space_destroy(&space);
        return false;
    }
    hal_irq_disable();
    space_before = hal_current()->space;
    hal_current()->preempt++;
    hal_space_activate(&space);
    return true;
}

static void leave(void)
{
    hal_space_activate(space_before);
    hal_current()->preempt--;
    hal_irq_enable();
    hal_space_destroy(&space);
}

#define USER_READ  (HAL_PROT_USER | HAL_PROT_READ)
#define USER_WRITE (HAL_PROT_USER | HAL_PROT_READ | HAL_PROT_WRITE)

HELIX_TEST(user_copy, copies_both_ways)
{
    u8 bytes[100];
    memset(bytes, 0x22, sizeof(bytes));
    REQUIRE(t, enter(USER_WRITE));
    EXPECT(t, hal_user_copy_out(vaddr_of(AT + 3), bytes, sizeof(bytes)) == 0);
    EXPECT(t, page[2] == 0x11 && page[3] == 0x22 && page[102] == 0x22 && page[103] == 0x11);
    memset(bytes, 0, sizeof(bytes));
    EXPECT(t, hal_user_copy_in(bytes, vaddr_of(AT + 3), sizeof(bytes)) == 0 && bytes[99] == 0x22);
    EXPECT(t, hal_user_clear(vaddr_of(AT), 50) == 0 && page[49] == 0 && page[50] == 0x22);
    leave();
}

HELIX_TEST(user_copy, says_how_much_was_missing)
{
    static u8 bytes[64];
    REQUIRE(t, enter(USER_WRITE));
    for (unsigned n = 1; n <= 24; n++) {
        EXPECT(t, hal_user_copy_in(bytes, vaddr_of(END - n), 40) == 40 - n);
        EXPECT(t, hal_user_copy_out(vaddr_of(END - n), bytes, 40) == 40 - n);
        EXPECT(t, hal_user_clear(vaddr_of(END - n), 40) == 40 - n);
    }
    EXPECT(t, hal_user_copy_in(bytes, vaddr_of(END), 1) == 1);
    leave();
}

/* Words are put together from two where the sides are aligned differently. */
HELIX_TEST(user_copy, copies_at_every_alignment)
{
    static u8 from[160], to[160];
    unsigned wrong = 0;
    for (unsigned i = 0; i < sizeof(from); i++)
        from[i] = (u8)(i * 7 + 1);
    REQUIRE(t, enter(USER_WRITE));
    for (unsigned n = 0; n < 100; n++) {
        for (unsigned offsets = 0; offsets < 64; offsets++) {
            const unsigned at = offsets % 8, start = offsets / 8;
            memset(page, 0, sizeof(from));
            memset(to, 0, sizeof(to));
            wrong += hal_user_copy_out(vaddr_of(AT + 16 + at), from + start, n) != 0;
            wrong += memcmp(page + 16 + at, from + start, n) != 0;
            wrong += page[15 + at] != 0 || page[16 + at + n] != 0;
            wrong += hal_user_copy_in(to + 16 + start, vaddr_of(AT + 16 + at), n) != 0;
            wrong += memcmp(to + 16 + start, from + start, n) != 0;
            wrong += to[15 + start] != 0 || to[16 + start + n] != 0;
        }
    }
    EXPECT(t, wrong == 0);
    leave();
}

HELIX_TEST(user_copy, respects_write_protection)
{
    u32 word = 5;
    REQUIRE(t, enter(USER_READ));
    EXPECT(t, hal_user_copy_out(vaddr_of(AT), &word, sizeof(word)) == sizeof(word));
    EXPECT(t, hal_user_copy_in(&word, vaddr_of(AT), sizeof(word)) == 0 && word == 0x11111111);
    EXPECT(t, !hal_user_cas32(vaddr_of(AT), 0x11111111, 1, &word));
    leave();
}

HELIX_TEST(user_copy, refuses_what_is_not_the_user_half)
{
    const struct {
        uintptr_t at;
        size_t bytes;
    } cases[] = {
        {HAL_USER_END, 1},         {HAL_USER_END - 1, 2}, {UINTPTR_MAX, 1},
        {UINTPTR_MAX - 7, 16},     {AT, SIZE_MAX},        {HAL_KERNEL_ARENA_BASE, 8},
        {0x8000000000000000ul, 8},
    };
    u8 byte[16] = {0};
    for (size_t i = 0; i < array_count(cases); i++) {
        EXPECT(t, hal_user_copy_in(byte, vaddr_of(cases[i].at), cases[i].bytes) == cases[i].bytes);
        EXPECT(t, hal_user_copy_out(vaddr_of(cases[i].at), byte, cases[i].bytes) == cases[i].bytes);
        EXPECT(t, hal_user_clear(vaddr_of(cases[i].at), cases[i].bytes) == cases[i].bytes);
    }
    EXPECT(t, hal_user_copy_string((char *)byte, vaddr_of(UINTPTR_MAX), 4) == -1);
}

HELIX_TEST(user_copy, copies_strings_up_to_their_end)
{
    char text[64];
    REQUIRE(t, enter(USER_WRITE));
    for (unsigned length = 0; length < 40; length++) {
        memset(page, 'x', sizeof(page));
        page[PAGE_SIZE - 1] = '\0';
        EXPECT(t, hal_user_copy_string(text, vaddr_of(END - 1 - length), sizeof(text)) ==
                      (long)length);
        EXPECT(t, strlen(text) == length);
    }
    EXPECT(t, hal_user_copy_string(text, vaddr_of(END - 5), 4) == -2);
    EXPECT(t, hal_user_copy_string(text, vaddr_of(END - 5), 5) == 4);
    page[PAGE_SIZE - 1] = 'x';
    EXPECT(t, hal_user_copy_string(text, vaddr_of(END - 5), sizeof(text)) == -1);
    leave();
}

HELIX_TEST(user_copy, exchanges_words)
{
    u32 seen = 0;
    REQUIRE(t, enter(USER_WRITE));
    EXPECT(t, hal_user_load32(vaddr_of(AT), &seen) && seen == 0x11111111);
    EXPECT(t, hal_user_cas32(vaddr_of(AT), 0x11111111, 9, &seen) && seen == 0x11111111);
    EXPECT(t, hal_user_cas32(vaddr_of(AT), 0x11111111, 10, &seen) && seen == 9);
    EXPECT(t, !hal_user_load32(vaddr_of(END), &seen));
    EXPECT(t, !hal_user_cas32(vaddr_of(END), 0, 1, &seen));
    leave();
}

/* Where the CPU can keep the kernel off: an address of the user half is read by the copy functions
 * or not at all. */
HELIX_TEST(user_copy, is_the_only_way_to_user_memory)
{
    struct hal_landing landing;
    if (!hal_user_is_guarded())
        return;
    REQUIRE(t, enter(USER_WRITE));
    if (!hal_landing_set(&landing)) {
        (void)*(volatile u8 *)AT;
        EXPECT(t, false);
        hal_landing_clear(&landing);
    } else {
        EXPECT(t, landing.fault.access == (HAL_ACCESS_READ | HAL_ACCESS_PRESENT));
    }
    leave();
}
