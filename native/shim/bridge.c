#include "bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"

enum { PIECE_BYTES = 64 << 10, INWARD_BYTES = BRIDGE_LINE_BYTES + PIECE_BYTES, BACKLOG = 16, RELEASE_ABOVE_BYTES = 16 << 10 };

static struct {
	const char *path;
	int listener, client, input, output;
	bool isDeaf; /* the client takes nothing any more; what it has sent is still read */

	char *inward; /* client to plugin: [inwardSent, inwardWhole) are whole lines, [inwardWhole, inwardEnd) begins one */
	size_t inwardSent, inwardWhole, inwardEnd, inwardPeak;

	char *outward; /* plugin to client: [outwardSent, outwardEnd) */
	size_t outwardSent, outwardEnd, outwardPeak;
	bool isInsideLine; /* the client has got a part of a line */
	bool isSkipping; /* up to the next newline */
} bridge = {.listener = -1, .client = -1, .input = -1, .output = -1};

static void shut(int *fd) {
	if (*fd >= 0) close(*fd);
	*fd = -1;
}

int bridge_listen(const char *path) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	bridge.path = path;
	strcpy(address.sun_path, path);
	void *room = mmap(NULL, INWARD_BYTES + PIECE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED) return errno;
	bridge.inward = room;
	bridge.outward = bridge.inward + INWARD_BYTES;
	bridge.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bridge.listener < 0) return errno;
	unlink(path);
	mode_t before = umask(0177);
	int result = bind(bridge.listener, (struct sockaddr *)&address, sizeof address);
	int error = errno;
	umask(before);
	if (result == 0 && listen(bridge.listener, BACKLOG) == 0) return 0;
	if (result == 0) error = errno;
	shut(&bridge.listener);
	return error;
}

void bridge_attach(int input, int output) {
	bridge.input = input;
	bridge.output = output;
}

/* Drops from `outward` what belongs to a line that nobody gets whole. */
static void skip_line(void) {
	if (!bridge.isSkipping) return;
	char *begin = bridge.outward + bridge.outwardSent;
	char *newline = memchr(begin, '\n', bridge.outwardEnd - bridge.outwardSent);
	bridge.outwardSent = newline ? (size_t)(newline + 1 - bridge.outward) : bridge.outwardEnd;
	bridge.isSkipping = newline == NULL;
}

static void dismiss_client(void) {
	shut(&bridge.client);
	bridge.isDeaf = false;
	bridge.inwardEnd = bridge.inwardWhole;
	if (bridge.isInsideLine) bridge.isSkipping = true;
	bridge.isInsideLine = false;
	skip_line();
}

static bool is_fatal(void) { return errno != EAGAIN && errno != EINTR; }

static void read_client(void) {
	size_t room = INWARD_BYTES - bridge.inwardEnd;
	if (room > PIECE_BYTES) room = PIECE_BYTES;
	ssize_t count = read(bridge.client, bridge.inward + bridge.inwardEnd, room);
	if (count == 0 || (count < 0 && is_fatal())) {
		dismiss_client();
	} else if (count > 0) {
		char *newline = memrchr(bridge.inward + bridge.inwardEnd, '\n', (size_t)count);
		bridge.inwardEnd += (size_t)count;
		if (bridge.inwardEnd > bridge.inwardPeak) bridge.inwardPeak = bridge.inwardEnd;
		if (newline) bridge.inwardWhole = (size_t)(newline + 1 - bridge.inward);
		if (bridge.inwardEnd - bridge.inwardWhole > BRIDGE_LINE_BYTES) dismiss_client();
	}
}

static void write_plugin(void) {
	if (bridge.inwardSent < bridge.inwardWhole && bridge.input >= 0) {
		ssize_t count = write(bridge.input, bridge.inward + bridge.inwardSent, bridge.inwardWhole - bridge.inwardSent);
		if (count > 0) bridge.inwardSent += (size_t)count;
		/* The plugin has closed its stdin: what is sent to it now goes nowhere, and it may speak on. */
		else if (count < 0 && is_fatal()) shut(&bridge.input);
	}
	if (bridge.input < 0) bridge.inwardSent = bridge.inwardWhole;
	if (bridge.inwardSent < bridge.inwardWhole || bridge.inwardSent == 0) return;
	memmove(bridge.inward, bridge.inward + bridge.inwardWhole, bridge.inwardEnd - bridge.inwardWhole);
	bridge.inwardEnd -= bridge.inwardWhole;
	bridge.inwardSent = bridge.inwardWhole = 0;
}

