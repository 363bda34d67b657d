#include "alive.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listener = -1, newest = -1;

/* Through /proc, because the path itself may be longer than a socket's may be. */
static int bind_beside(int fd, const char *claimed) {
	static const char from[] = ".claimed";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *name = strrchr(claimed, '/') + 1;
	int stem = (int)(strlen(name) - (sizeof from - 1));
	char folder[4096];
	size_t length = (size_t)(name - claimed);
	if (length >= sizeof folder) return -1;
	memcpy(folder, claimed, length);
	folder[length] = 0;
	int place = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0) return -1;
	int size = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%.*s.alive", place, stem, name);
	int failed = size < 0 || (size_t)size >= sizeof address.sun_path ||
	             bind(fd, (struct sockaddr *)&address, sizeof address);
	close(place);
	return failed ? -1 : 0;
}

void alive_listen(const char *claimed) {
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) return;
	if (bind_beside(fd, claimed) || listen(fd, 8)) {
		close(fd);
		return;
	}
	listener = fd;
}

void alive_wants(struct pollfd *poll) { *poll = (struct pollfd){.fd = listener, .events = POLLIN}; }

void alive_acts(const struct pollfd *poll) {
	int fd = poll->revents ? accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
	if (fd < 0) return;
	if (newest >= 0) close(newest);
	newest = fd;
}
