/*
 * toru-shim SPEC: parent of one plugin (or task), writer of its log (or output), witness of its end. What it promises stands in ARCHITECTURE.md,
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
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alive.h"
#include "bridge.h"
#include "child.h"
#include "claim.h"
#include "clock.h"
#include "events.h"
#include "log-file.h"
#include "output-file.h"
#include "proc.h"
#include "rotate.h"
#include "streams.h"

enum {
	KILL_AGAIN_MS = 5,
	/* For one that the kernel holds fast. */
	KILL_AGAIN_LATE_MS = 200,
	KILL_PASSES_SOON = 100,
	KILL_PASSES_IN_PEACE = 4,
	BRIDGE_FINISH_MS = 1000,
	COMPRESS_FINISH_MS = 2000,
	RELEASE_AFTER_MS = 1000,
	HELD_LOOK_MS = 2,
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
	uint64_t killed, left;
	uint64_t retryEventsMs;
	uint64_t retryGapMs;
} shim;

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

static uint64_t sooner(uint64_t one, uint64_t other) {
	if (!one || !other) return one ? one : other;
	return one < other ? one : other;
}

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
	bool isRaw = shim.spec.output[0] != 0;
	error = isRaw ? output_open(&shim.spec) : log_open(&shim.spec);
	if (error) {
		spawn_failed(isRaw ? "output" : "log", error, strerror(error));
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
	streams_attach(hasBridge ? -1 : shim.child.output, shim.child.errors, &shim.spec);
	if (hasBridge) bridge_attach(shim.child.input, shim.child.output);
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

static void main_ended(int status, const struct rusage *usage) {
	if (shim.phase == SPAWNING) take_outcome();
	if (shim.phase != RUNNING) return;
	shim.phase = LEFTOVERS;
	streams_drain();
	event_exited(status, usage);
}

/* One that outlived the main process and was ended for it. */
static void count_left(int status) {
	if (!WIFSIGNALED(status)) return;
	bool isKilled = shim.isKilling && WTERMSIG(status) == SIGKILL;
	if (isKilled) shim.killed++;
	if (shim.phase == LEFTOVERS && shim.isStopping && (isKilled || WTERMSIG(status) == shim.spec.stopSignal)) shim.left++;
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
		} else {
			count_left(status);
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
		else if (info.ssi_signo == SIGUSR1) {
			if (!shim.spec.output[0]) log_reopen();
			events_restore();
		}
	}
}

static bool is_large(void) { return streams_are_large() || bridge_is_large(); }

static void release_memory(void) {
	streams_release();
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
	if (streams_are_held()) next = sooner(next, now + HELD_LOOK_MS);
	if (is_large()) next = sooner(next, now + RELEASE_AFTER_MS);
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
	enum { SIGNALS, OUTCOME, ALIVE, LOGGED, BRIDGE = LOGGED + STREAMS, POLLS = BRIDGE + BRIDGE_POLLS };
	struct pollfd polls[POLLS];
	for (bool isLeft = !reap(); isLeft;) {
		polls[SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
		polls[OUTCOME] = (struct pollfd){.fd = shim.child.outcome, .events = POLLIN};
		alive_wants(polls + ALIVE);
		streams_want(polls + LOGGED);
		bridge_wants(polls + BRIDGE);
		int timeout = until_deadline();
		int ready = poll(polls, POLLS, timeout);
		if (ready == 0 && timeout == RELEASE_AFTER_MS) release_memory();
		if (ready > 0) {
			if (polls[OUTCOME].revents) take_outcome();
			alive_acts(polls + ALIVE);
			streams_act(polls + LOGGED, shim.phase == RUNNING);
			bridge_acts(polls + BRIDGE);
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
	streams_finish();
	log_close_gap();
	bridge_finish(BRIDGE_FINISH_MS);
	compress_finish(COMPRESS_FINISH_MS);
	event_gone(log_lines(), log_lost(), shim.killed, shim.left);
	while (!events_flush() && !events_are_hopeless()) nanosleep(&pause, NULL);
}

int main(int count, char **arguments) {
	if (count != 2) leave("usage: toru-shim SPEC", 0);
	shim.child.umask = prepare_process();
	int signals = open_signals();
	if (signals < 0) leave("cannot open a signalfd", errno);
	const char *claimed = claim(arguments[1]);
	alive_listen(claimed);
	shim.child.input = shim.child.output = shim.child.errors = shim.child.outcome = -1;
	start(claimed);
	supervise(signals);
	finish();
	return 0;
}
