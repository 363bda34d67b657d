#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log-file.h"
#include "log-line.h"
#include "output-file.h"

enum {
	READ_BYTES = 64 << 10,
	/* What may stand in a pipe when its last writer dies; a writer elsewhere must not hold the shim for ever. */
	DRAIN_BYTES = 2 << 20,
	FLOOD_READS = 64,
	FLOOD_GAP_US = 3000,
	FLOOD_NAP_NS = 1000000,
	FLOOD_PIPE_BYTES = 256 << 10,
};

static struct line_stream streams[STREAMS];
static int stream_fds[STREAMS] = {-1, -1};
static bool isLarge;
/* Bytes are kept as they are, and there are no lines. */
static bool isRaw;
/* Not aligned to a page: its begin shares one with what is used anyway. */
static char input[READ_BYTES];

/* A stream that comes in very many small pieces: read at most each FLOOD_NAP_NS, so that lines come in batches. */
static struct {
	int stream;
	unsigned reads;
	uint64_t lastUs;
} flood;

void streams_attach(int output, int errors, const struct spec *spec) {
	isRaw = spec->output[0] != 0;
	stream_fds[0] = output;
	stream_fds[1] = errors;
	for (int i = 0; i < STREAMS; i++) {
		streams[i] = (struct line_stream){.limit = spec->logMaxLine, .take = log_take, .owner = i ? "stderr" : "stdout"};
	}
}

/* Counts the pieces of a flood; larger pipes let a plugin write on while the shim naps. */
static void watch_flood(int index, ssize_t count, uint64_t nowUs) {
	static const struct timespec nap = {.tv_nsec = FLOOD_NAP_NS};
	bool isFlood = flood.stream == index && nowUs - flood.lastUs < FLOOD_GAP_US;
	flood.stream = index;
	flood.lastUs = nowUs;
	flood.reads = isFlood ? flood.reads + 1 : 0;
	if (flood.reads == FLOOD_READS) fcntl(stream_fds[index], F_SETPIPE_SZ, FLOOD_PIPE_BYTES);
	if (flood.reads >= FLOOD_READS && count < READ_BYTES / 2) nanosleep(&nap, NULL);
}

static void take(int index, size_t count) {
	if (isRaw) {
		output_take(index ? 'e' : 'o', input, count);
		return;
	}
	log_begin();
	line_feed(&streams[index], input, count);
	log_commit();
}

/* A line without its newline is a line. */
static void end_lines(int index) {
	if (isRaw) return;
	log_begin();
	line_end(&streams[index]);
	log_commit();
}

static void end_stream(int index) {
	end_lines(index);
	close(stream_fds[index]);
	stream_fds[index] = -1;
}

static void read_stream(int index, bool mayNap) {
	ssize_t count = read(stream_fds[index], input, READ_BYTES);
	if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
	if (count > 0) take(index, (size_t)count);
	else end_stream(index);
	if (count > READ_BYTES / 4) isLarge = true;
	if (count > 0 && mayNap) watch_flood(index, count, wall_us());
}

bool streams_are_held(void) { return isRaw && (stream_fds[0] >= 0 || stream_fds[1] >= 0) && output_is_held(); }

void streams_want(struct pollfd *polls) {
	bool isHeld = streams_are_held();
	for (int i = 0; i < STREAMS; i++) polls[i] = (struct pollfd){.fd = isHeld ? -1 : stream_fds[i], .events = POLLIN};
}

void streams_act(const struct pollfd *polls, bool mayNap) {
	for (int i = 0; i < STREAMS; i++) {
		if (polls[i].revents) read_stream(i, mayNap);
	}
}

static void drain(int index) {
	for (size_t done = 0; stream_fds[index] >= 0 && done < DRAIN_BYTES; done += READ_BYTES) {
		struct pollfd ready = {.fd = stream_fds[index], .events = POLLIN};
		if (poll(&ready, 1, 0) <= 0) return;
		read_stream(index, false);
	}
}

void streams_drain(void) {
	for (int i = 0; i < STREAMS; i++) drain(i);
}

void streams_finish(void) {
	streams_drain();
	for (int i = 0; i < STREAMS; i++) {
		if (stream_fds[i] >= 0) end_lines(i);
	}
}

bool streams_are_large(void) { return isLarge; }

void streams_release(void) {
	isLarge = false;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = ((uintptr_t)input + page - 1) & ~(page - 1), end = ((uintptr_t)input + READ_BYTES) & ~(page - 1);
	/* Whole pages inside the buffer only. */
	madvise((void *)begin, end - begin, MADV_DONTNEED);
	log_release();
	for (int i = 0; i < STREAMS; i++) line_release(&streams[i]);
}
