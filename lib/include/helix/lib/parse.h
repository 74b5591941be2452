/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/lib/compiler.h>

/*
 * Read the whole of @text as a number: decimal, 0x hexadecimal, 0o octal or 0b binary; parse_i64()
 * also a sign.
 *
 * Errors:  HELIX_E_INVAL empty, or anything but digits; HELIX_E_RANGE does not fit.
 */
helix_status parse_u64(const char *text, u64 *value_out);
helix_status parse_i64(const char *text, i64 *value_out);

/* The same with a unit: K, M, G or T, either case, for powers of 1024. */
helix_status parse_size(const char *text, u64 *bytes_out);

/* Exactly @digits hexadecimal digits, no prefix: the numbers of cpio headers. */
helix_status parse_hex_field(const char *text, size_t digits, u32 *value_out);

/* yes/no, on/off, true/false, 1/0. */
helix_status parse_bool(const char *text, bool *value_out);

/*
 * Take the next word of a kernel command line: words end at white space; double quotes, anywhere in
 * a word, protect it and are dropped; there are no escapes. The word is copied to @to, cut at its
 * first '='.
 *
 * @value_out: the text after the '=' (inside @to), NULL when there is none.
 * Errors:  HELIX_E_NO_DATA no more words; HELIX_E_TOO_BIG it does not fit (skipped); HELIX_E_INVAL
 * an open quote (skipped).
 */
helix_status parse_word_next(const char **cursor, char *to, size_t size, char **value_out);

/* Find word @key in @line and copy its value ("" when it has none) to @to. HELIX_E_NOENT: not
 * there. The last one wins. */
helix_status parse_word_find(const char *line, const char *key, char *to, size_t size);
