/* clock.h - time for deadlines: it never jumps, and knows nothing of the calendar. */
#pragma once

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. clock_gettime(2) */
int64_t clock_ms(void);
