// SPDX-License-Identifier: MIT
//
// The metrics of `./apus bench` as a Linux program, for the column Apus is compared with.
//
//   bench NAME...      measures these metrics
//
// Every repetition prints `bench NAME ITERATIONS TICKS`. A tick is one of the processor's time
// stamp counter, which QEMU's `-icount shift=0` advances by one for each instruction. Around
// every timed loop stand two marker instructions, no-operations to a processor, by which a
// plugin of QEMU counts the same loop from outside (see ../counter).
//
// The work is a fixed number of turns, the same each time, after a shorter unmarked run that
// brings code and data into memory. `bench NAME missing REASON` says that a metric cannot be
// measured here.

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  repetitions = 5,
  page_bytes = 4096,
  heap_pieces = 16,
  heap_piece_bytes = 64 << 10,
  mapping_bytes = 64 << 10,
  // What files are written with, and how much of it at once.
  data_bytes = 4 << 20,
  piece_bytes = 64 << 10,
  // What single pages are read from and written to.
  small_file_bytes = 256 << 10,
};

extern char **environ;

// ---- The clock and the markers -------------------------------------------------------------

// What one run of a metric measured.
struct interval {
  uint64_t started;
  uint64_t ended;
  bool is_marked;
};

static inline uint64_t ticks_since_reset(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
  return (uint64_t)high << 32 | low;
}

static inline void begin(struct interval *interval) {
  if (interval->is_marked)
    __asm__ volatile("nopl 0x4d41524b(%%rax, %%rax, 1)" ::: "memory");
  interval->started = ticks_since_reset();
}

static inline void end(struct interval *interval) {
  interval->ended = ticks_since_reset();
  if (interval->is_marked)
    __asm__ volatile("nopl 0x454e444d(%%rax, %%rax, 1)" ::: "memory");
}

// ---- The metrics ---------------------------------------------------------------------------
// Each does `turns` operations between `begin` and `end`, and answers NULL or what went wrong.

// The cheapest call that the C library does not answer by itself.
static const char *null_call(long turns, struct interval *interval) {
  begin(interval);
  for (long turn = 0; turn < turns; turn++)
    (void)getppid();
  end(interval);
  return NULL;
}

static void wait_for(pid_t child) {
  (void)waitpid(child, NULL, 0);
}

// Sends the byte back until the other side is closed.
static void echo(int input, int output) {
  char byte;
  while (read(input, &byte, 1) == 1 && write(output, &byte, 1) == 1)
    continue;
  _exit(0);
}

static bool exchange(int output, int input, char byte) {
  char answer = 0;
  return write(output, &byte, 1) == 1 && read(input, &answer, 1) == 1 && answer == byte;
}

static const char *pipe_round_trip(long turns, struct interval *interval) {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0)
    return "no pipe";
  pid_t child = fork();
  if (child < 0)
    return "no second process";
  if (child == 0) {
    close(there[1]);
    close(back[0]);
    echo(there[0], back[1]);
  }
  close(there[0]);
  close(back[1]);

  // The first turn waits for the child to come up: it is no part of the figure.
  bool is_right = exchange(there[1], back[0], 'a');
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = exchange(there[1], back[0], (char)turn);
  end(interval);

  close(there[1]);
  close(back[0]);
  wait_for(child);
  return is_right ? NULL : "the pipe lost a byte";
}

static void *return_at_once(void *argument) { return argument; }

static const char *thread_create_join(long turns, struct interval *interval) {
  bool is_right = true;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    pthread_t thread;
    is_right = pthread_create(&thread, NULL, return_at_once, NULL) == 0 &&
               pthread_join(thread, NULL) == 0;
  }
  end(interval);
  return is_right ? NULL : "no thread";
}

static char *map(size_t bytes) {
  void *first =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return first == MAP_FAILED ? NULL : first;
}

static void touch(char *byte) { *(volatile char *)byte = 1; }

// Demand-zero faults, 4 KiB each. (In a machine of 512 MiB Linux uses no larger pages unasked.)
static const char *page_fault(long turns, struct interval *interval) {
  size_t bytes = (size_t)turns * page_bytes;
  char *first = map(bytes);
  if (first == NULL)
    return "no memory";
  begin(interval);
  for (size_t offset = 0; offset < bytes; offset += page_bytes)
    touch(first + offset);
  end(interval);
  munmap(first, bytes);
  return NULL;
}

