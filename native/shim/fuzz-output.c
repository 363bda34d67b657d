/*
 * Fuzz target for output-file.c: random pieces of both streams, random limits, and writes that fail or end short. Checks that every file holds
 * whole records only and keeps to its limit, that offsets go up, that what stands there is what was written at that offset, that no
 * more than the head and two files are kept, and that the totals tell what is missing.
 *
 *   fuzz-output DIR [-n COUNT] [-s SEED]   COUNT random inputs (2000) with files in DIR; prints the seed
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "output-file.h"

enum { WRITTEN_BYTES = 1 << 20, FILE_BYTES = 1 << 20, RANDOM_COUNT = 2000 };

static struct {
	uint64_t state;
	unsigned failures; /* of 100 writes */
} chance;

static uint64_t seed;
static uint8_t written[WRITTEN_BYTES];
static char streams[WRITTEN_BYTES];

static uint64_t next_random(void) {
	uint64_t mixed = chance.state += 0x9e3779b97f4a7c15ULL;
	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
	return mixed ^ (mixed >> 31);
}

static _Noreturn void complain(const char *what) {
	fprintf(stderr, "fuzz-output: %s (seed %" PRIu64 ")\n", what, seed);
	abort();
}

ssize_t __real_writev(int fd, const struct iovec *parts, int count);
ssize_t __wrap_writev(int fd, const struct iovec *parts, int count);
/* A disk that is full at times, with room for a part of what is written. */
ssize_t __wrap_writev(int fd, const struct iovec *parts, int count) {
	if (next_random() % 100 >= chance.failures) return __real_writev(fd, parts, count);
	struct iovec first = {parts[0].iov_base, next_random() % (parts[0].iov_len + 1)};
	errno = ENOSPC;
	return first.iov_len && next_random() % 2 ? __real_writev(fd, &first, 1) : -1;
}

struct kept {
	uint64_t bytes, next;
};

static void check_file(const char *path, uint64_t limit, struct kept *kept) {
	static char bytes[FILE_BYTES + 1];
	int fd = open(path, O_RDONLY);
	if (fd < 0) complain("a file that should be there is not");
	ssize_t size = read(fd, bytes, FILE_BYTES);
	close(fd);
	if (size < 0 || (uint64_t)size > limit) complain("a file is over its limit");
	bytes[size] = 0;
	for (const char *at = bytes, *end = bytes + size; at < end;) {
		uint64_t offset, us, length;
		char stream;
		int header = 0;
		if (sscanf(at, "%" SCNu64 " %" SCNu64 " %c %" SCNu64 "%n", &offset, &us, &stream, &length, &header) != 4) complain("no header");
		at += header + 1;
		if (at[-1] != '\n' || length == 0 || at + length + 1 > end || at[length] != '\n') complain("a record is not whole");
		if (offset < kept->next) complain("offsets go back");
		if (memcmp(at, written + offset, length)) complain("other bytes than were written");
		for (uint64_t i = 0; i < length; i++) {
			if (streams[offset + i] != stream) complain("bytes of the other stream");
		}
		kept->bytes += length;
		kept->next = offset + length;
		at += length + 1;
	}
}

static void check(const char *prefix, const struct spec *spec) {
	struct output_totals totals = output_totals();
	struct kept kept = {0, 0};
	char path[4096];
	struct stat about;
	unsigned missing = 0;
	for (uint64_t number = 0; number <= totals.segment; number++) {
		snprintf(path, sizeof path, "%s.%" PRIu64, prefix, number);
		bool isKept = number == 0 || number + 2 > totals.segment;
		bool isThere = stat(path, &about) == 0;
		if (isThere != isKept) complain(isThere ? "a file that should be gone" : "a file is missing");
		if (isThere) check_file(path, number ? spec->outputSegment : spec->outputHead, &kept);
		else missing++;
		if (isThere && (about.st_mode & 0777) != (number == totals.segment ? 0600 : 0400)) complain("a mode that tells readers wrong");
		if (isThere) unlink(path);
	}
	if (kept.next > totals.bytes) complain("more bytes than there were");
	if (totals.isCut != (kept.bytes < totals.bytes)) complain("says wrongly whether something is missing");
	if (!missing && kept.bytes + totals.lost != totals.bytes) complain("the lost bytes are miscounted");
}

static void run_one(const char *prefix) {
	struct spec spec = {.output = prefix, .outputHead = 256 + next_random() % 5000, .outputSegment = 256 + next_random() % 5000};
	chance.failures = 0;
	if (output_open(&spec)) complain("the head cannot be made");
	chance.failures = next_random() % 3 ? 0 : next_random() % 60;
	size_t length = 0, wanted = next_random() % 40000;
	while (length < wanted) {
		size_t piece = 1 + next_random() % (next_random() % 4 ? 200 : 9000);
		char stream = next_random() % 3 ? 'o' : 'e';
		for (size_t i = 0; i < piece; i++) {
			written[length + i] = (uint8_t)next_random();
			streams[length + i] = stream;
		}
		output_take(stream, (const char *)written + length, piece);
		length += piece;
	}
	if (output_totals().bytes != length) complain("the total is wrong");
	if (!chance.failures && output_totals().lost) complain("bytes are lost on a disk that takes all");
	check(prefix, &spec);
}

int main(int count, char **arguments) {
	long inputs = RANDOM_COUNT;
	seed = (uint64_t)time(NULL);
	if (count < 2) return 2;
	for (int at = 2; at + 1 < count; at += 2) {
		if (!strcmp(arguments[at], "-n")) inputs = strtol(arguments[at + 1], NULL, 10);
		else if (!strcmp(arguments[at], "-s")) seed = strtoull(arguments[at + 1], NULL, 10);
	}
	printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
	chance.state = seed;
	for (long i = 0; i < inputs; i++) {
		char prefix[4000];
		snprintf(prefix, sizeof prefix, "%s/%ld", arguments[1], i);
		run_one(prefix);
	}
	printf("%ld inputs\n", inputs);
	return 0;
}
