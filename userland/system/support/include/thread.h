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
  /// The thread's number in its process, or zero until somebody asked for it.
  uint32_t number;
  /// One while the thread runs; the kernel sets it to zero, and wakes who waits, when the thread
  /// does not use its stack any more.
  uint32_t running;
  /// Whether somebody will join the thread (1) or nobody (2).
  uint32_t joining;
  /// The mapping that holds guard, stack, variables and this block; zero for the first thread.
  uintptr_t mapping;
  /// What functions compiled with a stack protector compare.
  uintptr_t stack_guard;
  uintptr_t mapping_bytes;
  /// What the thread runs: a retained Swift object.
  uintptr_t body;
  uintptr_t reserved[8];
  /// The thread's `SignalControl` record: where the kernel looks once it is registered.
  uint64_t signals[8];
};

_Static_assert(offsetof(struct system_thread, stack_guard) == 0x28, "compilers read it there");
_Static_assert(offsetof(struct system_thread, signals) % 64 == 0, "the kernel wants it aligned");

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

/// Where new threads begin (`threads.S`).
SYSTEM_INLINE uintptr_t system_thread_entry_address(void) {
  extern const char entry __asm__("system_thread_entry") __attribute__((visibility("hidden")));
  return (uintptr_t)&entry;
}

/// The word by which the kernel tells that a thread has left its stack.
SYSTEM_INLINE uint32_t system_thread_is_running(uintptr_t block) {
  return __atomic_load_n(&((const struct system_thread *)block)->running, __ATOMIC_ACQUIRE);
}

SYSTEM_INLINE uintptr_t system_thread_running_address(uintptr_t block) {
  return block + offsetof(struct system_thread, running);
}

/// Changes who will join a thread.
/// Returns what it was.
SYSTEM_INLINE uint32_t system_thread_exchange_joining(uintptr_t block, uint32_t joining) {
  return __atomic_exchange_n(&((struct system_thread *)block)->joining, joining, __ATOMIC_ACQ_REL);
}
