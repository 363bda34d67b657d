/* Times: a monotonic one for deadlines, and RFC 3339 UTC with microseconds for people. */
#ifndef TORU_CLOCK_H
#define TORU_CLOCK_H

#include <stdint.h>

enum { STAMP_BYTES = 28 };

/* 2026-03-01T12:00:00.123456Z and NUL. */
struct stamp {
	char text[STAMP_BYTES];
};

/* Milliseconds since some fixed moment; never goes back. */
uint64_t monotonic_ms(void);
/* Microseconds since 1970; goes where the admin's clock goes. */
uint64_t wall_us(void);
struct stamp stamp_of(uint64_t wallUs);
struct stamp stamp_now(void);

#endif
