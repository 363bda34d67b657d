#include "log-handle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

enum { TAIL_BYTES = 4096, TAIL_SEARCH_BYTES = 64 << 20 };

/* A shim that was killed inside a write left a torn line: cut it off. Gives up on a file without any newline near its end. */
static void cut_torn_tail(int fd, off_t size) {
	char tail[TAIL_BYTES];
	for (off_t end = size; end > 0 && size - end < TAIL_SEARCH_BYTES;) {
		off_t begin = end > TAIL_BYTES ? end - TAIL_BYTES : 0;
		ssize_t count = pread(fd, tail, (size_t)(end - begin), begin);
		if (count <= 0) return;
		char *newline = memrchr(tail, '\n', (size_t)count);
		off_t whole = newline ? begin + (newline - tail) + 1 : 0;
		if (newline || begin == 0) {
			if (whole < size && ftruncate(fd, whole)) return;
			return;
		}
		end = begin;
	}
}

static uint64_t birth_ms(const char *path) {
#ifdef STATX_BTIME
	struct statx about;
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_BTIME, &about) == 0 && about.stx_mask & STATX_BTIME) {
		return (uint64_t)about.stx_btime.tv_sec * 1000 + about.stx_btime.tv_nsec / 1000000;
	}
#endif
	(void)path;
	return wall_us() / 1000;
}

int handle_open(struct log_handle *handle, const char *path) {
	struct stat about;
	/* O_NONBLOCK: a FIFO of that name must not hold the plugin up. */
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
	if (fd < 0) return errno;
	if (fstat(fd, &about)) {
		int error = errno;
		close(fd);
		return error;
	}
	handle_close(handle);
	handle->fd = fd;
	handle->isRegular = S_ISREG(about.st_mode);
	if (handle->isRegular && about.st_size > 0) cut_torn_tail(fd, about.st_size);
	handle->bornMs = handle->isRegular ? birth_ms(path) : 0;
	return 0;
}

void handle_close(struct log_handle *handle) {
	if (handle->fd >= 0) close(handle->fd);
	handle->fd = -1;
}

size_t handle_write(const struct log_handle *handle, const char *bytes, size_t length) {
	size_t done = 0;
	while (done < length) {
		ssize_t count = write(handle->fd, bytes + done, length - done);
		if (count < 0 && errno == EINTR) continue;
		if (count <= 0) break;
		done += (size_t)count;
	}
	if (done == length || done == 0) return done;
	int error = errno;
	const char *newline = memrchr(bytes, '\n', done);
	size_t whole = newline ? (size_t)(newline - bytes) + 1 : 0;
	off_t end = lseek(handle->fd, 0, SEEK_CUR);
	/* Where that fails, the next handle_open cuts the torn line off. */
	if (handle->isRegular && end >= (off_t)(done - whole) && ftruncate(handle->fd, end - (off_t)(done - whole))) error = EIO;
	errno = error;
	return whole;
}
