#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "output-file.h"
#include "proc.h"
#include "text.h"

/* In the order in which they are written. */
enum kind { SHIM, STARTED, SPAWN_FAILED, LOST, EXITED, GONE, KINDS };

static struct {
	int fd;
	const char *path;
	const struct spec *spec;
	bool isKnown[KINDS], isWritten[KINDS];
	struct stamp at[KINDS];
	pid_t pid;
	uint64_t startTime;
	const char *step;
	int error;
	char words[128];
	uint64_t lostWaiting, lostWritten;
	int status;
	struct rusage usage;
	uint64_t lines, lost, killed, left;
	struct output_totals outputAtExit, output;
	uint64_t deletedSinceMs; /* 0: it is there */
} events = {.fd = -1};

static const char *signal_name(int number, char room[16]) {
	static const char names[32][8] = {[SIGHUP] = "HUP",     [SIGINT] = "INT",   [SIGQUIT] = "QUIT",     [SIGILL] = "ILL",
					  [SIGTRAP] = "TRAP",   [SIGABRT] = "ABRT", [SIGBUS] = "BUS",       [SIGFPE] = "FPE",
					  [SIGKILL] = "KILL",   [SIGUSR1] = "USR1", [SIGSEGV] = "SEGV",     [SIGUSR2] = "USR2",
					  [SIGPIPE] = "PIPE",   [SIGALRM] = "ALRM", [SIGTERM] = "TERM",     [SIGSTKFLT] = "STKFLT",
					  [SIGCHLD] = "CHLD",   [SIGCONT] = "CONT", [SIGSTOP] = "STOP",     [SIGTSTP] = "TSTP",
					  [SIGTTIN] = "TTIN",   [SIGTTOU] = "TTOU", [SIGURG] = "URG",       [SIGXCPU] = "XCPU",
					  [SIGXFSZ] = "XFSZ",   [SIGPROF] = "PROF", [SIGVTALRM] = "VTALRM", [SIGWINCH] = "WINCH",
					  [SIGIO] = "IO",       [SIGPWR] = "PWR",   [SIGSYS] = "SYS"};
	if (number > 0 && number < 32) {
		strcpy(stpcpy(room, "SIG"), names[number]);
		return room;
	}
	/* libc keeps some real-time signals for itself (signal(7)): those have a number only. */
	bool isPublic = number >= SIGRTMIN;
	char *end = stpcpy(room, isPublic ? "SIGRTMIN+" : "SIG");
	end[digits(end, (uint64_t)(isPublic ? number - SIGRTMIN : number))] = 0;
	return room;
}

static void add_number(struct text *text, const char *key, uint64_t number) {
	text_add(text, ",\"");
	text_add(text, key);
	text_add(text, "\":");
	text_number(text, number);
}

static void add_words(struct text *text, const char *key, const char *words) {
	text_add(text, ",\"");
	text_add(text, key);
	text_add(text, "\":\"");
	text_json(text, words);
	text_add(text, "\"");
}

static bool is_number(const char *words) { return *words && words[strspn(words, "0123456789")] == 0; }

static void add_shim(struct text *text) {
	add_words(text, "id", events.spec->id);
	if (is_number(events.spec->run)) {
		text_add(text, ",\"run\":");
		text_add(text, events.spec->run);
	} else {
		add_words(text, "run", events.spec->run);
	}
	add_words(text, "boot", events.spec->boot);
	add_number(text, "pid", (uint64_t)getpid());
	add_number(text, "startTime", process_start_time(getpid()));
}

static uint64_t milliseconds(struct timeval time) {
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_usec / 1000;
}

static bool has_output(void) { return events.spec && events.spec->output[0]; }

static void add_exited(struct text *text) {
	char room[16];
	if (WIFSIGNALED(events.status)) {
		text_add(text, ",\"code\":null");
		add_words(text, "signal", signal_name(WTERMSIG(events.status), room));
	} else {
		add_number(text, "code", (uint64_t)WEXITSTATUS(events.status));
		text_add(text, ",\"signal\":null");
	}
	text_add(text, WIFSIGNALED(events.status) && WCOREDUMP(events.status) ? ",\"core\":true" : ",\"core\":false");
	add_number(text, "maxRssBytes", (uint64_t)events.usage.ru_maxrss * 1024);
	add_number(text, "userMs", milliseconds(events.usage.ru_utime));
	add_number(text, "systemMs", milliseconds(events.usage.ru_stime));
	if (has_output()) add_number(text, "outputBytes", events.outputAtExit.bytes);
}

static void add_gone(struct text *text) {
	add_number(text, "lines", events.lines);
	add_number(text, "lost", events.lost);
	add_number(text, "killed", events.killed);
	add_number(text, "left", events.left);
	if (!has_output()) return;
	add_number(text, "outputBytes", events.output.bytes);
	add_number(text, "outputLost", events.output.lost);
	if (events.output.lost) add_words(text, "outputError", strerror(events.output.error));
	add_number(text, "outputSegment", events.output.segment);
	text_add(text, events.output.isCut ? ",\"outputCut\":true" : ",\"outputCut\":false");
}

