#include "text.h"

#include <string.h>

#include "log-line.h"

/* More is left out: ids are shorter, and so are texts of errors. */
enum { JSON_WORDS_BYTES = 128, KEPT_BYTES = 16 << 10 };

void text_clear(struct text *text) {
	text->length = 0;
	text->bytes[0] = 0;
}

static void add_bytes(struct text *text, const char *bytes, size_t length) {
	if (length >= TEXT_BYTES - text->length) length = TEXT_BYTES - text->length - 1;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = 0;
}

void text_add(struct text *text, const char *words) { add_bytes(text, words, strlen(words)); }

void text_number(struct text *text, uint64_t number) {
	char decimal[20];
	add_bytes(text, decimal, digits(decimal, number));
}

void text_json(struct text *text, const char *words) {
	char escaped[JSON_WORDS_BYTES * ESCAPED_BYTES_A_BYTE + ESCAPE_SLACK];
	size_t length = strnlen(words, JSON_WORDS_BYTES);
	add_bytes(text, escaped, json_escape(escaped, words, length));
}

const char *keep_words(const char *words, const char *more) {
	/* All side by side: a buffer for each would cost a page of memory for each. */
	static char kept[KEPT_BYTES];
	static size_t used;
	size_t first = strlen(words), second = strlen(more) + 1;
	if (first + second > KEPT_BYTES - used) return NULL;
	char *copy = kept + used;
	memcpy(copy, words, first);
	memcpy(copy + first, more, second);
	used += first + second;
	return copy;
}

size_t digits(char *out, uint64_t number) {
	char reversed[20];
	size_t count = 0;
	do {
		reversed[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	for (size_t i = 0; i < count; i++) out[i] = reversed[count - 1 - i];
	return count;
}
