#include "clock.h"

#include <string.h>
#include <time.h>

static struct {
	uint64_t second;
	char text[20]; /* 2026-03-01T12:00:00. */
	int isFilled;
} cached;

uint64_t monotonic_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t wall_us(void) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void decimal(char *out, uint64_t number, int width) {
	while (width > 0) {
		out[--width] = (char)('0' + number % 10);
		number /= 10;
	}
}

static int is_leap(uint64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/* gmtime_r would read the time zone's file and cost memory. */
static void format_second(uint64_t second) {
	static const unsigned char lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint64_t day = second / 86400, rest = second % 86400, year = 1970, month = 0;
	for (; day >= (is_leap(year) ? 366U : 365U); year++) day -= is_leap(year) ? 366 : 365;
	for (;; month++) {
		uint64_t length = lengths[month] + (month == 1 && is_leap(year) ? 1U : 0U);
		if (day < length) break;
		day -= length;
	}
	memcpy(cached.text, "0000-00-00T00:00:00.", sizeof cached.text);
	decimal(cached.text, year, 4);
	decimal(cached.text + 5, month + 1, 2);
	decimal(cached.text + 8, day + 1, 2);
	decimal(cached.text + 11, rest / 3600, 2);
	decimal(cached.text + 14, rest / 60 % 60, 2);
	decimal(cached.text + 17, rest % 60, 2);
	cached.second = second;
	cached.isFilled = 1;
}

struct stamp stamp_of(uint64_t wallUs) {
	struct stamp stamp;
	uint64_t second = wallUs / 1000000;
	if (!cached.isFilled || cached.second != second) format_second(second);
	memcpy(stamp.text, cached.text, sizeof cached.text);
	decimal(stamp.text + 20, wallUs % 1000000, 6);
	stamp.text[26] = 'Z';
	stamp.text[27] = 0;
	return stamp;
}

struct stamp stamp_now(void) { return stamp_of(wall_us()); }
