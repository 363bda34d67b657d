#include "log-file.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "events.h"
#include "log-handle.h"
#include "rotate.h"
#include "text.h"

enum {
	BATCH_BYTES = 256 << 10,
	/* All of a line but its message: keys, timestamp, escaped id and run, numbers. */
	FRAME_BYTES = 2048,
	BATCH_RETRY_MS = 100,
	ROTATION_RETRY_MS = 1000,
	RELEASE_ABOVE_BYTES = 16 << 10,
};

struct constant {
	size_t length;
	char bytes[832];
};

static struct {
	const struct spec *spec;
	struct log_handle file;
	bool wantsReopen;
	uint64_t noRotationBeforeMs;

	char *batch;
	size_t batchRoom, batchLength, batchPeak;
	bool isGapLineInBatch;
	uint64_t batchUs;
	struct stamp stamp;
	struct constant plugin, run; /* parts of every line */

	uint64_t seq, lost;
	bool isDropping; /* this batch, or what is left of it, is not written */
	uint64_t gapLines, gapFirstUs, gapLastUs, gapTriedMs;
	int gapError;
} log_ = {.file.fd = -1};

static const char *const levels[8] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};
static void set_constant(struct constant *constant, const struct text *text) {
	constant->length = text->length;
	memcpy(constant->bytes, text->bytes, text->length);
}

static void compose_constants(const struct spec *spec) {
	struct text text;
	text_clear(&text);
	text_add(&text, "\",\"plugin\":\"");
	text_json(&text, spec->id);
	text_add(&text, "\",\"message\":\"");
	set_constant(&log_.plugin, &text);
	bool isNumber = spec->run[0] && spec->run[strspn(spec->run, "0123456789")] == 0;
	text_clear(&text);
	text_add(&text, isNumber ? ",\"run\":" : ",\"run\":\"");
	text_json(&text, spec->run);
	if (!isNumber) text_add(&text, "\"");
	set_constant(&log_.run, &text);
}

static int open_file(void) {
	int error = handle_open(&log_.file, log_.spec->log);
	if (!error) log_.wantsReopen = false;
	return error;
}

int log_open(const struct spec *spec) {
	log_.spec = spec;
	log_.batchRoom = BATCH_BYTES + ESCAPED_BYTES_A_BYTE * spec->logMaxLine + FRAME_BYTES;
	void *room = mmap(NULL, log_.batchRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED) return errno;
	log_.batch = room;
	compose_constants(spec);
	int error = open_file();
	return error == ENOSPC || error == EDQUOT ? 0 : error;
}

void log_reopen(void) {
	log_.wantsReopen = open_file() != 0;
}

static char *put(char *out, const void *bytes, size_t length) {
	memcpy(out, bytes, length);
	return out + length;
}

#define PUT(out, literal) put(out, literal, sizeof literal - 1)

static char *put_head(char *out, int level) {
	out = PUT(out, "{\"timestamp\":\"");
	out = put(out, log_.stamp.text, STAMP_BYTES - 1);
	out = PUT(out, "\",\"level\":\"");
	out = put(out, levels[level], strlen(levels[level]));
	return put(out, log_.plugin.bytes, log_.plugin.length);
}

static char *put_tail(char *out, const char *stream) {
	out = PUT(out, "\",\"stream\":\"");
	out = put(out, stream, strlen(stream));
	out = PUT(out, "\",\"seq\":");
	out += digits(out, ++log_.seq);
	return put(out, log_.run.bytes, log_.run.length);
}

static void note_lost(uint64_t lines, int error) {
	if (!lines) return;
	if (!log_.gapLines) {
		log_.gapFirstUs = log_.batchUs;
		log_.gapError = error;
	}
	log_.gapLines += lines;
	log_.gapLastUs = log_.batchUs;
	log_.lost += lines;
}

static void put_gap_line(void) {
	struct text message;
	char *out = log_.batch + log_.batchLength;
	text_clear(&message);
	text_number(&message, log_.gapLines);
	text_add(&message, log_.gapLines == 1 ? " line lost from " : " lines lost from ");
	text_add(&message, stamp_of(log_.gapFirstUs).text);
	text_add(&message, " to ");
	text_add(&message, stamp_of(log_.gapLastUs).text);
	text_add(&message, ": ");
	text_json(&message, strerror(log_.gapError));
	out = put_head(out, LEVEL_WARNING);
	out = put(out, message.bytes, message.length);
	out = put_tail(out, "shim");
	out = PUT(out, ",\"lost\":");
	out += digits(out, log_.gapLines);
	out = PUT(out, "}\n");
	log_.batchLength = (size_t)(out - log_.batch);
	log_.isGapLineInBatch = true;
}

void log_begin(void) {
	log_.batchUs = wall_us();
	log_.isDropping = false;
	log_.stamp = stamp_of(log_.batchUs);
	if (!log_.gapLines) return;
	uint64_t now = monotonic_ms();
	log_.isDropping = now - log_.gapTriedMs < BATCH_RETRY_MS;
	if (log_.isDropping) return;
	log_.gapTriedMs = now;
	put_gap_line();
}

static uint64_t count_lines(const char *bytes, size_t length) {
	uint64_t count = 0;
	const char *end = bytes + length;
	while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes)))) {
		count++;
		if (++bytes == end) break;
	}
	return count;
}