static void write_client(void) {
	skip_line();
	if (bridge.client < 0 || bridge.isDeaf || bridge.outwardSent == bridge.outwardEnd) return;
	const char *begin = bridge.outward + bridge.outwardSent;
	ssize_t count = send(bridge.client, begin, bridge.outwardEnd - bridge.outwardSent, MSG_NOSIGNAL);
	if (count > 0) {
		bridge.outwardSent += (size_t)count;
		bridge.isInsideLine = begin[count - 1] != '\n';
	} else if (count < 0 && is_fatal()) {
		bridge.isDeaf = true;
	}
}

static void read_plugin(void) {
	if (bridge.output < 0 || bridge.outwardSent < bridge.outwardEnd) return;
	bridge.outwardSent = bridge.outwardEnd = 0;
	ssize_t count = read(bridge.output, bridge.outward, PIECE_BYTES);
	if (count > 0) bridge.outwardEnd = (size_t)count;
	if (bridge.outwardEnd > bridge.outwardPeak) bridge.outwardPeak = bridge.outwardEnd;
	if (count == 0 || (count < 0 && is_fatal())) shut(&bridge.output);
}

static bool has_output(void) { return bridge.output >= 0 || bridge.outwardSent < bridge.outwardEnd; }

static void accept_client(void) {
	bridge.client = accept4(bridge.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void bridge_wants(struct pollfd *polls) {
	bool hasClient = bridge.client >= 0;
	bool hasRoom = bridge.inwardEnd < INWARD_BYTES && bridge.inwardSent == bridge.inwardWhole;
	bool hasOutward = bridge.outwardSent < bridge.outwardEnd;
	short clientEvents = 0;
	if (hasRoom) clientEvents |= POLLIN;
	if (hasOutward && !bridge.isDeaf) clientEvents |= POLLOUT;
	polls[0] = (struct pollfd){.fd = hasClient ? -1 : bridge.listener, .events = POLLIN};
	/* An end that is not wanted is left out: poll would report its hangup again and again. */
	polls[1] = (struct pollfd){.fd = clientEvents ? bridge.client : -1, .events = clientEvents};
	polls[2] = (struct pollfd){.fd = bridge.inwardSent < bridge.inwardWhole ? bridge.input : -1, .events = POLLOUT};
	polls[3] = (struct pollfd){.fd = hasClient && !bridge.isDeaf && !hasOutward ? bridge.output : -1, .events = POLLIN};
}

void bridge_acts(const struct pollfd *polls) {
	if (polls[0].revents) accept_client();
	if (polls[3].revents) {
		read_plugin();
		write_client();
	}
	if (polls[1].revents & (POLLOUT | POLLERR | POLLHUP)) write_client();
	if (bridge.client >= 0 && polls[1].events & POLLIN && polls[1].revents & (POLLIN | POLLERR | POLLHUP)) read_client();
	if (polls[2].revents || bridge.inwardSent < bridge.inwardWhole || bridge.input < 0) write_plugin();
	if (bridge.path && !has_output() && bridge.listener >= 0) {
		dismiss_client();
		shut(&bridge.listener);
		unlink(bridge.path);
	}
}

void bridge_finish(int limitMs) {
	uint64_t deadline = monotonic_ms() + (uint64_t)limitMs;
	if (!bridge.path) return;
	shut(&bridge.input);
	while (bridge.client >= 0 && !bridge.isDeaf && monotonic_ms() < deadline) {
		struct pollfd client = {.fd = bridge.client, .events = POLLOUT};
		read_plugin();
		skip_line();
		/* Nothing more can come: everybody who could write is dead. */
		if (bridge.outwardSent == bridge.outwardEnd) break;
		write_client();
		if (bridge.outwardSent < bridge.outwardEnd) poll(&client, 1, limitMs);
	}
	shut(&bridge.client);
	shut(&bridge.output);
	if (bridge.listener >= 0) unlink(bridge.path);
	shut(&bridge.listener);
}

bool bridge_is_large(void) { return bridge.inwardPeak + bridge.outwardPeak > RELEASE_ABOVE_BYTES; }

void bridge_release(void) {
	if (!bridge_is_large()) return;
	if (!bridge.inwardEnd) madvise(bridge.inward, INWARD_BYTES, MADV_DONTNEED);
	if (bridge.outwardSent == bridge.outwardEnd) madvise(bridge.outward, PIECE_BYTES, MADV_DONTNEED);
	/* Also when something is still waiting in there: nothing is tried again before more has come. */
	bridge.inwardPeak = bridge.outwardPeak = 0;
}
