// SPDX-License-Identifier: MIT
//
// Where signals are taken (`signals.S`), and how much of the processor's state is kept meanwhile.
#pragma once
#include "calls.h"

/// Registers of interrupted code, as the trampoline leaves them on its stack.
struct system_signal_frame {
  uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
  uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
  uint64_t flags;
  uint64_t instruction;
};

/// 512 for `fxsave`, more for `xsave`: what the enabled features of this processor take.
extern uint32_t system_signal_state_bytes __attribute__((visibility("hidden")));

SYSTEM_INLINE uintptr_t system_signal_trampoline_address(void) {
  extern const char trampoline __asm__("system_signal_trampoline")
      __attribute__((visibility("hidden")));
  return (uintptr_t)&trampoline;
}

/// Finds out how large the extended state is.
SYSTEM_INLINE void system_measure_extended_state(void) {
  uint32_t a = 1, b, c = 0, d;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (!(c & (1u << 27))) return;  // OSXSAVE
  a = 13;
  c = 0;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (b > 512) system_signal_state_bytes = (b + 63) & ~63u;
}
