/* An open ID.log: whole lines or none, also after a full disk or the end of a shim in the middle of a write. */
#ifndef TORU_LOG_HANDLE_H
#define TORU_LOG_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_handle {
	int fd;         /* -1: none */
	bool isRegular; /* else it is neither rotated nor cut */
	uint64_t bornMs; /* wall clock */
};

/* Opens `path`, makes it where there is none, and closes what was open. Returns 0, or an errno and then nothing has changed. */
int handle_open(struct log_handle *handle, const char *path);
void handle_close(struct log_handle *handle);
/* Writes whole lines; returns the bytes of those that stand in the file, and sets errno when that is less than `length`. */
size_t handle_write(const struct log_handle *handle, const char *bytes, size_t length);

#endif
