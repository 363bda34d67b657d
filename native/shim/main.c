/*
 * toru-shim SPEC: parent of one plugin, writer of its log, witness of its end. What it promises stands in ARCHITECTURE.md,
 * "Contract of toru-shim".
 *
 * One thread, one poll(2). Phases:
 *
 *   claim -> SPAWNING -> RUNNING -> LEFTOVERS -> finish
 *               |           exec failed  ^
 *               +------------------------+
 *
 * SPAWNING ends when exec has succeeded or failed, RUNNING when the plugin's main process has ended, LEFTOVERS when no descendant is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bridge.h"
#include "child.h"
#include "clock.h"
#include "events.h"
#include "log-file.h"
#include "proc.h"
#include "rotate.h"
#include "text.h"

enum {
	READ_BYTES = 64 << 10,
	/* What may stand in a pipe when its last writer dies; a writer elsewhere must not hold the shim for ever. */
	DRAIN_BYTES = 2 << 20,
	KILL_AGAIN_MS = 5,
	/* For one that the kernel holds fast. */
	KILL_AGAIN_LATE_MS = 200,
	KILL_PASSES_SOON = 100,
	KILL_PASSES_IN_PEACE = 4,
	BRIDGE_FINISH_MS = 1000,
	COMPRESS_FINISH_MS = 2000,
	RELEASE_AFTER_MS = 1000,
	FLOOD_READS = 64,
	FLOOD_GAP_US = 3000,
	FLOOD_NAP_NS = 1000000,
	FLOOD_PIPE_BYTES = 256 << 10,
};

enum phase { SPAWNING, RUNNING, LEFTOVERS };

static struct {
	struct spec spec;
	struct launch launch;
	struct child child;
	enum phase phase;
	bool isStopping; /* the stop signal has been sent */
	bool isKilling;
	unsigned killPasses;
	uint64_t killAtMs; /* 0: no deadline */
	uint64_t killed;
	uint64_t retryEventsMs;
	uint64_t retryGapMs;
	bool isDirty; /* memory may be given back once it is quiet */
} shim;

static struct line_stream streams[2];
static int stream_fds[2] = {-1, -1};
/* Not aligned to a page: its begin shares one with what is used anyway. */
static char input[READ_BYTES];

/* A stream that comes in very many small pieces: read at most each FLOOD_NAP_NS, so that lines come in batches. */
static struct {
	int stream;
	unsigned reads;
	uint64_t lastUs;
} flood;

static _Noreturn void leave(const char *what, int error) {
	struct text text;
	text_clear(&text);
	text_add(&text, "toru-shim: ");
	text_add(&text, what);
	if (error) {
		text_add(&text, ": ");
		text_add(&text, strerror(error));
	}
	text_add(&text, "\n");
	if (write(STDERR_FILENO, text.bytes, text.length) < 0) _exit(1);
	_exit(1);
}

