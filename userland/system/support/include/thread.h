// SPDX-License-Identifier: MIT
//
// The thread block, to which the thread pointer (fs on x86_64) points. Thread-local variables lie
// below it, as compilers for x86_64 expect. The places of `address` (0x00) and `stack_guard` (0x28)
// are compilers' ABI, all others are ours.
#pragma once
#include "calls.h"
#include <stddef.h>

struct system_thread {
  /// This block's own address.
  uintptr_t address;
  /// For a C library's use.
  uintptr_t c_library;
  /// The last error number of this thread, for C.
  int32_t error_number;
  /// The thread's number in its process; the first is 1.
  uint32_t number;
  /// The thread's `SignalControl` record, or zero until it is registered.
  uintptr_t signal_control;
  /// The mapping that holds guard, stack, variables and this block; zero for the first thread.
  uintptr_t mapping;
  /// What functions compiled with a stack protector compare.
  uintptr_t stack_guard;
  uintptr_t mapping_bytes;
  /// One while the thread runs; the kernel sets it to zero and wakes who waits for it.
  uint32_t running;
  uint32_t reserved;
  /// What the thread runs: a retained Swift object.
  uintptr_t body;
};

_Static_assert(offsetof(struct system_thread, stack_guard) == 0x28, "compilers read it there");

/// The calling thread's block. Not volatile: it stays the same for as long as a thread runs.
SYSTEM_INLINE struct system_thread *_Nonnull system_current_thread(void) {
  uintptr_t self;
  __asm__("movq %%fs:0, %0" : "=r"(self));
  return (struct system_thread *)self;
}

/// Where the first thread's block and variables lie, unless the variables need more room.
extern uint8_t system_first_thread_area[1024] __attribute__((aligned(64), visibility("hidden")));

SYSTEM_INLINE uintptr_t system_first_thread_space(void) {
  return (uintptr_t)system_first_thread_area;
}

/// The address of this program's ELF header, which the linker puts first.
SYSTEM_INLINE uintptr_t system_image_header(void) {
  extern const char header __asm__("__ehdr_start") __attribute__((visibility("hidden")));
  return (uintptr_t)&header;
}
