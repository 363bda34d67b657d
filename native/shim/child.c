#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "text.h"

enum { OUTCOME_FD = 3, GROUPS_MAX = 1024, SIGNALS = 64 };

enum step { EXEC, STDIO, SETSID, CGROUP, NICE, RLIMIT, UMASK, CHDIR, SETGROUPS, SETGID, SETUID, NO_NEW_PRIVS, STEPS };

static const char *const step_names[STEPS] = {"exec",  "stdio",     "setsid", "cgroup", "nice",        "rlimit", "umask",
					      "chdir", "setgroups", "setgid", "setuid", "no_new_privs"};

struct report {
	enum step step;
	int error;
};

static _Noreturn void fail(enum step step) {
	struct report report = {.step = step, .error = errno};
	/* A pipe takes so little at once; without a reader nobody asks any more. */
	if (write(OUTCOME_FD, &report, sizeof report) < 0) _exit(126);
	_exit(127);
}

static void reset_signals(void) {
	struct sigaction byDefault = {.sa_handler = SIG_DFL};
	sigset_t none;
	for (int number = 1; number <= SIGNALS; number++) sigaction(number, &byDefault, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 0, 1, 2 become the plugin's, 3 the outcome, all others are closed. The ends given are above 3. */
static void arrange_descriptors(const int ends[4]) {
	for (int fd = 0; fd < 4; fd++) {
		if (dup2(ends[fd], fd) < 0) _exit(126);
	}
	fcntl(OUTCOME_FD, F_SETFD, FD_CLOEXEC);
	if (syscall(SYS_close_range, OUTCOME_FD + 1, ~0U, 0) == 0) return;
	/* Linux before 5.9. */
	struct rlimit files;
	int count = getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur > 65536 ? 65536 : (int)files.rlim_cur;
	for (int fd = OUTCOME_FD + 1; fd < count; fd++) close(fd);
}

static void join_cgroups(const struct launch *launch) {
	char decimal[20];
	size_t length = digits(decimal, (uint64_t)getpid());
	for (size_t i = 0; i < launch->cgroupCount; i++) {
		int fd = open(launch->cgroups[i], O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, decimal, length) < 0) fail(CGROUP);
		close(fd);
	}
}

static void set_limits(const struct launch *launch) {
	for (int i = 0; i < RLIMITS; i++) {
		if (launch->rlimits[i] == UNSET) continue;
		struct rlimit limit = {.rlim_cur = (rlim_t)launch->rlimits[i], .rlim_max = (rlim_t)launch->rlimits[i]};
		if (setrlimit(rlimit_resources[i], &limit)) fail(RLIMIT);
	}
}

static void become_user(const struct launch *launch) {
	if (launch->groups) {
		gid_t groups[GROUPS_MAX];
		size_t count = 0;
		for (const char *at = launch->groups; *at && count < GROUPS_MAX;) {
			char *end;
			groups[count++] = (gid_t)strtoul(at, &end, 10);
			errno = EINVAL;
			if (end == at || (*end && *end != ',')) fail(SETGROUPS);
			at = *end ? end + 1 : end;
		}
		if (setgroups(count, groups)) fail(SETGROUPS);
	}
	if (launch->gid != UNSET && setresgid((gid_t)launch->gid, (gid_t)launch->gid, (gid_t)launch->gid)) fail(SETGID);
	if (launch->uid != UNSET && setresuid((uid_t)launch->uid, (uid_t)launch->uid, (uid_t)launch->uid)) fail(SETUID);
}

static _Noreturn void become_plugin(const struct launch *launch, const int ends[4], mode_t inheritedUmask) {
	arrange_descriptors(ends);
	reset_signals();
	if (setsid() < 0) fail(SETSID);
	join_cgroups(launch);
	if (launch->nice != UNSET && setpriority(PRIO_PROCESS, 0, (int)launch->nice)) fail(NICE);
	set_limits(launch);
	umask(launch->umask == UNSET ? inheritedUmask : (mode_t)launch->umask & 0777);
	if (launch->cwd && chdir(launch->cwd)) fail(CHDIR);
	become_user(launch);
	if (launch->noNewPrivileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail(NO_NEW_PRIVS);
	execve(launch->arguments[0], launch->arguments, launch->environment);
	fail(EXEC);
}

/* Ends above 3, so that arrange_descriptors overwrites none. */
static bool make_pipe(int *reader, int *writer) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC)) return false;
	*reader = fcntl(ends[0], F_DUPFD_CLOEXEC, 4);
	*writer = fcntl(ends[1], F_DUPFD_CLOEXEC, 4);
	close(ends[0]);
	close(ends[1]);
	return *reader >= 0 && *writer >= 0;
}

static void close_ends(const int ends[4]) {
	for (int i = 0; i < 4; i++) {
		if (ends[i] >= 0) close(ends[i]);
	}
}

static void no_wait(int fd) {
	if (fd >= 0) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

struct spawn_failure child_spawn(const struct launch *launch, bool hasBridge, struct child *child) {
	struct spawn_failure failure = {.step = "pipe"};
	int ends[4] = {-1, -1, -1, -1};
	child->input = child->output = child->errors = child->outcome = -1;
	bool isReady = make_pipe(&child->output, &ends[1]) && make_pipe(&child->errors, &ends[2]) && make_pipe(&child->outcome, &ends[3]);
	if (isReady && hasBridge) {
		isReady = make_pipe(&ends[0], &child->input);
	} else if (isReady) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		ends[0] = null < 0 ? -1 : fcntl(null, F_DUPFD_CLOEXEC, 4);
		if (null >= 0) close(null);
		isReady = ends[0] >= 0;
	}
	if (isReady) {
		failure.step = "fork";
		child->pid = fork();
		if (child->pid == 0) become_plugin(launch, ends, child->umask);
		isReady = child->pid > 0;
	}
	failure.error = errno;
	close_ends(ends);
	if (!isReady) return failure;
	no_wait(child->input);
	no_wait(child->output);
	no_wait(child->errors);
	no_wait(child->outcome);
	return (struct spawn_failure){.step = NULL};
}

struct spawn_failure child_outcome(struct child *child) {
	struct report report = {.step = STEPS};
	struct spawn_failure failure = {.step = NULL};
	ssize_t count = read(child->outcome, &report, sizeof report);
	close(child->outcome);
	child->outcome = -1;
	if (count == sizeof report && report.step < STEPS) failure = (struct spawn_failure){step_names[report.step], report.error};
	return failure;
}
