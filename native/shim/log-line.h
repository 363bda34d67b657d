/* The line path: bytes of a stream become lines, a line becomes the inside of a JSON string. Pure; no I/O. */
#ifndef TORU_LOG_LINE_H
#define TORU_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	/* The longest escape: one byte becomes \u00XX. */
	ESCAPED_BYTES_A_BYTE = 6,
	/* json_escape may write so many bytes behind what it returns. */
	ESCAPE_SLACK = 16,
	LEVEL_WARNING = 4,
	LEVEL_INFO = 6,
};

struct line {
	const char *bytes;
	size_t length;
	int level;  /* 0 to 7 as in syslog(3) */
	bool isCut; /* the rest up to the newline was thrown away */
};

/* A stream of a plugin on its way to lines. Fill `limit`, `take` and `owner`, leave the rest 0. */
struct line_stream {
	/* Longest line in bytes, its <N> included. */
	size_t limit;
	/* Called for each line; `line.bytes` lives only during the call. */
	void (*take)(struct line_stream *stream, const struct line *line);
	const void *owner;
	char *pending; /* begin of a line whose end has not come; mapped on first use */
	size_t pendingLength;
	bool isDiscarding; /* behind a cut, up to the newline */
};

void line_feed(struct line_stream *stream, const char *bytes, size_t length);
/* The stream has ended: a line without its newline is a line. */
void line_end(struct line_stream *stream);
/* Gives memory of former long lines back, when there is no begun line in it. */
void line_release(struct line_stream *stream);

/*
 * Writes `length` bytes as the inside of a JSON string, always valid UTF-8: quotes, backslashes and all control characters (DEL and
 * C1 too) escaped, each maximal ill-formed part (Unicode, chapter 3, "U+FFFD Substitution of Maximal Subparts") as U+FFFD.
 * `out` needs ESCAPED_BYTES_A_BYTE * length + ESCAPE_SLACK bytes. Returns the bytes written.
 */
size_t json_escape(char *out, const char *bytes, size_t length);

#endif