static void compose(struct text *text, enum kind kind) {
	static const char *const names[KINDS] = {"shim", "started", "spawn-failed", "lost", "exited", "gone"};
	text_clear(text);
	text_add(text, "{\"event\":\"");
	text_add(text, names[kind]);
	text_add(text, "\"");
	add_words(text, "at", events.at[kind].text);
	if (kind == SHIM) {
		add_shim(text);
	} else if (kind == STARTED) {
		add_number(text, "pid", (uint64_t)events.pid);
		add_number(text, "startTime", events.startTime);
	} else if (kind == SPAWN_FAILED) {
		add_words(text, "step", events.step);
		add_number(text, "errno", (uint64_t)events.error);
		add_words(text, "error", events.words);
	} else if (kind == LOST) {
		add_number(text, "lines", events.lostWaiting);
	} else if (kind == EXITED) {
		add_exited(text);
	} else if (kind == GONE) {
		add_gone(text);
	}
	text_add(text, "}\n");
}

int events_open(const char *stem, bool *isNew) {
	events.path = keep_words(stem, ".events");
	if (!events.path) return ENAMETOOLONG;
	*isNew = true;
	events.fd = open(events.path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (events.fd < 0 && errno == EEXIST) {
		*isNew = false;
		events.fd = open(events.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	}
	return events.fd < 0 ? errno : 0;
}

void events_undo(void) {
	struct stat about;
	if (!fstat(events.fd, &about) && about.st_size == 0) unlink(events.path);
}

/* False while the file is deleted and cannot be made. */
static bool has_file(void) {
	struct stat held, named;
	if (events.fd >= 0 && !fstat(events.fd, &held) && held.st_nlink > 0) {
		/* By name too: its folder may be gone with a file system, or replaced. */
		bool isNamed = stat(events.path, &named) ? errno != ENOENT : held.st_ino == named.st_ino && held.st_dev == named.st_dev;
		if (isNamed) return true;
	}
	if (events.fd >= 0) close(events.fd);
	events.fd = open(events.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	memset(events.isWritten, 0, sizeof events.isWritten);
	events.lostWaiting += events.lostWritten;
	events.lostWritten = 0;
	if (events.fd >= 0) events.deletedSinceMs = 0;
	else if (!events.deletedSinceMs) events.deletedSinceMs = monotonic_ms();
	return events.fd >= 0;
}

/* One write; a part of a line never stays. */
static bool append(const struct text *text) {
	ssize_t count;
	do count = write(events.fd, text->bytes, text->length);
	while (count < 0 && errno == EINTR);
	if (count == (ssize_t)text->length) return true;
	if (count > 0) {
		off_t end = lseek(events.fd, 0, SEEK_CUR);
		if (end >= count && ftruncate(events.fd, end - count)) return false;
	}
	return false;
}

bool events_flush(void) {
	struct text text;
	if (!events_wait()) return true;
	if (!has_file()) return false;
	for (int kind = 0; kind < KINDS; kind++) {
		if (!events.isKnown[kind] || events.isWritten[kind]) continue;
		if (kind == LOST && !events.lostWaiting) continue;
		compose(&text, (enum kind)kind);
		if (!append(&text)) return false;
		events.isWritten[kind] = true;
		if (kind != LOST) continue;
		events.lostWritten += events.lostWaiting;
		events.lostWaiting = 0;
	}
	return true;
}

void events_restore(void) {
	if (has_file()) events_flush();
}

bool events_wait(void) {
	for (int kind = 0; kind < KINDS; kind++) {
		if (events.isKnown[kind] && !events.isWritten[kind] && (kind != LOST || events.lostWaiting)) return true;
	}
	return false;
}

bool events_are_hopeless(void) {
	return events.deletedSinceMs && monotonic_ms() - events.deletedSinceMs >= EVENT_GIVE_UP_MS;
}

static void record(enum kind kind) {
	events.isKnown[kind] = true;
	events.isWritten[kind] = false;
	events.at[kind] = stamp_now();
	events_flush();
}

void event_shim(const struct spec *spec) {
	events.spec = spec;
	record(SHIM);
}

void event_started(pid_t pid) {
	events.pid = pid;
	events.startTime = process_start_time(pid);
	record(STARTED);
}

void event_spawn_failed(const char *step, int error, const char *words) {
	events.step = step;
	events.error = error;
	strncpy(events.words, words, sizeof events.words - 1);
	record(SPAWN_FAILED);
}

void event_lost(uint64_t lines) {
	events.lostWaiting += lines;
	record(LOST);
}

void event_exited(int status, const struct rusage *usage) {
	events.status = status;
	events.usage = *usage;
	events.outputAtExit = output_totals();
	record(EXITED);
}

void event_gone(uint64_t lines, uint64_t lost, uint64_t killed, uint64_t left) {
	events.lines = lines;
	events.lost = lost;
	events.killed = killed;
	events.left = left;
	events.output = output_totals();
	record(GONE);
}
