#include "log-line.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define REPEAT(byte) (0x0101010101010101ULL * (byte))

/* Nonzero when one of 8 bytes is below 0x20, DEL, not ASCII, a quote or a backslash. */
static uint64_t needs_care(uint64_t word) {
	uint64_t quote = word ^ REPEAT('"'), backslash = word ^ REPEAT('\\'), del = word ^ REPEAT(0x7f);
	uint64_t hits = (word - REPEAT(0x20)) | (quote - REPEAT(1)) | (backslash - REPEAT(1)) | (del - REPEAT(1)) | word;
	return hits & REPEAT(0x80);
}

static char *escape_control(char *out, unsigned byte) {
	static const char hex[] = "0123456789abcdef";
	static const char brief[32] = {[8] = 'b', [9] = 't', [10] = 'n', [12] = 'f', [13] = 'r'};
	*out++ = '\\';
	if (byte == '"' || byte == '\\') {
		*out++ = (char)byte;
	} else if (byte < 32 && brief[byte]) {
		*out++ = brief[byte];
	} else {
		memcpy(out, "u00", 3);
		out[3] = hex[byte >> 4];
		out[4] = hex[byte & 15];
		out += 5;
	}
	return out;
}

/*
 * Length of the character at `at`, or minus the length of the ill-formed part there. The second byte's range depends on the first
 * (Unicode, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
 */
static int utf8_length(const unsigned char *at, const unsigned char *end) {
	unsigned first = at[0], low = 0x80, high = 0xbf;
	int wanted;
	if (first < 0x80) return 1;
	if (first < 0xc2 || first > 0xf4) return -1;
	wanted = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0) low = 0xa0;
	if (first == 0xed) high = 0x9f;
	if (first == 0xf0) low = 0x90;
	if (first == 0xf4) high = 0x8f;
	for (int i = 1; i < wanted; i++) {
		if (at + i >= end || at[i] < low || at[i] > high) return -i;
		low = 0x80;
		high = 0xbf;
	}
	return wanted;
}

size_t json_escape(char *out, const char *bytes, size_t length) {
	const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
	char *begin = out;
	while (at < end) {
		while (end - at >= 8) {
			uint64_t word;
			memcpy(&word, at, 8);
			memcpy(out, &word, 8);
			if (needs_care(word)) break;
			at += 8;
			out += 8;
		}
		for (; at < end && *at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\'; at++) *out++ = (char)*at;
		if (at == end) break;
		if (*at < 0x80) {
			out = escape_control(out, *at++);
			continue;
		}
		int count = utf8_length(at, end);
		if (count < 0) {
			memcpy(out, "\xef\xbf\xbd", 3);
			out += 3;
			at -= count;
		} else if (*at == 0xc2 && at[1] < 0xa0) {
			out = escape_control(out, at[1]);
			at += 2;
		} else {
			memcpy(out, at, (size_t)count);
			out += count;
			at += count;
		}
	}
	return (size_t)(out - begin);
}

static void take(struct line_stream *stream, const char *bytes, size_t length, bool isCut) {
	struct line line = {.bytes = bytes, .length = length, .level = LEVEL_INFO, .isCut = isCut};
	if (length >= 3 && bytes[0] == '<' && bytes[1] >= '0' && bytes[1] <= '7' && bytes[2] == '>') {
		line.level = bytes[1] - '0';
		line.bytes += 3;
		line.length -= 3;
	}
	stream->take(stream, &line);
}

/* Where to cut so that no character is halved: `limit`, or the begin of the character that lies across it. */
static size_t cut_length(const char *bytes, size_t limit) {
	for (size_t back = 1; back <= 3 && back < limit; back++) {
		unsigned char byte = (unsigned char)bytes[limit - back];
		if ((byte & 0xc0) == 0x80) continue;
		size_t wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
		return wanted > back ? limit - back : limit;
	}
	return limit;
}

static bool has_pending_room(struct line_stream *stream) {
	if (stream->pending) return true;
	void *room = mmap(NULL, stream->limit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED) return false;
	stream->pending = room;
	return true;
}

/* A piece that does not make a line by itself: joined to the begun line, and cut when both together pass the limit. */
static void join(struct line_stream *stream, const char *piece, size_t length, bool isEnded) {
	if (stream->pendingLength == 0 && length > stream->limit) {
		take(stream, piece, cut_length(piece, stream->limit), true);
		stream->isDiscarding = !isEnded;
		return;
	}
	if (!has_pending_room(stream)) {
		take(stream, piece, length, true);
		stream->isDiscarding = !isEnded;
		return;
	}
	size_t room = stream->limit - stream->pendingLength;
	bool isCut = length > room;
	size_t taken = isCut ? room : length;
	memcpy(stream->pending + stream->pendingLength, piece, taken);
	stream->pendingLength += taken;
	if (!isCut && !isEnded) return;
	size_t whole = isCut ? cut_length(stream->pending, stream->limit) : stream->pendingLength;
	take(stream, stream->pending, whole, isCut);
	stream->pendingLength = 0;
	stream->isDiscarding = !isEnded;
}

void line_feed(struct line_stream *stream, const char *bytes, size_t length) {
	const char *end = bytes + length;
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t piece = (size_t)((newline ? newline : end) - bytes);
		if (stream->isDiscarding) {
			stream->isDiscarding = newline == NULL;
		} else if (newline && stream->pendingLength == 0 && piece <= stream->limit) {
			take(stream, bytes, piece, false);
		} else {
			join(stream, bytes, piece, newline != NULL);
		}
		bytes += piece + 1;
	}
}

void line_end(struct line_stream *stream) {
	if (stream->pendingLength) take(stream, stream->pending, stream->pendingLength, false);
	stream->pendingLength = 0;
	stream->isDiscarding = false;
}

void line_release(struct line_stream *stream) {
	if (stream->pending && stream->pendingLength == 0) madvise(stream->pending, stream->limit, MADV_DONTNEED);
}
