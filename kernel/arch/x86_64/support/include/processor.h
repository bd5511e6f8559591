// SPDX-License-Identifier: MIT
// What each processor has for itself. GS base points here while the kernel runs.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "offsets.h"

// The 64-bit task-state segment (SDM 3A, Figure 8-11): only its stack pointers matter.
struct __attribute__((packed)) task_state {
  uint32_t reserved0;
  uint64_t stack[3];  // stack[0] is where an interrupt from user mode saves its registers
  uint64_t reserved1;
  uint64_t interrupt_stack[7];
  uint64_t reserved2;
  uint16_t reserved3;
  uint16_t port_map;
};

struct processor {
  struct processor *_Nullable self;
  uint64_t user_stack;  // SYSCALL entry keeps the user's stack pointer here for two instructions
  uint64_t stack_top;
  uint64_t index;
  int64_t counter_offset;  // added to the time-stamp counter so that all processors agree
  uint64_t record;         // what the portable kernel keeps for this processor
  uint32_t reserved[3];
  struct task_state task_state;
  uint32_t reserved_descriptors;
  uint64_t descriptors[8];
};

_Static_assert(offsetof(struct processor, user_stack) == PROCESSOR_USER_STACK, "user_stack");
_Static_assert(offsetof(struct processor, stack_top) == PROCESSOR_STACK_TOP, "stack_top");
_Static_assert(offsetof(struct processor, index) == PROCESSOR_INDEX, "index");
_Static_assert(offsetof(struct processor, counter_offset) == PROCESSOR_COUNTER_OFFSET, "offset");
_Static_assert(offsetof(struct processor, record) == PROCESSOR_RECORD, "record");
_Static_assert(offsetof(struct processor, task_state) == PROCESSOR_TSS, "task_state");
_Static_assert(
    offsetof(struct processor, task_state) + offsetof(struct task_state, stack) ==
        PROCESSOR_FRAME_END, "frame end");
_Static_assert(offsetof(struct processor, descriptors) == PROCESSOR_GDT, "descriptors");
_Static_assert(sizeof(struct task_state) == 104, "task_state");