/* Moves on to a new file. The old one stays in use when that fails. */
static void rotate(void) {
	const struct spec *spec = log_.spec;
	uint64_t now = monotonic_ms();
	if (now < log_.noRotationBeforeMs) return;
	log_.noRotationBeforeMs = now + ROTATION_RETRY_MS;
	if (rotate_files(spec->log, spec->logKeep)) return;
	if (open_file()) {
		rotate_back(spec->log, spec->logKeep);
		return;
	}
	log_.noRotationBeforeMs = 0;
	if (spec->logCompress) compress_next(spec->log, spec->logKeep);
}

/* The file to write to and its size, after rotation where that is due; false and errno when there is none. */
static bool has_file(off_t *size) {
	struct stat about;
	if (log_.wantsReopen) log_reopen();
	if (log_.file.fd >= 0 && (fstat(log_.file.fd, &about) || about.st_nlink == 0)) handle_close(&log_.file);
	if (log_.file.fd < 0) {
		errno = open_file();
		if (log_.file.fd < 0 || fstat(log_.file.fd, &about)) return false;
	}
	*size = about.st_size;
	if (!log_.file.isRegular || about.st_size == 0 || !log_.spec->logMaxAgeMs) return true;
	uint64_t nowMs = log_.batchUs / 1000;
	if (nowMs < log_.file.bornMs + log_.spec->logMaxAgeMs) return true;
	rotate();
	if (!fstat(log_.file.fd, &about)) *size = about.st_size;
	return true;
}

/* How much of the batch goes into this file: whole lines up to the size at which it is rotated, at least one line in an empty file. */
static size_t share(const char *bytes, size_t length, off_t size) {
	uint64_t limit = log_.spec->logMaxSize;
	if (!limit || !log_.file.isRegular || (uint64_t)size + length <= limit) return length;
	uint64_t room = (uint64_t)size < limit ? limit - (uint64_t)size : 0;
	const char *newline = room ? memrchr(bytes, '\n', room) : NULL;
	if (!newline && size == 0) newline = memchr(bytes, '\n', length);
	return newline ? (size_t)(newline - bytes) + 1 : 0;
}

/* Returns the bytes of the batch that stand in files now. */
static size_t write_batch(void) {
	size_t done = 0;
	off_t size = 0;
	if (!has_file(&size)) return 0;
	while (done < log_.batchLength) {
		const char *bytes = log_.batch + done;
		size_t length = log_.batchLength - done;
		size_t part = share(bytes, length, size);
		if (part == 0) {
			off_t before = size;
			struct stat about;
			rotate();
			size = fstat(log_.file.fd, &about) ? before : about.st_size;
			part = share(bytes, length, size);
			/* Rotation is not possible now: the file grows on. */
			if (part == 0) part = length;
		}
		size_t written = handle_write(&log_.file, bytes, part);
		done += written;
		size += (off_t)written;
		if (written < part) break;
	}
	return done;
}

static void settle(size_t done, int error) {
	bool hadGapLine = log_.isGapLineInBatch;
	uint64_t missing = done < log_.batchLength ? count_lines(log_.batch + done, log_.batchLength - done) : 0;
	log_.isGapLineInBatch = false;
	log_.batchLength = 0;
	if (hadGapLine && done == 0) {
		/* The gap line is taken back, and its number. */
		log_.seq--;
		missing--;
	} else if (hadGapLine) {
		uint64_t lines = log_.gapLines;
		log_.gapLines = 0;
		note_lost(missing, error);
		event_lost(lines);
		missing = 0;
	}
	note_lost(missing, error);
	if (log_.gapLines && error) {
		log_.isDropping = true;
		log_.gapTriedMs = monotonic_ms();
	}
}

void log_commit(void) {
	if (!log_.batchLength) return;
	if (log_.batchLength > log_.batchPeak) log_.batchPeak = log_.batchLength;
	size_t done = write_batch();
	settle(done, done < log_.batchLength ? errno : 0);
}

void log_take(struct line_stream *stream, const struct line *line) {
	if (!log_.isDropping && log_.batchLength + ESCAPED_BYTES_A_BYTE * line->length + FRAME_BYTES > log_.batchRoom) log_commit();
	if (log_.isDropping) {
		log_.seq++;
		note_lost(1, log_.gapError);
		return;
	}
	char *out = put_head(log_.batch + log_.batchLength, line->level);
	out += json_escape(out, line->bytes, line->length);
	out = put_tail(out, stream->owner);
	out = line->isCut ? PUT(out, ",\"cut\":true}\n") : PUT(out, "}\n");
	log_.batchLength = (size_t)(out - log_.batch);
}

bool log_has_gap(void) { return log_.gapLines > 0; }

void log_close_gap(void) {
	if (!log_.gapLines) return;
	log_.gapTriedMs = 0;
	log_begin();
	log_commit();
}

void log_release(void) {
	if (log_.batchPeak < RELEASE_ABOVE_BYTES) return;
	madvise(log_.batch, log_.batchRoom, MADV_DONTNEED);
	log_.batchPeak = 0;
}

uint64_t log_lines(void) { return log_.seq; }
uint64_t log_lost(void) { return log_.lost; }
