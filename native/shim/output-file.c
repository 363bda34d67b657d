#include "output-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "clock.h"
#include "text.h"

enum {
	/* Three numbers of at most 20 digits, the stream, four separators. */
	HEADER_BYTES = 3 * 20 + 1 + 4,
	KEPT_SEGMENTS = 2,
	HOLD_MARGIN = 128 << 10,
	READER_HOLDS = 5,
};

static struct {
	const struct spec *spec;
	int fd; /* -1: none */
	bool isBegun; /* there has been a file */
	uint64_t segment, length;
	uint64_t begin; /* offset of the first byte in this file */
	uint64_t bytes, lost;
	int error; /* why bytes were lost, last */
	bool isCut;
	uint64_t readerAt, readerMovedMs;
} output = {.fd = -1};

static void segment_path(struct text *path, uint64_t number) {
	text_clear(path);
	text_add(path, output.spec->output);
	text_add(path, ".");
	text_number(path, number);
}

/* The file after this one. False and errno when it cannot be made: this one stays. */
static bool open_next(void) {
	struct text path;
	uint64_t number = output.isBegun ? output.segment + 1 : 0;
	if (number > KEPT_SEGMENTS) {
		/* First, so that there are never more, and a full disk gets room. */
		segment_path(&path, number - KEPT_SEGMENTS);
		if (!unlink(path.bytes)) output.isCut = true;
	}
	segment_path(&path, number);
	int fd = open(path.bytes, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	if (fd < 0) return false;
	if (output.fd >= 0) {
		fchmod(output.fd, 0400);
		close(output.fd);
	}
	output.fd = fd;
	output.isBegun = true;
	output.segment = number;
	output.length = 0;
	output.begin = output.bytes;
	return true;
}

int output_open(const struct spec *spec) {
	if (output.fd >= 0) close(output.fd);
	memset(&output, 0, sizeof output);
	output.fd = -1;
	output.spec = spec;
	output.readerMovedMs = monotonic_ms();
	if (open_next()) return 0;
	return errno == ENOSPC || errno == EDQUOT ? 0 : errno;
}

static uint64_t limit(void) { return output.segment ? output.spec->outputSegment : output.spec->outputHead; }

/* Payload that still goes into this file. */
static size_t room(void) {
	uint64_t most = limit(), needed = output.length + HEADER_BYTES + 1;
	return output.fd >= 0 && most > needed ? (size_t)(most - needed) : 0;
}

/* False when nobody reads. */
static bool reader_position(uint64_t *position) {
	struct text path;
	char decimal[20];
	text_clear(&path);
	text_add(&path, output.spec->output);
	text_add(&path, ".hold");
	int fd = open(path.bytes, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) return false;
	ssize_t count = read(fd, decimal, sizeof decimal);
	close(fd);
	*position = 0;
	for (ssize_t i = 0; i < count && decimal[i] >= '0' && decimal[i] <= '9'; i++) *position = *position * 10 + (uint64_t)(decimal[i] - '0');
	return true;
}

/* The next file would make one go that is still being read. */
static bool next_is_held(void) {
	uint64_t holdMs = output.spec->outputHoldMs, now = monotonic_ms(), position = 0;
	if (!holdMs || output.segment < KEPT_SEGMENTS) return false;
	bool isRead = reader_position(&position);
	if (isRead) {
		if (position >= output.begin) return false;
		if (position != output.readerAt) output.readerMovedMs = now;
		output.readerAt = position;
	}
	return now < output.readerMovedMs + holdMs * (isRead ? READER_HOLDS : 1);
}

bool output_is_held(void) {
	if (!output.spec || !output.spec->outputHoldMs || !output.isBegun) return false;
	/* A little before the end, so that what is read before the next look still fits. */
	uint64_t half = limit() / 2;
	return room() < (half < HOLD_MARGIN ? half : HOLD_MARGIN) && next_is_held();
}

static size_t compose_header(char *header, char stream, size_t length, uint64_t wallUs) {
	char *end = header;
	end += digits(end, output.bytes);
	*end++ = ' ';
	end += digits(end, wallUs);
	*end++ = ' ';
	*end++ = stream;
	*end++ = ' ';
	end += digits(end, length);
	*end++ = '\n';
	return (size_t)(end - header);
}

static bool write_record(char stream, const char *bytes, size_t length, uint64_t wallUs) {
	char header[HEADER_BYTES];
	size_t headerLength = compose_header(header, stream, length, wallUs), whole = headerLength + length + 1;
	struct iovec parts[3] = {{header, headerLength}, {(char *)bytes, length}, {"\n", 1}};
	ssize_t count;
	do count = writev(output.fd, parts, 3);
	while (count < 0 && errno == EINTR);
	if (count == (ssize_t)whole) {
		output.length += whole;
		return true;
	}
	/* write(2) takes a part where there is no room for the rest. */
	int error = count < 0 ? errno : ENOSPC;
	/* Where it cannot be cut back nothing more goes into this file. */
	if (count > 0 && ftruncate(output.fd, (off_t)output.length)) output.length = UINT64_MAX / 2;
	errno = error;
	return false;
}

void output_take(char stream, const char *bytes, size_t length) {
	uint64_t wallUs = wall_us();
	while (length > 0) {
		size_t part = room();
		if (!part && next_is_held()) part = length;
		else if (!part && open_next()) part = room();
		bool isKept = part > 0;
		if (!isKept || part > length) part = length;
		/* Without room errno is open_next's. */
		if (isKept) isKept = write_record(stream, bytes, part, wallUs);
		if (!isKept) {
			output.lost += part;
			output.error = errno;
		}
		output.bytes += part;
		bytes += part;
		length -= part;
	}
}

struct output_totals output_totals(void) {
	return (struct output_totals){
		.bytes = output.bytes, .lost = output.lost, .error = output.error, .segment = output.segment, .isCut = output.isCut || output.lost > 0};
}