static int open_signals(void) {
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	/* An inherited SIG_IGN for SIGCHLD would make the kernel swallow exit codes. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* RLIMIT_FSIZE of the daemon: a failed write, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Opens the events file, then renames S.spec to S.claimed, which it returns. */
static const char *claim(const char *spec) {
	static const char ending[] = ".spec";
	bool isNew = false;
	const char *claimed = NULL;
	char stem[PATH_BYTES];
	size_t length = strlen(spec), cut = sizeof ending - 1;
	if (spec[0] == '/' && length > cut && length < sizeof stem && !strcmp(spec + length - cut, ending)) {
		memcpy(stem, spec, length - cut);
		stem[length - cut] = 0;
		claimed = keep_words(stem, ".claimed");
	}
	if (!claimed) leave("SPEC must be the absolute path of a .spec file", 0);
	int error = events_open(stem, &isNew);
	if (error) leave("cannot open the events file", error);
	if (rename(spec, claimed) == 0) return claimed;
	error = errno;
	/* Somebody was faster. An events file with something in it is another shim's. */
	if (isNew && access(claimed, F_OK)) events_undo();
	if (error == ENOENT) _exit(0);
	leave("cannot claim the spec", error);
}

static void prepare_process(void) {
	int fd;
	do fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd >= 3) close(fd);
	syscall(SYS_close_range, 3, ~0U, 0);
	setsid();
	shim.child.umask = umask(0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (chdir("/")) leave("cannot go to /", errno);
}

static uint64_t sooner(uint64_t one, uint64_t other) {
	if (!one || !other) return one ? one : other;
	return one < other ? one : other;
}

static void read_stream(int index);

static void spawn_failed(const char *step, int error, const char *words) {
	shim.phase = LEFTOVERS;
	event_spawn_failed(step, error, words);
}

static void take_outcome(void) {
	struct spawn_failure failure = child_outcome(&shim.child);
	if (failure.step) {
		spawn_failed(failure.step, failure.error, strerror(failure.error));
	} else {
		shim.phase = RUNNING;
		event_started(shim.child.pid);
	}
}

static void start(const char *claimedPath) {
	const char *problem;
	int error = spec_read(claimedPath, &shim.spec, &shim.launch, &problem);
	event_shim(&shim.spec);
	if (error) {
		spawn_failed("spec", error, problem);
		return;
	}
	error = log_open(&shim.spec);
	if (error) {
		spawn_failed("log", error, strerror(error));
		return;
	}
	bool hasBridge = shim.spec.stdio[0] != 0;
	error = hasBridge ? bridge_listen(shim.spec.stdio) : 0;
	if (error) {
		spawn_failed("stdio", error, strerror(error));
		return;
	}
	struct spawn_failure failure = child_spawn(&shim.launch, hasBridge, &shim.child);
	launch_release(&shim.launch);
	if (failure.step) {
		spawn_failed(failure.step, failure.error, strerror(failure.error));
		return;
	}
	stream_fds[0] = hasBridge ? -1 : shim.child.output;
	stream_fds[1] = shim.child.errors;
	if (hasBridge) bridge_attach(shim.child.input, shim.child.output);
	for (int i = 0; i < 2; i++) {
		streams[i] = (struct line_stream){.limit = shim.spec.logMaxLine, .take = log_take, .owner = i ? "stderr" : "stdout"};
	}
}

static bool has_main(void) { return shim.phase != LEFTOVERS && shim.child.pid > 0; }

/* SIGKILL to all that lives, again until nothing does. */
static void kill_all(void) {
	if (has_main() && !shim.isKilling) kill(-shim.child.pid, SIGKILL);
	shim.isKilling = true;
	/* What forks faster than it is killed must not have our share of the processor too. */
	if (++shim.killPasses == KILL_PASSES_IN_PEACE) {
		struct sched_param first = {.sched_priority = 1};
		sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
	}
	signal_descendants(SIGKILL, compressor(), shim.child.pid);
	shim.killAtMs = monotonic_ms() + (shim.killPasses < KILL_PASSES_SOON ? KILL_AGAIN_MS : KILL_AGAIN_LATE_MS);
}

static void stop(void) {
	if (shim.isStopping) return;
	shim.isStopping = true;
	shim.killAtMs = monotonic_ms() + shim.spec.graceMs + 1;
	if (!has_main()) {
		signal_descendants(shim.spec.stopSignal, compressor(), shim.child.pid);
		return;
	}
	/* Before its setsid the group is not there yet. */
	if (kill(-shim.child.pid, shim.spec.stopSignal)) kill(shim.child.pid, shim.spec.stopSignal);
	/* A stopped process acts on no signal but SIGKILL. */
	kill(-shim.child.pid, SIGCONT);
}

static void drain(int index) {
	for (size_t done = 0; stream_fds[index] >= 0 && done < DRAIN_BYTES; done += READ_BYTES) {
		struct pollfd ready = {.fd = stream_fds[index], .events = POLLIN};
		if (poll(&ready, 1, 0) <= 0) return;
		read_stream(index);
	}
}

static void main_ended(int status, const struct rusage *usage) {
	if (shim.phase == SPAWNING) take_outcome();
	if (shim.phase != RUNNING) return;
	shim.phase = LEFTOVERS;
	drain(0);
	drain(1);
	event_exited(status, usage);
}

/* Takes all ended children; true when none is left. */
static bool reap(void) {
	int status;
	struct rusage usage;
	bool wasMain = false;
	pid_t pid;
	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
		if (pid == shim.child.pid) {
			wasMain = true;
			main_ended(status, &usage);
		} else if (pid == compressor()) {
			compress_ended(status);
		} else if (shim.isKilling && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
			shim.killed++;
		}
	}
	if (pid < 0 || shim.phase != LEFTOVERS) return pid < 0 && shim.phase == LEFTOVERS;
	if (compressor() && !has_children(compressor())) return true;
	if (wasMain && !shim.isKilling) {
		/* A grace that already runs goes on for those left behind. */
		uint64_t deadline = shim.killAtMs;
		shim.isStopping = false;
		stop();
		shim.killAtMs = sooner(deadline, shim.killAtMs);
	}
	return false;
}

