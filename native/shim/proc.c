#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "text.h"

enum { FAMILY_MAX = 1 << 16, ENTRIES_BYTES = 2048, LIST_BYTES = 2048, PATH_ROOM = 96 };

struct family {
	pid_t *members; /* FAMILY_MAX of them; the first is this process itself */
	size_t count;
	pid_t except;
	int signal; /* sent to each as it is found; 0: none */
};

static char *put_words(char *out, const char *words) {
	size_t length = strlen(words);
	memcpy(out, words, length + 1);
	return out + length;
}

static char *put_number(char *out, pid_t number) {
	size_t length = digits(out, (uint64_t)number);
	out[length] = 0;
	return out + length;
}

/* Reads /proc/PID/stat and returns what is behind the command's name (that may hold anything), or NULL. */
static char *read_stat(pid_t pid, char *room, size_t size) {
	char path[PATH_ROOM];
	put_words(put_number(put_words(path, "/proc/"), pid), "/stat");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return NULL;
	ssize_t count = read(fd, room, size - 1);
	close(fd);
	if (count <= 0) return NULL;
	room[count] = 0;
	char *end = strrchr(room, ')');
	return end ? end + 1 : NULL;
}

/* The number in the `field`-th field, counted as proc(5) does; 3 is the first behind the name. */
static uint64_t stat_field(pid_t pid, int field) {
	char room[1024];
	char *at = read_stat(pid, room, sizeof room);
	for (int i = 2; at && i < field; i++) {
		at = strchr(at, ' ');
		if (at) at++;
	}
	return at ? strtoull(at, NULL, 10) : 0;
}

uint64_t process_start_time(pid_t pid) { return stat_field(pid, 22); }

static void add_member(struct family *family, pid_t pid) {
	if (pid <= 1 || pid == family->except || family->count == FAMILY_MAX) return;
	family->members[family->count++] = pid;
	if (family->signal) kill(pid, family->signal);
}

static void add_children_of_task(struct family *family, pid_t pid, pid_t task) {
	char path[PATH_ROOM], list[LIST_BYTES];
	put_words(put_number(put_words(put_number(put_words(path, "/proc/"), pid), "/task/"), task), "/children");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return;
	pid_t number = 0;
	ssize_t count;
	while ((count = read(fd, list, sizeof list)) > 0) {
		for (ssize_t i = 0; i < count; i++) {
			if (list[i] >= '0' && list[i] <= '9') {
				number = number * 10 + (list[i] - '0');
			} else {
				add_member(family, number);
				number = 0;
			}
		}
	}
	close(fd);
}

struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

static void add_children(struct family *family, pid_t pid) {
	char path[PATH_ROOM];
	struct stat about;
	_Alignas(struct entry) char entries[ENTRIES_BYTES];
	put_words(put_number(put_words(path, "/proc/"), pid), "/task");
	/* One link for each thread, and two for the folder itself. */
	if (stat(path, &about)) return;
	if (about.st_nlink == 3) {
		add_children_of_task(family, pid, pid);
		return;
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) return;
	long count;
	while ((count = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0) {
		for (long at = 0; at < count;) {
			struct entry *entry = (struct entry *)(void *)(entries + at);
			pid_t task = (pid_t)strtol(entry->name, NULL, 10);
			if (task > 0) add_children_of_task(family, pid, task);
			at += entry->length;
		}
	}
	close(fd);
}

bool has_children(pid_t except) {
	char path[PATH_ROOM], list[64];
	put_words(put_number(put_words(put_number(put_words(path, "/proc/"), getpid()), "/task/"), getpid()), "/children");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return true;
	ssize_t count = read(fd, list, sizeof list - 1);
	close(fd);
	if (count < 0) return true;
	list[count] = 0;
	char *rest = list;
	pid_t first = (pid_t)strtol(list, &rest, 10);
	return first > 0 && (first != except || strtol(rest, NULL, 10) > 0);
}

/*
 * Children of this process cannot be anybody else until it waits for them. The others may: so a pid is signalled only while its parent,
 * asked again behind an open pidfd, is of the family.
 */
static void signal_member(const struct family *family, pid_t pid, int signal) {
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0) {
		if (errno == ENOSYS || errno == EMFILE || errno == ENFILE) kill(pid, signal);
		return;
	}
	pid_t parent = (pid_t)stat_field(pid, 4);
	for (size_t i = 0; i < family->count; i++) {
		if (family->members[i] != parent) continue;
		syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
		break;
	}
	close(fd);
}

size_t signal_descendants(int signal, pid_t except, pid_t group) {
	size_t bytes = FAMILY_MAX * sizeof(pid_t);
	void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED) return 0;
	struct family family = {.members = room, .except = except, .signal = signal == SIGKILL ? SIGSTOP : 0};
	family.members[family.count++] = getpid();
	for (size_t i = 0; i < family.count; i++) add_children(&family, family.members[i]);
	bool isGroupServed = group <= 1;
	for (size_t i = 1; i < family.count; i++) {
		pid_t pid = family.members[i];
		if (getpgid(pid) == group && !isGroupServed) {
			kill(-group, signal);
			if (signal != SIGKILL) kill(-group, SIGCONT);
			isGroupServed = true;
		}
		if (group > 1 && getpgid(pid) == group) continue;
		signal_member(&family, pid, signal);
		if (signal != SIGKILL) signal_member(&family, pid, SIGCONT);
	}
	size_t found = family.count - 1;
	munmap(room, bytes);
	return found;
}
