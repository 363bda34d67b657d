#include "spec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

enum { SPEC_BYTES_MAX = 16 << 20, LINE_MIN = 64, LINE_MAX_BYTES = 16 << 20, KEEP_MAX = 1000, LOG_NUMBER_BYTES = 32, OUTPUT_FILE_MIN = 256 };

const int rlimit_resources[RLIMITS] = {RLIMIT_AS, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_FSIZE};
static const char *const rlimit_keys[RLIMITS] = {"rlimit_as",   "rlimit_nofile", "rlimit_nproc",
						 "rlimit_core", "rlimit_cpu",    "rlimit_fsize"};

struct reader {
	struct spec *spec;
	struct launch *launch;
	size_t arguments, variables;
	const char *problem;
};

/* INT64_MAX for what is larger. */
static bool read_number(const char *value, int64_t *number) {
	bool isNegative = *value == '-';
	int64_t result = 0;
	if (isNegative) value++;
	if (!*value) return false;
	for (; *value; value++) {
		if (*value < '0' || *value > '9') return false;
		if (__builtin_mul_overflow(result, 10, &result) || __builtin_add_overflow(result, *value - '0', &result)) result = INT64_MAX;
	}
	*number = isNegative ? -result : result;
	return true;
}

static bool take_copy(const char **to, size_t room, const char *value) {
	const char *copy = strlen(value) < room ? keep_words(value, "") : NULL;
	if (copy) *to = copy;
	return copy != NULL;
}

static bool take_words(struct reader *reader, const char *key, char *value, bool *isFine) {
	struct spec *spec = reader->spec;
	struct launch *launch = reader->launch;
	*isFine = true;
	if (!strcmp(key, "arg")) launch->arguments[reader->arguments++] = value;
	else if (!strcmp(key, "env")) launch->environment[reader->variables++] = value;
	else if (!strcmp(key, "id")) *isFine = take_copy(&spec->id, ID_BYTES, value);
	else if (!strcmp(key, "run")) *isFine = take_copy(&spec->run, RUN_BYTES, value);
	else if (!strcmp(key, "boot")) *isFine = take_copy(&spec->boot, BOOT_BYTES, value);
	else if (!strcmp(key, "log")) *isFine = take_copy(&spec->log, PATH_BYTES - LOG_NUMBER_BYTES, value);
	else if (!strcmp(key, "output")) *isFine = take_copy(&spec->output, TEXT_BYTES - LOG_NUMBER_BYTES, value);
	else if (!strcmp(key, "stdio")) *isFine = take_copy(&spec->stdio, SOCKET_PATH_BYTES, value);
	else if (!strcmp(key, "cwd")) launch->cwd = value;
	else if (!strcmp(key, "groups")) launch->groups = value;
	else if (!strcmp(key, "cgroup")) {
		*isFine = launch->cgroupCount < CGROUPS;
		if (*isFine) launch->cgroups[launch->cgroupCount++] = value;
	} else return false;
	return true;
}

static int64_t within(int64_t number, int64_t low, int64_t high) {
	return number < low ? low : number > high ? high : number;
}

static bool take_number(struct reader *reader, const char *key, int64_t number) {
	struct spec *spec = reader->spec;
	struct launch *launch = reader->launch;
	for (int i = 0; i < RLIMITS; i++) {
		if (strcmp(key, rlimit_keys[i])) continue;
		launch->rlimits[i] = number;
		return true;
	}
	if (!strcmp(key, "log_max_size")) spec->logMaxSize = (uint64_t)within(number, 0, INT64_MAX);
	else if (!strcmp(key, "log_max_age_ms")) spec->logMaxAgeMs = (uint64_t)within(number, 0, INT64_MAX);
	else if (!strcmp(key, "log_keep")) spec->logKeep = (unsigned)within(number, 0, KEEP_MAX);
	else if (!strcmp(key, "log_compress")) spec->logCompress = number != 0;
	else if (!strcmp(key, "log_max_line")) spec->logMaxLine = (size_t)within(number, LINE_MIN, LINE_MAX_BYTES);
	else if (!strcmp(key, "output_head")) spec->outputHead = (uint64_t)within(number, OUTPUT_FILE_MIN, INT64_MAX);
	else if (!strcmp(key, "output_segment")) spec->outputSegment = (uint64_t)within(number, OUTPUT_FILE_MIN, INT64_MAX);
	else if (!strcmp(key, "output_hold_ms")) spec->outputHoldMs = (uint64_t)within(number, 0, INT_MAX);
	else if (!strcmp(key, "grace_ms")) spec->graceMs = (uint64_t)within(number, 0, INT_MAX);
	else if (!strcmp(key, "stop_signal")) spec->stopSignal = (int)within(number, 1, 64);
	else if (!strcmp(key, "uid")) launch->uid = number;
	else if (!strcmp(key, "gid")) launch->gid = number;
	else if (!strcmp(key, "umask")) launch->umask = number;
	else if (!strcmp(key, "nice")) launch->nice = number;
	else if (!strcmp(key, "no_new_privs")) launch->noNewPrivileges = number != 0;
	else return false;
	return true;
}

