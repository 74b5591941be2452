/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/time.h>

#include <helix/hal/spinlock.h>

#include "machine.h"
#include "platform.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

enum reg {
    REG_SECOND = 0x00,
    REG_MINUTE = 0x02,
    REG_HOUR = 0x04,
    REG_DAY = 0x07,
    REG_MONTH = 0x08,
    REG_YEAR = 0x09,
    REG_STATUS_A = 0x0a,
    REG_STATUS_B = 0x0b,
};

#define STATUS_A_UPDATING 0x80
#define STATUS_B_HALT     0x80
#define STATUS_B_BINARY   0x04
#define STATUS_B_24_HOURS 0x02
#define HOUR_PM           0x80

#define UPDATE_PATIENCE 100000
#define SECONDS_A_DAY   86400ull

struct date {
    u32 year, month, day, hour, minute, second;
};

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_HAL);

static u8 get(u8 reg)
{
    port_write8(CMOS_INDEX, reg);
    return port_read8(CMOS_DATA);
}

static void put(u8 reg, u8 value)
{
    port_write8(CMOS_INDEX, reg);
    port_write8(CMOS_DATA, value);
}

static u32 from_bcd(u32 value, u8 status_b)
{
    return status_b & STATUS_B_BINARY ? value : (value >> 4) * 10 + (value & 15);
}

static u8 to_bcd(u32 value, u8 status_b)
{
    return (u8)(status_b & STATUS_B_BINARY ? value : value / 10 << 4 | value % 10);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; the year begins in March, so that the
 * leap day comes last. */
static u64 days_from_date(u32 year, u32 month, u32 day)
{
    u64 y = month <= 2 ? year - 1 : year;
    u64 m = month <= 2 ? month + 9 : month - 3;
    u64 days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
    return days - 719468;
}

static struct date date_from_days(u64 days)
{
    days += 719468;
    u64 era = days / 146097, in_era = days % 146097;
    u64 y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    u64 in_year = in_era - (365 * y + y / 4 - y / 100);
    u64 m = (5 * in_year + 2) / 153;
    return (struct date){
        .day = (u32)(in_year - (153 * m + 2) / 5 + 1),
        .month = (u32)(m < 10 ? m + 3 : m - 9),
        .year = (u32)(y + era * 400 + (m >= 10)),
    };
}

static u8 hour_from_register(u8 raw, u8 status_b)
{
    u32 hour = from_bcd(raw & ~HOUR_PM, status_b);
    if (status_b & STATUS_B_24_HOURS)
        return (u8)from_bcd(raw, status_b);
    return (u8)(hour % 12 + (raw & HOUR_PM ? 12 : 0));
}

static struct date read_date(void)
{
    u8 status_b = get(REG_STATUS_B);
    struct date date = {
        .second = from_bcd(get(REG_SECOND), status_b),
        .minute = from_bcd(get(REG_MINUTE), status_b),
        .hour = hour_from_register(get(REG_HOUR), status_b),
        .day = from_bcd(get(REG_DAY), status_b),
        .month = from_bcd(get(REG_MONTH), status_b),
        .year = from_bcd(get(REG_YEAR), status_b),
    };
    u32 century = hal_platform.century_register != 0
                      ? from_bcd(get(hal_platform.century_register & 0x7f), status_b)
                      : 0;
    date.year += century >= 19 && century < 30 ? century * 100 : date.year < 70 ? 2000 : 1900;
    return date;
}

static bool is_sane(const struct date *date)
{
    return date->month >= 1 && date->month <= 12 && date->day >= 1 && date->day <= 31 &&
           date->hour < 24 && date->minute < 60 && date->second < 61;
}

static u64 seconds_of(const struct date *date)
{
    return days_from_date(date->year, date->month, date->day) * SECONDS_A_DAY +
           date->hour * 3600ull + date->minute * 60ull + date->second;
}

/* Read twice until both agree, so that no carry is seen half done. */
static u64 read_locked(void)
{
    for (unsigned i = 0; i < UPDATE_PATIENCE; i++) {
        if (get(REG_STATUS_A) & STATUS_A_UPDATING)
            continue;
        struct date first = read_date();
        struct date second = read_date();
        if (!is_sane(&first))
            return 0;
        if (seconds_of(&first) == seconds_of(&second))
            return seconds_of(&first);
    }
    return 0;
}

u64 hal_wall_clock_read(void)
{
    if (hal_platform.no_cmos)
        return 0;
    struct irq_key key = spin_lock_irq(&lock);
    u64 seconds = read_locked();
    spin_unlock_irq(&lock, key);
    return seconds;
}

helix_status hal_wall_clock_write(u64 seconds)
{
    if (hal_platform.no_cmos)
        return HELIX_E_NODEV;
    struct date date = date_from_days(seconds / SECONDS_A_DAY);
    u32 in_day = (u32)(seconds % SECONDS_A_DAY);
    // Without a register for the century the clock means a year between 1970 and 2069.
    if (date.year >= (hal_platform.century_register != 0 ? 2970 : 2070))
        return HELIX_E_RANGE;
    struct irq_key key = spin_lock_irq(&lock);
    u8 status_b = (u8)((get(REG_STATUS_B) | STATUS_B_24_HOURS) & ~STATUS_B_HALT);
    put(REG_STATUS_B, status_b | STATUS_B_HALT);
    put(REG_SECOND, to_bcd(in_day % 60, status_b));
    put(REG_MINUTE, to_bcd(in_day / 60 % 60, status_b));
    put(REG_HOUR, to_bcd(in_day / 3600, status_b));
    put(REG_DAY, to_bcd(date.day, status_b));
    put(REG_MONTH, to_bcd(date.month, status_b));
    put(REG_YEAR, to_bcd(date.year % 100, status_b));
    if (hal_platform.century_register != 0)
        put(hal_platform.century_register & 0x7f, to_bcd(date.year / 100, status_b));
    put(REG_STATUS_B, status_b);
    spin_unlock_irq(&lock, key);
    return HELIX_OK;
}