static void take_signals(int fd) {
	struct signalfd_siginfo info;
	while (read(fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGTERM) stop();
		else if (info.ssi_signo == SIGUSR2) kill_all();
		else if (info.ssi_signo == SIGUSR1) log_reopen();
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

static void read_stream(int index) {
	ssize_t count = read(stream_fds[index], input, READ_BYTES);
	if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
	log_begin();
	if (count > 0) {
		line_feed(&streams[index], input, (size_t)count);
	} else {
		line_end(&streams[index]);
		close(stream_fds[index]);
		stream_fds[index] = -1;
	}
	log_commit();
	if (count > READ_BYTES / 4) shim.isDirty = true;
	if (count > 0 && shim.phase == RUNNING) watch_flood(index, count, log_time_us());
}

static void release_memory(void) {
	shim.isDirty = false;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = ((uintptr_t)input + page - 1) & ~(page - 1), end = ((uintptr_t)input + READ_BYTES) & ~(page - 1);
	/* Whole pages inside the buffer only. */
	madvise((void *)begin, end - begin, MADV_DONTNEED);
	log_release();
	line_release(&streams[0]);
	line_release(&streams[1]);
	bridge_release();
}

/* Sets what has to be tried again, and returns the milliseconds until the next deadline, -1 without any. */
static int until_deadline(void) {
	uint64_t now = monotonic_ms();
	if (!events_wait()) shim.retryEventsMs = 0;
	else if (!shim.retryEventsMs) shim.retryEventsMs = now + EVENT_RETRY_MS;
	if (!log_has_gap()) shim.retryGapMs = 0;
	else if (!shim.retryGapMs) shim.retryGapMs = now + GAP_RETRY_MS;
	uint64_t next = sooner(sooner(shim.killAtMs, shim.retryEventsMs), shim.retryGapMs);
	if (shim.isDirty) next = sooner(next, now + RELEASE_AFTER_MS);
	if (!next) return -1;
	return next <= now ? 0 : next - now > 60000 ? 60000 : (int)(next - now);
}

static void act_on_deadlines(void) {
	uint64_t now = monotonic_ms();
	if (shim.killAtMs && now >= shim.killAtMs) kill_all();
	if (shim.retryEventsMs && now >= shim.retryEventsMs) {
		shim.retryEventsMs = 0;
		events_flush();
	}
	if (shim.retryGapMs && now >= shim.retryGapMs) {
		shim.retryGapMs = 0;
		log_close_gap();
	}
}

/* Returns when no descendant is left. */
static void supervise(int signals) {
	enum { SIGNALS, OUTCOME, STREAMS, BRIDGE = STREAMS + 2, POLLS = BRIDGE + BRIDGE_POLLS };
	struct pollfd polls[POLLS];
	for (bool isLeft = !reap(); isLeft;) {
		polls[SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
		polls[OUTCOME] = (struct pollfd){.fd = shim.child.outcome, .events = POLLIN};
		for (int i = 0; i < 2; i++) polls[STREAMS + i] = (struct pollfd){.fd = stream_fds[i], .events = POLLIN};
		bridge_wants(polls + BRIDGE);
		int timeout = until_deadline();
		int ready = poll(polls, POLLS, timeout);
		if (ready == 0 && timeout == RELEASE_AFTER_MS && shim.isDirty) release_memory();
		if (ready > 0) {
			if (polls[OUTCOME].revents) take_outcome();
			for (int i = 0; i < 2; i++) {
				if (polls[STREAMS + i].revents) read_stream(i);
			}
			bridge_acts(polls + BRIDGE);
			if (bridge_is_large()) shim.isDirty = true;
			if (polls[SIGNALS].revents) {
				take_signals(signals);
				isLeft = !reap();
			}
		}
		act_on_deadlines();
	}
}

static void finish(void) {
	const struct timespec pause = {.tv_nsec = EVENT_RETRY_MS * 1000000L};
	for (int i = 0; i < 2; i++) {
		drain(i);
		if (stream_fds[i] < 0) continue;
		log_begin();
		line_end(&streams[i]);
		log_commit();
	}
	log_close_gap();
	bridge_finish(BRIDGE_FINISH_MS);
	compress_finish(COMPRESS_FINISH_MS);
	event_gone(log_lines(), log_lost(), shim.killed);
	while (!events_flush() && !events_are_hopeless()) nanosleep(&pause, NULL);
}

int main(int count, char **arguments) {
	if (count != 2) leave("usage: toru-shim SPEC", 0);
	prepare_process();
	int signals = open_signals();
	if (signals < 0) leave("cannot open a signalfd", errno);
	const char *claimed = claim(arguments[1]);
	shim.child.input = shim.child.output = shim.child.errors = shim.child.outcome = -1;
	start(claimed);
	supervise(signals);
	finish();
	return 0;
}