static bool is_number_key(const char *key) {
	struct spec spec;
	struct launch launch;
	struct reader reader = {.spec = &spec, .launch = &launch};
	return take_number(&reader, key, 0);
}

static void take_record(struct reader *reader, char *record) {
	char *value = strchr(record, '=');
	bool isFine;
	int64_t number;
	if (!value) {
		reader->problem = "a record without =";
		return;
	}
	*value++ = 0;
	if (take_words(reader, record, value, &isFine)) {
		if (!isFine) reader->problem = "a value that is too long";
	} else if (is_number_key(record)) {
		if (read_number(value, &number)) take_number(reader, record, number);
		else reader->problem = "a value that is no number";
	}
}

static void set_defaults(struct spec *spec, struct launch *launch) {
	memset(spec, 0, sizeof *spec);
	memset(launch, 0, sizeof *launch);
	spec->id = spec->run = spec->boot = spec->log = spec->stdio = spec->output = "";
	spec->logMaxLine = 65536;
	spec->outputHead = spec->outputSegment = 4 << 20;
	spec->graceMs = 10000;
	spec->stopSignal = 15;
	spec->logKeep = 5;
	launch->uid = launch->gid = launch->umask = launch->nice = UNSET;
	for (int i = 0; i < RLIMITS; i++) launch->rlimits[i] = UNSET;
}

/* The whole file, and behind it room for the two pointer lists. */
static int load(const char *path, struct launch *launch, size_t *size) {
	struct stat about;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = 0;
	if (fd < 0) return errno;
	if (fstat(fd, &about)) error = errno;
	else if (about.st_size > SPEC_BYTES_MAX) error = EFBIG;
	if (error) {
		close(fd);
		return error;
	}
	*size = (size_t)about.st_size;
	size_t lists = (*size / 4 + 4) * sizeof(char *) * 2;
	launch->memoryBytes = *size + 32 + lists;
	launch->memory = mmap(NULL, launch->memoryBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (launch->memory == MAP_FAILED) {
		launch->memory = NULL;
		close(fd);
		return ENOMEM;
	}
	size_t done = 0;
	while (done < *size) {
		ssize_t count = read(fd, (char *)launch->memory + done, *size - done);
		if (count < 0 && errno == EINTR) continue;
		if (count < 0) error = errno;
		if (count <= 0) break;
		done += (size_t)count;
	}
	close(fd);
	*size = done;
	return error;
}

int spec_read(const char *path, struct spec *spec, struct launch *launch, const char **problem) {
	struct reader reader = {.spec = spec, .launch = launch};
	size_t size = 0;
	set_defaults(spec, launch);
	*problem = NULL;
	int error = load(path, launch, &size);
	if (error) {
		*problem = strerror(error);
		return error;
	}
	char *at = launch->memory, *end = at + size;
	uintptr_t lists = ((uintptr_t)end + 16) & ~(uintptr_t)15;
	launch->arguments = (char **)lists;
	launch->environment = launch->arguments + size / 4 + 4;
	while (at < end && !reader.problem) {
		char *next = at + strlen(at) + 1;
		take_record(&reader, at);
		at = next;
	}
	if (!reader.problem && size && end[-1]) reader.problem = "its last record has no end";
	if (!reader.problem && !spec->id[0]) reader.problem = "no id";
	if (!reader.problem && !spec->log[0] && !spec->output[0]) reader.problem = "no log";
	if (!reader.problem && (!reader.arguments || launch->arguments[0][0] != '/')) reader.problem = "no absolute program";
	*problem = reader.problem;
	return reader.problem ? EINVAL : 0;
}

void launch_release(struct launch *launch) {
	if (launch->memory) munmap(launch->memory, launch->memoryBytes);
	launch->memory = NULL;
}
