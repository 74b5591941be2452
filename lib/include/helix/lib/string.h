/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * The memory and string functions of C, with C's contracts. In the kernel the mem* functions are
 * weak: the HAL may bring faster ones. On the host they are the C library's; only strlcpy() is
 * always ours.
 */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *from, int byte, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);

/* Copy at most @size - 1 bytes and end with NUL. The length of @from: a result >= @size means
 * truncated. */
size_t strlcpy(char *to, const char *from, size_t size);

/* True when @s begins with @prefix. */
bool lib_starts_with(const char *s, const char *prefix);

/*
 * In freestanding C these are ordinary calls unless told: let the compiler expand small and
 * constant ones. The files that define them ask for the plain names.
 */
#if !__STDC_HOSTED__ && !defined(LIB_STRING_PLAIN)
#define memcpy(to, from, n)  __builtin_memcpy((to), (from), (n))
#define memmove(to, from, n) __builtin_memmove((to), (from), (n))
#define memset(to, byte, n)  __builtin_memset((to), (byte), (n))
#define memcmp(a, b, n)      __builtin_memcmp((a), (b), (n))
#define strlen(s)            __builtin_strlen(s)
#define strcmp(a, b)         __builtin_strcmp((a), (b))
#endif
