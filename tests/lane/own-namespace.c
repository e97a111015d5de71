/* Preloaded into a program: it sees a network namespace of its own, as root of it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void put(const char *file, const char *text, int length) {
  int f = open(file, O_WRONLY);
  if (f < 0 || write(f, text, length) != length) {
    perror(file);
    _exit(127);
  }
  close(f);
}

__attribute__((constructor)) static void enter(void) {
  char map[64];
  unsigned user = geteuid(), group = getegid();
  unsetenv("LD_PRELOAD");
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
    perror("unshare");
    _exit(127);
  }
  put("/proc/self/setgroups", "deny", 4);
  put("/proc/self/uid_map", map, snprintf(map, sizeof map, "0 %u 1", user));
  put("/proc/self/gid_map", map, snprintf(map, sizeof map, "0 %u 1", group));
}