// A mapping stays beside the one that comes and goes, as in any real program: without it Linux
// would also free and allocate page tables each turn, for a third more. It is read only, for
// otherwise Linux would join the two and part them again.
static const char *map_unmap(long turns, struct interval *interval) {
  char *neighbour = map(mapping_bytes);
  if (neighbour == NULL || mprotect(neighbour, mapping_bytes, PROT_READ) != 0)
    return "no memory";
  (void)*(volatile char *)neighbour;
  bool is_right = true;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    char *first = map(mapping_bytes);
    is_right = first != NULL;
    if (is_right) {
      touch(first);
      is_right = munmap(first, mapping_bytes) == 0;
    }
  }
  end(interval);
  munmap(neighbour, mapping_bytes);
  return is_right ? NULL : "no mapping";
}

// Gives the process heap such as a small program has in use, so that a fork has something to
// copy. It comes in pieces below the size for which the C library makes mappings of their own.
static bool touch_heap(void) {
  static bool is_touched = false;
  if (is_touched)
    return true;
  is_touched = true;
  for (int piece = 0; piece < heap_pieces; piece++) {
    char *first = malloc(heap_piece_bytes);
    if (first == NULL)
      return false;
    for (size_t offset = 0; offset < heap_piece_bytes; offset += page_bytes)
      touch(first + offset);
  }
  return true;
}

static const char *fork_exit_wait(long turns, struct interval *interval) {
  if (!touch_heap())
    return "no heap";
  bool is_right = true;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    pid_t child = fork();
    if (child == 0)
      _exit(0);
    int status = -1;
    is_right = child > 0 && waitpid(child, &status, 0) == child && status == 0;
  }
  end(interval);
  return is_right ? NULL : "a child failed";
}

// The program started is this one, which is larger than the 500 KB that the metric asks for.
static const char *spawn_exit_wait(long turns, struct interval *interval) {
  if (!touch_heap())
    return "no heap";
  char *const arguments[] = {"/bin/bench", "exit", NULL};
  bool is_right = true;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    pid_t child = 0;
    int status = -1;
    is_right = posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ) == 0 &&
               waitpid(child, &status, 0) == child && status == 0;
  }
  end(interval);
  return is_right ? NULL : "a child failed";
}

// ---- The shell ------------------------------------------------------------------------------

static bool run_shell(const char *script) {
  char *const arguments[] = {"/bin/sh", "-c", (char *)script, NULL};
  pid_t child = 0;
  int status = -1;
  return posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ) == 0 &&
         waitpid(child, &status, 0) == child && status == 0;
}

static const char *time_shell(const char *script, long turns, struct interval *interval) {
  bool is_right = true;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = run_shell(script);
  end(interval);
  return is_right ? NULL : "the shell failed";
}

static const char *shell_start(long turns, struct interval *interval) {
  return time_shell(":", turns, interval);
}

static const char *shell_loop(long turns, struct interval *interval) {
  return time_shell("i=0; while test $i -lt 100000; do i=$((i+1)); done", turns, interval);
}

// 4 MiB of lines with one of 1,000 numbers each, the same as on Apus.
static bool write_lines(const char *path) {
  FILE *file = fopen(path, "w");
  if (file == NULL)
    return false;
  uint32_t state = 1;
  for (long written = 0; written < 4 << 20;) {
    state = state * 1664525 + 1013904223;
    written += fprintf(file, "line %u\n", (state >> 16) % 1000);
  }
  return fclose(file) == 0;
}

static const char *shell_pipeline(long turns, struct interval *interval) {
  if (!write_lines("/text"))
    return "no file";
  const char *problem = time_shell(
      "b=/bin/busybox; $b cat /text | $b grep 7 | $b sort | $b uniq -c | $b wc > /counts", turns,
      interval);
  unlink("/text");
  return problem;
}

// ---- Files on a disk -----------------------------------------------------------------------
// The work is done on the ext4 that init has mounted on /mnt. What is written cannot be compressed,
// and no block of it is as another.

static unsigned char *data(void) {
  static uint64_t words[data_bytes / 8];
  if (words[0] == 0) {
    uint64_t state = 88172645463325252u;
    for (size_t index = 0; index < sizeof words / 8; index++) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      words[index] = state;
    }
  }
  return (unsigned char *)words;
}

