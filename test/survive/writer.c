/*
 * writer TRANSPORT LINES_PER_SECOND CRASH_EVERY_MS SEED QUIET_FILE
 *
 * A plugin that writes numbered lines and crashes at random moments (0: never). What it did stands in a file that is
 * mapped into its memory, `run-RUNID` in its data folder, so that it is known however the process ends. Once
 * QUIET_FILE exists it neither writes nor crashes any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum ending { LIVING, EXITED, SIGNALLED, STOPPED };

/* Read by run-record.ts. */
struct record {
  uint64_t lines;  /* whole lines that write(2) took */
  uint32_t pid;
  uint32_t ending; /* enum ending, written before it ends */
  uint32_t value;  /* exit code or signal number */
  uint32_t quiet;  /* 1: it has seen QUIET_FILE */
};

enum { MAX_PEERS = 8, BUFFER = 65536, TICK_MS = 40 };

struct peer {
  int in, out;
  size_t used;
  char data[BUFFER];
};

static struct record *record;
static volatile sig_atomic_t is_told;
static uint64_t chance;
static int log_fd = 1;

static void on_term(int number) {
  (void)number;
  is_told = 1;
}

static void die(const char *what) {
  fprintf(stderr, "writer: %s: %s\n", what, strerror(errno));
  exit(125);
}

/* xorshift64 */
static uint32_t random_below(uint32_t limit) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return (uint32_t)(chance >> 16) % limit;
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void open_record(void) {
  char name[64];
  snprintf(name, sizeof name, "run-%s", getenv("TORU_RUN_ID"));
  int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof *record) != 0) die(name);
  record = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (record == MAP_FAILED) die("mmap");
  record->pid = (uint32_t)getpid();
}

/* Held as long as the process lives: whoever does not get it runs beside another one. */
static void hold_lock(void) {
  int fd = open("alive", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) die("alive");
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return;
  char name[64];
  snprintf(name, sizeof name, "double-%s", getenv("TORU_RUN_ID"));
  close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void write_lines(uint32_t count) {
  static const char padding[] = "................................................................................";
  char line[160];
  for (; count > 0; count--) {
    int length = snprintf(line, sizeof line, "line %llu %.*s\n", (unsigned long long)record->lines + 1,
                          (int)random_below(80), padding);
    ssize_t done;
    while ((done = write(log_fd, line, (size_t)length)) < 0 && errno == EINTR) continue;
    if (done != length) die("write");
    record->lines++;
  }
}

static void stop(void) {
  record->ending = STOPPED;
  exit(0);
}

static void crash(void) {
  static const int signals[] = {SIGSEGV, SIGKILL, SIGABRT};
  if (random_below(10) < 7) {
    record->value = 1 + random_below(120);
    record->ending = EXITED;
    _exit((int)record->value);
  }
  record->value = (uint32_t)signals[random_below(3)];
  record->ending = SIGNALLED;
  signal((int)record->value, SIG_DFL);
  for (;;) raise((int)record->value);
}

/* The text after `"key":"`, up to its quote. */
static int field(const char *line, const char *key, char *value, size_t size) {
  char mark[32];
  snprintf(mark, sizeof mark, "\"%s\":\"", key);
  const char *start = strstr(line, mark);
  if (start == NULL) return 0;
  start += strlen(mark);
  size_t length = strcspn(start, "\"");
  if (length >= size) return 0;
  memcpy(value, start, length);
  value[length] = '\0';
  return 1;
}

static void answer(int fd, const char *line) {
  char type[32], id[160], action[32], text[512];
  if (!field(line, "type", type, sizeof type) || !field(line, "request_id", id, sizeof id)) return;
  if (strcmp(type, "error") == 0) return;
  int length = snprintf(text, sizeof text,
                        "{\"type\":\"%s\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"request_id\":\"%s\","
                        "\"payload\":{\"ready\":true,\"protocol\":1,\"ok\":true,\"status\":\"healthy\"}}\n",
                        type, id);
  /* A torud that was killed meanwhile does not read this. */
  if (write(fd, text, (size_t)length) != length) return;
  if (field(line, "action", action, sizeof action) && strcmp(action, "shutdown") == 0) stop();
}

/* False when the peer has gone. */
static int serve(struct peer *peer) {
  ssize_t count = read(peer->in, peer->data + peer->used, BUFFER - 1 - peer->used);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return 1;
  if (count <= 0) return 0;
  peer->used += (size_t)count;
  peer->data[peer->used] = '\0';
  char *line = peer->data, *end;
  while ((end = strchr(line, '\n')) != NULL) {
    *end = '\0';
    answer(peer->out, line);
    line = end + 1;
  }
  peer->used -= (size_t)(line - peer->data);
  memmove(peer->data, line, peer->used);
  return 1;
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, MAX_PEERS) != 0)
    die(path);
  return fd;
}

static struct peer peers[MAX_PEERS];
static int peer_count;

static void add_peer(int in, int out) {
  if (peer_count == MAX_PEERS) {
    close(in);
    return;
  }
  peers[peer_count++] = (struct peer){.in = in, .out = out};
}

/* Waits for requests until the time has come, or until it is told to end. */
static void converse(int listener, int wait_ms) {
  struct pollfd polls[MAX_PEERS + 1];
  polls[0] = (struct pollfd){.fd = listener, .events = POLLIN};
  for (int i = 0; i < peer_count; i++) polls[i + 1] = (struct pollfd){.fd = peers[i].in, .events = POLLIN};
  int count = peer_count;
  if (poll(polls, (nfds_t)count + 1, wait_ms) <= 0) return;
  for (int i = count - 1; i >= 0; i--) {
    if (polls[i + 1].revents == 0 || serve(&peers[i])) continue;
    close(peers[i].in);
    memmove(&peers[i], &peers[i + 1], sizeof peers[0] * (size_t)(peer_count - i - 1));
    peer_count--;
  }
  if (polls[0].revents == 0) return;
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0) add_peer(fd, fd);
}

int main(int count, char **words) {
  if (count != 6) return 124;
  const char *transport = words[1], *quiet_file = words[5];
  uint32_t lines_per_second = (uint32_t)atoi(words[2]), crash_every_ms = (uint32_t)atoi(words[3]);
  chance = strtoull(words[4], NULL, 10) * 2654435761u + strtoull(getenv("TORU_RUN_ID"), NULL, 10) * 40503u + 1;
  for (int i = 0; i < 20; i++) random_below(2);
  sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
  signal(SIGPIPE, SIG_IGN);
  open_record();
  hold_lock();
  int listener = -1;
  if (strcmp(transport, "socket") == 0) listener = listen_at(getenv("TORU_SOCKET"));
  if (strcmp(transport, "stdio") == 0) {
    add_peer(0, 1);
    log_fd = 2;
  }
  int64_t began = now_ms();
  int64_t crash_at = crash_every_ms == 0 ? INT64_MAX : began + 20 + random_below(2 * crash_every_ms);
  uint64_t due = 0;
  while (!is_told) {
    converse(listener, TICK_MS);
    if (record->quiet || access(quiet_file, F_OK) == 0) {
      record->quiet = 1;
      continue;
    }
    int64_t now = now_ms();
    due = (uint64_t)(now - began) * lines_per_second / 1000;
    if (due > record->lines) write_lines((uint32_t)(due - record->lines));
    if (now < crash_at) continue;
    /* Last words, so that a crash always has lines on their way. */
    write_lines(random_below(10));
    crash();
  }
  stop();
}
