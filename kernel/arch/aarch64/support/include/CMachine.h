// SPDX-License-Identifier: MIT
// What Swift and (later) assembly of the aarch64 port agree on.
#pragma once
#include <stdint.h>

struct register_frame {
  uint64_t x[31];
  uint64_t sp, pc, pstate;
  uint64_t first_argument;  // x0 as it was at the system call, since the result replaces it
  uint64_t reserved;
};
_Static_assert(sizeof(struct register_frame) % 16 == 0, "the end of a frame is 16-byte aligned");

#define INSTRUCTION static inline __attribute__((always_inline))

#pragma clang assume_nonnull begin

// Swift sees the array as a tuple. `index` is below 31.
INSTRUCTION uint64_t frame_register(const struct register_frame *frame, uint64_t index) {
  return frame->x[index];
}
INSTRUCTION void set_frame_register(struct register_frame *frame, uint64_t index, uint64_t value) {
  frame->x[index] = value;
}

#pragma clang assume_nonnull end

INSTRUCTION void spin_pause(void) { __asm__ volatile("yield" : : : "memory"); }
INSTRUCTION void write_thread_pointer(uint64_t value) {
  __asm__ volatile("msr tpidr_el0, %0" : : "r"(value));
}
// The operand of TLBI holds the page number; the barriers make it take effect before what follows.
INSTRUCTION void invalidate_page(uint64_t address) {
  __asm__ volatile("dsb nshst; tlbi vaae1, %0; dsb nsh; isb" : : "r"(address >> 12) : "memory");
}
INSTRUCTION void invalidate_all(void) {
  __asm__ volatile("dsb nshst; tlbi vmalle1; dsb nsh; isb" : : : "memory");
}
INSTRUCTION void write_user_root(uint64_t address) {
  __asm__ volatile("dsb nshst; msr ttbr0_el1, %0; isb; tlbi vmalle1; dsb nsh; isb"
                   : : "r"(address) : "memory");
}
INSTRUCTION uint64_t virtual_counter(void) {
  uint64_t value;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value) : : "memory");
  return value;
}
INSTRUCTION uint64_t processor_identity(void) {
  uint64_t value;
  __asm__ volatile("mrs %0, mpidr_el1" : "=r"(value));
  return value;
}