// A file with the first `bytes` of the data, open for reading and writing.
static int make_file(const char *path, size_t bytes) {
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (file >= 0 && write(file, data(), bytes) != (ssize_t)bytes) {
    close(file);
    return -1;
  }
  return file;
}

static bool has_file(const char *path, size_t bytes) {
  int file = make_file(path, bytes);
  return file >= 0 && close(file) == 0;
}

static const char *file_open_close(long turns, struct interval *interval) {
  const char *path = "/mnt/file";
  bool is_right = has_file(path, page_bytes);
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    int file = open(path, O_RDONLY);
    is_right = file >= 0 && close(file) == 0;
  }
  end(interval);
  unlink(path);
  return is_right ? NULL : "a file does not open";
}

static const char *file_stat(long turns, struct interval *interval) {
  const char *path = "/mnt/file";
  bool is_right = has_file(path, page_bytes);
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    struct stat status;
    is_right = stat(path, &status) == 0 && status.st_size == page_bytes;
  }
  end(interval);
  unlink(path);
  return is_right ? NULL : "a file's status is wrong";
}

static const char *file_read_4k(long turns, struct interval *interval) {
  const char *path = "/mnt/file";
  unsigned char page[page_bytes];
  int file = make_file(path, small_file_bytes);
  bool is_right = file >= 0;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    off_t offset = turn * page_bytes % small_file_bytes;
    is_right = pread(file, page, page_bytes, offset) == page_bytes && page[0] == data()[offset];
  }
  end(interval);
  close(file);
  unlink(path);
  return is_right ? NULL : "a file is not as it was written";
}

static const char *file_write_4k(long turns, struct interval *interval) {
  const char *path = "/mnt/file";
  int file = make_file(path, small_file_bytes);
  bool is_right = file >= 0;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = pwrite(file, data() + turn * page_bytes % data_bytes, page_bytes,
                      turn * page_bytes % small_file_bytes) == page_bytes;
  end(interval);
  close(file);
  unlink(path);
  return is_right ? NULL : "a file is not written";
}

static const char *numbered_name(char name[32], long number) {
  snprintf(name, 32, "/mnt/file%ld", number);
  return name;
}

// The directory comes to have a file for each turn, and then none again.
static const char *file_create_unlink_4k(long turns, struct interval *interval) {
  bool is_right = true;
  char name[32];
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    int file = open(numbered_name(name, turn), O_WRONLY | O_CREAT | O_EXCL, 0644);
    is_right = file >= 0 &&
               write(file, data() + turn * page_bytes % data_bytes, page_bytes) == page_bytes &&
               close(file) == 0;
  }
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = unlink(numbered_name(name, turn)) == 0;
  end(interval);
  return is_right ? NULL : "a file does not come or go";
}

static const char *mkdir_rmdir(long turns, struct interval *interval) {
  bool is_right = true;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = mkdir("/mnt/folder", 0755) == 0 && rmdir("/mnt/folder") == 0;
  end(interval);
  return is_right ? NULL : "a directory does not come or go";
}

static const char *rename_file(long turns, struct interval *interval) {
  const char *const names[] = {"/mnt/file", "/mnt/other"};
  bool is_right = has_file(names[0], page_bytes);
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = rename(names[turn & 1], names[~turn & 1]) == 0;
  end(interval);
  unlink(names[turns & 1]);
  return is_right ? NULL : "a file keeps its name";
}

// The file is written and, so that nothing of it is in memory, the volume mounted anew.
static const char *file_seq_read_64k(long turns, struct interval *interval) {
  static unsigned char piece[piece_bytes];
  const char *path = "/mnt/file";
  bool is_right = has_file(path, (size_t)turns * piece_bytes) && umount("/mnt") == 0 &&
                  mount(getenv("disk"), "/mnt", "ext4", 0, "") == 0;
  int file = open(path, O_RDONLY);
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = read(file, piece, piece_bytes) == piece_bytes &&
               piece[0] == data()[turn * piece_bytes];
  end(interval);
  close(file);
  unlink(path);
  return is_right ? NULL : "a file is not as it was written";
}

static const char *file_seq_write_64k(long turns, struct interval *interval) {
  const char *path = "/mnt/file";
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  bool is_right = file >= 0;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = write(file, data() + turn * piece_bytes, piece_bytes) == piece_bytes;
  is_right = is_right && fsync(file) == 0;
  end(interval);
  close(file);
  unlink(path);
  return is_right ? NULL : "a file is not written";
}

