/*
 * Fuzz target for the line path: random bytes in random pieces through line_feed and json_escape. Checks that each message is the inside of a
 * valid JSON string in valid UTF-8, that none is longer than its limit allows, that the number of lines is right, and that the pieces
 * make no difference.
 *
 *   fuzz-line [-n COUNT] [-s SEED]   COUNT random inputs (100000); prints the seed
 *   fuzz-line FILE...                these inputs
 *
 * LLVMFuzzerTestOneInput is there for libFuzzer: clang -fsanitize=fuzzer,address -DFUZZ_LIBRARY fuzz-line.c log-line.c
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log-line.h"

enum { INPUT_BYTES = 8192, LIMITS = 4, RANDOM_COUNT = 100000 };

struct tally {
	uint64_t lines, cuts, digest;
	size_t limit;
};

static uint64_t seed;

static uint64_t next_random(uint64_t *state) {
	uint64_t mixed = *state += 0x9e3779b97f4a7c15ULL;
	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
	return mixed ^ (mixed >> 31);
}

static _Noreturn void complain(const char *what) {
	fprintf(stderr, "fuzz-line: %s (seed %" PRIu64 ")\n", what, seed);
	abort();
}

/* One character of a JSON string (RFC 8259, section 7), decoded the slow way. Returns its bytes. */
static size_t check_character(const unsigned char *at, size_t left) {
	if (*at == '\\') {
		if (left >= 2 && strchr("\"\\bfnrt", at[1]) && at[1]) return 2;
		if (left < 6 || at[1] != 'u') complain("an escape that JSON does not know");
		for (int i = 2; i < 6; i++) {
			if (!at[i] || !strchr("0123456789abcdef", at[i])) complain("an escape without four digits");
		}
		return 6;
	}
	if (*at < 0x20 || *at == 0x7f || *at == '"') complain("a character that must be escaped");
	if (*at < 0x80) return 1;
	size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
	uint32_t code = *at & (0xffU >> (length + 1));
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	if (*at < 0xc0 || *at > 0xf7 || length > left) complain("no UTF-8");
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) complain("no UTF-8");
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) complain("no UTF-8");
	if (code < 0xa0) complain("a control character that must be escaped");
	return length;
}

static void check_line(struct line_stream *stream, const struct line *line) {
	struct tally *tally = (struct tally *)(uintptr_t)stream->owner;
	size_t room = ESCAPED_BYTES_A_BYTE * line->length + ESCAPE_SLACK;
	/* Exactly what the contract asks for, so that the sanitizer sees one byte too many. */
	char *out = malloc(room), *copy = malloc(line->length + 1);
	if (!out || !copy) complain("no memory");
	memcpy(copy, line->bytes, line->length);
	size_t length = json_escape(out, copy, line->length);
	if (length > ESCAPED_BYTES_A_BYTE * line->length) complain("longer than six bytes a byte");
	if (line->length > tally->limit) complain("longer than the limit");
	if (line->isCut && line->length + 3 + 3 < tally->limit) complain("cut too early");
	if (line->level < 0 || line->level > 7) complain("no such level");
	for (size_t at = 0; at < length;) at += check_character((const unsigned char *)out + at, length - at);
	tally->lines++;
	tally->cuts += line->isCut;
	for (size_t i = 0; i < length; i++) tally->digest = (tally->digest ^ (unsigned char)out[i]) * 0x100000001b3ULL;
	tally->digest = (tally->digest ^ (uint64_t)line->level) * 0x100000001b3ULL;
	free(out);
	free(copy);
}

static struct tally run(const uint8_t *bytes, size_t size, size_t limit, uint64_t *random) {
	struct tally tally = {.limit = limit};
	static struct line_stream streams[LIMITS];
	static size_t limits[LIMITS];
	/* One stream a limit, since its memory is kept. */
	size_t slot = 0;
	while (limits[slot] && limits[slot] != limit) slot++;
	limits[slot] = limit;
	streams[slot].limit = limit;
	streams[slot].take = check_line;
	streams[slot].owner = &tally;
	for (size_t at = 0; at < size;) {
		size_t piece = random ? 1 + next_random(random) % (next_random(random) % 4 ? 16 : 2048) : size;
		if (piece > size - at) piece = size - at;
		line_feed(&streams[slot], (const char *)bytes + at, piece);
		at += piece;
	}
	line_end(&streams[slot]);
	return tally;
}

static uint64_t expected_lines(const uint8_t *bytes, size_t size) {
	uint64_t lines = size && bytes[size - 1] != '\n';
	for (size_t i = 0; i < size; i++) lines += bytes[i] == '\n';
	return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	static const size_t limits[LIMITS] = {64, 100, 1024, 65536};
	uint64_t random = seed ^ size;
	for (size_t i = 0; i < size; i++) random = (random ^ bytes[i]) * 0x100000001b3ULL;
	size_t limit = limits[next_random(&random) % LIMITS];
	struct tally pieces = run(bytes, size, limit, &random), whole = run(bytes, size, limit, NULL);
	if (pieces.lines != expected_lines(bytes, size)) complain("lines are missing or too many");
	if (pieces.lines != whole.lines || pieces.cuts != whole.cuts || pieces.digest != whole.digest) complain("the pieces made a difference");
	return 0;
}

#ifndef FUZZ_LIBRARY
/* Bytes that are likely to hurt: pure noise is nearly all ill-formed UTF-8. */
static size_t make_input(uint8_t *bytes, uint64_t *random) {
	static const char *const parts[] = {"\n", "<3>", "<9>", "\"", "\\", "\x1b[31m", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
					    "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "\xe2\x82", "\xf0\x9f\x98", "\xc2\x85", "\x7f",
					    "plain words that need no care at all, ", "\r\n", "\xef\xbf\xbd", "\xff\xfe"};
	size_t length = 0, wanted = next_random(random) % (next_random(random) % 8 ? 300 : INPUT_BYTES);
	while (length < wanted) {
		uint64_t choice = next_random(random);
		if (choice % 4 == 0) {
			bytes[length++] = (uint8_t)(choice >> 8);
			continue;
		}
		const char *part = parts[(choice >> 8) % (sizeof parts / sizeof *parts)];
		for (size_t i = 0; part[i] && length < wanted; i++) bytes[length++] = (uint8_t)part[i];
	}
	return length;
}

static int run_file(const char *name) {
	static uint8_t bytes[1 << 20];
	FILE *file = fopen(name, "rb");
	if (!file) {
		perror(name);
		return 1;
	}
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	return LLVMFuzzerTestOneInput(bytes, size);
}

int main(int count, char **arguments) {
	static uint8_t bytes[INPUT_BYTES];
	long inputs = RANDOM_COUNT;
	seed = (uint64_t)time(NULL);
	int at = 1;
	for (; at + 1 < count && arguments[at][0] == '-'; at += 2) {
		if (!strcmp(arguments[at], "-n")) inputs = strtol(arguments[at + 1], NULL, 10);
		else if (!strcmp(arguments[at], "-s")) seed = strtoull(arguments[at + 1], NULL, 10);
		else break;
	}
	printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
	if (at < count) {
		int failures = 0;
		for (; at < count; at++) failures |= run_file(arguments[at]);
		return failures;
	}
	uint64_t random = seed;
	for (long i = 0; i < inputs; i++) LLVMFuzzerTestOneInput(bytes, make_input(bytes, &random));
	printf("%ld inputs\n", inputs);
	return 0;
}
#endif
