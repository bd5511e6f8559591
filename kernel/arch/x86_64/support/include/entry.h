// SPDX-License-Identifier: MIT
// Where assembly, this port and the portable kernel call one another, and the linker's symbols.
#pragma once
#include <stdint.h>
#include "frame.h"
#include "instructions.h"

// The portable kernel (kernel/core). Each returns the frame to resume, or null to wait for an
// interrupt on an empty stack.
struct register_frame *_Nullable kernel_start(void);
struct register_frame *_Nullable kernel_start_processor(uint64_t index);
struct register_frame *_Nullable kernel_trap(struct register_frame *_Nonnull frame);
// A fault inside the kernel: prints and ends.
_Noreturn void kernel_fault(struct register_frame *_Nonnull frame);

// traps.S: the code for each of the 256 vectors, 16 bytes apart; SYSCALL's target.
extern const char trap_stubs[];
extern const char system_call_entry[];
// start.S: the real-mode code that application processors begin with, and its parameters.
extern const char trampoline_start[], trampoline_end[], trampoline_root[], trampoline_stack[];
extern const char trampoline_entry[], processor_start[];

// Linker script.
extern const char __kernel_start[], __text_end[], __rodata_end[], __data_end[], __kernel_end[];
extern const uint64_t __fault_table_start[], __fault_table_end[];
// Addresses below the image are out of reach of 32-bit offsets, so start.S keeps them as words.
extern const uint64_t boot_range[2];

INSTRUCTION uint64_t trap_stub_address(uint64_t vector) {
  return (uint64_t)trap_stubs + vector * 16;
}
INSTRUCTION uint64_t system_call_entry_address(void) { return (uint64_t)system_call_entry; }
INSTRUCTION uint64_t image_start(void) { return (uint64_t)__kernel_start; }
INSTRUCTION uint64_t image_text_end(void) { return (uint64_t)__text_end; }
INSTRUCTION uint64_t image_rodata_end(void) { return (uint64_t)__rodata_end; }
INSTRUCTION uint64_t image_end(void) { return (uint64_t)__kernel_end; }
INSTRUCTION uint64_t boot_start(void) { return boot_range[0]; }
INSTRUCTION uint64_t boot_end(void) { return boot_range[1]; }
INSTRUCTION uint64_t fault_table_count(void) {
  return (uint64_t)(__fault_table_end - __fault_table_start) / 2;
}
INSTRUCTION uint64_t fault_table_instruction(uint64_t index) {
  return __fault_table_start[index * 2];
}
INSTRUCTION uint64_t fault_table_target(uint64_t index) {
  return __fault_table_start[index * 2 + 1];
}
INSTRUCTION uint64_t trampoline_source(void) { return (uint64_t)trampoline_start; }
INSTRUCTION uint64_t trampoline_bytes(void) { return trampoline_end - trampoline_start; }
INSTRUCTION uint64_t trampoline_root_slot(void) {
  return TRAMPOLINE_BASE + (trampoline_root - trampoline_start);
}
INSTRUCTION uint64_t trampoline_stack_slot(void) {
  return TRAMPOLINE_BASE + (trampoline_stack - trampoline_start);
}
INSTRUCTION uint64_t trampoline_entry_slot(void) {
  return TRAMPOLINE_BASE + (trampoline_entry - trampoline_start);
}
INSTRUCTION uint64_t processor_start_address(void) { return (uint64_t)processor_start; }
