// SPDX-License-Identifier: MIT
// A thread's general registers as the entry code leaves them in memory.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "offsets.h"

// Lowest address first. From `rip` on it is what the processor itself pushes at an interrupt; the
// rest is in the order that the entry code pushes. RCX and R11 sit next to `kind` because SYSCALL
// destroys them: that path skips both.
struct register_frame {
  uint64_t r15, r14, r13, r12, rbp, rbx, r10, r9, r8, rdi, rsi, rdx, rax, r11, rcx;
  uint64_t kind;   // vector, or KIND_SYSTEM_CALL
  uint64_t error;  // the trap's error code; for a system call its number
  uint64_t rip, cs, rflags, rsp, ss;
};

_Static_assert(offsetof(struct register_frame, rcx) == FRAME_RCX, "rcx");
_Static_assert(offsetof(struct register_frame, kind) == FRAME_KIND, "kind");
_Static_assert(offsetof(struct register_frame, error) == FRAME_ERROR, "error");
_Static_assert(offsetof(struct register_frame, rip) == FRAME_RIP, "rip");
_Static_assert(offsetof(struct register_frame, cs) == FRAME_CS, "cs");
_Static_assert(offsetof(struct register_frame, rflags) == FRAME_RFLAGS, "rflags");
_Static_assert(offsetof(struct register_frame, rsp) == FRAME_RSP, "rsp");
_Static_assert(offsetof(struct register_frame, ss) == FRAME_SS, "ss");
_Static_assert(sizeof(struct register_frame) == FRAME_BYTES, "frame");
// The processor aligns the stack to 16 bytes before it pushes; the end of a frame must be aligned
// already, or the frame would move.
_Static_assert(FRAME_BYTES % 16 == 0, "frame end");
