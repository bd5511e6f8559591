// SPDX-License-Identifier: MIT
//
// The first program of the Linux guest that `./apus bench` compares Apus with.
//
// It needs no /proc and no /dev file system: the archive it starts from carries /dev/console,
// and Linux hands a parameter it does not know (`measure=null_call,page_fault`) to its first
// program as an environment variable. So nothing is mounted that Apus would not have either.
//
// With `disk=/dev/vda` the modules that the archive carries are loaded, and the ext4 on that disk is
// mounted on /mnt, after the first command.
//
//   1. A shell runs one command, which prints how many ticks have passed since reset.
//   2. Each metric named in `measure` runs in processes of its own, so that none depends on what
//      ran before it; in several, since Linux lays out each at random, which moves a figure by
//      up to a tenth.
//   3. The machine is switched off.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { rounds = 3, module_limit = 100 };

static void run_to_end(char *const arguments[]) {
  pid_t child = fork();
  if (child == 0) {
    execv(arguments[0], arguments);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    printf("failed %s %s: status %d\n", arguments[0], arguments[1], status);
}

// Loads /modules/00.ko and so on, in this order; numbers may be missing.
static void load_modules(void) {
  for (int number = 0; number < module_limit; number++) {
    char path[32];
    snprintf(path, sizeof path, "/modules/%02d.ko", number);
    int file = open(path, O_RDONLY);
    if (file < 0)
      continue;
    if (syscall(SYS_finit_module, file, "", 0) != 0)
      printf("failed %s: it cannot be loaded\n", path);
    close(file);
  }
}

// The disk's driver may take a moment.
static void mount_disk(const char *disk) {
  if (mount("dev", "/dev", "devtmpfs", 0, "") != 0)
    printf("failed /dev: it cannot be mounted\n");
  for (int attempt = 0; attempt < 500; attempt++) {
    if (mount(disk, "/mnt", "ext4", 0, "") == 0)
      return;
    usleep(10000);
  }
  printf("failed %s: it cannot be mounted\n", disk);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  setenv("PATH", "/bin", 1);

  // Two commands, so that the shell starts the first as it would one typed at its prompt
  // instead of turning itself into it.
  char *const first_command[] = {"/bin/sh", "-c", "bench boot_to_prompt; true", NULL};
  run_to_end(first_command);

  const char *disk = getenv("disk");
  if (disk != NULL) {
    load_modules();
    mount_disk(disk);
  }

  char *rest = getenv("measure");
  for (char *name; (name = strsep(&rest, ",")) != NULL;) {
    char *const one_metric[] = {"/bin/bench", name, NULL};
    for (int round = 0; round < rounds; round++)
      run_to_end(one_metric);
  }

  printf("finished\n");
  reboot(RB_POWER_OFF);
  for (;;)
    pause();
}
