/*
 * bits.h - sets of numbers as text: "0-3,7", the way the kernel writes CPUs and memory nodes; and
 * what a table's row can check of itself.
 */
#pragma once

#include <limits.h>
#include <stddef.h>

enum { BITS_PER_LONG = sizeof(unsigned long) * CHAR_BIT };

/*
 * 0 where the literal and its NUL have room in size bytes, else no program: C lets a char array
 * drop the NUL in silence. A row that holds its words itself, and does not point to them, needs no
 * relocation when the program starts.
 */
#define FITS(literal, size) (0 * (int)sizeof(char[sizeof(literal) <= (size) ? 1 : -1]))

#define BITS_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

/*
 * The numbers of text, each below n, as bits of set, which has BITS_LONGS(n) longs and is cleared
 * first. -1 when the text is anything else than numbers and ranges with commas between them.
 */
int bits_parse(const char *text, unsigned long *set, size_t n);
