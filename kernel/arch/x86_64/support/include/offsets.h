// SPDX-License-Identifier: MIT
// Numbers that assembly needs from the C structures; `frame.h` and `processor.h` assert each.
#pragma once

// struct register_frame
#define FRAME_RCX 112
#define FRAME_KIND 120
#define FRAME_ERROR 128
#define FRAME_RIP 136
#define FRAME_CS 144
#define FRAME_RFLAGS 152
#define FRAME_RSP 160
#define FRAME_SS 168
#define FRAME_BYTES 176

// `kind` of a frame that SYSCALL made; smaller values are the vector of the trap.
#define KIND_SYSTEM_CALL 256

// struct processor, addressed through GS while in the kernel
#define PROCESSOR_USER_STACK 8
#define PROCESSOR_STACK_TOP 16
#define PROCESSOR_INDEX 24
#define PROCESSOR_COUNTER_OFFSET 32
#define PROCESSOR_RECORD 40
#define PROCESSOR_TSS 60
// End of the current thread's frame: RSP0 of the TSS, so one store sets it for both entries.
#define PROCESSOR_FRAME_END 64
#define PROCESSOR_GDT 168

// Selectors of the descriptor table in struct processor. SYSRET wants this order (SDM 3A, §5.8.8).
#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_SYSRET_BASE 0x18
#define SELECTOR_USER_DATA 0x23
#define SELECTOR_USER_CODE 0x2b
#define SELECTOR_TSS 0x30

// Where the real-mode start code of application processors is copied, and its page tables behind
// it. PVH loaders keep their own structures below or above these four pages.
#define TRAMPOLINE_BASE 0x8000
#define TRAMPOLINE_TABLES 0x9000

#define DIRECT_MAP_BASE 0xffff800000000000
