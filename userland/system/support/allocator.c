// SPDX-License-Identifier: MIT
//
// The names under which compiled Swift and C ask for memory and random bytes. They are reserved for
// these purposes in Swift, so the runtime's functions have names of their own and are called from
// here.
#include "CSystem.h"

uintptr_t system_allocate(uintptr_t byte_count, uintptr_t alignment);
void system_deallocate(uintptr_t block);
uintptr_t system_usable_size(uintptr_t block);
void system_fill_random(uintptr_t bytes, uintptr_t count);
void system_write_console_byte(uint8_t byte);

uint8_t system_first_thread_area[1024] __attribute__((aligned(64)));
uint8_t system_heap_area[2048] __attribute__((aligned(64)));
uint32_t system_signal_state_bytes = 512;

int posix_memalign(void **block, size_t alignment, size_t byte_count) {
  uintptr_t result = system_allocate(byte_count, alignment);
  if (!result) return 12;
  *block = (void *)result;
  return 0;
}

void free(void *block) {
  if (block) system_deallocate((uintptr_t)block);
}

size_t malloc_usable_size(void *block) { return block ? system_usable_size((uintptr_t)block) : 0; }

void arc4random_buf(void *bytes, size_t count) { system_fill_random((uintptr_t)bytes, count); }

int putchar(int byte) {
  system_write_console_byte((uint8_t)byte);
  return byte;
}

/// The address of the calling thread's error number, as C libraries name it.
int *__errno_location(void) { return &system_current_thread()->error_number; }