static const char *file_fsync_4k(long turns, struct interval *interval) {
  const char *path = "/mnt/file";
  int file = make_file(path, page_bytes);
  bool is_right = file >= 0 && fsync(file) == 0;
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++)
    is_right = pwrite(file, data() + turn * page_bytes % data_bytes, page_bytes, 0) ==
                   page_bytes &&
               fsync(file) == 0;
  end(interval);
  close(file);
  unlink(path);
  return is_right ? NULL : "a file is not written";
}

static bool copy_program(const char *from, const char *to) {
  static unsigned char bytes[2 << 20];
  int source = open(from, O_RDONLY);
  ssize_t count = read(source, bytes, sizeof bytes);
  close(source);
  int target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  return count > 0 && write(target, bytes, (size_t)count) == count && close(target) == 0;
}

// `spawn_exit_wait`, of a program on the disk.
static const char *file_spawn(long turns, struct interval *interval) {
  if (!touch_heap())
    return "no heap";
  char *const arguments[] = {"/mnt/bench", "exit", NULL};
  bool is_right = copy_program("/bin/bench", arguments[0]);
  begin(interval);
  for (long turn = 0; turn < turns && is_right; turn++) {
    pid_t child = 0;
    int status = -1;
    is_right = posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ) == 0 &&
               waitpid(child, &status, 0) == child && status == 0;
  }
  end(interval);
  unlink(arguments[0]);
  return is_right ? NULL : "a child failed";
}

// ---- Choosing and printing -----------------------------------------------------------------

struct metric {
  const char *name;
  long turns;
  const char *(*measure)(long turns, struct interval *interval);
};

static const struct metric metrics[] = {
    {"null_call", 5000, null_call},
    {"pipe_round_trip", 1000, pipe_round_trip},
    {"thread_create_join", 100, thread_create_join},
    {"page_fault", 1024, page_fault},
    {"map_unmap", 500, map_unmap},
    {"fork_exit_wait", 50, fork_exit_wait},
    {"spawn_exit_wait", 20, spawn_exit_wait},
    {"shell_start", 20, shell_start},
    {"shell_loop", 1, shell_loop},
    {"shell_pipeline", 1, shell_pipeline},
    {"file_open_close", 1000, file_open_close},
    {"file_stat", 1000, file_stat},
    {"file_read_4k", 1000, file_read_4k},
    {"file_write_4k", 1000, file_write_4k},
    {"file_create_unlink_4k", 200, file_create_unlink_4k},
    {"mkdir_rmdir", 200, mkdir_rmdir},
    {"rename", 200, rename_file},
    {"file_seq_read_64k", 64, file_seq_read_64k},
    {"file_seq_write_64k", 64, file_seq_write_64k},
    {"file_fsync_4k", 60, file_fsync_4k},
    {"file_spawn", 20, file_spawn},
};

static void print_ticks(const char *name, long turns, uint64_t ticks) {
  printf("bench %s %ld %llu\n", name, turns, (unsigned long long)ticks);
}

static void measure(const struct metric *metric) {
  struct interval interval = {.is_marked = false};
  const char *problem = metric->measure((metric->turns + 3) / 4, &interval);
  interval.is_marked = true;
  for (int repetition = 0; repetition < repetitions && problem == NULL; repetition++) {
    problem = metric->measure(metric->turns, &interval);
    print_ticks(metric->name, metric->turns, interval.ended - interval.started);
  }
  if (problem != NULL)
    printf("bench %s missing %s\n", metric->name, problem);
}

// The time since reset, and an empty marked interval so that the plugin can say the same.
static void measure_boot(void) {
  struct interval interval = {.is_marked = true};
  begin(&interval);
  end(&interval);
  print_ticks("boot_to_prompt", 1, interval.started);
}

static void measure_named(const char *name) {
  if (strcmp(name, "boot_to_prompt") == 0) {
    measure_boot();
    return;
  }
  for (size_t index = 0; index < sizeof metrics / sizeof metrics[0]; index++)
    if (strcmp(metrics[index].name, name) == 0) {
      measure(&metrics[index]);
      return;
    }
  printf("bench %s missing not on Linux\n", name);
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "exit") == 0)
    return 0;
  setvbuf(stdout, NULL, _IONBF, 0);
  for (int index = 1; index < count; index++)
    measure_named(arguments[index]);
  return 0;
}
