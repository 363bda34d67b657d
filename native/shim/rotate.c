#include "rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "spec.h"
#include "text.h"

enum { WAIT_STEP_NS = 2000000 };

static struct {
	pid_t pid;
	unsigned number; /* of the file that is being compressed; moves along with it, 0: it has left */
	const char *path;
	unsigned keep;
} job;

/* NAME, NAME.3, NAME.3.gz; numbers are at most 4 digits, and spec.c leaves room for them. */
static const char *name(char room[PATH_BYTES], const char *path, unsigned number, const char *ending) {
	char *at = stpcpy(room, path);
	*at++ = '.';
	at += digits(at, number);
	strcpy(at, ending);
	return room;
}

static bool remove_number(const char *path, unsigned number) {
	char room[PATH_BYTES];
	bool isPlainGone = unlink(name(room, path, number, "")) == 0;
	bool isPackedGone = unlink(name(room, path, number, ".gz")) == 0;
	return isPlainGone || isPackedGone;
}

static int move(const char *path, unsigned from, unsigned to, const char *ending) {
	char source[PATH_BYTES], target[PATH_BYTES];
	if (rename(name(source, path, from, ending), name(target, path, to, ending)) == 0) return 0;
	return errno == ENOENT ? 0 : errno;
}

int rotate_files(const char *path, unsigned keep) {
	char room[PATH_BYTES];
	int error = 0;
	if (keep == 0) return unlink(path) && errno != ENOENT ? errno : 0;
	for (unsigned number = keep; remove_number(path, number); number++) continue;
	if (job.pid && job.number >= keep) job.number = 0;
	for (unsigned number = keep - 1; number > 0 && !error; number--) {
		error = move(path, number, number + 1, "");
		if (!error) error = move(path, number, number + 1, ".gz");
		if (!error && job.pid && job.number == number) job.number = number + 1;
	}
	if (!error && rename(path, name(room, path, 1, "")) && errno != ENOENT) error = errno;
	return error;
}

void rotate_back(const char *path, unsigned keep) {
	char room[PATH_BYTES];
	if (keep > 0 && rename(name(room, path, 1, ""), path)) return;
}

static _Noreturn void compress_in_child(int in, int out) {
	sigset_t none;
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpriority(PRIO_PROCESS, 0, 19);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) _exit(1);
	syscall(SYS_close_range, 3, ~0U, 0);
	char *const arguments[] = {"gzip", "-c", NULL};
	char *const environment[] = {NULL};
	execve("/usr/bin/gzip", arguments, environment);
	execve("/bin/gzip", arguments, environment);
	_exit(127);
}

static const char *temporary(char room[PATH_BYTES]) {
	strcpy(stpcpy(room, job.path), ".gz.tmp");
	return room;
}

void compress_next(const char *path, unsigned keep) {
	char room[PATH_BYTES];
	if (job.pid) return;
	job.path = path;
	job.keep = keep;
	job.number = 0;
	for (unsigned number = 2; number <= keep && !job.number; number++) {
		if (access(name(room, path, number, ""), F_OK) == 0) job.number = number;
	}
	if (!job.number) return;
	/* Opened here and not by the child: by the time it runs another file may have that name. */
	int in = open(name(room, path, job.number, ""), O_RDONLY | O_CLOEXEC);
	int out = open(temporary(room), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	pid_t pid = in >= 0 && out >= 0 ? fork() : -1;
	if (pid == 0) compress_in_child(in, out);
	if (in >= 0) close(in);
	if (out >= 0) close(out);
	job.pid = pid > 0 ? pid : 0;
}

pid_t compressor(void) { return job.pid; }

void compress_ended(int status) {
	char source[PATH_BYTES], target[PATH_BYTES];
	job.pid = 0;
	bool isFine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (isFine && job.number && rename(temporary(source), name(target, job.path, job.number, ".gz")) == 0) {
		unlink(name(source, job.path, job.number, ""));
	} else {
		unlink(temporary(source));
	}
	if (isFine) compress_next(job.path, job.keep);
}

void compress_finish(int limitMs) {
	uint64_t deadline = monotonic_ms() + (uint64_t)limitMs;
	const struct timespec step = {.tv_nsec = WAIT_STEP_NS};
	int status;
	while (job.pid) {
		pid_t pid = waitpid(job.pid, &status, WNOHANG);
		if (pid == job.pid) {
			compress_ended(status);
		} else if (pid < 0) {
			job.pid = 0;
		} else if (monotonic_ms() >= deadline) {
			kill(job.pid, SIGKILL);
			deadline = UINT64_MAX;
		} else {
			nanosleep(&step, NULL);
		}
	}
}
