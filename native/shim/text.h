/* A short piece of text under construction: an event, a path, a number. Never grows; what does not fit is left out. */
#ifndef TORU_TEXT_H
#define TORU_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { TEXT_BYTES = 2048 };

struct text {
	size_t length;
	char bytes[TEXT_BYTES]; /* always ends in NUL */
};

void text_clear(struct text *text);
void text_add(struct text *text, const char *words);
/* Decimal. */
void text_number(struct text *text, uint64_t number);
/* As the inside of a JSON string: escaped, valid UTF-8 for any bytes. */
void text_json(struct text *text, const char *words);

/* A copy of both, one behind the other, that lives as long as the process; NULL when there are too many. */
const char *keep_words(const char *words, const char *more);

/* Writes `number` in decimal without NUL; returns the digits written (at most 20). */
size_t digits(char *out, uint64_t number);

#endif
